"""Appointments: from when to when the entry for the calendar is that an email brings. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dsl import civil
from dsl.plan import Calendar
from runtime.evaluate import RunView, value_of
from runtime.facts import Facts


class Appointment(NamedTuple):
    """Two instants, in seconds since the epoch."""

    starts: int
    ends: int


def appointment(calendar: Calendar, facts: Facts, run: RunView, fallback: str) -> Appointment | None:
    """Return when it is, or None: a field is empty or damaged, or it ends before it has begun.

    A moment without an offset is one of the contact's own clock. `fallback`: the workspace's time zone.
    """
    tz = civil.zone(facts.time_zone, fallback)
    starts = _moment(value_of(calendar.starts, facts, run), tz)
    ends = _moment(value_of(calendar.ends, facts, run), tz)
    if starts is None or ends is None or ends <= starts:
        return None
    return Appointment(starts, ends)


def _moment(value: Any, tz: ZoneInfo) -> int | None:
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        return None
    return civil.date_field(value, None, 0, "day", tz)
