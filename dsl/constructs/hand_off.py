"""`hand off to "SDR", high priority`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Handoff
from dsl.span import Span


@line("hand_off", "hand off", Context.BODY)
@dataclass(frozen=True, slots=True)
class HandOff(Statement):
    """Give the contact to sales under a declared handoff; the journey goes on."""

    name: Name
    high: bool

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")), tree.has("high_priority"))

    def check(self, check: Checker) -> None:
        check.known("handoff", self.name)

    def label(self) -> tuple[str, str]:
        return "handoff", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        head = low.head(self, f"Hand off to “{self.name.text}”", next_)
        return Handoff(**head, handoff=self.name.text, priority="high" if self.high else "normal")
