"""Moments: `on day 2 11:00`, `3 hours later`, `by friday 17:00`, worked out on the scenario's own clock.

A moment with a time of day is an instant; without one it is the whole day. `by` and `between` are stretches.
Moments stand in the order in which they come. Days are counted from the start, which is day 0.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dsl import civil
from dsl.checking import Checker
from dsl.constructs.dates import CalendarDay
from dsl.constructs.hours import check_clock, weekday
from dsl.constructs.values import MONTHS, Duration
from dsl.diagnostics import Edit
from dsl.parser import Tree
from dsl.scenarios.script import Stretch
from dsl.span import Span

_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FARTHEST = 3650
_LONGEST = _FARTHEST * 86_400
_YEARS = (1971, 2100)
FIRST_DAY = "2026-03-02"
"""A Monday: where a scenario does not say when it starts."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch, and whether something can happen then: at an instant alone."""

    stretch: Stretch
    instant: bool
    span: Span


@dataclass(slots=True)
class Clock:
    """The clock of a scenario. `last`: the end of the last moment, before which no other one lies."""

    check: Checker
    zone: ZoneInfo
    start: int
    last: int
    begun: bool = False

    @classmethod
    def of(cls, check: Checker, zone: ZoneInfo, starting: Tree | None) -> Clock:
        """Begin where the scenario says, or on a Monday at midnight."""
        at = civil.date_field(FIRST_DAY, None, 0, "day", zone)
        assert at is not None
        if starting is not None:
            found = _date(check, starting)
            if found is not None:
                _agree(check, starting, found)
                clock = _clock(check, starting)
                at = civil.date_field(found.isoformat(), clock, 0, "day", zone) or at
        return cls(check, zone, at, at)

    def read(self, tree: Tree) -> Moment | None:
        """Work a moment out, or report it."""
        if tree.rule == "at_start":
            return self._instant(self.start, tree)
        if tree.rule == "later":
            length = sound_length(tree.need("duration"), self.check)
            if length is None:
                return None
            return self._instant(civil.add(self.last, length.whole, length.one, self.zone), tree)
        if tree.rule == "between_points":
            return self._between(tree)
        found = self.point(tree.need("weekday_point", "day_point", "date_point"))
        if found is None:
            return None
        if self.begun:
            self.doubt(tree, found.since, self.last)
        if tree.rule == "by_point":
            return self._by(found, tree)
        if found.since == found.until:
            return self._instant(found.since, tree)
        return self._moment(Stretch(max(found.since, self.last), found.until), tree, instant=False)

    def point(self, tree: Tree, after: int | None = None) -> Stretch | None:
        """Work out a point: an instant, or a whole day. Reports what no calendar or clock has."""
        clock = _clock(self.check, tree)
        if clock is None and tree.tokens("CLOCK"):
            return None
        after = self.last if after is None else after
        if tree.rule == "weekday_point":
            at = self._weekday(weekday(tree.need("weekday")), clock, after)
        elif tree.rule == "day_point":
            token = tree.token("NUMERAL")
            if not token.text.isdigit() or int(token.text) > _FARTHEST:
                message = f"“day {token.text}” is no day of a scenario."
                fix = f"Write a whole number from 0, the day of the start, to {_FARTHEST}."
                self.check.report.add("N403", token.span, message, fix)
                return None
            at = civil.day_of_run(self.start, int(token.text), clock or "00:00", self.zone)
        else:
            date = _date(self.check, tree)
            if date is None:
                return None
            found = civil.date_field(date.isoformat(), clock, 0, "day", self.zone)
            assert found is not None
            at = found
        return Stretch(at, at if clock else civil.add(at, 1, "day", self.zone) - 1)

    def doubt(self, tree: Tree, at: int, after: int) -> None:
        """Ask whether the next week is meant, where the moment before it is later on such a day."""
        point = tree if tree.rule == "weekday_point" else tree.find("weekday_point")
        if point is None or not point.tokens("CLOCK"):
            return
        last = datetime.datetime.fromtimestamp(after, self.zone)
        if last.weekday() != weekday(point.need("weekday")):
            return
        local = datetime.datetime.fromtimestamp(at, self.zone)
        if local.date() == last.date():
            return
        start = datetime.datetime.fromtimestamp(self.start, self.zone)
        day, time = (local.date() - start.date()).days, point.token("CLOCK").text
        message = f"This is {self.told(at)}, the week after {self.told(after)}."
        later = "" if after % 60 else f"write a time behind {last:%H:%M}, or "
        fix = f"If that is meant, write: day {day} {time}. If not, {later}put it above that moment."
        self.check.report.add("S105", point.span, message, fix)

    def _weekday(self, day: int, clock: str | None, after: int) -> int:
        if clock is not None:
            return civil.at_clock(after, clock, self.zone, day)
        today = civil.day_of_run(after, 0, "00:00", self.zone)
        return civil.at_clock(today, "00:00", self.zone, day)

    def _by(self, found: Stretch, tree: Tree) -> Moment | None:
        return self._moment(Stretch(self.last, found.until), tree, instant=False)

    def _between(self, tree: Tree) -> Moment | None:
        one, other = (t.trees()[0] for t in tree.trees())
        first = self.point(one)
        if first is None or not self._in_order(first.until, one.span):
            return None
        if self.begun:
            self.doubt(one, first.since, self.last)
        second = self.point(other, first.since)
        if second is None:
            return None
        self.doubt(other, second.since, first.since)
        if second.until <= first.since:
            message = "The end of this stretch lies before its beginning."
            self.check.report.add("S101", tree.span, message, "Turn the two moments round.")
            return None
        return self._moment(Stretch(max(first.since, self.last), second.until), tree, instant=False)

    def _instant(self, at: int, tree: Tree) -> Moment | None:
        return self._moment(Stretch(at, at), tree, instant=True)

    def _moment(self, stretch: Stretch, tree: Tree, *, instant: bool) -> Moment | None:
        if not self._in_order(stretch.until, tree.span):
            return None
        self.last, self.begun = stretch.until, True
        return Moment(stretch, instant, tree.span)

    def _in_order(self, at: int, span: Span) -> bool:
        if at >= self.last:
            return True
        before = "the moment above it" if self.begun else "the start"
        years = len({datetime.datetime.fromtimestamp(one, self.zone).year for one in (at, self.last)}) > 1
        message = f"This is {self.told(at, years)}, but {before} is {self.told(self.last, years)}."
        fix = "Put the moments in order; a day without a time, and “by” a day, reach to its midnight."
        if at < self.start:
            local = datetime.datetime.fromtimestamp(at, self.zone)
            date = f"{local.day} {MONTHS[local.month - 1]} {local.year}"
            fix = f"Let the clock begin earlier, above the first moment: starting {date}"
        self.check.report.add("S101", span, message, fix)
        return False

    def told(self, at: int, dated: bool = False) -> str:
        """Write an instant as the scenario's clock shows it, with the year if it is not that of the start.

        `dated`: with the year anyhow.
        """
        local, start = (datetime.datetime.fromtimestamp(one, self.zone) for one in (at, self.start))
        seconds = f":{local:%S}" if local.second else ""
        year = f" {local.year}" if dated or local.year != start.year else ""
        return f"{local:%A} {local.day} {local:%B}{year} {local:%H:%M}{seconds}"


