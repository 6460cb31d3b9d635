"""Coercion: what arrives as text (a CSV, a command line, a form) becomes the type that is declared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dsl.plan import EventDefinition, FieldDefinition
from runtime.people import yes_or_no
from runtime.store.errors import StoreError
from runtime.suppression import BOUNCES, bounce

_BOUNCED = "Email Bounced"


def coerce(values: Mapping[str, Any], fields: Mapping[str, FieldDefinition], whose: str) -> dict[str, Any]:
    """Return the values in their declared types; empty ones are None, undeclared ones stay as they are.

    Args:
        whose: names the row for a message, such as `contact cnt_0001`.

    Raises:
        StoreError: a value is not of its field's type.
    """
    return {name: _one(value, fields.get(name), f"{name} of {whose}") for name, value in values.items()}


def read_properties(
    event: str, properties: Mapping[str, Any], declared: EventDefinition | None
) -> dict[str, Any]:
    """Return an event's properties in their declared types, and what the product itself reads as it knows it.

    Raises:
        StoreError: a value is not of its type, or is none of those that there are.
    """
    whose = f'event "{event}"'
    found = dict(properties) if declared is None else coerce(properties, declared.fields, whose)
    if event == _BOUNCED and found.get("kind") not in (None, ""):
        kind = bounce(found["kind"])
        if kind is None:
            raise StoreError(f'kind of {whose} is {" or ".join(BOUNCES)}, not "{found["kind"]}".')
        found["kind"] = kind
    return found


def _one(value: Any, field: FieldDefinition | None, what: str) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if field is None:
        return value
    match field.type:
        case "number":
            return _number(value, what)
        case "yes or no":
            return _yes_or_no(value, what)
        case "date" | "date and time":
            return _moment(value, field.type, what)
        case "choice":
            return _choice(_text(value, what, "one of its choices").strip(), field.choices, what)
        case "list":
            parts = (
                value if isinstance(value, list) else str(_text(value, what, "a list of texts")).split(";")
            )
            return [_text(part, f"each of {what}", "a text").strip() for part in parts]
        case _:
            return _text(value, what, "a text")


def _text(value: Any, what: str, wanted: str) -> str:
    """Return a text; a number as it is written, for many systems send ids and codes as numbers."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float) and not isinstance(value, bool) and str(value)[-1].isdigit():
        return str(value)  # neither infinite nor "nan"
    raise StoreError(f"{what} is {wanted}, not {_kind(value)}.")


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "yes or no"
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
        case _:
            return f'"{value}"'


def _number(value: Any, what: str) -> int | float:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
        number = float(str(value))
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):  # float() takes "nan" and "infinity" too
        raise StoreError(f'{what} is a number, not "{value}".')
    return int(number) if number.is_integer() else number


def _yes_or_no(value: Any, what: str) -> bool:
    found = yes_or_no(value)
    if found is None:
        raise StoreError(f'{what} is yes or no, not "{value}".')
    return found


def _moment(value: Any, kind: str, what: str) -> Any:
    """Check a date; it stays ISO text, for a date without an offset means the contact's own day."""
    if isinstance(value, int) and not isinstance(value, bool) and kind == "date and time":
        return value
    text = str(value).strip()
    try:
        date.fromisoformat(text) if kind == "date" else datetime.fromisoformat(text)
    except ValueError:
        example = "2026-11-02" if kind == "date" else "2026-11-02T09:30"
        raise StoreError(f'{what} is a {kind} such as {example}, not "{value}".') from None
    return text


def _choice(value: str, choices: tuple[str, ...], what: str) -> str:
    for choice in choices:
        if choice.casefold() == value.casefold():
            return choice
    raise StoreError(f'{what} is one of {", ".join(choices)}, not "{value}".')
