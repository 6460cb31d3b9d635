"""`holidays "Germany"`: a calendar of days on which nobody works; `closed on 25 december`."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.dates import CalendarDay
from dsl.nodes import Broken, Context, LineNode, Name, line
from dsl.parser import Tree
from dsl.span import Span

_LONGEST = 60


@line("holidays", "holidays", Context.TOP, body=Context.HOLIDAYS, needs="its days")
@dataclass(frozen=True, slots=True)
class Holidays(LineNode):
    """A calendar with a name, for sending hours and business time."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def declare(self, catalog: Catalog) -> None:
        if catalog.declare("holiday calendar", self.name.text, self.name.span):
            days = {day for found in self.body if isinstance(found, ClosedOn) for day in found.days()}
            catalog.holidays[self.name.text] = tuple(sorted(days))

    def check(self, check: Checker) -> None:
        seen: set[str] = set()
        for found in self.body:
            if isinstance(found, Broken) or not isinstance(found, ClosedOn):
                continue
            if seen & set(found.days()):
                message = f"{found.first} is closed already in this calendar."
                check.report.add("N201", found.span, message, "Remove the line.")
            seen.update(found.days())


@line("closed_on", "closed on", Context.HOLIDAYS)
@dataclass(frozen=True, slots=True)
class ClosedOn(LineNode):
    """`closed on 25 december`, every year; `closed on 3 april 2026`; `… to 26 december` for several days."""

    first: CalendarDay
    last: CalendarDay | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        first, *last = [CalendarDay.read(t) for t in tree.trees()]
        return cls(span, body, first, last[0] if last else None)

    def check(self, check: Checker) -> None:
        self.first.check(check)
        if self.last:
            self.last.check(check)
            if bool(self.first.year) != bool(self.last.year):
                message = "One of these days is of one year, the other of every year."
                check.report.add("N409", self.span, message, "Write the year at both, or at neither.")
            elif self.first.date and self.last.date and not self.days():
                message = f"From {self.first} to {self.last} are no days, or more than {_LONGEST}."
                check.report.add("N409", self.span, message, "Write the earlier day first.")

    def days(self) -> list[str]:
        """Return the days as ISO dates, `12-25` for every year; empty if the line is wrong."""
        first, last = self.first.date, self.last.date if self.last else self.first.date
        if first is None or last is None:
            return []
        if last < first and not self.first.year:
            last = last.replace(year=last.year + 1)  # across the end of the year
        count = (last - first).days + 1
        if not 0 < count <= _LONGEST:
            return []
        all_ = [(first + datetime.timedelta(n)).isoformat() for n in range(count)]
        return all_ if self.first.year else [day[5:] for day in all_]
