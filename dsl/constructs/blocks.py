"""Timed blocks: `day 5`, `day 5 10:00`, `hour 1`; and the order among blocks of every kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dsl.checking import Checker
from dsl.constructs.hours import check_clock
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, line
from dsl.parser import Tree
from dsl.plan import Block, DateField, DayOfRun, HourOfRun
from dsl.span import Span
from dsl.tokens import Token

_DAY = 86_400
NEEDS = "what happens then"
_LAST = 3650


@dataclass(frozen=True, slots=True)
class TimedBlock(LineNode, ABC):
    """A block of the schedule."""

    @property
    def anchor(self) -> str:
        """The field that the block hangs on; empty: the start of the run."""
        return ""

    @abstractmethod
    def words(self) -> str:
        """Name the block, as written."""

    def path(self) -> str:
        """Name the block in the ids of its steps."""
        return self.words().replace(" ", "-").replace(":", "")

    @abstractmethod
    def moment(self) -> int:
        """Seconds from the anchor, for the order among blocks; the entry's own time of day is unknown."""

    @abstractmethod
    def lower_instant(self, fold: bool) -> DayOfRun | HourOfRun | DateField:
        """Return the instant of the plan."""

    def lower_late(self) -> Literal["skip", "at once", "exit"]:
        """What happens if the moment is past as the block is scheduled."""
        return "at once"


@dataclass(frozen=True, slots=True)
class RunBlock(TimedBlock):
    """A block counted from the start of the run. `count`: days or hours; `clock`: a time of day."""

    count: Token
    clock: Token | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        clock = tree.tokens("CLOCK")
        return cls(span, body, tree.token("NUMERAL"), clock[0] if clock else None)

    def check(self, check: Checker) -> None:
        if not self.count.text.isdigit() or int(self.count.text) > _LAST:
            message = f"“{self.count.text}” is no count of days or hours."
            check.report.add("N403", self.count.span, message, f"Write a whole number from 0 to {_LAST}.")
        if self.clock:
            check_clock(check, self.clock)

    @property
    def at(self) -> int:
        """The count; 0 where it was refused."""
        return int(self.count.text) if self.count.text.isdigit() else 0


@line("day_block", "day", Context.BLOCK, body=Context.BODY, needs=NEEDS)
@dataclass(frozen=True, slots=True)
class DayBlock(RunBlock):
    """`day 5`: due during that day, or at the clock time."""

    def words(self) -> str:
        return f"day {self.at}" + (f" {self.clock.text}" if self.clock else "")

    def moment(self) -> int:
        hours, minutes = map(int, self.clock.text.split(":")) if self.clock else (0, 0)
        return self.at * _DAY + hours * 3600 + minutes * 60

    def lower_instant(self, fold: bool) -> DayOfRun | HourOfRun:
        return DayOfRun(day=self.at, clock=self.clock.text if self.clock else None, fold=fold)


@line("hour_block", "hour", Context.BLOCK, body=Context.BODY, needs=NEEDS)
@dataclass(frozen=True, slots=True)
class HourBlock(RunBlock):
    """`hour 1`: elapsed hours after entry."""

    def words(self) -> str:
        return f"hour {self.at}"

    def moment(self) -> int:
        return self.at * 3600

    def lower_instant(self, fold: bool) -> DayOfRun | HourOfRun:
        return HourOfRun(hour=self.at, fold=fold)


def check_order(check: Checker, blocks: Sequence[TimedBlock]) -> None:
    """Report blocks that stand twice, or before an earlier one: the file reads in the order of time."""
    last: dict[str, TimedBlock] = {}
    for block in blocks:
        before = last.get(block.anchor)
        if before and block.words() == before.words():
            if not (before.body and block.body):
                continue  # that nothing stands under one of them is told already
            message = f"The block “{block.words()}” stands twice."
            check.report.add("N208", block.span, message, "Put their lines under one.")
        elif before and block.moment() < before.moment():
            message = f"“{block.words()}” comes after “{before.words()}” in the file, but before it in time."
            check.report.add("N208", block.span, message, "Put blocks in the order of time.")
        last[block.anchor] = block


def lower_blocks(low: Lowering, blocks: Sequence[TimedBlock]) -> tuple[Block, ...]:
    """Return the blocks of the schedule, and make the steps of their bodies."""
    made: list[Block] = []
    last = {"": 0}
    for block in blocks:
        gap = block.moment() - last.get(block.anchor, block.moment() - _DAY)
        last[block.anchor] = block.moment()
        first = low.first(block.body, None)
        made.append(
            Block(
                label=block.words(),
                line=block.span.line,
                at=low.instants.number(block.lower_instant(low.sends_within_hours(first))),
                body=low.body(block.body, None),
                late=block.lower_late(),
                dated=bool(block.anchor),
                gap=min(_DAY, max(0, gap)),
            )
        )
    return tuple(made)
