"""Lengths of time in a plan: what a wait, a block or a closed window takes at least and at most.

A day counts as 24 hours. None stands for a length that the plan does not bound: that of a date in a field.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsl.plan import After, Block, ClockTime, DayOfRun, HourOfRun, Instant, Plan
from dsl.plan.instants import AfterBusiness, BusinessHours, SendingHours, Window

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
DAY = 86_400
_WEEK = 7 * DAY
_HOLIDAYS = 4


@dataclass(frozen=True, slots=True)
class Length:
    """Seconds. `anchored`: counted from the start of the run, not from when it is asked."""

    least: int
    most: int | None
    anchored: bool = False


def length(plan: Plan, number: int) -> Length:
    """Return how far off an instant is, moved into the sending hours where the plan says so."""
    instant = plan.instants[number]
    found = _plain(instant)
    if instant.fold and found.most is not None:
        return Length(found.least, found.most + closed(plan.sending_hours), found.anchored)
    return found


def _plain(instant: Instant) -> Length:
    match instant:
        case After() if instant.clock is None:
            seconds = instant.amount * SECONDS[instant.unit]
            return Length(seconds, seconds)
        case After():
            # The clock time of that day; it is asked at any time of the first.
            end = instant.amount * SECONDS[instant.unit] + _clock(instant.clock)
            return Length(end - DAY + 1, end)
        case HourOfRun():
            return Length(instant.hour * 3600, instant.hour * 3600, anchored=True)
        case DayOfRun() if instant.clock is None:
            return Length(instant.day * DAY, instant.day * DAY, anchored=True)
        case DayOfRun():
            # The clock time of that day; the contact came in at any time of the first.
            end = instant.day * DAY + _clock(instant.clock)
            return Length(end - DAY + 1, end, anchored=True)
        case ClockTime():
            return Length(0, (DAY if instant.weekday is None else _WEEK) - 1)
        case AfterBusiness() if instant.unit == "business hour":
            open_ = max(1, _span(instant.hours)) * len(instant.hours.days)
            weeks = instant.amount * 3600 // open_ + 2
            return Length(instant.amount * 3600, weeks * _WEEK)
        case AfterBusiness():
            weeks = instant.amount // max(1, len(instant.hours.days)) + 2
            least = instant.amount if instant.clock is None else instant.amount - 1
            return Length(least * DAY, weeks * _WEEK)
    return Length(0, None)  # a date in a field, or of the calendar


def moment(plan: Plan, block: Block) -> Length:
    """Return when a block is due, from the start of the run."""
    found = length(plan, block.at)
    return Length(found.least, found.most, anchored=True)


def _clock(clock: str | None) -> int:
    hours, minutes = (clock or "00:00").split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _span(hours: SendingHours | BusinessHours | Window) -> int:
    """Return how long a window is open; equal ends are a whole day."""
    return (_clock(hours.to) - _clock(hours.from_)) % DAY or DAY


def closed(hours: SendingHours | None) -> int:
    """Return the longest time for which the sending hours are closed; of holidays, four in a row count."""
    if hours is None:
        return 0
    every: tuple[SendingHours | Window, ...] = (hours, *hours.also)
    windows = sorted((day * DAY + _clock(one.from_), _span(one)) for one in every for day in one.days)
    longest, end = 0, max(start + span for start, span in windows) - _WEEK
    for start, span in windows:
        longest = max(longest, start - end)
        end = max(end, start + span)
    return longest + min(len(hours.closed), _HOLIDAYS) * max(longest, DAY)