def sound_length(tree: Tree, check: Checker) -> Duration | None:
    """Read a length of time; None if it is none, which is reported."""
    length = Duration.read(tree)
    before = len(check.report.found)
    length.check(check)
    return length if all(d.code == "N404" for d in check.report.found[before:]) else None


def before(tree: Tree, at: int, clock: Clock) -> int | None:
    """Work out `2 hours ago`, counted back from an instant; None if that is no length, which is reported."""
    exact = tree.find("seconds")
    if exact is None:
        length = sound_length(tree.need("duration"), clock.check)
        return civil.add(at, -length.whole, length.one, clock.zone) if length is not None else None
    seconds = _seconds(exact, clock.check)
    return None if seconds is None else at - seconds


def lasting(tree: Tree, check: Checker) -> int | None:
    """Read for how many seconds something lasts, in seconds or a larger unit; None if that is reported."""
    exact = tree.find("seconds")
    if exact is not None:
        return _seconds(exact, check)
    length = sound_length(tree.need("duration"), check)
    return length.seconds if length is not None else None


def _seconds(exact: Tree, check: Checker) -> int | None:
    number, unit = exact.token("NUMERAL"), exact.token("WORD")
    seconds = int(number.text) if number.text.isdigit() else 0
    if not 0 < seconds <= _LONGEST:
        message = f"{number.text} {unit.text} is no length of time here."
        check.report.add("N403", exact.span, message, "Write a whole number from 1, or a larger unit.")
        return None
    right = "second" if seconds == 1 else "seconds"
    if unit.text != right:
        message = f"“{number.text} {unit.text}” reads wrong."
        fix = f"Write {seconds} {right}."
        check.report.add("N404", exact.span, message, fix, [Edit(exact.span, f"{seconds} {right}")])
    return seconds


def _clock(check: Checker, tree: Tree) -> str | None:
    found = tree.tokens("CLOCK")
    return found[0].text if found and check_clock(check, found[0], seconds=True) else None


def _date(check: Checker, tree: Tree) -> datetime.date | None:
    day = CalendarDay.read(tree.need("calendar_date"))
    day.check(check)
    found = day.date
    if found is not None and not _YEARS[0] <= found.year <= _YEARS[1]:
        message = f"Scenarios play from {_YEARS[0]} to {_YEARS[1]}."
        check.report.add("N415", day.span, message, "Write another year.")
        return None
    return found


def _agree(check: Checker, tree: Tree, date: datetime.date) -> None:
    """Report a weekday that the date does not have."""
    named = tree.find("weekday")
    if named is not None and weekday(named) != date.weekday():
        right = _DAY_NAMES[date.weekday()]
        message = f"This day is a {right.title()}."
        check.report.add("S102", named.span, message, f"Write {right}.", [Edit(named.span, right)])
