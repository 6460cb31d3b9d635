"""`stages "Anonymous", "Known", "MQL"`: the lifecycle, in order."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.nodes import Context, LineNode, Name, line
from dsl.parser import Tree
from dsl.span import Span


@line("stages", "stages", Context.TOP)
@dataclass(frozen=True, slots=True)
class Stages(LineNode):
    """The stages of a contact's lifecycle; a workspace declares them once."""

    names: tuple[Name, ...]

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, tuple(map(Name.of, tree.tokens("STRING"))))

    def declare(self, catalog: Catalog) -> None:
        if catalog.stages:
            message = "The stages of the lifecycle are declared already; they stand once, in one order."
            catalog.report.add("N206", self.span, message, "Put all stages on one line.")
            return
        catalog.stages = tuple(n.text for n in self.names if catalog.declare("stage", n.text, n.span))
