"""`sending hours weekdays 09:00 to 17:00 contact time`."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass

from dsl.checking import Checker
from dsl.nodes import Context, LineNode, Name, line
from dsl.parser import Tree
from dsl.plan import SendingHours
from dsl.span import Span
from dsl.tokens import Token

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def check_clock(check: Checker, clock: Token) -> bool:
    """Report a time that no clock shows."""
    hours, minutes = clock.text.split(":")
    if int(hours) < 24 and int(minutes) < 60:
        return True
    check.report.add("N413", clock.span, f"No clock shows {clock.text}.", "Write a time from 00:00 to 23:59.")
    return False


def weekday(tree: Tree) -> int:
    """Read a weekday; 0 is Monday."""
    return WEEKDAYS.index(tree.token("WORD").text)


@line("sending_hours", "sending hours", Context.HEAD)
@dataclass(frozen=True, slots=True)
class SendingHoursLine(LineNode):
    """When messages of the journey may go. `zone`: a named time zone, else the contact's."""

    days: tuple[int, ...]
    opens: Token
    closes: Token
    zone: Name | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        opens, closes = tree.tokens("CLOCK")
        zone = tree.need("zone").tokens("STRING")
        return cls(span, body, _days(tree), opens, closes, Name.of(zone[0]) if zone else None)

    def check(self, check: Checker) -> None:
        if (
            check_clock(check, self.opens)
            and check_clock(check, self.closes)
            and self.opens.text == self.closes.text
        ):
            message = "These sending hours are empty: they begin and end at the same time."
            check.report.add("N413", self.closes.span, message, "Write a later end.")
        if self.zone and not _is_zone(self.zone.text):
            message = f"There is no time zone “{self.zone.text}”."
            check.report.add("N309", self.zone.span, message, 'Write a name such as "Europe/Berlin".')

    def lower_hours(self) -> SendingHours:
        """Return the hours of the plan."""
        zone = self.zone.text if self.zone else "contact"
        return SendingHours(days=self.days, from_=self.opens.text, to=self.closes.text, zone=zone)


def _days(tree: Tree) -> tuple[int, ...]:
    if tree.has("weekdays"):
        return tuple(range(5))
    if tree.has("every_day"):
        return tuple(range(7))
    first, last = map(weekday, tree.need("day_range").trees())
    return tuple(sorted((first + n) % 7 for n in range((last - first) % 7 + 1)))


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
