"""SMTP over real sockets: for each way a server can behave, what is known afterwards."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from activities.message import Recipient, build
from activities.smtp import Patience, SmtpSettings, SmtpUrlWrong, deliver, deliver_with_patience
from runtime.sink import MailSink
from runtime.sockets import PortTaken
from tests.activities.conftest import ANN, KEY, RENDERED, SECRET, SENDER, Offers

CERTIFICATE = Path(__file__).with_name("localhost-for-tests-only.pem")
FROM, TO = SENDER.address, ANN.address
IMPATIENT = "timeout=0.2"


def impatient(sink: MailSink) -> SmtpSettings:
    return SmtpSettings.parse(f"{sink.url}?{IMPATIENT}")


async def test_an_accepted_message_arrives_once_and_unchanged(
    sink: MailSink, server: SmtpSettings, message: EmailMessage, offers: Offers
) -> None:
    outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason, offers.count) == ("sent", "", 1)
    (received,) = sink.received
    assert received.recipient == TO
    assert received.message_id == message["Message-ID"]
    assert received.path.name == "0001-case-study.eml"
    arrived = message_from_bytes(received.path.read_bytes(), policy=policy.default)
    body = arrived.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["Hello"]


async def test_lines_that_begin_with_a_dot_arrive_as_written(
    sink: MailSink, server: SmtpSettings, offers: Offers
) -> None:
    message = EmailMessage(policy=policy.SMTP)
    message["To"] = TO
    message.set_content(".first\n..second\n.\nlast\n")
    assert (await deliver(message, FROM, TO, server, offers)).kind == "sent"
    arrived = message_from_bytes(sink.received[0].content, policy=policy.default)
    assert arrived.get_content().splitlines() == [".first", "..second", ".", "last"]


async def test_a_server_that_is_down_is_unreachable_and_nothing_was_offered(
    sink: MailSink, server: SmtpSettings, message: EmailMessage, offers: Offers
) -> None:
    await sink.down()
    outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason, offers.count) == ("retry", "provider unreachable", 0)
    await sink.up()
    assert (await deliver(message, FROM, TO, server, offers)).kind == "sent"


async def test_a_host_name_that_does_not_exist_is_unreachable(message: EmailMessage, offers: Offers) -> None:
    server = SmtpSettings.parse("smtp://nowhere.invalid:25?timeout=5&ehlo=here")
    outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason) == ("retry", "provider unreachable")


async def test_a_refused_recipient_fails_and_only_the_detail_quotes_the_address(
    sink: MailSink, server: SmtpSettings, message: EmailMessage, offers: Offers
) -> None:
    sink.refuse(TO)
    outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason, offers.count) == ("failed", "smtp 550", 0)
    assert TO in outcome.detail
    assert TO not in repr(outcome)


@pytest.mark.parametrize(
    ("stage", "reply", "kind", "reason", "offered"),
    [
        ("MAIL", "421 4.3.2 busy", "retry", "smtp 421", 0),
        ("MAIL", "550 5.7.1 you may not send as this", "retry", "sender refused", 0),
        ("MAIL", "530 5.7.0 Authentication required", "retry", "sender refused", 0),
        ("RCPT", "450 4.2.1 greylisted", "retry", "smtp 450", 0),
        ("RCPT", "421 4.7.0 too many", "retry", "smtp 421", 0),
        ("RCPT", "530 5.7.0 Authentication required", "retry", "login refused", 0),
        ("RCPT", "552 5.2.2 mailbox full", "failed", "smtp 552", 0),
        ("DATA", "451 4.3.0 try later", "retry", "smtp 451", 1),
        ("DATA", "554 5.7.1 spam", "failed", "smtp 554", 1),
        ("DATA", "250 2.0.0 queued", "sent", "", 1),
        ("DATA", "354 go on", "in doubt", "no reply after data", 1),
        ("DATA", "what?", "in doubt", "no reply after data", 1),
    ],
)
async def test_each_reply_has_its_class(
    sink: MailSink,
    server: SmtpSettings,
    message: EmailMessage,
    offers: Offers,
    stage: str,
    reply: str,
    kind: str,
    reason: str,
    offered: int,
) -> None:
    sink.answer(stage, reply)  # type: ignore[arg-type]
    outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason, offers.count) == (kind, reason, offered)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
async def test_silence_before_data_is_tried_again(
    sink: MailSink, message: EmailMessage, offers: Offers, stage: str
) -> None:
    sink.hang(stage)  # type: ignore[arg-type]
    outcome = await deliver(message, FROM, TO, impatient(sink), offers)
    assert (outcome.kind, outcome.reason, offers.count) == ("retry", "provider timed out", 0)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
async def test_a_connection_lost_before_data_is_tried_again(
    sink: MailSink, server: SmtpSettings, message: EmailMessage, offers: Offers, stage: str
) -> None:
    sink.drop(stage)  # type: ignore[arg-type]
    outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason, offers.count) == ("retry", "connection lost", 0)


async def test_silence_after_the_final_dot_is_in_doubt(
    sink: MailSink, message: EmailMessage, offers: Offers
) -> None:
    sink.hang("DATA")
    outcome = await deliver(message, FROM, TO, impatient(sink), offers)
    assert (outcome.kind, outcome.reason, offers.count) == ("in doubt", "no reply after data", 1)


async def test_a_connection_lost_after_the_final_dot_is_in_doubt_for_the_server_may_have_taken_it(
    sink: MailSink, server: SmtpSettings, message: EmailMessage, offers: Offers
) -> None:
    sink.drop("DATA")
    outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason, offers.count) == ("in doubt", "no reply after data", 1)
    assert sink.by_recipient[TO] == 1


async def test_a_connection_lost_while_the_ledger_commits_is_tried_again(
    sink: MailSink, server: SmtpSettings, message: EmailMessage
) -> None:
    async def commit() -> None:
        await sink.down()
        for _ in range(20):  # the loss is seen in a later turn of the loop
            await asyncio.sleep(0)

    outcome = await deliver(message, FROM, TO, server, commit)
    assert (outcome.kind, outcome.reason, sink.received) == ("retry", "connection lost", [])


async def test_a_connection_reset_as_the_message_goes_out_is_tried_again(message: EmailMessage) -> None:
    """No turn of the loop lies between the reset and the write, so only the write itself can tell."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = SmtpSettings.parse(f"smtp://127.0.0.1:{listening.getsockname()[1]}?timeout=5")
        taken = asyncio.create_task(asyncio.to_thread(_up_to_data, listening))

        async def reset() -> None:
            connection = await taken
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        outcome = await deliver(message, FROM, TO, server, reset)
    assert (outcome.kind, outcome.reason) == ("retry", "connection lost")


