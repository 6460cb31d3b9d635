"""The mail that a case leaves at a real mail server, read as the recipient's program reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.equality.case import CASES, load
from tests.equality.drivers import Outcome, Stage, on_temporal


@dataclass(slots=True)
class _Reading(Stage):
    """Keeps the mails."""

    mails: dict[tuple[str, str], EmailMessage] = field(default_factory=dict)

    async def play(self) -> Outcome:
        outcome = await Stage.play(self)
        for mail in self.sink.received:
            read = message_from_bytes(mail.content, policy=policy.default)
            assert isinstance(read, EmailMessage)
            assert not read.defects
            _MAILS[mail.recipient.partition("@")[0], mail.subject] = read
        return outcome


_MAILS: dict[tuple[str, str], EmailMessage] = {}


def _calendars(mail: EmailMessage) -> list[EmailMessage]:
    return [p for p in mail.walk() if p.get_content_type() in ("text/calendar", "application/ics")]


def _lines(part: EmailMessage) -> list[str]:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    return data.decode().replace("\r\n ", "").split("\r\n")


@pytest.mark.parametrize("name", ["email_options"])
async def test_the_options_of_an_email_are_what_its_recipient_sees(
    name: str, tmp_path: Path, url: str
) -> None:
    _MAILS.clear()
    await on_temporal(load(next(path for path in CASES if path.stem == name)), tmp_path, _Reading, url)
    assert sorted(_MAILS) == [("ana", "Demo"), ("ana", "Personal"), ("ana", "Webinar"), ("bob", "Personal")]
    _a_person_writes()
    _an_answer_is_asked_for()
    _an_entry_is_told()


def _a_person_writes() -> None:
    mail = _MAILS["ana", "Personal"]
    assert str(mail["From"]) == '"Lee, Ana" <ana.lee@sender.example.com>'
    assert mail["Reply-To"] is None
    assert (mail["Importance"], mail["Priority"], mail["X-Priority"]) == ("high", "urgent", "1")
    assert "mailto:hello@sender.example.com" in str(mail["List-Unsubscribe"])
    assert _calendars(mail) == []
    # Whose field is empty gets it from the workspace.
    assert str(_MAILS["bob", "Personal"]["From"]) == "Equality <hello@sender.example.com>"


def _an_answer_is_asked_for() -> None:
    mail = _MAILS["ana", "Demo"]
    assert mail["Importance"] is None
    assert mail.get_content_type() == "multipart/mixed"
    beside, attached = _calendars(mail)
    assert (beside.get_content_type(), beside.get_param("method")) == ("text/calendar", "REQUEST")
    assert (attached.get_content_type(), attached.get_filename()) == ("application/ics", "invite.ics")
    lines = _lines(beside)
    assert lines == _lines(attached)
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    # The contact's own clock, in New York one day after its clocks went forward.
    assert {"METHOD:REQUEST", "DTSTART:20410311T190000Z", "DTEND:20410311T193000Z", "SUMMARY:Demo"} <= set(
        lines
    )
    assert 'ORGANIZER;CN="Lee, Ana":mailto:ana.lee@sender.example.com' in lines
    (attendee,) = (line for line in lines if line.startswith("ATTENDEE"))
    assert attendee.startswith('ATTENDEE;CN="Ana";')
    assert attendee.endswith(";RSVP=TRUE:mailto:ana@people.example.com")


def _an_entry_is_told() -> None:
    (part,) = _calendars(_MAILS["ana", "Webinar"])
    assert (part.get_content_type(), part.get_param("method")) == ("text/calendar", "PUBLISH")
    assert part.get_filename() == "invite.ics"
    lines = _lines(part)
    assert 'ORGANIZER;CN="Equality":mailto:hello@sender.example.com' in lines
    assert not any(line.startswith("ATTENDEE") for line in lines)
    # One entry, however many emails of the run bring it.
    (uid,) = (line for line in lines if line.startswith("UID:"))
    assert uid in _lines(_calendars(_MAILS["ana", "Demo"])[0])
    assert uid.endswith("@sender.example.com")
