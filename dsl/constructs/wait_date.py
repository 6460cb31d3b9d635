"""Waits for a date: `wait until 3 days before contact.renewal`, `wait until 24 november 2026 09:00`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.dates import CalendarDay, DatePoint
from dsl.constructs.hours import check_clock
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, CalendarDate, Wait
from dsl.span import Span
from dsl.tokens import Token

_LEAP_DAY = "02-29"


@line("wait_date", "wait until", Context.BODY)
@dataclass(frozen=True, slots=True)
class WaitUntilField(Statement):
    """Until a moment told by a field; goes on at once if it is past, or if the field is empty."""

    point: DatePoint

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, DatePoint.read(tree))

    def check(self, check: Checker) -> None:
        self.point.check(check)

    def label(self) -> tuple[str, str]:
        return "wait", f"until {self.point.words()}"

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        until = low.instants.number(self.point.lower(low.sends_within_hours(next_)))
        return Wait(**low.head(self, f"Wait until {self.point.words()}", next_), until=until)


@line("wait_calendar", "wait until", Context.BODY)
@dataclass(frozen=True, slots=True)
class WaitUntilDay(Statement):
    """Until a day of the calendar, at midnight or at the time written; goes on at once if it is past.

    Without a year, until the next such day.
    """

    day: CalendarDay
    clock: Token | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        clock = tree.tokens("CLOCK")
        return cls(
            span,
            body,
            CalendarDay.read(tree.need("calendar_date", "yearly_date")),
            clock[0] if clock else None,
        )

    def check(self, check: Checker) -> None:
        self.day.check(check)
        if self.day.year is None and self.day.iso == _LEAP_DAY:
            message = "Most years have no 29 february, so this could be years of waiting."
            check.report.add("N415", self.day.span, message, "Write 28 february, 1 march, or the year.")
        if self.clock:
            check_clock(check, self.clock)

    def _words(self) -> str:
        return f"until {self.day}" + (f" {self.clock.text}" if self.clock else "")

    def label(self) -> tuple[str, str]:
        return "wait", self._words()

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        clock = self.clock.text if self.clock else None
        until = CalendarDate(date=self.day.iso, clock=clock, fold=low.sends_within_hours(next_))
        return Wait(**low.head(self, f"Wait {self._words()}", next_), until=low.instants.number(until))
