"""SMTP: one message to one recipient, step by step, so that it is known what the server may have taken.

    connect, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA      certainly not accepted
    `before_data()`                                      the ledger says `offered` from here on
    the message and the final dot                        accepted, refused, or in doubt

A refusal of us (login, certificate, sender) is `retry`: an engineer mends it and no mail is lost. A refusal
of the recipient or of the message is `failed`. 4xx is `retry`, before and after the final dot (RFC 5321,
section 4.2.1).
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTPConnectError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from activities import draining
from activities.message import POLICY, InvalidAddress, deliverable
from activities.outcomes import (
    CONNECTION_LOST,
    NO_REPLY,
    TIMED_OUT,
    UNREACHABLE,
    ChannelError,
    Outcome,
    failed,
    in_doubt,
    retry,
    sent,
)

INSECURE = "no secure connection"
LOGIN_REFUSED = "login refused"
SENDER_REFUSED = "sender refused"
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OPTIONS = frozenset({"timeout", "ca", "ehlo"})


class SmtpUrlWrong(ChannelError):
    """The SMTP server is configured by an address that cannot be used."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """A server, from `smtp://`, `smtps://` or `smtp+starttls://user:password@host:port?timeout=20`.

    `timeout`: seconds for each step. `ca`: a file of certificates to trust. `ehlo`: the name we give.
    """

    host: str
    port: int
    security: str = "smtp"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 20.0
    ca: str | None = None
    ehlo: str | None = None

    @classmethod
    def parse(cls, url: str) -> SmtpSettings:
        """Read a URL. Raises `SmtpUrlWrong`, which says what to write and never repeats a password."""
        parts = urlsplit(url.strip())
        if parts.scheme not in _PORTS or not parts.hostname:
            raise SmtpUrlWrong(
                "The SMTP address must look like smtp://host:25, smtps://user:password@host or "
                "smtp+starttls://user:password@host:587."
            )
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if unknown := sorted(set(options) - _OPTIONS):
            raise SmtpUrlWrong(
                f"The options of the SMTP address are ca, ehlo and timeout; it has {unknown[0]!r}."
            )
        try:
            port, timeout = parts.port or _PORTS[parts.scheme], float(options.get("timeout", 20))
        except ValueError:
            raise SmtpUrlWrong("The port and the timeout of the SMTP address must be numbers.") from None
        if timeout <= 0:
            raise SmtpUrlWrong("The timeout of the SMTP address must be more than 0 seconds.")
        local = parts.hostname in _LOOPBACK
        if parts.username and parts.scheme == "smtp" and not local:
            raise SmtpUrlWrong(
                "smtp:// would send the password unencrypted; write smtps:// or smtp+starttls:// instead."
            )
        return cls(
            host=parts.hostname,
            port=port,
            security=parts.scheme,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            timeout=timeout,
            ca=options.get("ca"),
            ehlo=options.get("ehlo", "localhost" if local else None),
        )


BeforeData = Callable[[], Awaitable[None]]


async def deliver(
    message: EmailMessage,
    sender: str,
    recipient: str,
    server: SmtpSettings,
    before_data: BeforeData,
    within: float | None = None,
) -> Outcome:
    """Deliver one message.

    Args:
        sender, recipient: the envelope's addresses.
        before_data: awaited once, immediately before the server could accept; commits `offered`. What it
            raises is raised here, and then nothing was handed over.
        within: seconds for all that comes before it; `server.timeout` is for each step.

    Never raises for what a server does; raises `InvalidAddress` for a sender that is none.
    """
    try:
        recipient = deliverable(recipient)
    except InvalidAddress as error:
        return error.outcome()
    sender = deliverable(sender)
    content = _dotted(message)
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        timeout=server.timeout,
        use_tls=server.security == "smtps",
        start_tls=server.security == "smtp+starttls",
        cert_bundle=server.ca,
        local_hostname=server.ehlo,
    )
    try:
        try:
            async with asyncio.timeout(within):
                trouble = (
                    await _connect(client, server)
                    or await _log_in(client, server)
                    or await _address(client, sender, recipient)
                )
        except TimeoutError:
            return retry(TIMED_OUT, "The server answers each step, but too slowly.")
        if trouble is not None:
            return trouble
        # Not inside a try that reads OSError or TimeoutError as trouble of the server.
        await before_data()
        return await _hand_over(client, content, server.timeout)
    finally:
        client.close()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one attempt tries by itself before the machine holds the send: about a minute.

    `over`: the worker stops, so nothing is tried again.
    """

    pauses: tuple[float, ...] = (1, 4, 15)
    budget: float = 60.0
    sleep: Callable[[float], Awaitable[None]] = draining.pause
    over: Callable[[], bool] = draining.draining
    clock: Callable[[], float] = time.monotonic


