"""Lines: how a scenario says a moment, a value, and what a contact or an account does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from dsl.saying import MONTHS

_VERBS = {
    "Form Submitted": ("submits form", "form"),
    "Page Viewed": ("visits page", "page"),
    "Asset Downloaded": ("downloads asset", "asset"),
    "Attended": ("attends webinar", "webinar"),
    "Meeting Booked": ("books meeting", "meeting"),
    "Email Clicked": ("clicks email", "email"),
    "Email Opened": ("opens email", "email"),
    "Email Replied": ("replies to email", "email"),
}
_ANSWERS = {"Handoff Accepted": "accepts", "Handoff Rejected": "rejects"}
_UNITS = ((3_600, "hour"), (60, "minute"), (1, "second"))
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?")
# Words of the lines about contacts; a field that is called like one is written with its owner.
_TAKEN = frozenset(("time", "score", "stage", "tag", "no", "consent", "list", "known"))


def day(at: int, zone: tzinfo = UTC) -> str:
    """Say a day: `24 march 2026`."""
    local = datetime.fromtimestamp(at, zone)
    return f"{local.day} {MONTHS[local.month - 1].lower()} {local.year}"


def clock(at: int, zone: tzinfo = UTC) -> str:
    """Say a time of day, with its seconds if there are any."""
    local = datetime.fromtimestamp(at, zone)
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def act(
    name: str,
    event: str,
    values: Mapping[str, Any],
    zone: tzinfo = UTC,
    *,
    machine: bool = False,
    bare: bool = False,
    late: int = 0,
    of: str = "",
) -> str:
    """Say what a contact does. `bare`: by the name of the event, which presumes nothing. `late`: see `ago`.

    `of`: words that say which email or account it is about.
    """
    args = dict(values)
    by = " by a machine" if machine else ""
    if event == "Unsubscribed" and not args:
        return f'contact "{name}" unsubscribes{by}{ago(late)}'
    verb, key = _VERBS.get(event, ("", "")) if not bare else ("", "")
    if not bare and event in _ANSWERS and args.keys() <= {"reason"}:
        why = f' because "{quoted(args["reason"])}"' if args else ""
        return f'sales {_ANSWERS[event]} "{name}"{why}{ago(late)}'
    if verb and event == "Email Clicked" and "link" in args and "email" in args:
        told = f'contact "{name}" clicks link "{quoted(args.pop("link"))}" in email "{args.pop("email")}"'
    elif verb and key in args:
        told = f'contact "{name}" {verb} "{quoted(args.pop(key))}"'
    else:
        told = f'contact "{name}" does "{quoted(event)}"'
    return told + of + by + (f" with {several(args, zone)}" if args else "") + ago(late)


def ago(late: int) -> str:
    """Say that something happened so many seconds before it was received; "" if it did not."""
    return f", {length(late)} ago" if late else ""


def length(seconds: int) -> str:
    """Say a length of time, in the largest unit of which it is a whole number."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size} {unit}{'' if seconds == size else 's'}"


def several(values: Mapping[str, Any], zone: tzinfo = UTC, owner: str = "event") -> str:
    """Say what fields hold. `owner`: whose they are."""
    names = ((f"{owner}.{name}" if name in _TAKEN else name, held) for name, held in values.items())
    return ", ".join(f"{name} {value(held, zone)}" for name, held in names)


def value(held: Any, zone: tzinfo = UTC) -> str:
    """Say a value. Moments are told by the clock of `zone`, which is that of the scenario."""
    if isinstance(held, bool):
        return "yes" if held else "no"
    if isinstance(held, int | float):
        return f"{held:g}"
    if isinstance(held, datetime):
        at = int((held if held.tzinfo else held.replace(tzinfo=zone)).timestamp())
        return f"{day(at, zone)} {clock(at, zone)}"
    if isinstance(held, tuple | list):
        return f"({', '.join(value(one, zone) for one in held)})"
    text = str(held)
    if _MOMENT.fullmatch(text):
        return value(datetime.fromisoformat(text), zone)
    if found := _DATE.fullmatch(text):
        return f"{int(found[3])} {MONTHS[int(found[2]) - 1].lower()} {found[1]}"
    return f'"{quoted(text)}"'


def quoted(text: str) -> str:
    """Return a text as it can stand in quotes."""
    return text.replace('"', "'").replace("\n", " ")


__all__ = ["act", "ago", "clock", "day", "length", "quoted", "several", "value"]
