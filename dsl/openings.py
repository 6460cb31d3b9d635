"""When doors are open: weekly windows, several of them, with holidays; and time counted in them.

Built on `dsl.civil`: pure, the time zone is an argument. A holiday closes its whole local day.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from dsl import civil
from dsl.plan import BusinessHours, SendingHours, Window

_MIDNIGHT = "00:00"
_MOST_DAYS = 20_000


def next_open(at: int, hours: SendingHours | BusinessHours, tz: ZoneInfo) -> int:
    """Return the first instant at or after `at` inside a window and on no holiday."""
    if not hours.also and not hours.closed:
        return civil.next_within(at, hours.days, hours.from_, hours.to, tz)
    for _ in range(_MOST_DAYS):
        at = min(civil.next_within(at, w.days, w.from_, w.to, tz) for w in _windows(hours))
        if not _closed(at, hours, tz):
            return at
        at = civil.at_clock(at + 1, _MIDNIGHT, tz)
    return at  # closed for ever: the compiler refuses such a calendar


def add_business(
    at: int, amount: int, unit: Literal["business hour", "business day"], hours: BusinessHours, tz: ZoneInfo
) -> int:
    """Move an instant forward by so many business hours, or business days of the same local time.

    A business day is one on which a window begins and that is no holiday. Hours count only inside the
    windows (semantics row 14).
    """
    if unit == "business day":
        return _add_days(at, amount, hours, tz)
    return _add_seconds(at, amount * 3600, hours, tz)


def halfway(at: int, end: int, hours: BusinessHours, tz: ZoneInfo) -> int:
    """Return when half of the time is over in which it is open between two instants."""
    opened = at
    total = 0
    for _ in range(_MOST_DAYS):
        opened = next_open(opened, hours, tz)
        if opened >= end:
            break
        closes = min(end, _closes(opened, hours, tz))
        total += closes - opened
        opened = closes
    return _add_seconds(at, total // 2, hours, tz) if total else (at + end) // 2


def _add_seconds(at: int, left: int, hours: BusinessHours, tz: ZoneInfo) -> int:
    for _ in range(_MOST_DAYS):
        at = next_open(at, hours, tz)
        end = _closes(at, hours, tz)
        if end - at >= left:
            return at + left
        left -= end - at
        at = end
    return at


def _add_days(at: int, amount: int, hours: BusinessHours, tz: ZoneInfo) -> int:
    days = {day for window in _windows(hours) for day in window.days}
    found = at
    for moved in range(1, _MOST_DAYS):
        if not amount:
            break
        found = civil.add(at, moved, "day", tz)
        amount -= _local(found, tz).weekday() in days and not _closed(found, hours, tz)
    return found


def _closes(at: int, hours: BusinessHours, tz: ZoneInfo) -> int:
    """Return when the window that `at` lies in closes, or the local day ends."""
    ends = [
        civil.at_clock(at + 1, w.to, tz)
        for w in _windows(hours)
        if civil.within(at, w.days, w.from_, w.to, tz)
    ]
    return min(max(ends), civil.at_clock(at + 1, _MIDNIGHT, tz))


def _windows(hours: SendingHours | BusinessHours) -> list[SendingHours | BusinessHours | Window]:
    return [hours, *hours.also]


def _closed(at: int, hours: SendingHours | BusinessHours, tz: ZoneInfo) -> bool:
    if not hours.closed:
        return False
    day = _local(at, tz).strftime("%Y-%m-%d")
    return day in hours.closed or day[5:] in hours.closed


def _local(at: int, tz: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at, tz)
