"""How a contact comes in: `start when …`; and whose journey it is: `owner`, `description`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.events import Event
from dsl.constructs.history import check_before_start
from dsl.nodes import ConditionNode, Context, Given, LineNode, Name, find_condition, line
from dsl.parser import Tree
from dsl.plan import FieldDefinition, Start
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


@dataclass(frozen=True, slots=True)
class StartLine(LineNode, ABC):
    """A way into the journey; a journey has any number of them."""

    def fields(self, catalog: Catalog) -> dict[str, FieldDefinition] | None:
        """Return the fields of the trigger; None if it is unknown."""
        return {}

    @abstractmethod
    def lower_start(self, given: Given) -> Start:
        """Return the way in."""


class _Bringing(Protocol):
    """A line that brings a trigger."""

    @property
    def span(self) -> Span: ...

    def fields(self, catalog: Catalog) -> dict[str, FieldDefinition] | None: ...


class Brought(dict[str, FieldDefinition]):
    """The fields that the trigger has whichever way a run begins.

    `lacking`: the line that lacks another; `updates`: its place, where it takes the place of the trigger.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lacking: dict[str, int] = {}
        self.updates: dict[str, Span] = {}

    @classmethod
    def by(cls, lines: Sequence[_Bringing], catalog: Catalog) -> Self | None:
        """Return the fields that every one of the lines brings; None if one is unknown."""
        known = [(line, fields) for line in lines if (fields := line.fields(catalog)) is not None]
        if not known or len(known) < len(lines):
            return None
        found = cls()
        for name in {name for _, fields in known for name in fields}:
            without = next((line for line, fields in known if name not in fields), None)
            if without is not None:
                found.lacking[name] = without.span.line
                if not isinstance(without, StartLine):
                    found.updates[name] = without.span
        found.update((name, field) for name, field in known[0][1].items() if name not in found.lacking)
        return found


@line("start_when", "start when", Context.HEAD)
@dataclass(frozen=True, slots=True)
class StartWhen(StartLine):
    """`start when contact submits form "Whitepaper" if contact.plan is empty`."""

    event: Event
    condition: ConditionNode | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Event.read(tree.need("event")), find_condition(tree))

    def check(self, check: Checker) -> None:
        self.event.check(check)
        if self.condition:
            # Before the start there is no run, so no email of this journey was sent in it.
            self.condition.check(replace(check, sends=frozenset(), started=False))
            check_before_start(check, self.condition)

    def fields(self, catalog: Catalog) -> dict[str, FieldDefinition] | None:
        if self.event.what.made:
            return {}
        found = catalog.events.get(self.event.what.event)
        return found.fields if found else None

    def lower_start(self, given: Given) -> Start:
        given = replace(given, own=frozenset())
        what = self.event.what
        return Start(
            line=self.span.line,
            event=what.event,
            args=what.args,
            where=what.lower_where(given),
            condition=self.condition.lower(given) if self.condition else None,
        )
