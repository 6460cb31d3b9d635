"""Entries for the calendar, unfolded and read line by line as RFC 5545 has it."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.invitation import Invitation, Party
from activities.message import build
from tests.activities.conftest import ANN, KEY, RENDERED, SECRET, SENDER

ENTRY = Invitation(
    uid="u-1@acme.example",
    starts=1_772_442_000,
    ends=1_772_445_600,
    summary="Demo",
    organizer=Party("Ana Lee", "ana@acme.example"),
    attendee=Party("Ann", "ann@example.com"),
    answers=True,
    sequence=7,
    stamp=1_772_000_000,
)


def changed(**more: Any) -> Invitation:
    values = {name: getattr(ENTRY, name) for name in Invitation.__slots__}
    return Invitation(**(values | more))


def lines(entry: Invitation) -> list[str]:
    text = entry.text()
    assert text.endswith("\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_a_request_names_both_sides_and_asks_for_an_answer() -> None:
    assert lines(ENTRY) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Nurture//Nurture//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:u-1@acme.example",
        "SEQUENCE:7",
        "DTSTAMP:20260225T061320Z",
        "DTSTART:20260302T090000Z",
        "DTEND:20260302T100000Z",
        "SUMMARY:Demo",
        'ORGANIZER;CN="Ana Lee":mailto:ana@acme.example',
        'ATTENDEE;CN="Ann";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ann@example.com',
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_what_is_only_told_has_no_attendee() -> None:
    found = lines(changed(answers=False))
    assert "METHOD:PUBLISH" in found
    assert not any(line.startswith("ATTENDEE") for line in found)


def test_what_has_a_meaning_in_a_text_is_escaped() -> None:
    assert "SUMMARY:a\\, b\\; c\\\\n" in lines(changed(summary="a, b; c\\n"))


def test_a_name_without_words_is_left_out_and_quotes_cannot_end_one() -> None:
    assert "ORGANIZER:mailto:a@acme.example" in lines(changed(organizer=Party(" ", "a@acme.example")))
    found = lines(changed(organizer=Party('A "B" C:mailto', "a@acme.example")))
    assert "ORGANIZER;CN=\"A 'B' C:mailto\":mailto:a@acme.example" in found


@given(st.text(), st.text())
def test_no_text_begins_another_line(summary: str, name: str) -> None:
    found = lines(changed(summary=summary, organizer=Party(name, "a@acme.example")))
    assert [line.partition(":")[0].partition(";")[0] for line in found] == [
        *("BEGIN", "VERSION", "PRODID", "CALSCALE", "METHOD", "BEGIN", "UID", "SEQUENCE", "DTSTAMP"),
        *("DTSTART", "DTEND", "SUMMARY", "ORGANIZER", "ATTENDEE", "STATUS", "END", "END"),
    ]


@pytest.mark.parametrize("answers", [True, False])
def test_a_message_with_an_entry_is_equal_for_equal_sends_and_ascii(answers: bool) -> None:
    first, again = (
        build(
            RENDERED,
            SENDER,
            ANN,
            key=KEY,
            secret=SECRET,
            at=0,
            marketing=True,
            high=True,
            invitation=changed(answers=answers, summary="Vorführung"),
        ).as_bytes()
        for _ in range(2)
    )
    assert first == again
    assert first.isascii()
    read = message_from_bytes(first, policy=policy.default)
    assert not read.defects
    kinds = [part.get_content_type() for part in read.walk()]
    texts = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
    assert kinds == ([*texts, "application/ics"] if answers else texts)
