"""`start journey "Re-engagement"`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Spawn
from dsl.span import Span


@line("start_journey", "start journey", Context.BODY)
@dataclass(frozen=True, slots=True)
class StartJourney(Statement):
    """Start another journey for the same contact; this one goes on."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        check.known("journey", self.name)

    def label(self) -> tuple[str, str]:
        return "start", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        text = f"Start journey “{self.name.text}”"
        return Spawn(**low.head(self, text, next_), journey=self.name.text)
