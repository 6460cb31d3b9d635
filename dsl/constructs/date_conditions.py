"""Dates compared: `contact.renewal is before 1 january 2027`, `contact.renewal is in the next 30 days`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dsl.checking import Checker
from dsl.constructs.comparison import ORDERS
from dsl.constructs.dates import DATES, CalendarDay
from dsl.constructs.values import Duration, Reference
from dsl.nodes import ConditionNode, Given, condition
from dsl.parser import Tree
from dsl.plan import Condition, DateIs, DateWithin, Not
from dsl.span import Span

_TODAY = "today"


@condition("date_is")
@dataclass(frozen=True, slots=True)
class DateCompared(ConditionNode):
    """A date compared with a day, with another date, or with now. `how`: as in plans, `with_` what it is."""

    field: Reference
    how: Literal["before", "after", "on", "next", "last", "ago"]
    with_: CalendarDay | Reference | Duration | None
    negated: bool
    order: str = ""

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        first, *rest = tree.trees()
        found = {t.rule: t for t in rest}
        with_: CalendarDay | Reference | Duration | None = None
        how: Literal["before", "after", "on", "next", "last", "ago"] = "on"
        if "before" in found or "after" in found:
            how = "before" if "before" in found else "after"
        elif "in_next" in found or "in_last" in found:
            how = "next" if "in_next" in found else "last"
            with_ = Duration.read(found[f"in_{how}"].need("duration"))
        elif "duration" in found:
            how, with_ = "ago", Duration.read(found["duration"])
        if "calendar_date" in found:
            with_ = CalendarDay.read(found["calendar_date"])
        elif "ref" in found:
            with_ = Reference.read(found["ref"])
        order = next((rule for rule in found if rule in ORDERS), "")
        return cls(tree.span, Reference.read(first), how, with_, "is_not" in found, order)

    def fields(self) -> list[Reference]:
        """The fields that are compared."""
        return [self.field, *([self.with_] if isinstance(self.with_, Reference) else [])]

    def check(self, check: Checker) -> None:
        if self.how == "ago" and self.order != "more_than":
            message = "“ago” is said of what is longer ago than a time."
            fix = f"Write “is more than {self.with_} ago”, or “is in the last {self.with_}”."
            check.report.add("N408", self.span, message, fix)
            return
        if not isinstance(self.with_, Reference) and self.with_:
            self.with_.check(check)
        for field in self.fields():
            found = field.check(check)
            called = f"{field.owner}.{field.name}"
            if found and found.type not in DATES:
                message = f"{called} is {found.type}, and only a date is before, after or on a day."
                fix = "Name a field of type date, or date and time; numbers are “more than” and “less than”."
                check.report.add("N401", field.span, message, fix)
            elif found and found.type == "date" and self._fine() and field is self.field:
                message = f"{called} is a date without a time; it cannot be compared by hours."
                check.report.add("N401", self.span, message, "Write days.")

    def _fine(self) -> bool:
        return isinstance(self.with_, Duration) and self.with_.one in ("hour", "minute")

    def lower(self, given: Given) -> Condition:
        left = self.field.lower()
        fact: Condition
        if isinstance(self.with_, Duration):
            assert self.how in ("next", "last", "ago")
            fact = DateWithin(left=left, side=self.how, amount=self.with_.whole, unit=self.with_.one)
        else:
            assert self.how in ("before", "after", "on")
            right = self.with_.lower() if isinstance(self.with_, Reference) else _TODAY
            right = self.with_.iso if isinstance(self.with_, CalendarDay) else right
            fact = DateIs(left=left, side=self.how, right=right)
        return Not(condition=fact) if self.negated else fact

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset().union(*(field.depends() for field in self.fields()))

    def by_time(self, negated: bool = False) -> Span | None:
        return self.span if self.with_ is None or isinstance(self.with_, Duration) else None
