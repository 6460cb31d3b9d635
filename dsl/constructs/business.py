"""`2 business days`, `4 business hours`: time counted on the workspace's own hours and holidays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, cast

from dsl.checking import Checker
from dsl.constructs.values import Duration
from dsl.diagnostics import Edit
from dsl.lowering import Lowering
from dsl.nodes import Node
from dsl.parser import Tree
from dsl.plan import After, AfterBusiness

_MOST = {"day": 520, "hour": 4000}
_LONGEST = 2 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class BusinessTime(Node):
    """So many business hours or days. `unit`: as written, without “business”."""

    amount: str
    unit: str

    @classmethod
    def read(cls, tree: Tree) -> Self:
        """Read a number and a unit."""
        return cls(tree.span, tree.token("NUMERAL").text, tree.need("business_unit").token("WORD").text)

    @property
    def whole(self) -> int:
        """The amount; 1 where it was refused."""
        return int(self.amount) if self.amount.isdigit() else 1

    @property
    def one(self) -> str:
        """The unit in the singular."""
        return self.unit.removesuffix("s")

    def check(self, check: Checker) -> None:
        """Report lengths that are none, and a workspace that does not say when it works."""
        if not self.amount.isdigit() or not 1 <= self.whole <= _MOST[self.one]:
            message = f"{self.amount} business {self.unit} is not a usable length of time."
            check.report.add("N403", self.span, message, f"Write a whole number from 1 to {_MOST[self.one]}.")
        elif str(self) != f"{self.amount} business {self.unit}":
            message = f"“{self.amount} business {self.unit}” reads wrong."
            check.report.add("N404", self.span, message, f"Write {self}.", [Edit(self.span, str(self))])
        elif check.catalog.business is None and not any(map(check.catalog.doubts, ("business", "hours"))):
            message = "The workspace does not say which hours are business hours."
            fix = "Add to a file of definitions: business hours weekdays 09:00 to 17:00"
            check.report.add("N310", self.span, message, fix)

    def __str__(self) -> str:
        return f"{self.whole} business {self.one}{'' if self.whole == 1 else 's'}"

    def lower(self, low: Lowering, fold: bool, clock: str | None = None) -> AfterBusiness:
        """Return the instant of the plan."""
        assert low.given.business is not None
        unit = cast(Literal["business hour", "business day"], f"business {self.one}")
        return AfterBusiness(amount=self.whole, unit=unit, hours=low.given.business, clock=clock, fold=fold)


Time = Duration | BusinessTime


def read_time(tree: Tree) -> Time:
    """Read a duration of either kind among the parts of a line."""
    found = tree.need("duration", "business_time")
    return Duration.read(found) if found.rule == "duration" else BusinessTime.read(found)


def check_wait(check: Checker, time: Time) -> None:
    """Report lengths that no wait has."""
    time.check(check)
    if isinstance(time, Duration) and _LONGEST < time.seconds <= 3650 * 86_400:
        message = f"{time} is more than two years."
        fix = "Write a shorter time, or wait until a date: wait until contact.renewal"
        check.report.add("N417", time.span, message, fix)


def lower_time(low: Lowering, time: Time, fold: bool, clock: str | None = None) -> After | AfterBusiness:
    """Return the instant that far from when it is asked; with a clock time, that of the same day."""
    if isinstance(time, BusinessTime):
        return time.lower(low, fold, clock)
    return After(amount=time.whole, unit=time.one, clock=clock, fold=fold)
