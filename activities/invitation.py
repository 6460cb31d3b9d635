"""Invitations: an entry for the calendar as an email brings it (RFC 5545, RFC 5546, RFC 6047).

An email `from` a person asks for an answer (METHOD:REQUEST), which goes to that person. One of the
workspace only tells the moment (METHOD:PUBLISH): nobody would read the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal
from urllib.parse import quote

from activities.templates import one_line

FILE = "invite.ics"
_LINE = 75  # octets of a line, without its end


@dataclass(frozen=True, slots=True)
class Party:
    """Who takes part: a name, or none, and an address that was looked at (`message.deliverable`)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """One entry. `sequence` grows with each version of it, `stamp` is when this one was made."""

    uid: str
    starts: int
    ends: int
    summary: str
    organizer: Party
    attendee: Party
    answers: bool
    sequence: int
    stamp: int

    @property
    def method(self) -> Literal["REQUEST", "PUBLISH"]:
        """What the calendar program does with it."""
        return "REQUEST" if self.answers else "PUBLISH"

    def text(self) -> str:
        """Return the entry as iCalendar text, with CRLF."""
        return "".join(f"{_folded(line)}\r\n" for line in self._lines())

    def attach(self, message: EmailMessage) -> None:
        """Put the entry into a message that has its text and its HTML already.

        Programs that ask for an answer look for it beside the text; others open the file.
        """
        text, method = self.text(), {"method": self.method}
        if self.answers:
            message.add_alternative(text, subtype="calendar", params=method, cte="base64")
            message.add_attachment(
                text.encode(), maintype="application", subtype="ics", filename=FILE, cte="base64"
            )
        else:
            message.add_attachment(text, subtype="calendar", params=method, filename=FILE, cte="base64")

    def _lines(self) -> Iterator[str]:
        yield "BEGIN:VCALENDAR"
        yield "VERSION:2.0"
        yield "PRODID:-//Nurture//Nurture//EN"
        yield "CALSCALE:GREGORIAN"
        yield f"METHOD:{self.method}"
        yield "BEGIN:VEVENT"
        yield f"UID:{self.uid}"
        yield f"SEQUENCE:{self.sequence}"
        yield f"DTSTAMP:{_utc(self.stamp)}"
        yield f"DTSTART:{_utc(self.starts)}"
        yield f"DTEND:{_utc(self.ends)}"
        yield f"SUMMARY:{_escaped(self.summary)}"
        yield f"ORGANIZER{_named(self.organizer)}:{_mailto(self.organizer)}"
        if self.answers:
            rest = ";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE"
            yield f"ATTENDEE{_named(self.attendee)}{rest}:{_mailto(self.attendee)}"
        yield "STATUS:CONFIRMED"
        yield "END:VEVENT"
        yield "END:VCALENDAR"


def _utc(at: int) -> str:
    """Write an instant; in UTC, so that no rules of a time zone need to go along."""
    return f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """Write a text value (RFC 5545, 3.3.11). It is one line, so it cannot begin another property."""
    text = one_line(text).replace("\\", "\\\\")
    return text.replace(";", "\\;").replace(",", "\\,")


def _named(party: Party) -> str:
    """Write a name as a parameter; within quotes only a quote has a meaning (RFC 5545, 3.2)."""
    name = one_line(party.name).replace('"', "'")
    return f';CN="{name}"' if name else ""


def _mailto(party: Party) -> str:
    return f"mailto:{quote(party.address, safe='@')}"


def _folded(line: str) -> str:
    """Break a line so that none has more than 75 octets, and no character is cut (RFC 5545, 3.1)."""
    rows, row, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LINE:
            rows.append(row)
            row, size = " ", 1
        row, size = row + character, size + octets
    return "\r\n".join([*rows, row])
