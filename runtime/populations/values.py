"""Values that a behaviour gives to fields and properties: of the type that is declared, or told as wrong."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from dsl.plan import FieldDefinition
from dsl.spelling import nearest


def fitting(value: Any, declared: FieldDefinition) -> Any:
    """Return the value of a declared field. Raises `ValueError` that says what it is to be."""
    match declared.type:
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool)
            return _if(fits, value, "is declared as a number")
        case "yes or no":
            return _if(isinstance(value, bool), value, "is declared as yes or no: write true or false")
        case "choice":
            return _choice(value, declared.choices)
        case "date":
            return _moment(value, date, "is declared as a date, such as 2026-11-02")
        case "date and time":
            return _moment(value, datetime, "is declared as a date and time, such as 2026-11-02T09:30:00Z")
        case "list":
            fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
            return _if(fits, value, 'is declared as a list, such as ["one", "two"]')
        case _:
            return _if(isinstance(value, str), value, "is declared as text: write it in quotes")


def written(value: Any) -> str:
    """Write a value as it stands in TOML, about."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _if(fits: bool, value: Any, wanted: str) -> Any:
    if not fits:
        raise ValueError(f"{wanted}, and {written(value)} is none")
    return value


def _choice(value: Any, choices: tuple[str, ...]) -> str:
    for choice in choices:
        if isinstance(value, str) and choice.casefold() == value.casefold():
            return choice
    guess = nearest(str(value), choices)
    meant = f", did you mean “{guess}”?" if guess else ""
    raise ValueError(f"is one of {', '.join(choices)}, not {written(value)}{meant}")


def _moment(value: Any, kind: type[date], wanted: str) -> str:
    if isinstance(value, date):  # TOML has dates of its own, and a moment is one, too
        value = value.isoformat()
    try:
        kind.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{wanted}, and {written(value)} is none") from None
    return str(value)
