"""`event "Webinar Registered"`, with its fields."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

from dsl.catalog import Catalog
from dsl.constructs.fields import collect
from dsl.nodes import Context, LineNode, Name, line
from dsl.parser import Tree
from dsl.plan import EventDefinition, FieldDefinition
from dsl.span import Span


@line("event_definition", "event", Context.TOP, body=Context.FIELDS)
@dataclass(frozen=True, slots=True)
class EventLine(LineNode):
    """An event that other systems send, about a contact or (`of account`) about an account."""

    name: Name
    subject: Literal["contact", "account"]

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        subject: Literal["contact", "account"] = "account" if tree.has("account") else "contact"
        return cls(span, body, Name.of(tree.token("STRING")), subject)

    def declare(self, catalog: Catalog) -> None:
        if not catalog.declare("event", self.name.text, self.name.span):
            return
        fields: dict[str, FieldDefinition] = {}
        collect(catalog.report, self.body, fields, f"the event “{self.name.text}”")
        catalog.events[self.name.text] = _definition(tuple(fields.items()), self.subject)


@functools.lru_cache(maxsize=4096)
def _definition(
    fields: tuple[tuple[str, FieldDefinition], ...], subject: Literal["contact", "account"]
) -> EventDefinition:
    return EventDefinition(fields=dict(fields), subject=subject)
