"""How a contact comes in: `start when …`; and whose journey it is: `owner`, `description`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.events import Event
from dsl.nodes import ConditionNode, Context, Given, LineNode, Name, find_condition, line
from dsl.parser import Tree
from dsl.plan import Start
from dsl.span import Span


@line("owner", "owner", Context.HEAD)
@dataclass(frozen=True, slots=True)
class Owner(LineNode):
    """`owner "Demand generation"`: who answers for the journey."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))


@line("description", "description", Context.HEAD)
@dataclass(frozen=True, slots=True)
class Description(LineNode):
    """`description "…"`: what the journey is for."""

    text: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))


@line("start_when", "start when", Context.HEAD)
@dataclass(frozen=True, slots=True)
class StartWhen(LineNode):
    """`start when contact submits form "Whitepaper" if contact.plan is empty`."""

    event: Event
    condition: ConditionNode | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Event.read(tree.need("event")), find_condition(tree))

    def check(self, check: Checker) -> None:
        self.event.check(check)
        if self.condition:
            self.condition.check(check)

    def lower_start(self, given: Given) -> Start:
        """Return the way in."""
        what = self.event.what
        return Start(
            event=what.event,
            args=what.args,
            where=what.lower_where(given),
            condition=self.condition.lower(given) if self.condition else None,
        )
