"""`wait 2 days`, `wait 2 days until 09:00`, `wait until 09:00`, `wait until tuesday 10:00`."""

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
    """`wait 2 days`, `wait 2 business days until 09:00`. Days keep the local time; hours are elapsed time.

    `clock`: on the day that the time ends on, at that time of day.
    """

    duration: Time
    clock: Token | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        clock = tree.tokens("CLOCK")
        return cls(span, body, read_time(tree), clock[0] if clock else None)

    def check(self, check: Checker) -> None:
        check_wait(check, self.duration)
        if self.clock:
            check_clock(check, self.clock)
            if self.duration.one in ("minute", "hour"):
                message = f"{self.duration} from now have a time of day of their own."
                fix = f"Leave “until {self.clock.text}” out, or count in days."
                check.report.add("N408", self.clock.span, message, fix)

    def _words(self) -> str:
        return f"{self.duration} until {self.clock.text}" if self.clock else str(self.duration)

    def label(self) -> tuple[str, str]:
        return "wait", self._words()

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        fold = low.sends_within_hours(next_)
        until = lower_time(low, self.duration, fold, self.clock.text if self.clock else None)
        return Wait(**low.head(self, f"Wait {self._words()}", next_), until=low.instants.number(until))


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
