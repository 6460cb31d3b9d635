"""A stand-in for Temporal Cloud: TLS with a certificate of its own, and an API key, before a real server.

Bytes pass as they are. Of what the client says, header blocks are read on the way (RFC 9113, RFC 7541); to
one without the right key the stand-in answers by itself, as gRPC does where nobody is let in.
"""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hpack import Decoder, Encoder, NeverIndexedHeaderTuple

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _CONTINUATION = 0x0, 0x1, 0x9
_END_STREAM, _END_HEADERS = 0x1, 0x4
_PADDED, _PRIORITY = 0x8, 0x20


@dataclass(slots=True)
class Cloud:
    """Where it is, who vouches for it, and which API keys came."""

    address: str
    authority: Path
    keys: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Identity:
    """Files in PEM: who vouches for it, its certificate, and its key."""

    authority: Path
    certificate: Path
    key: Path


def certify(folder: Path, name: str, days: int = 1) -> Identity:
    """Make an authority of its own, and a certificate that it has signed, which ends in so many days."""
    root, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _named(f"authority of {name}")
    authority = _made(issuer, issuer, root, root, x509.BasicConstraints(ca=True, path_length=0), 1)
    names = x509.SubjectAlternativeName(
        [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    found = Identity(folder / f"{name}.ca.pem", folder / f"{name}.pem", folder / f"{name}.key")
    found.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made = _made(_named(name), issuer, key, root, names, days)
    found.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    found.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return found


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _made(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    more: x509.ExtensionType,
    days: int,
) -> x509.Certificate:
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    begun = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    timed = begun.not_valid_before(now - 30 * day).not_valid_after(now + days * day)
    numbered = timed.serial_number(x509.random_serial_number())
    return numbered.add_extension(more, critical=False).sign(by, hashes.SHA256())


@asynccontextmanager
async def cloud(
    folder: Path, target: str, key: str | None = None, client: Path | None = None
) -> AsyncIterator[Cloud]:
    """Stand before the server at `target` while the block lasts.

    `key`: let in only who has this API key; `client`: only whom this authority vouches for.
    """
    mine = certify(folder, "cloud.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(mine.certificate, mine.key)
    context.set_alpn_protocols(["h2"])
    if client is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client)
    found = Cloud("", mine.authority)
    host, port = target.rsplit(":", 1)

    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        there, back = await asyncio.open_connection(host, int(port))
        answering = asyncio.create_task(_pass(there, writer))
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await _Listening(found, key, reader, back, writer).run()
        finally:
            answering.cancel()
            for one in (back, writer):
                one.transport.abort()
            serving.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        found.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield found
    for task in list(serving):
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)
    for _ in range(10):  # what was aborted, a handshake too, is closed in the loop's next turns
        await asyncio.sleep(0)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


@dataclass(slots=True)
class _Listening:
    """One connection's frames from the client."""

    cloud: Cloud
    key: str | None
    reader: asyncio.StreamReader
    server: asyncio.StreamWriter
    client: asyncio.StreamWriter
    decoder: Decoder = field(default_factory=Decoder)
    block: bytes = b""

    async def run(self) -> None:
        self.server.write(await self.reader.readexactly(len(_PREFACE)))
        shut_out: set[int] = set()
        while True:
            head = await self.reader.readexactly(9)
            length, kind, flags = int.from_bytes(head[:3]), head[3], head[4]
            stream, body = int.from_bytes(head[5:]), await self.reader.readexactly(length)
            if kind in (_HEADERS, _CONTINUATION):
                self.block += _fragment(kind, flags, body)
                if flags & _END_HEADERS and not self._let_in():
                    shut_out.add(stream)
                    self._refuse(stream)
            if stream not in shut_out:
                self.server.write(head + body)
                await self.server.drain()

    def _let_in(self) -> bool:
        said = dict(self.decoder.decode(self.block))
        self.block = b""
        given = str(said.get("authorization", "")).removeprefix("Bearer ")
        self.cloud.keys |= {given} if given else set()
        return self.key is None or given == self.key

    def _refuse(self, stream: int) -> None:
        """Answer with trailers alone: UNAUTHENTICATED."""
        said = {":status": "200", "content-type": "application/grpc", "grpc-status": "16"}
        said["grpc-message"] = "Request unauthorized."
        block = Encoder().encode([NeverIndexedHeaderTuple(k, v) for k, v in said.items()], huffman=False)
        head = len(block).to_bytes(3) + bytes((_HEADERS, _END_STREAM | _END_HEADERS)) + stream.to_bytes(4)
        self.client.write(head + block)


def _fragment(kind: int, flags: int, body: bytes) -> bytes:
    if kind == _HEADERS:
        padding = body[0] if flags & _PADDED else 0
        start = (1 if flags & _PADDED else 0) + (5 if flags & _PRIORITY else 0)
        return body[start : len(body) - padding]
    return body
