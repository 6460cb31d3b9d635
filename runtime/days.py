"""Dates compared with days and with now, in the contact's time zone.

A value without a time is a whole day, so it is compared by days; one with a time is an instant. What is
empty or damaged is neither before nor after anything (semantics row 44).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dsl import civil

_DATE = 10  # the length of 2026-11-24


def compared(side: Literal["before", "after", "on"], left: Any, right: Any, at: int, tz: ZoneInfo) -> bool:
    """Compare a date with another, or with `"today"`."""
    if right == "today":
        right = _local_day(at, tz)
    one, other = _instant(left, tz), _instant(right, tz)
    if one is None or other is None:
        return False
    if side == "on" or _whole(left) or _whole(right):
        first, second = _local_day(one, tz), _local_day(other, tz)
        return {"before": first < second, "after": first > second, "on": first == second}[side]
    return one < other if side == "before" else one > other


def within(
    side: Literal["next", "last", "ago"],
    left: Any,
    amount: int,
    unit: Literal["minute", "hour", "day", "week"],
    at: int,
    tz: ZoneInfo,
) -> bool:
    """Tell whether a date lies in the next or last so many units, or longer ago; whole days include today."""
    found = _instant(left, tz)
    if found is None:
        return False
    edge = civil.add(at, amount if side == "next" else -amount, unit, tz)
    if _whole(left):
        day, today, last = (_local_day(i, tz) for i in (found, at, edge))
        return {"next": today <= day <= last, "last": last <= day <= today, "ago": day < last}[side]
    return {"next": at <= found <= edge, "last": edge <= found <= at, "ago": found < edge}[side]


def _instant(value: Any, tz: ZoneInfo) -> int | None:
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        return None
    return civil.date_field(value, None, 0, "day", tz)


def _whole(value: Any) -> bool:
    return isinstance(value, str) and len(value.strip()) == _DATE


def _local_day(at: int, tz: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, tz).strftime("%Y-%m-%d")
