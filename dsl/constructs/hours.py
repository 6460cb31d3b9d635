"""Hours of the week: `sending hours weekdays 09:00 to 17:00 contact time`, and `business hours …`."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.diagnostics import Edit
from dsl.nodes import Context, LineNode, Name, Node, line
from dsl.parser import Tree
from dsl.plan import BusinessHours, SendingHours, Window
from dsl.span import Span
from dsl.tokens import Token

_MIDNIGHT = "00:00"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def check_clock(check: Checker, clock: Token, *, seconds: bool = False) -> bool:
    """Report a time that no clock shows, or that is written otherwise. `seconds`: they may be told."""
    hours, minutes, *rest = clock.text.split(":")
    if int(hours) < 24 and int(minutes) < 60 and (not rest or int(rest[0]) < 60):
        if rest and (not seconds or rest[0] == "00"):
            return _without_seconds(check, clock, f"{hours}:{minutes}")
        return True
    fix = "Midnight is 00:00." if clock.text == "24:00" else "Write a time from 00:00 to 23:59."
    check.report.add("N413", clock.span, f"No clock shows {clock.text}.", fix)
    return False


def _without_seconds(check: Checker, clock: Token, plain: str) -> bool:
    whole = clock.text.endswith(":00")
    message = f"{clock.text} is {plain}." if whole else "Times in a journey have no seconds."
    why = "A time would have two spellings."
    if not whole:
        why = "Journeys go by the minute, so the seconds would count for nothing."
    check.report.add(
        "N413", clock.span, message, f"Write {plain}.", [Edit(clock.span, plain)], consequence=why
    )
    return False


def weekday(tree: Tree) -> int:
    """Read a weekday; 0 is Monday."""
    return WEEKDAYS.index(tree.token("WORD").text)


@dataclass(frozen=True, slots=True)
class WeeklyWindow(Node):
    """`weekdays 09:00 to 17:00`; an end before the beginning crosses midnight, 00:00 to 00:00 is the day."""

    days: tuple[int, ...]
    opens: Token
    closes: Token

    @classmethod
    def read(cls, tree: Tree) -> Self:
        """Read days and two times."""
        opens, closes = tree.tokens("CLOCK")
        return cls(tree.span, _days(tree), opens, closes)

    def check(self, check: Checker) -> None:
        """Report times that no clock shows, and a window without length."""
        fine = check_clock(check, self.opens) and check_clock(check, self.closes)
        if fine and self.opens.text == self.closes.text != _MIDNIGHT:
            message = "These hours begin and end at the same time."
            check.report.add(
                "N413", self.closes.span, message, "Write a later end; a whole day is 00:00 to 00:00."
            )

    def lower(self) -> Window:
        """Return the window of the plan."""
        return Window(days=self.days, from_=self.opens.text, to=self.closes.text)


@dataclass(frozen=True, slots=True)
class _Hours(LineNode):
    """Weekly windows, except the days of a calendar of holidays."""

    windows: tuple[WeeklyWindow, ...]
    holidays: Name | None

    def check(self, check: Checker) -> None:
        for window in self.windows:
            window.check(check)
        if self.holidays:
            check.known("holiday calendar", self.holidays)

    def _closed(self, calendars: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        return calendars.get(self.holidays.text, ()) if self.holidays else ()


def _windows(tree: Tree) -> tuple[WeeklyWindow, ...]:
    return tuple(WeeklyWindow.read(t) for t in tree.trees() if t.rule == "window")


def _holidays(tree: Tree) -> Name | None:
    found = tree.find("except_holidays")
    return Name.of(found.token("STRING")) if found else None


@line("sending_hours", "sending hours", Context.HEAD)
@dataclass(frozen=True, slots=True)
class SendingHoursLine(_Hours):
    """When messages of the journey may go. `zone`: a named time zone, else the contact's."""

    zone: Name | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        zone = tree.need("zone").tokens("STRING")
        return cls(span, body, _windows(tree), _holidays(tree), Name.of(zone[0]) if zone else None)

    def check(self, check: Checker) -> None:
        _Hours.check(self, check)
        if self.zone and not is_zone(self.zone.text):
            message = f"There is no time zone “{self.zone.text}”."
            check.report.add("N309", self.zone.span, message, 'Write a name such as "Europe/Berlin".')

    def lower_hours(self, calendars: Mapping[str, tuple[str, ...]]) -> SendingHours:
        """Return the hours of the plan."""
        first, *also = (window.lower() for window in self.windows)
        return SendingHours(
            days=first.days,
            from_=first.from_,
            to=first.to,
            zone=self.zone.text if self.zone else "contact",
            also=tuple(also),
            calendar=self.holidays.text if self.holidays else None,
            closed=self._closed(calendars),
            line=self.span.line,
        )


@line("business_hours", "business hours", Context.TOP)
@dataclass(frozen=True, slots=True)
class BusinessHoursLine(_Hours):
    """The hours of the company, in the workspace's time zone: what business hours and days are counted by."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, _windows(tree), _holidays(tree))

    def declare(self, catalog: Catalog) -> None:
        if catalog.business is not None:
            message = "The business hours are declared already; a workspace has them once."
            catalog.report.add("N206", self.span, message, "Join the windows by “and” on one line.")
            return
        catalog.business = self.lower_business

    def lower_business(self, calendars: Mapping[str, tuple[str, ...]], zone: str) -> BusinessHours:
        """Return the hours of plans."""
        first, *also = (window.lower() for window in self.windows)
        return BusinessHours(
            days=first.days,
            from_=first.from_,
            to=first.to,
            zone=zone,
            also=tuple(also),
            closed=self._closed(calendars),
        )


def _days(tree: Tree) -> tuple[int, ...]:
    if tree.has("weekdays"):
        return tuple(range(5))
    if tree.has("weekends"):
        return (5, 6)
    if tree.has("every_day"):
        return tuple(range(7))
    found = tree.find("day_range")
    if found is None:
        return (weekday(tree.need("weekday")),)
    first, last = map(weekday, found.trees())
    return tuple(sorted((first + n) % 7 for n in range((last - first) % 7 + 1)))


def is_zone(name: str) -> bool:
    """Whether a time zone of this name exists."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
