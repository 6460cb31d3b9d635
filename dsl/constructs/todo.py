"""`todo "…"`: legal, does nothing, and is reported."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.nodes import Context, LineNode, Name, line
from dsl.parser import Tree
from dsl.span import Span


@line("todo", "todo", Context.BODY)
@dataclass(frozen=True, slots=True)
class Todo(LineNode):
    """Work that is left. It makes no step."""

    note: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        check.report.add("N802", self.span, f"Left to do: “{self.note.text}”.", "Do it, and remove the line.")
