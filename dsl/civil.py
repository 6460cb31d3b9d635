"""Civil time: what a contact's clock and calendar show, as whole seconds since the Unix epoch.

Everything is integer arithmetic over one cached fact, the offsets of a zone in one UTC day. A *reading*
is what the clock on the wall shows, written as the number of seconds since 1970-01-01T00:00 on that same
wall: `reading = instant + offset`. Going back, `_first` takes the first instant whose reading is at least
the one asked for. That one sentence is the rule for daylight saving (semantics row 12): in a gap it is the
first valid instant after, in an overlap the first occurrence, and a day that a zone skipped altogether
(Samoa, 30 December 2011) needs no case of its own.

Zones come from the pinned `tzdata` package alone, never from the machine, so that two workers agree.
Instants outside the years 1 to 9999 raise `OverflowError`.
"""

from __future__ import annotations

import re
import zoneinfo
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

__all__ = [
    "Unit",
    "add",
    "at_clock",
    "date_field",
    "day_of_run",
    "is_zone",
    "next_within",
    "next_yearly",
    "within",
    "zone",
    "zones",
]

Unit = Literal["second", "minute", "hour", "day", "week", "month"]

zoneinfo.reset_tzpath(())
ZoneInfo.clear_cache()  # a zone made before this line came from the machine's own files

_DAY = 86_400
_ELAPSED: dict[str, int] = {"second": 1, "minute": 60, "hour": 3_600}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DATE = date(1970, 1, 1)
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday, and 0 is Monday
_WIDEST = 16 * 3_600  # no zone is or was further than this from UTC

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
)


# ------------------------------------------------------------------------------------------------ zones


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_zone(name: str) -> bool:
    """Tell whether this is an IANA name, spelt exactly (a lookup of a file would depend on the disk)."""
    return name in _names()


def zones() -> frozenset[str]:
    """Return the names of all zones."""
    return _names()


@lru_cache(maxsize=4_096)
def zone(name: str | None, fallback: str) -> ZoneInfo:
    """Give the zone of that name; missing or invalid means `fallback` (semantics row 13).

    Raises:
        ValueError: `fallback` itself is no zone. The workspace's own is checked before anything runs.
    """
    if name is not None and is_zone(name):
        return ZoneInfo(name)
    if not is_zone(fallback):
        raise ValueError(f'"{fallback}" is not a time zone; write an IANA name such as "Europe/Berlin".')
    return ZoneInfo(fallback)


# --------------------------------------------------------------------------------- instants and readings


def _utc_offset(at: int, tz: ZoneInfo) -> int:
    offset = (_EPOCH + timedelta(seconds=at)).astimezone(tz).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


@lru_cache(maxsize=65_536)
def _offsets(tz: ZoneInfo, day: int) -> tuple[int, int, int]:
    """Give the offset as a UTC day begins, the instant it changes, and the offset from then on.

    Without a change the instant is the end of the day and both offsets are equal.
    INVARIANT: no zone changes its offset twice in one UTC day (true of all of tzdata since 1970).
    """
    start, end = day * _DAY, (day + 1) * _DAY
    before, after = _utc_offset(start, tz), _utc_offset(end, tz)
    if before == after:
        return before, end, after
    while end - start > 1:
        middle = (start + end) // 2
        if _utc_offset(middle, tz) == before:
            start = middle
        else:
            end = middle
    return before, end, after


_SPAN = 8 * _DAY


@lru_cache(maxsize=65_536)
def _steady(tz: ZoneInfo, span: int) -> int | None:
    """Give the offset that holds all through a span of days and a day around it; None if it changes."""
    first, last = span * _SPAN // _DAY - 1, (span + 1) * _SPAN // _DAY + 1
    try:
        found = {offset for day in range(first, last) for offset in _offsets(tz, day)[::2]}
    except OverflowError:
        return None  # the calendar ends here
    return found.pop() if len(found) == 1 else None


