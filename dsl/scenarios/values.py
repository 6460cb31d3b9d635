"""Values of fields and of events: checked against their types, and turned into what a record holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dsl.catalog import DERIVED_FIELDS
from dsl.constructs.values import Literal_, check_value, read_list, read_value
from dsl.parser import Tree
from dsl.plan import FieldDefinition
from dsl.scenarios.making import Making
from dsl.settings import ADDRESS
from dsl.span import Span

_POINTS = ("weekday_point", "day_point", "date_point")
_LITERALS = ("string", "amount", "yes", "no", "list", "point")


def values(
    trees: list[Tree], owner: str, making: Making, fields: Mapping[str, FieldDefinition]
) -> dict[str, Any]:
    """Return what fields are to hold. `owner`: contact, account or event; `fields`: those that it has."""
    found: dict[str, Any] = {}
    for tree in trees:
        name, span = field_name(tree, owner, making)
        if name is None:
            continue
        if name in found:
            message = f"“{name}” stands twice."
            making.report.add("N206", span, message, "Leave one of them out.")
            continue
        literal = tree.need(*_LITERALS)
        definition = _definition(name, span, owner, making, fields, likely(literal))
        value = read(literal, definition, f"{owner}.{name}", making)
        if (owner, name) == ("contact", "email") and isinstance(value, str) and not ADDRESS.search(value):
            message = f"“{value}” is no email address."
            making.report.add("N401", literal.span, message, 'Write such as "ana@acme.example".', (), _WRONG)
            continue
        if value is not None:
            found[name] = value
    return found


def field_name(tree: Tree, owner: str, making: Making) -> tuple[str | None, Span]:
    """Return the field that a value is for, written alone or with its owner."""
    ref = tree.find("ref") if tree.rule == "value_of" else None
    if ref is None:
        token = tree.token("WORD")
        return token.text, token.span
    whose, name = ref.token("REF").text.split(".", 1)
    if whose != owner:
        message = f"Here stand fields of the {owner}, and “{whose}.{name}” is none."
        making.report.add("N305", ref.span, message, f"Write {owner}.{name}.")
        return None, ref.span
    return name, name_span(ref.span, whose)


def name_span(span: Span, owner: str) -> Span:
    """Return where the name of a field stands that is written with its owner."""
    return Span(span.file, span.line, span.start + len(owner) + 1, span.end)


def likely(literal: Tree) -> str:
    """Return the type of field that would hold such a value."""
    types = {"amount": "number", "yes": "yes or no", "no": "yes or no", "list": "list", "point": "date"}
    return types.get(literal.rule, "text")


def _definition(
    name: str, span: Span, owner: str, making: Making, fields: Mapping[str, FieldDefinition], type_: str
) -> FieldDefinition | None:
    if owner == "contact" and name in DERIVED_FIELDS:
        making.report.add(
            "N410", span, f"{name} follows from the address.", 'Write email "ana@acme.example".'
        )
        return None
    if owner == "event":
        with making.check.matching(fields):
            return making.check.field_of("event", name, span, type_)
    other = "account" if owner == "contact" else "contact"
    check = making.check
    if name not in check.fields(owner) and name in check.fields(other) and not check.catalog.doubts(name):
        message = f"The field {name} is one of the {other}, not of the {owner}."
        fix = f'Write: given {other} "…" with {name} …'
        making.report.add("N305", span, message, fix)
        return None
    return check.field_of(owner, name, span, type_)


def read(literal: Tree, field: FieldDefinition | None, called: str, making: Making) -> Any:
    """Return the value as a record holds it; None if it was reported, or the field is not known."""
    if field is None:
        return None
    if literal.rule == "point":
        return _moment(literal, field, called, making)
    before = len(making.report.found)
    if literal.rule == "list" or field.type == "list":
        made: Any = _list(literal, field, called, making)
    else:
        value = read_value(literal)
        check_value(making.check, field, value, called, _WRONG)
        made = value.value if isinstance(value, Literal_) else None
    return made if len(making.report.found) == before else None


_WRONG = "No record holds such a value, so the scenario would tell of somebody who cannot be."


def _list(literal: Tree, field: FieldDefinition, called: str, making: Making) -> list[Any] | None:
    items = read_list(literal) if literal.rule == "list" else (read_value(literal),)
    if field.type != "list":
        message = f"{called} is {field.type}, but here stands a list."
        making.report.add("N401", literal.span, message, "Write one value.", consequence=_WRONG)
        return None
    each = FieldDefinition(type="choice" if field.choices else "text", choices=field.choices)
    for item in items:
        check_value(making.check, each, item, called, _WRONG)
    return [item.value for item in items if isinstance(item, Literal_)]


def _moment(literal: Tree, field: FieldDefinition, called: str, making: Making) -> str | None:
    """Return a date, or a moment, as text in ISO 8601."""
    tree = literal.need(*_POINTS)
    now = making.moment.stretch.since if making.moment else making.clock.start
    found = making.clock.point(tree, now)
    if found is None:
        return None
    exact = bool(tree.tokens("CLOCK"))
    if field.type not in ("date", "date and time"):
        message = f"{called} is {field.type}, but here stands a moment."
        making.report.add("N401", literal.span, message, "Write a value of that type.", consequence=_WRONG)
        return None
    if exact != (field.type == "date and time"):
        wanted = "Leave the time out." if exact else "Add a time of day, such as 15:00."
        message = f"{called} is a {field.type}."
        making.report.add("N401", literal.span, message, wanted, consequence=_WRONG)
        return None
    local = datetime.fromtimestamp(found.since, making.clock.zone)
    return local.isoformat() if exact else local.date().isoformat()
