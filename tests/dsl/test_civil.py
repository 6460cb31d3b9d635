"""Civil time: named cases of the semantics, and properties against oracles that know only `datetime`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dsl.civil import add, at_clock, date_field, day_of_run, is_zone, next_within, within, zone

BERLIN = zone("Europe/Berlin", "UTC")
NEW_YORK = zone("America/New_York", "UTC")
APIA = zone("Pacific/Apia", "UTC")
LORD_HOWE = zone("Australia/Lord_Howe", "UTC")
WEEKDAYS = (0, 1, 2, 3, 4)
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)

patient = settings(deadline=None)  # a busy machine is no failure

# A zone and the middle of a week in which it did something: both changes of an ordinary year north and
# south, half an hour, a skipped day, a fast month, a change at midnight, one a minute after it, and none.
UNRULY = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Pacific/Apia", "2011-12-30"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Casablanca", "2026-03-22"),
    ("America/Sao_Paulo", "2018-02-18"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/St_Johns", "2010-11-07"),
    ("America/St_Johns", "2011-03-13"),
    ("America/Noronha", "2000-10-12"),
    ("Asia/Kolkata", "2026-07-01"),
]


def local(text: str, tz: ZoneInfo, fold: Literal[0, 1] = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=tz, fold=fold).timestamp())


def shown(at: int, tz: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, tz).strftime("%Y-%m-%d %H:%M")


def reading(at: int, tz: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at, tz).replace(tzinfo=None)


def stands_inside(at: int, days: tuple[int, ...], start: str, end: str, tz: ZoneInfo) -> bool:
    """Compare what the clock shows, as a person would."""
    now = reading(at, tz)
    clock, today, yesterday = now.strftime("%H:%M"), now.weekday(), (now.weekday() - 1) % 7
    if start < end:
        return today in days and start <= clock < end
    return (today in days and clock >= start) or (yesterday in days and clock < end)


def first_showing(wanted: datetime, tz: ZoneInfo) -> int:
    """Walk minute by minute to the first instant whose reading is at least `wanted` (whole minutes)."""
    at = int((wanted.replace(tzinfo=UTC) - timedelta(hours=26)).timestamp())
    while reading(at, tz) < wanted:
        at += 60
    return at


@st.composite
def unruly_moments(draw: st.DrawFn) -> tuple[ZoneInfo, int]:
    """A zone, and a second within some days of a change of its clocks."""
    name, day = draw(st.sampled_from(UNRULY))
    noon = int(datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC).timestamp())
    return zone(name, "UTC"), noon + draw(st.integers(-3 * 86_400, 3 * 86_400))


zones = st.sampled_from([zone(name, "UTC") for name, _ in UNRULY])
instants = st.integers(0, 2_200_000_000)  # 1970 to 2039
moments = unruly_moments() | st.tuples(zones, instants)
clocks = st.builds(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}", st.integers(0, 1_439))
weekday_sets = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))


# ------------------------------------------------------------- row 6: one day is not twenty-four hours


def test_row_06_a_day_keeps_the_local_time_and_hours_are_elapsed() -> None:
    before = local("2026-03-28 10:00", BERLIN)
    assert shown(add(before, 1, "day", BERLIN), BERLIN) == "2026-03-29 10:00"
    assert shown(add(before, 24, "hour", BERLIN), BERLIN) == "2026-03-29 11:00"
    assert add(before, 1, "day", BERLIN) - before == 23 * 3_600
    assert shown(add(before, 2, "week", BERLIN), BERLIN) == "2026-04-11 10:00"
    assert add(before, 90, "minute", BERLIN) - before == 5_400
    assert add(before, -7, "second", BERLIN) - before == -7


def test_row_06_five_days_of_a_run_cross_the_american_change() -> None:
    entered = local("2026-03-06 16:20:31", NEW_YORK)
    assert day_of_run(entered, 5, None, NEW_YORK) == local("2026-03-11 16:20:31", NEW_YORK)
    assert day_of_run(entered, 5, "09:00", NEW_YORK) == local("2026-03-11 09:00", NEW_YORK)
    assert day_of_run(entered, 0, None, NEW_YORK) == entered


def test_a_day_of_the_run_counts_civil_dates_also_for_an_entry_late_at_night() -> None:
    entered = local("2026-03-02 23:59", BERLIN)
    assert shown(day_of_run(entered, 1, "00:00", BERLIN), BERLIN) == "2026-03-03 00:00"


# ------------------------------------------------------------------------------------- row 7: month ends


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        ("2026-01-31 10:00", 1, "2026-02-28 10:00"),
        ("2026-01-31 10:00", 2, "2026-03-31 10:00"),
        ("2028-01-31 10:00", 1, "2028-02-29 10:00"),
        ("2028-02-29 10:00", 12, "2029-02-28 10:00"),
        ("2028-02-29 10:00", 48, "2032-02-29 10:00"),
        ("2026-03-31 10:00", -1, "2026-02-28 10:00"),
        ("2026-01-15 10:00", -1, "2025-12-15 10:00"),
        ("2026-02-28 02:30", 1, "2026-03-28 02:30"),
    ],
)
def test_row_07_months_clamp_at_their_end_from_the_original_anchor(
    anchor: str, months: int, expected: str
) -> None:
    assert shown(add(local(anchor, BERLIN), months, "month", BERLIN), BERLIN) == expected
    assert date_field(anchor, None, months, "month", BERLIN) == local(expected, BERLIN)


# ------------------------------------------------------------------------------- row 12: daylight saving


def test_row_12_a_gap_gives_the_first_valid_instant_after() -> None:
    three = local("2026-03-29 03:00", BERLIN)
    assert add(local("2026-03-28 02:30", BERLIN), 1, "day", BERLIN) == three
    assert at_clock(local("2026-03-28 12:00", BERLIN), "02:30", BERLIN) == three
    assert day_of_run(local("2026-03-24 12:00", BERLIN), 5, "02:15", BERLIN) == three
    assert date_field("2026-03-29", "02:59", 0, "day", BERLIN) == three
    assert next_within(three - 7_200, EVERY_DAY, "02:30", "04:00", BERLIN) == three


def test_row_12_a_gap_does_not_shift_the_days_after_it() -> None:
    assert shown(add(local("2026-03-28 02:30", BERLIN), 2, "day", BERLIN), BERLIN) == "2026-03-30 02:30"
    assert date_field("2026-03-29", "02:30", 1, "day", BERLIN) == local("2026-03-30 02:30", BERLIN)


def test_row_12_an_overlap_gives_the_first_occurrence() -> None:
    first, second = (local("2026-10-25 02:30", BERLIN, 0), local("2026-10-25 02:30", BERLIN, 1))
    assert second - first == 3_600
    assert add(local("2026-10-24 02:30", BERLIN), 1, "day", BERLIN) == first
    assert at_clock(first, "02:30", BERLIN) == first
    assert at_clock(first + 1, "02:30", BERLIN) == local("2026-10-26 02:30", BERLIN)
    assert date_field("2026-10-25T02:30", None, 0, "day", BERLIN) == first
    assert day_of_run(second, 0, None, BERLIN) == second, "day 0 is the entry itself"


def test_row_12_an_hour_that_comes_twice_is_inside_twice() -> None:
    assert next_within(local("2026-10-25 01:00", BERLIN), (6,), "02:00", "02:30", BERLIN) == local(
        "2026-10-25 02:00", BERLIN, 0
    )
    assert next_within(local("2026-10-25 02:40", BERLIN, 0), (6,), "02:00", "02:30", BERLIN) == local(
        "2026-10-25 02:00", BERLIN, 1
    )
    assert not within(local("2026-10-25 02:10", BERLIN, 1), (6,), "02:30", "03:00", BERLIN)


def test_row_12_a_window_that_falls_into_the_gap_waits_for_its_next_day() -> None:
    saturday = local("2026-03-28 12:00", BERLIN)
    assert shown(next_within(saturday, (6,), "02:10", "02:50", BERLIN), BERLIN) == "2026-04-05 02:10"


def test_row_12_the_very_minute_of_the_change() -> None:
    sunday = local("2026-10-25 01:00", BERLIN)
    assert at_clock(sunday, "03:00", BERLIN) == local("2026-10-25 03:00", BERLIN) == sunday + 3 * 3_600
    saturday = local("2026-03-28 12:00", BERLIN)
    assert shown(next_within(saturday, (6,), "02:00", "02:30", BERLIN), BERLIN) == "2026-04-05 02:00"
    assert shown(next_within(saturday, (6,), "03:00", "03:30", BERLIN), BERLIN) == "2026-03-29 03:00"


def test_row_12_half_an_hour_of_daylight_saving() -> None:
    assert shown(add(local("2026-10-03 02:15", LORD_HOWE), 1, "day", LORD_HOWE), LORD_HOWE) == (
        "2026-10-04 02:30"
    )
    before = local("2026-04-04 10:00", LORD_HOWE)
    assert add(before, 1, "day", LORD_HOWE) - before == 86_400 + 1_800


def test_row_12_a_day_that_never_was() -> None:
    saturday = local("2011-12-31 00:00", APIA)
    thursday = local("2011-12-29 10:00", APIA)
    assert add(thursday, 1, "day", APIA) == saturday
    assert add(thursday, 2, "day", APIA) == local("2011-12-31 10:00", APIA)
    assert at_clock(thursday, "09:00", APIA, weekday=4) == saturday
    assert at_clock(saturday, "09:00", APIA) == saturday, "asking again changes nothing"
    assert next_within(thursday, (4,), "09:00", "17:00", APIA) == local("2012-01-06 09:00", APIA)
    assert next_within(thursday, (4,), "22:00", "06:00", APIA) == saturday, "friday's night went on"


# -------------------------------------------------------------------------- row 13: which zone it is


@pytest.mark.parametrize(
    "name", [None, "", "Mars/Olympus", "Europe", "../etc/passwd", "/etc/localtime", "europe/berlin", "CEST"]
)
def test_row_13_a_missing_or_invalid_zone_means_the_fallback(name: str | None) -> None:
    assert zone(name, "Asia/Singapore") is ZoneInfo("Asia/Singapore")
    assert name is None or not is_zone(name)


def test_row_13_a_fallback_that_is_no_zone_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match=r'"Berlin" is not a time zone; write an IANA name'):
        zone(None, "Berlin")
    assert zone("Europe/Berlin", "Berlin") is BERLIN


def test_a_zone_is_made_once() -> None:
    assert zone("Europe/Berlin", "UTC") is zone("Europe/Berlin", "Asia/Singapore")
    assert is_zone("America/Argentina/Buenos_Aires")


# ------------------------------------------------------------------------- row 32: windows over midnight


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-06 21:59", "2026-03-06 22:00"),  # friday evening
        ("2026-03-06 23:00", "2026-03-06 23:00"),
        ("2026-03-07 05:59", "2026-03-07 05:59"),  # the rest of friday's night
        ("2026-03-07 06:00", "2026-03-09 22:00"),  # saturday begins none
        ("2026-03-09 03:00", "2026-03-09 22:00"),  # monday's early hours would be sunday's night
    ],
)
def test_row_32_a_window_may_cross_midnight_and_belongs_to_the_day_it_begins_on(
    at: str, expected: str
) -> None:
    found = next_within(local(at, BERLIN), WEEKDAYS, "22:00", "06:00", BERLIN)
    assert shown(found, BERLIN) == expected


def test_row_32_equal_ends_are_a_whole_day() -> None:
    saturday = local("2026-03-07 13:00", BERLIN)
    assert shown(next_within(saturday, WEEKDAYS, "00:00", "00:00", BERLIN), BERLIN) == "2026-03-09 00:00"
    assert shown(next_within(saturday, WEEKDAYS, "09:00", "09:00", BERLIN), BERLIN) == "2026-03-09 09:00"
    assert next_within(saturday, EVERY_DAY, "09:00", "09:00", BERLIN) == saturday
    assert within(local("2026-03-07 08:59", BERLIN), (4,), "09:00", "09:00", BERLIN)


def test_sending_hours_push_a_weekend_to_monday_morning() -> None:
    for at in ("2026-03-27 17:00", "2026-03-28 12:00", "2026-03-29 02:00", "2026-03-30 08:59"):
        found = next_within(local(at, BERLIN), WEEKDAYS, "09:00", "17:00", BERLIN)
        assert shown(found, BERLIN) == "2026-03-30 09:00"


@pytest.mark.parametrize("days", [(), (7,), (-1, 0)])
def test_days_that_are_none_are_refused(days: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"needs days from 0 \(Monday\) to 6"):
        next_within(0, days, "09:00", "17:00", BERLIN)


@pytest.mark.parametrize("clock", ["24:00", "9:00", "09:60", "09:00:60", "09:00:0", "", "09:00\n", "٠٩:٠٠"])
def test_a_damaged_clock_time_is_refused(clock: str) -> None:
    with pytest.raises(ValueError, match="is not a clock time"):
        at_clock(0, clock, BERLIN)


# ------------------------------------------------------------------------------------------ date fields


@pytest.mark.parametrize(
    ("value", "clock", "amount", "unit", "expected"),
    [
        ("2026-11-02", None, 0, "day", "2026-11-02 00:00"),
        ("2026-11-02", "09:00", 0, "day", "2026-11-02 09:00"),
        ("2026-11-02", "09:00", -7, "day", "2026-10-26 09:00"),
        (" 2026-11-02 ", "09:00", 1, "week", "2026-11-09 09:00"),
        ("2026-11-02T14:30", None, -1, "hour", "2026-11-02 13:30"),
        ("2026-11-02 14:30:59.900", "09:00", 0, "day", "2026-11-02 09:00"),
        ("2026-11-02T14:30Z", None, 0, "day", "2026-11-02 15:30"),
        ("2026-11-02T23:30Z", "09:00", 0, "day", "2026-11-03 09:00"),  # its local date is the third
        ("2026-10-20T10:00+02:00", None, 7, "day", "2026-10-27 10:00"),  # local time across the change
        ("2026-11-02T14:30-0500", None, 30, "minute", "2026-11-02 21:00"),
        (1_793_631_600, None, 0, "day", "2026-11-02 16:00"),
        (1_793_631_600, "08:00", -1, "day", "2026-11-01 08:00"),
        (0, None, -1, "hour", "1970-01-01 00:00"),
    ],
)
def test_a_date_field_is_read_in_the_contacts_zone(
    value: str | int,
    clock: str | None,
    amount: int,
    unit: Literal["minute", "hour", "day", "week"],
    expected: str,
) -> None:
    found = date_field(value, clock, amount, unit, BERLIN)
    assert found is not None
    assert shown(found, BERLIN) == expected


def test_an_instant_in_the_second_pass_of_an_overlap_is_kept() -> None:
    assert date_field("2026-10-25T02:30+01:00", None, 0, "day", BERLIN) == local(
        "2026-10-25 02:30", BERLIN, 1
    )


@pytest.mark.parametrize(
    "value",
    [
        "", "soon", "2026", "2026-13-01", "2026-02-30", "20261102", "2026-W01-1", "02.11.2026", "11/02/2026",
        "2026-11-02T25:00", "2026-11-02T24:00", "2026-11-02T10", "2026-11-02Tsoon", "2026-11-02\n10:00",
        "1793631600", "0000-01-01", True, 10**15, -(10**15), 10**40,
    ],
)  # fmt: skip
def test_damaged_text_is_no_date(value: str | int) -> None:
    assert date_field(value, None, 0, "day", BERLIN) is None
    assert date_field(value, "09:00", 1, "hour", BERLIN) is None


@pytest.mark.parametrize("unit", ["hour", "day", "month"])
def test_a_date_at_the_end_of_the_calendar_is_no_answer_rather_than_an_error(
    unit: Literal["hour", "day", "month"],
) -> None:
    assert date_field("9999-12-31", None, 100, unit, BERLIN) is None
    assert date_field("0001-01-01", None, -100, unit, BERLIN) is None


# ------------------------------------------------------------------------------------------- properties


@patient
@given(moments, weekday_sets, clocks, clocks)
def test_the_next_window_is_inside_it_not_before_and_idempotent(
    moment: tuple[ZoneInfo, int], days: tuple[int, ...], start: str, end: str
) -> None:
    tz, at = moment
    found = next_within(at, days, start, end, tz)
    assert found >= at
    assert within(found, days, start, end, tz)
    assert next_within(found, days, start, end, tz) == found
    assert stands_inside(found, days, start, end, tz)
    assert found - at <= 15 * 86_400


@patient
@given(moments, weekday_sets, clocks, clocks)
def test_inside_is_what_the_clock_shows(
    moment: tuple[ZoneInfo, int], days: tuple[int, ...], start: str, end: str
) -> None:
    tz, at = moment
    assert within(at, days, start, end, tz) == stands_inside(at, days, start, end, tz)


@patient
@given(unruly_moments(), weekday_sets, clocks, clocks)
def test_the_next_window_agrees_with_walking_minute_by_minute(
    moment: tuple[ZoneInfo, int], days: tuple[int, ...], start: str, end: str
) -> None:
    tz, at = moment
    at -= at % 60
    found = next_within(at, days, start, end, tz)
    walked = next((t for t in range(at, at + 30 * 3_600, 60) if stands_inside(t, days, start, end, tz)), None)
    assert found == walked if walked is not None else found >= at + 30 * 3_600


@patient
@given(moments, st.integers(0, 3 * 86_400), weekday_sets, clocks, clocks)
def test_later_questions_have_later_answers(
    moment: tuple[ZoneInfo, int], later: int, days: tuple[int, ...], start: str, end: str
) -> None:
    tz, at = moment
    assert next_within(at, days, start, end, tz) <= next_within(at + later, days, start, end, tz)
    assert at_clock(at, start, tz) <= at_clock(at + later, start, tz)
    assert at_clock(at, start, tz, days[0]) <= at_clock(at + later, start, tz, days[0])


@patient
@given(moments, clocks, st.none() | st.integers(0, 6))
def test_a_clock_time_is_not_before_idempotent_and_shown_unless_skipped(
    moment: tuple[ZoneInfo, int], clock: str, weekday: int | None
) -> None:
    tz, at = moment
    found = at_clock(at, clock, tz, weekday)
    assert at <= found <= at + (8 if weekday is not None else 2) * 86_400 + 7_200
    assert at_clock(found, clock, tz, weekday) == found
    now = reading(found, tz)
    as_asked = now.strftime("%H:%M") == clock and weekday in (None, now.weekday())
    if not as_asked:  # in a gap (of an hour, or of Apia's whole Friday) the reading jumps from before it
        skipped = now - reading(found - 1, tz)
        assert skipped > timedelta(seconds=1)


@patient
@given(unruly_moments(), clocks)
def test_a_clock_time_agrees_with_walking_minute_by_minute(moment: tuple[ZoneInfo, int], clock: str) -> None:
    tz, at = moment
    date = reading(at, tz).replace(hour=0, minute=0, second=0)
    hour, minute = (int(part) for part in clock.split(":"))
    days = [date + timedelta(days=n, hours=hour, minutes=minute) for n in (-1, 0, 1, 2)]
    assert at_clock(at, clock, tz) == min(t for t in (first_showing(d, tz) for d in days) if t >= at)


@patient
@given(moments, st.integers(-400, 400), st.sampled_from(["day", "week", "month"]))
def test_civil_units_keep_the_local_time_unless_it_is_skipped(
    moment: tuple[ZoneInfo, int], amount: int, unit: Literal["day", "week", "month"]
) -> None:
    tz, at = moment
    moved = add(at, amount, unit, tz)
    now, then = reading(at, tz), reading(moved, tz)
    if now.time() == then.time():
        assert unit == "month" or (then - now).days == amount * (7 if unit == "week" else 1)
        assert amount == 0 or datetime.fromtimestamp(moved, tz).fold == 0, "the first occurrence"
    else:
        assert then - reading(moved - 1, tz) > timedelta(seconds=1), "only a gap moves the clock time"


@patient
@given(moments, st.integers(-30, 30), st.integers(-30, 30))
def test_days_add_up_where_no_gap_swallows_the_first_step(
    moment: tuple[ZoneInfo, int], one: int, two: int
) -> None:
    tz, at = moment
    middle = add(at, one, "day", tz)
    assume(reading(middle, tz).time() == reading(at, tz).time())
    assume(one and two and one + two)  # zero keeps an instant also in the second pass of an overlap
    assert add(middle, two, "day", tz) == add(at, one + two, "day", tz)


@patient
@given(moments, st.integers(0, 60), clocks)
def test_a_day_of_the_run_with_a_clock_is_that_days_own_instant(
    moment: tuple[ZoneInfo, int], day: int, clock: str
) -> None:
    tz, at = moment
    date = (reading(at, tz) + timedelta(days=day)).date()
    assert day_of_run(at, day, clock, tz) == date_field(date.isoformat(), clock, 0, "day", tz)


@patient
@given(moments)
def test_an_iso_text_and_its_epoch_seconds_are_the_same_date_field(moment: tuple[ZoneInfo, int]) -> None:
    tz, at = moment
    assert date_field(at, None, 0, "day", tz) == at
    assert date_field(datetime.fromtimestamp(at, UTC).isoformat(), None, 0, "day", tz) == at
    assert date_field(datetime.fromtimestamp(at, tz).isoformat(), None, 0, "day", tz) == at


@patient
@given(st.text(max_size=30), st.sampled_from(["hour", "day", "month"]))
def test_no_text_raises(text: str, unit: Literal["hour", "day", "month"]) -> None:
    date_field(text, None, 1, unit, BERLIN)
    zone(text, "UTC")
