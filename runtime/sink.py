"""A local mail server that delivers nowhere: each message becomes an `.eml` file in a folder.

It can be told to behave as real servers do on bad days: refuse a recipient, answer 4xx, be down, hang, or
take a message and drop the connection before saying so.
"""

from __future__ import annotations

import asyncio
import errno
import re
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from runtime.sockets import PortTaken, bound

Stage = Literal["MAIL", "RCPT", "DATA"]
"""When a rule acts; DATA is after the final dot."""


@dataclass(frozen=True, slots=True)
class Received:
    """One message that the sink took."""

    path: Path
    recipient: str
    message_id: str
    subject: str
    content: bytes


@dataclass(slots=True)
class _Rule:
    stage: Stage
    act: Literal["answer", "hang", "drop"]
    reply: str = ""
    recipient: str | None = None
    times: int | None = None

    def takes(self, stage: Stage, recipient: str | None) -> bool:
        if self.stage != stage or self.times == 0 or self.recipient not in (None, recipient):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class MailSink:
    """An SMTP server on localhost, in the running event loop. Use it with `async with`.

    `received` holds what was taken, in order; `by_recipient` and `by_message_id` count it. `folder` gets the
    files `0001-subject.eml` …, counted on from those that are there; `port` 0 takes a free one. `login`: the
    user and password it offers AUTH for. `tls`: for STARTTLS, or with `smtps` from the first byte.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        login: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        smtps: bool = False,
    ) -> None:
        self.folder = folder
        self.received: list[Received] = []
        self.by_recipient: Counter[str] = Counter()
        self.by_message_id: Counter[str] = Counter()
        self.connections = 0
        self._before = 0
        # Bound and silent as long as the sink exists, so that nobody takes the port while it is down.
        self._reserved = bound(host, port)
        self.host, self.port = self._reserved.getsockname()
        self._login = login
        self._tls, self._smtps = tls, smtps
        self._rules: list[_Rule] = []
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.BaseTransport] = set()

    @property
    def url(self) -> str:
        """The `smtp://` address of the sink."""
        return f"smtp://{self.host}:{self.port}"

    async def up(self) -> None:
        """Listen. Raises `PortTaken`."""
        if self._server is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not self.received:
                self._before = _highest(self.folder)
            loop = asyncio.get_running_loop()
            try:
                self._server = await loop.create_server(
                    self._session, sock=bound(self.host, self.port), ssl=self._tls if self._smtps else None
                )
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(self.host, self.port) from None
                raise

    async def down(self) -> None:
        """Refuse connections, and cut those that are open, until `up`."""
        if self._server is not None:
            self._server.close()
            for transport in list(self._open):
                if isinstance(transport, asyncio.Transport):
                    transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> MailSink:
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.down()
        self._reserved.close()

    def refuse(
        self, recipient: str, reply: str = "550 5.1.1 <{address}>: Recipient address rejected"
    ) -> None:
        """Refuse a recipient for good, quoting the address as real servers do."""
        self._rules.append(_Rule("RCPT", "answer", reply, recipient))

    def answer(
        self, stage: Stage, reply: str, *, times: int | None = None, recipient: str | None = None
    ) -> None:
        """Answer a stage with this reply, so many times (None: always). Nothing is taken."""
        self._rules.append(_Rule(stage, "answer", reply, recipient, times))

    def hang(self, stage: Stage, *, times: int | None = None) -> None:
        """Say nothing more at a stage, until the client goes away. Nothing is taken."""
        self._rules.append(_Rule(stage, "hang", times=times))

    def drop(self, stage: Stage = "DATA", *, times: int | None = None) -> None:
        """Cut the connection instead of the reply. At DATA the message has been taken by then."""
        self._rules.append(_Rule(stage, "drop", times=times))

    def behave(self) -> None:
        """Forget all that `refuse`, `answer`, `hang` and `drop` asked for."""
        self._rules.clear()

    def duplicates(self) -> list[str]:
        """Return the Message-IDs that were taken more than once."""
        return [message_id for message_id, count in self.by_message_id.items() if count > 1]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._ruled(server, "MAIL", None)
        if reply is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._ruled(server, "RCPT", address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipient = str(envelope.rcpt_tos[0])
        rule = self._rule("DATA", recipient)
        if rule is None or rule.act == "drop":
            self._take(recipient, _bytes(envelope))
        return (await self._obey(server, rule, recipient) if rule else None) or "250 2.0.0 Accepted"

    async def _ruled(self, server: SMTP, stage: Stage, recipient: str | None) -> str | None:
        rule = self._rule(stage, recipient)
        return await self._obey(server, rule, recipient) if rule else None

    def _rule(self, stage: Stage, recipient: str | None) -> _Rule | None:
        return next((rule for rule in self._rules if rule.takes(stage, recipient)), None)

    async def _obey(self, server: SMTP, rule: _Rule, recipient: str | None) -> str:
        if rule.act == "answer":
            return rule.reply.replace("{address}", recipient or "")
        if rule.act == "drop" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        # The loss of the connection cancels this.
        await asyncio.get_running_loop().create_future()
        raise AssertionError("A connection that hangs ends by being cut.")

    def _take(self, recipient: str, content: bytes) -> None:
        message = message_from_bytes(content, policy=policy.default)
        subject, message_id = str(message["Subject"] or ""), str(message["Message-ID"] or "")
        name = re.sub(r"[^a-z0-9]+", "-", subject.lower()).strip("-")[:60].strip("-")
        path = self.folder / f"{self._before + len(self.received) + 1:04}{'-' if name else ''}{name}.eml"
        path.write_bytes(content)
        self.received.append(Received(path, recipient, message_id, subject, content))
        self.by_recipient[recipient] += 1
        self.by_message_id[message_id] += 1

    def _session(self) -> SMTP:
        self.connections += 1
        return _Session(
            self,
            hostname="localhost",
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
            tls_context=None if self._smtps else self._tls,
            auth_require_tls=self._login is None or (self._tls is not None and not self._smtps),
            authenticator=self._authenticate if self._login else None,
            on_open=self._open.add,
            on_close=self._open.discard,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert self._login is not None
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self._login, handled=False)


def _highest(folder: Path) -> int:
    """Return the number of the last file that an earlier sink has left, or 0."""
    numbers = (path.name.partition(".")[0].partition("-")[0] for path in folder.glob("*.eml"))
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _bytes(envelope: Envelope) -> bytes:
    content = envelope.content or b""
    return content if isinstance(content, bytes) else content.encode()


class _Session(SMTP):
    """One connection, known to its sink so that it can be cut."""

    def __init__(
        self,
        *args: Any,
        on_open: Callable[[asyncio.BaseTransport], None],
        on_close: Callable[[asyncio.BaseTransport], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._on_open, self._on_close = on_open, on_close
        self._mine: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mine = transport
        self._on_open(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._mine is not None:
            self._on_close(self._mine)
        super().connection_lost(error)
