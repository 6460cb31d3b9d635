"""`repeat up to 3 times`, and `stop repeating`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsl.checking import Checker
from dsl.lowering import Lowering
from dsl.nodes import Broken, Context, LineNode, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Decide, Leave, Loop
from dsl.span import Span
from dsl.tokens import Token

_MOST = 1000


@line("repeat", "repeat", Context.BODY, body=Context.BODY, needs="what to repeat")
@dataclass(frozen=True, slots=True)
class Repeat(Statement):
    """Run the lines below again and again, at most so often; then the flow goes on."""

    times: Token

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, tree.token("NUMERAL"))

    def check(self, check: Checker) -> None:
        text = self.times.text
        if not text.isdigit() or not 2 <= int(text) <= _MOST:
            message = f"Nothing can be repeated {text} times."
            check.report.add("N403", self.times.span, message, f"Write a whole number from 2 to {_MOST}.")

    def label(self) -> tuple[str, str]:
        return "repeat", ""

    def ends(self) -> bool:
        leaves = any(isinstance(found, StopRepeating) for found in self.walk())
        return not leaves and any(isinstance(s, Statement) and s.ends() for s in self.body)

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        head = low.head(self, f"Repeat up to {self.times.text} times", next_)
        with low.forgetting(low.changes(self)):  # what a round changes is true in the next one
            first = low.body(self.body, None)
        if first is None:
            return Decide(**head, branches=(), otherwise=next_)
        return Loop(**head, body=first, times=int(self.times.text))


@line("stop_repeating", "stop repeating", Context.BODY)
@dataclass(frozen=True, slots=True)
class StopRepeating(Statement):
    """Leave the innermost `repeat`; the flow goes on below it."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body)

    def label(self) -> tuple[str, str]:
        return "stop-repeating", ""

    def ends(self) -> bool:
        return True

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        return Leave(**low.head(self, "Stop repeating", None))


def check_leaves(check: Checker, body: Sequence[LineNode]) -> None:
    """Report `stop repeating` where nothing is repeated."""
    for found in body:
        if isinstance(found, StopRepeating):
            message = "“stop repeating” stands only under a “repeat” line."
            fix = 'Move it under “repeat”; to end the run here, write: exit "why"'
            check.report.add("N203", found.span, message, fix)
        elif not isinstance(found, Repeat | Broken):
            for below in found.bodies():
                check_leaves(check, below)
