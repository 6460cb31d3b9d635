"""Saying: fields, values, days and lengths of time in the words of a marketer."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

OWNERS = {
    "contact": "the contact's {}",
    "account": "the account's {}",
    "trigger": "the starting event's {}",
    "event": "the event's {}",
    "reply": "the reply's {}",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_PLURAL = {"is": "are", "contains": "contain", "starts": "start", "ends": "end", "lies": "lie"}


def ref(value: Any) -> str:
    """Tell a field: `the contact's industry`."""
    return OWNERS.get(value.of, "{}").format(field_name(value.field))


def field_name(name: str) -> str:
    """Tell a field's name; one that ends like a preposition stands in quotes: `“starts at”`."""
    told = plain(name)
    return f"“{told}”" if told.endswith((" at", " on", " by", " until", " from", " to")) else told


def owned(value: Any, predicate: str) -> str:
    """Tell a field with what is said of it: `the account's employees are at least 200`."""
    told = ref(value)
    last = field_name(value.field).rsplit(" ", 1)[-1]
    if last.endswith("s") and not last.endswith(("ss", "us", "is", "as", "os")):
        verb, _, rest = predicate.partition(" ")
        predicate = f"{_PLURAL.get(verb, verb)} {rest}".rstrip()
    return f"{told} {predicate}"


def literal(value: Any) -> str:
    """Tell a value, or the field that it comes from."""
    if isinstance(value, BaseModel):
        return ref(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"“{value}”" if isinstance(value, str) else f"{value:g}"


def day(value: str) -> str:
    """Tell an ISO day, with its time if it has one: `24 December 2026 at 09:00`."""
    found = re.fullmatch(r"(?:(\d{4})-)?(\d\d)-(\d\d)(?:[T ](\d\d:\d\d).*)?", value)
    if found is None or not 1 <= int(found[2]) <= len(MONTHS):
        return value
    year, month, number, clock = found.groups()
    told = f"{int(number)} {MONTHS[int(month) - 1]}" + (f" {year}" if year else "")
    return told + (f" at {clock}" if clock else "")


def length(amount: int, unit: str) -> str:
    """Tell a length of time."""
    return f"{amount} {unit}{'' if amount == 1 else 's'}"


def moment(instant: Any, *, whole_day: bool = False) -> str:
    """Tell a moment on a date: `1 day before the starting event's starts at, at 10:00`.

    `whole_day`: the field has no time of day.
    """
    told = ref(instant.ref)
    if instant.amount:
        side = "before" if instant.amount < 0 else "after"
        told = f"{length(abs(instant.amount), instant.unit)} {side} {told}"
    clock = instant.clock or ("midnight" if whole_day else "")
    told += f", at {clock}" if clock else ""
    return told + (", or when the sending hours begin next" if instant.fold else "")


def plain(name: str) -> str:
    """Tell a name of the plan without its underscores."""
    return name.replace("_", " ")
