"""`fields of contact`, and `field industry is choice of ("Software", "Fintech")`."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.constructs.values import read_list
from dsl.diagnostics import Report
from dsl.nodes import Context, LineNode, line
from dsl.parser import Tree
from dsl.plan import FieldDefinition
from dsl.plan.definitions import FieldType
from dsl.span import Span
from dsl.tokens import Token

_TYPES: dict[str, FieldType] = {
    "text": "text",
    "number": "number",
    "yes_no": "yes or no",
    "date": "date",
    "date_time": "date and time",
    "choice": "choice",
    "list_type": "list",
}


@line("field", "field", Context.FIELDS)
@dataclass(frozen=True, slots=True)
class Field(LineNode):
    """A field with its type. `key`: tells one event of a contact from another."""

    name: Token
    type: FieldType
    choices: tuple[str, ...]
    key: bool

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        kind = tree.need(*_TYPES)
        choices = tuple(str(v.value) for v in read_list(kind.need("list"))) if kind.has("list") else ()
        return cls(span, body, tree.token("WORD"), _TYPES[kind.rule], choices, tree.has("key"))

    def define(self) -> FieldDefinition:
        """Return the field's definition."""
        return _definition(self.type, self.choices, self.key)


@functools.lru_cache(maxsize=4096)
def _definition(type_: FieldType, choices: tuple[str, ...], key: bool) -> FieldDefinition:
    # Equal ones are one: then it is quickly seen that a catalog says what it said before.
    return FieldDefinition(type=type_, choices=choices, key=key)


def collect(report: Report, body: tuple[LineNode, ...], into: dict[str, FieldDefinition], of: str) -> None:
    """Enter fields by name, reporting those that stand twice."""
    for found in body:
        if not isinstance(found, Field):
            continue
        name = found.name.text
        if name in into:
            message = f"The field “{name}” of {of} exists already."
            report.add("N201", found.name.span, message, "Remove the line, or give the field another name.")
        elif "-" in name:
            new = name.replace("-", "_")
            report.add("N209", found.name.span, "A field's name has no hyphens.", f"Write {new}.")
        else:
            into[name] = found.define()
        twice = sorted({c for c in found.choices if found.choices.count(c) > 1})
        if twice:
            report.add("N201", found.span, f"The choice “{twice[0]}” stands twice.", "Remove one.")


@line("fields_of", "fields of", Context.TOP, body=Context.FIELDS, needs="the fields")
@dataclass(frozen=True, slots=True)
class FieldsOf(LineNode):
    """The declared fields of every contact, or of every account."""

    owner: str

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, tree.need("contact", "account").rule)

    def declare(self, catalog: Catalog) -> None:
        collect(catalog.report, self.body, catalog.fields_of(self.owner), self.owner)