def _up_to_data(listening: socket.socket) -> socket.socket:
    """Answer up to the 354."""
    connection, _ = listening.accept()
    connection.sendall(b"220 here\r\n")
    while b"DATA" not in (said := connection.recv(4096)):
        connection.sendall(b"250 OK\r\n")
    assert said
    connection.sendall(b"354 Go on\r\n")
    return connection


async def test_an_attempt_that_may_not_offer_hands_nothing_over(
    sink: MailSink, server: SmtpSettings, message: EmailMessage
) -> None:
    async def fenced() -> None:
        raise TimeoutError("a newer attempt holds the claim")

    with pytest.raises(TimeoutError, match="newer attempt"):
        await deliver(message, FROM, TO, server, fenced)
    assert sink.received == []


async def test_patience_tries_again_after_each_pause_until_it_is_accepted(
    sink: MailSink, server: SmtpSettings, message: EmailMessage, offers: Offers
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    sink.answer("RCPT", "450 4.2.1 greylisted", times=2)
    patience = Patience(pauses=(1, 4, 15), sleep=sleep, clock=lambda: sum(pauses))
    outcome = await deliver_with_patience(message, FROM, TO, server, offers, patience)
    assert (outcome.kind, pauses, sink.by_recipient[TO]) == ("sent", [1, 4], 1)


async def test_patience_ends_after_a_minute_so_that_the_machine_can_hold_the_send(
    sink: MailSink, server: SmtpSettings, message: EmailMessage, offers: Offers
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    await sink.down()
    patience = Patience(pauses=(20,) * 9, budget=60, sleep=sleep, clock=lambda: sum(pauses))
    outcome = await deliver_with_patience(message, FROM, TO, server, offers, patience)
    assert (outcome.kind, outcome.reason, pauses) == ("retry", "provider unreachable", [20, 20])


async def test_patience_never_repeats_what_is_in_doubt(
    sink: MailSink, server: SmtpSettings, message: EmailMessage, offers: Offers
) -> None:
    sink.drop("DATA", times=1)
    outcome = await deliver_with_patience(message, FROM, TO, server, offers)
    assert (outcome.kind, sink.connections, sink.duplicates()) == ("in doubt", 1, [])


@pytest.mark.parametrize(
    ("password", "kind", "reason"), [("p@ss", "sent", ""), ("no", "retry", "login refused")]
)
async def test_a_wrong_password_delays_mail_and_loses_none(
    tmp_path: Path, message: EmailMessage, offers: Offers, password: str, kind: str, reason: str
) -> None:
    async with MailSink(tmp_path, login=("ann", "p@ss")) as sink:
        server = SmtpSettings(
            sink.host, sink.port, user="ann", password=password, timeout=5, ehlo="localhost"
        )
        outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason) == (kind, reason)


async def test_a_login_that_the_server_does_not_offer_is_refused(
    server: SmtpSettings, sink: MailSink, message: EmailMessage, offers: Offers
) -> None:
    server = SmtpSettings(sink.host, sink.port, user="ann", password="x", timeout=5, ehlo="localhost")
    outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason) == ("retry", "login refused")


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
@pytest.mark.parametrize("trusted", [True, False])
async def test_mail_goes_over_tls_only_to_a_server_that_is_trusted(
    tmp_path: Path, message: EmailMessage, offers: Offers, scheme: str, trusted: bool
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    async with MailSink(tmp_path, tls=context, smtps=scheme == "smtps") as sink:
        ca = f"&ca={CERTIFICATE}" if trusted else ""
        server = SmtpSettings.parse(f"{scheme}://127.0.0.1:{sink.port}?timeout=5{ca}")
        outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason) == (("sent", "") if trusted else ("retry", "no secure connection"))


