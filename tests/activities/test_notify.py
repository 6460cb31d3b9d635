"""Notices: a team told by mail and chat, each message once."""

from __future__ import annotations

from email import message_from_bytes, policy

import httpx2
import pytest

from activities.notify import Notifier, Post, Team, posts, together
from activities.outcomes import Outcome, failed, in_doubt, retry, sent
from activities.smtp import Patience, SmtpSettings
from activities.texts import Notice
from runtime.sink import MailSink
from runtime.sites import Sites
from tests.activities.conftest import KEY, SECRET, SENDER, Offers

NOTICE = Notice(
    "On the pricing page",
    "Ann Lee",
    "Globex",
    "ann@globex.example",
    "Head of Ops",
    80.0,
    "MQL",
    'Journey "Whitepaper nurture": contact visits page "/pricing"',
    high=True,
)


@pytest.fixture
def notifier(server: SmtpSettings, client: httpx2.AsyncClient) -> Notifier:
    return Notifier(SENDER, server, client, SECRET, Patience(pauses=()))


async def told(notifier: Notifier, team: Team, notice: Notice = NOTICE) -> list[Outcome]:
    return [await notifier.deliver(post, notice, KEY, 1_772_000_000, Offers()) for post in posts(team)]


async def test_a_team_is_told_by_mail_and_chat(notifier: Notifier, sink: MailSink, sites: Sites) -> None:
    team = Team("SDR", ("sue@acme.example", "sam@acme.example"), sites.chat_url("SDR"))
    assert [outcome.kind for outcome in await told(notifier, team)] == ["sent"] * 3
    assert list(sink.by_recipient) == ["sue@acme.example", "sam@acme.example"]
    assert sink.duplicates() == []
    mail = message_from_bytes(sink.received[0].content, policy=policy.default)
    assert mail["Subject"] == "Urgent: On the pricing page: Ann Lee (Globex)"
    assert mail.get_content().splitlines() == [
        "On the pricing page.",
        "",
        "Contact: Ann Lee",
        "Title: Head of Ops",
        "Company: Globex",
        "Email: ann@globex.example",
        "Score: 80",
        "Stage: MQL",
        'Why: Journey "Whitepaper nurture": contact visits page "/pricing"',
    ]
    (chat,) = sites.chats
    assert chat.room == "SDR"
    assert chat.text == "🔴 Urgent: On the pricing page: Ann Lee (Globex)"
    assert "Score: 80" in chat.payload["blocks"][1]["text"]["text"]


def test_each_message_of_a_notice_has_a_part_of_its_own() -> None:
    team = Team("SDR", ("a@acme.example", "b@acme.example"), "https://chat.example/x")
    assert [post.part for post in posts(team)] == ["mail-1", "mail-2", "chat"]
    assert posts(Team("Nobody")) == ()


async def test_a_member_with_a_wrong_address_keeps_nobody_else_from_being_told(
    notifier: Notifier, sink: MailSink
) -> None:
    outcomes = await told(notifier, Team("SDR", ("nobody", "sam@acme.example")))
    assert [(o.kind, o.reason) for o in outcomes] == [("failed", "invalid address"), ("sent", "")]
    assert together(outcomes).kind == "sent"


async def test_a_name_cannot_call_everyone_or_make_a_link_in_chat(
    notifier: Notifier, sites: Sites, sink: MailSink
) -> None:
    notice = Notice("Look", "<!channel> <https://evil.example|Ann> & *Bob*\nBcc: x@y.example")
    await told(notifier, Team("SDR", ("sue@acme.example",), sites.chat_url("SDR")), notice)
    (chat,) = sites.chats
    assert "<" not in chat.text
    assert all(block["text"]["type"] == "plain_text" for block in chat.payload["blocks"])
    assert message_from_bytes(sink.received[0].content, policy=policy.default)["Bcc"] is None


async def test_a_chat_message_is_offered_before_it_could_arrive(notifier: Notifier, sites: Sites) -> None:
    post = Post("chat", Team("SDR", (), sites.chat_url("SDR")))

    async def fenced() -> None:
        raise PermissionError("a newer attempt holds the claim")

    with pytest.raises(PermissionError):
        await notifier.deliver(post, NOTICE, KEY, 0, fenced)
    assert sites.chats == []


async def test_a_lost_reply_of_a_chat_service_is_in_doubt(notifier: Notifier, sites: Sites) -> None:
    team = Team("SDR", (), sites.chat_url("SDR"))
    assert team.chat_url is not None
    sites.drop(team.chat_url, take=True)
    (outcome,) = await told(notifier, team)
    assert (outcome.kind, len(sites.chats)) == ("in doubt", 1)


@pytest.mark.parametrize(
    ("outcomes", "kind"),
    [
        ([], "failed"),
        ([failed("x"), sent()], "sent"),
        ([retry("x"), sent()], "retry"),
        ([failed("x"), in_doubt("x")], "in doubt"),
        ([failed("x")], "failed"),
    ],
)
def test_a_notice_is_tried_again_while_one_of_its_messages_can_be(outcomes: list[Outcome], kind: str) -> None:
    assert together(outcomes).kind == kind
