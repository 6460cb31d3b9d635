"""Messages: parsed back by the standard library, as a receiver would."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.keys import EffectKey, effect_id, read_unsubscribe_token, unsubscribe_token
from activities.message import POLICY, InvalidAddress, Recipient, Sender, SenderWrong, build, deliverable
from activities.rendering import Rendered
from activities.templates import one_line
from tests.activities.conftest import ANN, KEY, RENDERED, SECRET, SENDER

GATEWAY = Sender("Acme", "news@acme.example", gateway_url="https://go.acme.example/")


def built(
    rendered: Rendered = RENDERED,
    sender: Sender = SENDER,
    recipient: Recipient = ANN,
    key: EffectKey = KEY,
    marketing: bool = True,
) -> EmailMessage:
    return build(rendered, sender, recipient, key=key, secret=SECRET, at=1_772_000_000, marketing=marketing)


def parsed(*args: Any, **kwargs: Any) -> EmailMessage:
    content = built(*args, **kwargs).as_bytes()
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert content.isascii()
    back = message_from_bytes(content, policy=policy.default)
    assert isinstance(back, EmailMessage)
    assert not back.defects
    return back


def decoded(header: str, *args: Any, **kwargs: Any) -> str:
    """Read a header with the older parser: the newer one puts spaces between encoded words of a name."""
    raw = message_from_bytes(built(*args, **kwargs).as_bytes())[header]
    return str(make_header(decode_header(raw if header == "Subject" else parseaddr(raw)[0])))


def test_a_message_says_who_to_whom_when_and_what() -> None:
    message = parsed()
    assert str(message["From"]) == "Acme Demand <news@acme.example>"
    assert str(message["To"]) == "Ann Lee <ann@example.com>"
    assert str(message["Date"]) == "Wed, 25 Feb 2026 06:13:20 +0000"
    assert str(message["Subject"]) == "Case study"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_the_message_id_is_the_same_for_every_attempt_and_different_for_every_effect() -> None:
    ids = {str(parsed(key=KEY)["Message-ID"]) for _ in range(2)}
    assert len(ids) == 1
    others = [
        KEY._replace(run="run-2"),
        KEY._replace(visit=2),
        KEY._replace(step="x"),
        KEY._replace(part="p"),
    ]
    ids |= {str(parsed(key=key)["Message-ID"]) for key in others}
    assert len(ids) == 5
    assert all(re.fullmatch(r"<[0-9a-f]{32}@acme\.example>", message_id) for message_id in ids)


def test_parts_of_a_key_cannot_be_shifted_into_each_other() -> None:
    assert effect_id(SECRET, EffectKey("ab", "c", 1)) != effect_id(SECRET, EffectKey("a", "bc", 1))


def test_marketing_mail_offers_unsubscription_by_mail_without_a_gateway() -> None:
    message = parsed()
    token = unsubscribe_token(SECRET, "c-1")
    assert message["List-Unsubscribe"] == f"<mailto:news@acme.example?subject=unsubscribe-{token}>"
    assert message["List-Unsubscribe-Post"] is None
    assert SENDER.unsubscribe_link(token).startswith("mailto:")


def test_marketing_mail_offers_one_click_unsubscription_with_a_gateway() -> None:
    message = parsed(sender=GATEWAY)
    token = unsubscribe_token(SECRET, "c-1")
    assert str(message["List-Unsubscribe"]).split(", ") == [
        f"<https://go.acme.example/unsubscribe/{token}>",
        f"<mailto:news@acme.example?subject=unsubscribe-{token}>",
    ]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert GATEWAY.unsubscribe_link(token) == f"https://go.acme.example/unsubscribe/{token}"


def test_a_long_unsubscribe_address_is_neither_broken_nor_encoded() -> None:
    sender = Sender("Acme", "a@acme.example", gateway_url="https://go.acme.example/" + "x" * 200)
    raw = build(
        RENDERED, sender, Recipient("c" * 60, ANN.address), key=KEY, secret=SECRET, at=0, marketing=True
    ).as_bytes()
    assert b"List-Unsubscribe: <https://go.acme.example/xxx" in raw
    header = str(message_from_bytes(raw, policy=policy.default)["List-Unsubscribe"])
    assert header.count("<") == header.count(">") == 2
    assert " " not in header.replace(", ", "")


def test_service_mail_has_no_unsubscribe_headers() -> None:
    assert parsed(marketing=False)["List-Unsubscribe"] is None


def test_an_unsubscribe_token_holds_no_address_and_only_we_can_make_one() -> None:
    token = unsubscribe_token(SECRET, "c-1")
    assert re.fullmatch(r"[\w.-]+", token)
    assert read_unsubscribe_token(SECRET, token) == "c-1"
    assert read_unsubscribe_token(SECRET, f" {token}\n") == "c-1"
    assert read_unsubscribe_token(b"another key", token) is None
    for forged in ("", ".", "x", token[:-1], "Yy0y" + token[4:], token + ".x", "é.é"):
        assert read_unsubscribe_token(SECRET, forged) is None


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_name_or_subject_adds_a_header_or_a_recipient(name: str, subject: str) -> None:
    message = parsed(
        Rendered(subject or "-", "", "<p></p>", "x"), recipient=Recipient("c-1", ANN.address, name)
    )
    plain = parsed()
    assert message.keys() == plain.keys()
    assert [a.addr_spec for a in message["To"].addresses] == [ANN.address]
    assert not re.search(r"[\r\n]", str(message["Subject"]))


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Müller",
        "李小龍",
        'Ann "Ace" Lee',
        "Lee, Ann",
        "Ünal, Ayşe <x@evil.example>",
        "a@b.example",
        "O'Hara (Sales)",
        "😀 Ann",
        "=?utf-8?q?x?=",
        "Very long name " * 3,
        "é" * 60,
        "\\",
    ],
)
def test_names_of_all_scripts_arrive_as_written(name: str) -> None:
    (address,) = parsed(recipient=Recipient("c-1", ANN.address, name))["To"].addresses
    assert address.addr_spec == ANN.address
    assert decoded("To", recipient=Recipient("c-1", ANN.address, name)) == " ".join(name.split())[:60].strip()


def test_line_breaks_in_a_subject_cannot_inject_a_header() -> None:
    message = parsed(Rendered("Hello\r\nBcc: everyone@example.com", "", "<p></p>", "x"))
    assert message["Bcc"] is None
    assert str(message["Subject"]) == "Hello Bcc: everyone@example.com"


@given(st.text(min_size=1, max_size=250))
def test_a_subject_of_any_script_arrives_as_written(subject: str) -> None:
    assert decoded("Subject", Rendered(subject, "", "<p></p>", "x")) == one_line(subject)


@given(st.text(max_size=60))
def test_a_name_of_any_script_arrives_as_written(name: str) -> None:
    got = decoded("To", recipient=Recipient("c-1", ANN.address, name))
    assert got == one_line(name)


def test_text_of_all_scripts_arrives_as_written() -> None:
    text = "Grüße 李 😀\nLine two " + "x" * 2_000 + "\n"
    message = parsed(Rendered("s", "", f"<p>{text}</p>", text))
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == text.splitlines()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ann@example.com", "ann@example.com"),
        (" ann+x@Example.COM ", "ann+x@example.com"),
        ("o'hara@example.co.uk", "o'hara@example.co.uk"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("zoë@example.com", "zoë@example.com"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_made_deliverable(address: str, expected: str) -> None:
    assert deliverable(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@example.com",
        "ann@",
        "ann@example",
        "ann@-x.com",
        "ann@exa mple.com",
        "an n@example.com",
        "ann@@example.com",
        "ann@a..b",
        ".ann@example.com",
        "ann..x@example.com",
        "Ann <ann@example.com>",
        "ann@example.com, bob@example.com",
        "ann@example.com\r\nBcc: x@y.zz",
        '"a b"@example.com',
        "a" * 65 + "@example.com",
        "ann@" + "a" * 64 + ".com",
        "ann@" + "a." * 130 + "com",
        "ann\u2028x@example.com",
        "ann\u202ex@example.com",
    ],
)
def test_an_invalid_address_is_a_permanent_failure_that_does_not_repeat_it(address: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        deliverable(address)
    outcome = caught.value.outcome()
    assert (outcome.kind, outcome.reason) == ("failed", "invalid address")
    assert not address or address not in str(caught.value)


def test_equal_sends_are_equal_to_the_byte() -> None:
    assert built().as_bytes() == built().as_bytes()


def test_the_policy_writes_smtp_lines() -> None:
    assert b"\n" not in built().as_bytes(policy=POLICY).replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "wrong", [{"address": "acme"}, {"reply_to": ""}, {"unsubscribe_address": "a b@c.de"}]
)
def test_a_wrong_address_of_our_own_is_found_at_the_start_and_blamed_on_no_contact(
    wrong: dict[str, str],
) -> None:
    with pytest.raises(SenderWrong, match=r"in the \[email\] settings is not an email address"):
        Sender(**{"name": "Acme", "address": "news@acme.example", **wrong})