def _offset(at: int, tz: ZoneInfo) -> int:
    before, changes, after = _offsets(tz, at // _DAY)
    return before if at < changes else after


def _change(since: int, until: int, tz: ZoneInfo) -> int | None:
    """Find the first change of the offset after `since` and not after `until`."""
    for day in range(since // _DAY, until // _DAY + 1):
        before, changes, after = _offsets(tz, day)
        if before != after and since < changes <= until:
            return changes
    return None


def _first(reading: int, tz: ZoneInfo) -> int:
    """Give the first instant at which the wall shows at least `reading`."""
    steady = _steady(tz, reading // _SPAN)
    if steady is not None:
        # INVARIANT: no offset is as long as the day that the span is steady beyond its ends.
        return reading - steady
    early = reading - _WIDEST
    before = _offset(early, tz)
    at = reading - before
    change = _change(early, at, tz)
    # Up to the change the wall shows less than `reading`; at the change it may jump past it (a gap).
    return at if change is None else max(change, reading - _offset(change, tz))


# ----------------------------------------------------------------------------------- clocks and calendars


@lru_cache(maxsize=4_096)
def _seconds(clock: str) -> int:
    """Read `HH:MM` or `HH:MM:SS` as seconds since midnight."""
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise ValueError(f'"{clock}" is not a clock time; write hours and minutes, from "00:00" to "23:59".')
    return int(match[1]) * 3_600 + int(match[2]) * 60 + int(match[3] or 0)


def _weekday(day: int) -> int:
    return (day + _EPOCH_WEEKDAY) % 7


def _moved(reading: int, amount: int, unit: Unit) -> int:
    """Move a reading by days, weeks or months, keeping its clock time; months clamp at their end (row 7)."""
    if unit != "month":
        return reading + amount * (7 * _DAY if unit == "week" else _DAY)
    day, seconds = divmod(reading, _DAY)
    anchor = _EPOCH_DATE + timedelta(days=day)
    years, month = divmod(anchor.month - 1 + amount, 12)
    year = anchor.year + years
    if not 1 <= year <= 9_999:
        raise OverflowError(f"{amount} months from {anchor} is outside the calendar.")
    target = date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))
    return (target - _EPOCH_DATE).days * _DAY + seconds


def add(at: int, amount: int, unit: Unit, tz: ZoneInfo) -> int:
    """Move an instant by `amount` units (negative: before).

    `day`, `week` and `month` keep the local clock time, the others are elapsed time (row 6). A month that
    is too short takes its last day, counted from `at`: 31 January and 2 months is 31 March (row 7).
    """
    elapsed = _ELAPSED.get(unit)
    if elapsed is not None:
        return at + amount * elapsed
    if amount == 0:
        return at  # in the second pass through an overlap, the reading would lead back to the first
    steady = _steady(tz, at // _SPAN)
    reading = at + (_offset(at, tz) if steady is None else steady)
    return _first(_moved(reading, amount, unit), tz)


def at_clock(at: int, clock: str, tz: ZoneInfo, weekday: int | None = None) -> int:
    """Give the next instant, `at` included, when the local clock shows `clock` (on `weekday`, 0 is Monday).

    Each civil day has one such instant (row 12): in an overlap the second pass does not count, and where
    the clock skips the time (or the whole weekday) it is the first valid instant after.
    """
    seconds, step = _seconds(clock), 1
    # Yesterday too: if a gap swallowed its clock time, its instant may be `at` itself.
    day = (at + _offset(at, tz)) // _DAY - 1
    if weekday is not None:
        day, step = day + (weekday - _weekday(day)) % 7, 7
    while (found := _first(day * _DAY + seconds, tz)) < at:
        day += step
    return found


def day_of_run(entered: int, day: int, clock: str | None, tz: ZoneInfo) -> int:
    """Give day `day` of a run: the civil date of entry and `day` days, at `clock`, else at the entry's time.

    Day 0 with a clock time earlier than the entry is an instant before it.
    """
    if clock is None:
        return add(entered, day, "day", tz)
    return _first(((entered + _offset(entered, tz)) // _DAY + day) * _DAY + _seconds(clock), tz)


def next_yearly(at: int, day: str, clock: str | None, tz: ZoneInfo) -> int:
    """Give the next instant, `at` included, at which a day of every year (`09-01`) shows `clock`.

    Without a clock time it is midnight, as the day begins: later on that day it is that of the next year.
    """
    month, number = map(int, day.split("-"))
    year = (_EPOCH_DATE + timedelta(days=(at + _offset(at, tz)) // _DAY)).year
    while True:
        wanted = date(year, month, min(number, monthrange(year, month)[1]))
        found = _first((wanted - _EPOCH_DATE).days * _DAY + _seconds(clock or "00:00"), tz)
        if found >= at:
            return found
        year += 1


def date_field(value: str | int, clock: str | None, amount: int, unit: Unit, tz: ZoneInfo) -> int | None:
    """Give the instant of a date or date-and-time field, moved by `amount` units.

    Args:
        value: an ISO date (`2026-11-02`: local midnight), an ISO date-time (without an offset: local time
            of `tz`; fractions of a second are dropped), or seconds since the epoch.
        clock: takes the place of the field's own clock time, on its local date.
        unit: days, weeks and months move the local date before the clock time is looked up, so that one
            gap of daylight saving does not shift the other days; the rest is elapsed time.

    Returns:
        None if the value is damaged, or leads outside the calendar.
    """
    try:
        anchor = _anchor(value)
        if anchor is None:
            return None
        if anchor.zoned and clock is None:
            return _on_calendar(add(anchor.seconds, amount, unit, tz), tz)
        reading = anchor.seconds + (_offset(anchor.seconds, tz) if anchor.zoned else 0)
        if clock is not None:
            reading = reading // _DAY * _DAY + _seconds(clock)
        if unit in _ELAPSED:
            return _on_calendar(add(_first(reading, tz), amount, unit, tz), tz)
        return _first(_moved(reading, amount, unit), tz)
    except OverflowError:
        return None


class _Anchor(NamedTuple):
    seconds: int
    zoned: bool  # an instant; otherwise a reading


def _anchor(value: str | int) -> _Anchor | None:
    """Read a field's value; None if it is damaged."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return _Anchor(value, zoned=True)
    text = value.strip() if isinstance(value, str) else ""
    try:
        if _DATE.fullmatch(text):
            return _Anchor((date.fromisoformat(text) - _EPOCH_DATE).days * _DAY, zoned=False)
        if not _DATE_TIME.fullmatch(text):
            return None
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    zoned = moment.tzinfo is not None
    since = moment - _EPOCH if zoned else moment.replace(tzinfo=UTC) - _EPOCH
    return _Anchor(since.days * _DAY + since.seconds, zoned)


def _on_calendar(at: int, tz: ZoneInfo) -> int:
    """Hand `at` back; raise `OverflowError` if it has no local date."""
    _offset(at, tz)
    return at


# ------------------------------------------------------------------------------------------ weekly windows


class _Window(NamedTuple):
    """A weekly window in seconds since midnight; `ahead[w]`: days from weekday `w` to one it begins on."""

    begins: tuple[bool, ...]
    ahead: tuple[int, ...]
    start: int
    end: int


@lru_cache(maxsize=1_024)
def _window(days: tuple[int, ...], start: str, end: str) -> _Window:
    if not days or not all(0 <= day <= 6 for day in days):
        raise ValueError(f"A weekly window needs days from 0 (Monday) to 6 (Sunday), not {days}.")
    begins = tuple(weekday in days for weekday in range(7))
    ahead = tuple(next(n for n in range(7) if begins[(weekday + n) % 7]) for weekday in range(7))
    return _Window(begins, ahead, _seconds(start), _seconds(end))


def _inside(reading: int, window: _Window) -> bool:
    day, seconds = divmod(reading, _DAY)
    begins, _, start, end = window
    if start < end:
        return start <= seconds < end and begins[_weekday(day)]
    # Across midnight, or (start == end) for a whole day: the rest of yesterday's window counts as well.
    return begins[_weekday(day)] if seconds >= start else seconds < end and begins[_weekday(day - 1)]


def _opening(reading: int, window: _Window) -> int:
    """Give the first reading inside the window, on a wall whose offset does not change."""
    if _inside(reading, window):
        return reading
    day, seconds = divmod(reading, _DAY)
    if seconds >= window.start:
        day += 1
    return (day + window.ahead[_weekday(day)]) * _DAY + window.start


def within(at: int, days: tuple[int, ...], start: str, end: str, tz: ZoneInfo) -> bool:
    """Tell whether the local clock stands inside the weekly window, as `next_within` describes it."""
    return _inside(at + _offset(at, tz), _window(days, start, end))


def next_within(at: int, days: tuple[int, ...], start: str, end: str, tz: ZoneInfo) -> int:
    """Give the first instant, `at` included, inside a weekly window from `start` up to `end`, local time.

    What counts is what the contact's clock shows: an hour that comes twice is inside twice, and an hour
    that is skipped is not there.

    Args:
        days: the days a window begins on, 0 is Monday.
        start: `HH:MM`.
        end: `HH:MM`. Before `start`: the window crosses midnight (row 32). Equal to `start`: a whole day.

    Raises:
        ValueError: no days, a day that is not 0 to 6, or a damaged clock time.
    """
    window = _window(days, start, end)
    steady = _steady(tz, at // _SPAN)
    if steady is not None and _inside(at + steady, window):
        return at
    while True:
        offset = _offset(at, tz)
        opens = _opening(at + offset, window) - offset
        # The opening is right for today's offset: past a change, look again from the change on.
        change = _change(at, opens, tz)
        if change is None:
            return opens
        at = change
