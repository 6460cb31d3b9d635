"""Timed blocks on a date: `7 days before trigger.starts_at, skip if late`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dsl.checking import Checker
from dsl.constructs.blocks import NEEDS, TimedBlock
from dsl.constructs.dates import DatePoint
from dsl.nodes import Context, LineNode, line
from dsl.parser import Tree
from dsl.plan import DateField
from dsl.span import Span

_LATE: dict[str, Literal["skip", "at once", "exit"]] = {
    "skip_late": "skip",
    "at_once": "at once",
    "exit_late": "exit",
}


@line("date_block", "at", Context.BLOCK, body=Context.BODY, needs=NEEDS)
@dataclass(frozen=True, slots=True)
class DateBlock(TimedBlock):
    """A block on a date; `late` says what happens if its moment is past as it is scheduled."""

    point: DatePoint
    late: Literal["skip", "at once", "exit"]

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, DatePoint.read(tree), _LATE[tree.need(*_LATE).rule])

    def check(self, check: Checker) -> None:
        self.point.check(check)

    @property
    def anchor(self) -> str:
        return f"{self.point.field.owner}.{self.point.field.name}"

    def words(self) -> str:
        return self.point.words() if self.point.distance else f"at {self.point.words()}"

    def path(self) -> str:
        return self.words().replace(" ", "-").replace(":", "").replace(".", "-")

    def moment(self) -> int:
        return self.point.moment()

    def lower_instant(self, fold: bool) -> DateField:
        return self.point.lower(fold)

    def lower_late(self) -> Literal["skip", "at once", "exit"]:
        return self.late
