"""`wait 2 days`, `wait until 09:00`, `wait until tuesday 10:00`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.business import Time, check_wait, lower_time, read_time
from dsl.constructs.hours import WEEKDAYS, check_clock, weekday
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, ClockTime, Wait
from dsl.span import Span
from dsl.tokens import Token


@line("wait", "wait", Context.BODY)
@dataclass(frozen=True, slots=True)
class WaitFor(Statement):
    """`wait 2 days`, `wait 2 business days`. Days keep the local time; hours are elapsed time."""

    duration: Time

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, read_time(tree))

    def check(self, check: Checker) -> None:
        check_wait(check, self.duration)

    def label(self) -> tuple[str, str]:
        return "wait", str(self.duration)

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        fold = low.sends_within_hours(next_)
        until = lower_time(low, self.duration, fold)
        return Wait(**low.head(self, f"Wait {self.duration}", next_), until=low.instants.number(until))


@line("wait_clock", "wait until", Context.BODY)
@dataclass(frozen=True, slots=True)
class WaitUntilClock(Statement):
    """The next time the contact's clock shows the time, on the weekday if one is given."""

    clock: Token
    weekday: int | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        day = tree.find("weekday")
        return cls(span, body, tree.token("CLOCK"), weekday(day) if day else None)

    def check(self, check: Checker) -> None:
        check_clock(check, self.clock)

    def _moment(self) -> str:
        day = "" if self.weekday is None else f"{WEEKDAYS[self.weekday]} "
        return f"{day}{self.clock.text}"

    def label(self) -> tuple[str, str]:
        return "wait", f"until {self._moment()}"

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        fold = low.sends_within_hours(next_)
        until = ClockTime(clock=self.clock.text, weekday=self.weekday, fold=fold)
        return Wait(**low.head(self, f"Wait until {self._moment()}", next_), until=low.instants.number(until))