async def test_a_server_without_starttls_gets_no_mail(
    sink: MailSink, message: EmailMessage, offers: Offers
) -> None:
    server = SmtpSettings.parse(f"smtp+starttls://127.0.0.1:{sink.port}?timeout=5")
    outcome = await deliver(message, FROM, TO, server, offers)
    assert (outcome.kind, outcome.reason, sink.received) == ("retry", "no secure connection", [])


async def test_an_invalid_recipient_fails_before_any_connection(
    sink: MailSink, server: SmtpSettings, message: EmailMessage, offers: Offers
) -> None:
    outcome = await deliver(message, FROM, "ann@example.com>\r\nDATA", server, offers)
    assert (outcome.kind, outcome.reason, sink.connections) == ("failed", "invalid address", 0)


async def test_an_address_beyond_ascii_is_delivered_where_the_server_takes_it(
    sink: MailSink, server: SmtpSettings, offers: Offers
) -> None:
    zoe = Recipient("c-2", "zoë@bücher.example", "Zoë")
    message = build(RENDERED, SENDER, zoe, key=KEY, secret=SECRET, at=0, marketing=False)
    assert (await deliver(message, FROM, zoe.address, server, offers)).kind == "sent"
    assert sink.received[0].recipient == "zoë@xn--bcher-kva.example"


def test_a_server_is_read_from_its_address() -> None:
    server = SmtpSettings.parse("smtp+starttls://a%40b:p%3Aw@mail.example?timeout=7")
    assert (server.host, server.port, server.security) == ("mail.example", 587, "smtp+starttls")
    assert (server.user, server.password, server.timeout) == ("a@b", "p:w", 7)
    assert SmtpSettings.parse("smtps://mail.example").port == 465
    assert SmtpSettings.parse("smtp://127.0.0.1").port == 25
    assert "p:w" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:port",
        "smtp://mail.example:99999",
        "smtp://mail.example?timeout=soon",
        "smtp://mail.example?timeout=0",
        "smtp://mail.example?verify=no",
        "smtp://ann:secret@mail.example",
    ],
)
def test_a_wrong_address_of_a_server_is_explained_without_its_password(url: str) -> None:
    with pytest.raises(SmtpUrlWrong) as caught:
        SmtpSettings.parse(url)
    assert str(caught.value).endswith(".")
    assert "secret" not in str(caught.value)


async def test_a_taken_port_is_named_in_one_sentence(sink: MailSink, tmp_path: Path) -> None:
    with pytest.raises(PortTaken, match=f"Port {sink.port} on 127.0.0.1 is taken"):
        MailSink(tmp_path, sink.port)


async def test_a_server_that_is_slow_at_every_step_uses_up_patience_and_no_more(
    message: EmailMessage, offers: Offers
) -> None:
    gone = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = b"220 slow"
        while said:
            await asyncio.sleep(0.2)
            writer.write(said + b"\r\n")
            asked = await reader.readline()
            said = (b"354 go on" if asked.startswith(b"DATA") else b"250 ok") if asked else b""
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        gone.set()

    tarpit = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = tarpit.sockets[0].getsockname()[1]
    server = SmtpSettings.parse(f"smtp://127.0.0.1:{port}?timeout=5")
    # An activity that outlives its time is tried again by Temporal for ever, and no exit gets through.
    outcome = await deliver_with_patience(message, FROM, TO, server, offers, Patience(budget=0.5))
    await asyncio.wait_for(gone.wait(), 5)
    tarpit.close()
    assert (outcome.kind, outcome.reason, offers.count) == ("retry", "provider timed out", 0)
