"""Who an email comes from when a field names a person."""

from __future__ import annotations

import pytest

from activities.message import Recipient, Sender, build
from activities.rendering import Rendered
from activities.writer import writer
from tests.activities.conftest import ANN, KEY, SECRET

ACME = Sender("Acme", "news@acme.example", reply_to="hello@acme.example", postal_address="1 Main Street")


@pytest.mark.parametrize(
    ("person", "name", "address", "reply_to"),
    [
        ("Ana Lee <ana@acme.example>", "Ana Lee", "ana@acme.example", None),
        ('"Lee, Ana" <ana@acme.example>', "Lee, Ana", "ana@acme.example", None),
        ("Lee, Ana <ana@ACME.example>", "Lee, Ana", "ana@acme.example", None),
        ("ana@acme.example", "", "ana@acme.example", None),
        # Nobody vouches for another domain: the person lends the name, and gets the answers.
        ("Ana Lee <ana@partner.example>", "Ana Lee", "news@acme.example", "ana@partner.example"),
        ("ana@partner.example", "ana", "news@acme.example", "ana@partner.example"),
        ("ana@sub.acme.example", "ana", "news@acme.example", "ana@sub.acme.example"),
        # A name alone.
        ("Ana Lee", "Ana Lee", "news@acme.example", "hello@acme.example"),
        # What is neither.
        ("Ana Lee <no address>", "Ana Lee", "news@acme.example", "hello@acme.example"),
        ("ana@@acme.example", "Acme", "news@acme.example", "hello@acme.example"),
        ("änne@acme.example", "Acme", "news@acme.example", "hello@acme.example"),
        ("", "Acme", "news@acme.example", "hello@acme.example"),
        (None, "Acme", "news@acme.example", "hello@acme.example"),
        (7, "Acme", "news@acme.example", "hello@acme.example"),
    ],
)
def test_a_person_writes_as_far_as_the_domain_allows(
    person: object, name: str, address: str, reply_to: str | None
) -> None:
    found = writer(ACME, person).sender
    assert (found.name, found.address, found.reply_to) == (name, address, reply_to)
    # Unsubscriptions never go to a person.
    assert "news@acme.example" in found.unsubscribe_mailto("t")


@pytest.mark.parametrize(
    "person",
    [
        "Ana\r\nBcc: all@acme.example <ana@acme.example>",
        "Ana <ana@acme.example>\r\nBcc: all@acme.example",
        "Ana <ana@acme.example\r\nBcc: all@acme.example>",
        "Ana <ana@acme.example>, Bob <bob@acme.example>",
        'x" <all@acme.example>, "y <ana@acme.example>',
        "Ana\u2028Bcc: all@acme.example",
    ],
)
def test_no_name_of_a_person_adds_a_header_or_another_address(person: str) -> None:
    rendered = Rendered("Hello", "", "<p>Hello</p>", "Hello\n")
    message = build(rendered, writer(ACME, person).sender, ANN, key=KEY, secret=SECRET, at=0, marketing=True)
    assert "Bcc" not in message
    assert len(message["From"].addresses) == 1
    head = message.as_bytes().partition(b"\r\n\r\n")[0]
    assert not any(line.startswith(b"Bcc") for line in head.split(b"\r\n"))
    assert message["To"].addresses[0].addr_spec == Recipient("c-1", "ann@example.com").address
