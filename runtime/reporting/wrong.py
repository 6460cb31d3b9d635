"""What is wrong with a contact's record: a sentence each. It stops nobody, so somebody must be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dsl import civil
from dsl.plan import FieldDefinition
from runtime.reporting.words import shown

_UTC = ZoneInfo("UTC")
_SHOWN = 40


def warnings(
    time_zone: str | None,
    fallback: str,
    fields: Mapping[str, Any],
    declared: Mapping[str, FieldDefinition],
) -> tuple[str, ...]:
    """Return what is wrong with a contact's record (semantics row 13). `fallback`: the workspace's zone."""
    return (*_zone(time_zone, fallback), *_fields(fields, declared))


def _zone(time_zone: str | None, fallback: str) -> Iterator[str]:
    if time_zone and not civil.is_zone(time_zone):
        yield (
            f"“{shown(time_zone)}” is not a time zone, so {fallback} counts. Import a name such as "
            "America/New_York."
        )


def _fields(fields: Mapping[str, Any], declared: Mapping[str, FieldDefinition]) -> Iterator[str]:
    for name, field in declared.items():
        value = fields.get(name)
        if value is None or value == "" or _IS.get(field.type, _anything)(value):
            continue
        text = shown(str(value))
        text = f"{text[:_SHOWN]}…" if len(text) > _SHOWN else text
        yield (
            f"The field {name} holds “{text}”, which is no {field.type}: waits for it and comparisons take "
            "it as empty. Import the contact again with a right value."
        )


def _anything(_value: Any) -> bool:
    return True


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _date(value: Any) -> bool:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return False
    return civil.date_field(value, None, 0, "day", _UTC) is not None


_IS: dict[str, Callable[[Any], bool]] = {"number": _number, "date": _date, "date and time": _date}
