"""Moments on a date: `3 days before contact.renewal 10:00`, `24 november 2026`."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal, Self, cast

from dsl.checking import Checker
from dsl.constructs.hours import check_clock
from dsl.constructs.values import MONTHS as MONTHS
from dsl.constructs.values import Literal_, Reference
from dsl.diagnostics import Edit
from dsl.nodes import Node
from dsl.parser import Tree
from dsl.plan import DateField
from dsl.tokens import Token

DATES = ("date", "date and time")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 30 * 86_400}
_FARTHEST = 3650 * 86_400

DateUnit = Literal["minute", "hour", "day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Distance(Node):
    """`7 days`, `2 months`: how far from a date. Only dates have months, counted on the calendar."""

    amount: str
    unit: str

    @classmethod
    def read(cls, tree: Tree) -> Self:
        """Read a number and a unit."""
        unit = tree.need("unit", "month_unit").token("WORD").text
        return cls(tree.span, tree.token("NUMERAL").text, unit)

    @property
    def whole(self) -> int:
        """The amount; 1 where it was refused."""
        return int(self.amount) if self.amount.isdigit() else 1

    @property
    def one(self) -> DateUnit:
        """The unit in the singular."""
        return cast(DateUnit, self.unit.removesuffix("s"))

    @property
    def seconds(self) -> int:
        """The length for the order among blocks: a month counts as 30 days."""
        return self.whole * _SECONDS[self.one]

    def check(self, check: Checker) -> None:
        """Report distances that are none, and `1 days`."""
        if not self.amount.isdigit() or self.whole == 0 or self.seconds > _FARTHEST:
            message = f"{self.amount} {self.unit} is no distance from a date."
            check.report.add("N403", self.span, message, "Write a whole number from 1, ten years at most.")
        elif str(self) != f"{self.amount} {self.unit}":
            message = f"“{self.amount} {self.unit}” reads wrong."
            check.report.add("N404", self.span, message, f"Write {self}.", [Edit(self.span, str(self))])

    def __str__(self) -> str:
        return f"{self.whole} {self.one}{'' if self.whole == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class DatePoint(Node):
    """A moment told by a field: on its date, or before or after it. `sign`: -1 is before."""

    field: Reference
    distance: Distance | None
    sign: int
    clock: Token | None

    @classmethod
    def read(cls, tree: Tree) -> Self:
        """Read the parts of a line on a date."""
        distance, clock = tree.find("distance"), tree.tokens("CLOCK")
        return cls(
            tree.span,
            Reference.read(tree.need("ref")),
            Distance.read(distance) if distance else None,
            -1 if tree.has("before") else 1,
            clock[0] if clock else None,
        )

    def check(self, check: Checker) -> None:
        """Report a field that is no date, and times that it cannot have."""
        if self.distance:
            self.distance.check(check)
        if self.clock:
            check_clock(check, self.clock)
        found = self.field.check(check)
        if found is None:
            return
        called = f"{self.field.owner}.{self.field.name}"
        fine = self.distance is not None and self.distance.one in ("minute", "hour")
        if found.type not in DATES:
            message = f"{called} is {found.type}; a moment is told by a date."
            check.report.add("N401", self.field.span, message, "Name a field of type date, or date and time.")
        elif fine and found.type == "date" and self.distance:
            message = f"{called} is a date without a time, so {self.distance} from it is at no known hour."
            fix = "Count in days, and add a time of day."
            check.report.add("N401", self.distance.span, message, fix)
        elif fine and self.clock:
            message = "A distance in hours or minutes has a time of its own."
            check.report.add("N408", self.clock.span, message, "Leave the time out, or count in days.")

    def words(self) -> str:
        """Name the moment, as written."""
        field = f"{self.field.owner}.{self.field.name}"
        if self.distance:
            field = f"{self.distance} {'before' if self.sign < 0 else 'after'} {field}"
        return f"{field} {self.clock.text}" if self.clock else field

    def moment(self) -> int:
        """Seconds from the date, for the order among blocks."""
        hours, minutes = map(int, self.clock.text.split(":")) if self.clock else (0, 0)
        distance = self.sign * self.distance.seconds if self.distance else 0
        return distance + hours * 3600 + minutes * 60

    def lower(self, fold: bool) -> DateField:
        """Return the instant of the plan."""
        return DateField(
            ref=self.field.lower(),
            amount=self.sign * self.distance.whole if self.distance else 0,
            unit=self.distance.one if self.distance else "day",
            clock=self.clock.text if self.clock else None,
            fold=fold,
        )


@dataclass(frozen=True, slots=True)
class CalendarDay(Node):
    """`24 november 2026`; without a year, that day of every year."""

    day: str
    month: int
    year: str | None

    @classmethod
    def read(cls, tree: Tree) -> Self:
        """Read a day, the name of a month, and a year if there is one."""
        day, *year = (token.text for token in tree.tokens("NUMERAL"))
        month = tree.need("month_name").token("WORD").text
        return cls(tree.span, day, MONTHS.index(month) + 1, year[0] if year else None)

    @property
    def date(self) -> datetime.date | None:
        """The date, in a leap year if none is given; None if no calendar has it."""
        year = self.year or "2000"
        try:
            return (
                datetime.date(int(year), self.month, int(self.day))
                if len(year) == 4 and len(self.day) < 3
                else None
            )
        except ValueError:
            return None

    @property
    def iso(self) -> str:
        """The date for plans: `2026-11-24`, or `11-24` for every year."""
        found = self.date or datetime.date(2000, 1, 1)
        return found.isoformat() if self.year else found.isoformat()[5:]

    def check(self, check: Checker) -> None:
        """Report a day that no calendar has."""
        if self.date is None:
            message = f"No calendar has the day {self}."
            check.report.add("N415", self.span, message, "Write such as: 24 november 2026")

    def __str__(self) -> str:
        return " ".join([self.day, MONTHS[self.month - 1], *([self.year] if self.year else [])])


@dataclass(frozen=True, slots=True)
class DayValue(Literal_):
    """A day of the calendar as a value."""

    day: CalendarDay

    @classmethod
    def read(cls, tree: Tree) -> Self:
        """Read a day with its year."""
        day = CalendarDay.read(tree)
        return cls(tree.span, day.iso, day)

    @property
    def type(self) -> str:
        return "date"
