"""Coercion: what arrives as text (a CSV, a command line, a form) becomes the type that is declared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dsl.plan import FieldDefinition
from runtime.store.errors import StoreError

_YES = {"yes", "true", "1"}
_NO = {"no", "false", "0"}


def coerce(values: Mapping[str, Any], fields: Mapping[str, FieldDefinition], whose: str) -> dict[str, Any]:
    """Return the values in their declared types; empty ones are None, undeclared ones stay as they are.

    Args:
        whose: names the row for a message, such as `contact cnt_0001`.

    Raises:
        StoreError: a value is not of its field's type.
    """
    return {name: _one(value, fields.get(name), f"{name} of {whose}") for name, value in values.items()}


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
            return _choice(str(value).strip(), field.choices, what)
        case "list":
            return value if isinstance(value, list) else [v.strip() for v in str(value).split(";")]
        case _:
            return str(value)


def _number(value: Any, what: str) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):  # float() takes "nan" and "infinity" too
        raise StoreError(f'{what} is a number, not "{value}".')
    return int(number) if number.is_integer() else number


def _yes_or_no(value: Any, what: str) -> bool:
    text = str(value).strip().lower()
    if text not in _YES | _NO:
        raise StoreError(f'{what} is yes or no, not "{value}".')
    return text in _YES


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
