"""Windows with holidays, and time counted in business hours and days."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dsl.openings import add_business, next_open
from dsl.plan import BusinessHours, SendingHours, Window

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = BusinessHours(days=(0, 1, 2, 3, 4), from_="09:00", to="17:00", zone="Europe/Berlin")
CHRISTMAS = WEEK.model_copy(update={"closed": ("12-24", "12-25", "12-26", "2026-12-28")})


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp())


def said(instant: int) -> str:
    return datetime.fromtimestamp(instant, BERLIN).strftime("%Y-%m-%d %H:%M")


def test_a_second_window_of_the_week_is_open_too() -> None:
    hours = SendingHours(
        days=(0, 1, 2, 3),
        from_="09:00",
        to="17:00",
        also=(Window(days=(4,), from_="10:00", to="12:00"),),
    )
    assert said(next_open(at("2026-11-05 18:00"), hours, BERLIN)) == "2026-11-06 10:00"
    assert said(next_open(at("2026-11-06 13:00"), hours, BERLIN)) == "2026-11-09 09:00"


def test_a_holiday_closes_its_day_every_year_or_once() -> None:
    assert said(next_open(at("2026-12-23 18:00"), CHRISTMAS, BERLIN)) == "2026-12-29 09:00"
    assert said(next_open(at("2027-12-23 18:00"), CHRISTMAS, BERLIN)) == "2027-12-27 09:00"


def test_a_window_across_midnight_is_cut_by_the_holiday() -> None:
    night = SendingHours(days=(0, 1, 2, 3, 4, 5, 6), from_="22:00", to="06:00", closed=("12-25",))
    assert said(next_open(at("2026-12-25 01:00"), night, BERLIN)) == "2026-12-26 00:00"


def test_business_days_skip_weekends_and_holidays_and_keep_the_time_of_day() -> None:
    friday = at("2026-11-06 15:30")
    assert said(add_business(friday, 1, "business day", WEEK, BERLIN)) == "2026-11-09 15:30"
    assert (
        said(add_business(at("2026-12-23 10:00"), 2, "business day", CHRISTMAS, BERLIN)) == "2026-12-30 10:00"
    )


def test_business_hours_run_only_while_it_is_open() -> None:
    assert said(add_business(at("2026-11-06 15:30"), 4, "business hour", WEEK, BERLIN)) == "2026-11-09 11:30"
    assert said(add_business(at("2026-11-07 12:00"), 8, "business hour", WEEK, BERLIN)) == "2026-11-09 17:00"


@given(st.integers(1_700_000_000, 1_900_000_000), st.integers(1, 60))
def test_more_business_hours_never_end_earlier_and_always_end_while_it_is_open(
    start: int, amount: int
) -> None:
    one = add_business(start, amount, "business hour", CHRISTMAS, BERLIN)
    assert start < one <= add_business(start, amount + 1, "business hour", CHRISTMAS, BERLIN)
    assert next_open(one - 1, CHRISTMAS, BERLIN) == one - 1