async def deliver_with_patience(
    message: EmailMessage,
    sender: str,
    recipient: str,
    server: SmtpSettings,
    before_data: BeforeData,
    patience: Patience = Patience(),
) -> Outcome:
    """Deliver one message, trying again on `retry` while patience lasts.

    A server that is slow at every step gets no longer: the activity's own time must never run out, for then
    Temporal would try again for ever, and no exit would get through. `before_data` is awaited in each try
    that gets so far.
    """
    end = patience.clock() + patience.budget
    outcome = await deliver(message, sender, recipient, server, before_data, patience.budget)
    for pause in patience.pauses:
        if outcome.kind != "retry" or patience.clock() + pause >= end:
            break
        await patience.sleep(pause)
        if patience.over():
            break
        left = end - patience.clock()
        outcome = await deliver(message, sender, recipient, server, before_data, left)
    return outcome


async def _connect(client: aiosmtplib.SMTP, server: SmtpSettings) -> Outcome | None:
    try:
        await client.connect()
    except SMTPConnectResponseError as error:  # the greeting; before the others, for it is both kinds
        return retry(_code(error), error.message)
    except SMTPConnectError as error:
        return retry(INSECURE if isinstance(error.__cause__, ssl.SSLError) else UNREACHABLE, str(error))
    except (ssl.SSLError, FileNotFoundError) as error:  # no trust, or no file of certificates
        return retry(INSECURE, str(error))
    except SMTPResponseException as error:
        return retry(_code(error), error.message)
    except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
        return _lost(error)
    except SMTPException as error:  # the server offers no STARTTLS
        return retry(INSECURE, str(error))
    return None


async def _log_in(client: aiosmtplib.SMTP, server: SmtpSettings) -> Outcome | None:
    if server.user is None:
        return None
    try:
        await client.login(server.user, server.password or "")
    except SMTPResponseException as error:
        return retry(LOGIN_REFUSED if error.code >= 500 else _code(error), error.message)
    except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
        return _lost(error)
    except SMTPException as error:  # the server offers no AUTH, or none that we speak
        return retry(LOGIN_REFUSED, str(error))
    return None


async def _address(client: aiosmtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
    """Say MAIL, RCPT and DATA, up to the 354 after which the message may follow."""
    utf8 = not recipient.isascii()
    try:
        await client.ehlo()
        if utf8 and not client.supports_extension("smtputf8"):
            return failed("address not supported", "The server does not take addresses beyond ASCII.")
        mail = await client.execute_command(
            b"MAIL", f"FROM:<{sender}>".encode(), *([b"SMTPUTF8"] if utf8 else [])
        )
        if mail.code != 250:
            return retry(SENDER_REFUSED if mail.code >= 500 else _code(mail), mail.message)
        rcpt = await client.execute_command(b"RCPT", f"TO:<{recipient}>".encode())
        if rcpt.code not in (250, 251):
            return _refusal(rcpt)
        data = await client.execute_command(b"DATA")
        if data.code != 354:
            return _refusal(data)
    except SMTPResponseException as error:
        return retry(_code(error), error.message)
    except (SMTPException, OSError) as error:
        return _lost(error)
    return None


async def _hand_over(client: aiosmtplib.SMTP, content: bytes, seconds: float) -> Outcome:
    """Send the message and the final dot, and read the verdict.

    The protocol is used directly: `SMTP.data` does not tell a loss before the dot from one after it.
    """
    protocol = client.protocol
    if protocol is None or not protocol.is_connected:
        return retry(CONNECTION_LOST)
    try:
        # No await between the two, so no reply can arrive unexpected.
        protocol.write(content)
        if not protocol.is_connected:
            # The kernel refused it at once, for the connection was reset meanwhile: the dot never went.
            return retry(CONNECTION_LOST)
        reply = await protocol.read_response(timeout=seconds)
    except (SMTPException, OSError) as error:
        return in_doubt(NO_REPLY, str(error))
    if 200 <= reply.code < 300:
        with suppress(SMTPException, OSError):
            await client.quit(timeout=1)
        return sent(reply.message)
    if 400 <= reply.code < 600:
        return _refusal(reply)
    return in_doubt(NO_REPLY, reply.message)


def _dotted(message: EmailMessage) -> bytes:
    """Return the message as it goes over the wire: CRLF, dots doubled, the final dot (RFC 5321, 4.5.2)."""
    content = message.as_bytes(policy=POLICY.clone(utf8=not str(message["To"]).isascii()))
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines) + b".\r\n"


def _refusal(reply: SMTPResponse) -> Outcome:
    if reply.code == 530:  # authentication required, said late
        return retry(LOGIN_REFUSED, reply.message)
    if reply.code >= 500:
        return failed(_code(reply), reply.message)
    return retry(_code(reply), reply.message)


def _code(reply: SMTPResponse | SMTPResponseException) -> str:
    return f"smtp {reply.code}" if 200 <= reply.code <= 599 else CONNECTION_LOST


def _lost(error: Exception) -> Outcome:
    timed_out = isinstance(error, TimeoutError) and not isinstance(error, SMTPServerDisconnected)
    return retry(TIMED_OUT if timed_out else CONNECTION_LOST, str(error))
