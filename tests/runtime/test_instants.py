"""Instants that hang on a clock or a calendar: asked of the evaluator, in the contact's time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dsl.plan import After, AfterBusiness, CalendarDate, Instant
from dsl.plan.instants import BusinessHours
from runtime.evaluate import RunView, instant
from tests.runtime.snapshots import facts

BERLIN, AUCKLAND = "Europe/Berlin", "Pacific/Auckland"
OFFICE = BusinessHours(days=(0, 1, 2, 3, 4), from_="09:00", to="17:00", zone=BERLIN)


def _at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def _asked(question: Instant, now: str, zone: str = BERLIN, asked_in: str = "") -> str:
    at = _at(now, asked_in or zone)
    run = RunView("run", "Test", "plan", at, {})
    found = instant(question, facts(time_zone=zone), run, at, "UTC", None)
    assert found is not None
    return datetime.fromtimestamp(found, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-03-02T14:00", "2026-03-05 09:00"),  # a monday
        ("2026-03-02T08:00", "2026-03-05 09:00"),
        ("2026-03-05T14:00", "2026-03-10 09:00"),  # a thursday: friday, monday, tuesday
        ("2026-03-07T14:00", "2026-03-11 09:00"),  # a saturday
    ],
)
def test_business_days_until_a_time_end_on_the_morning_of_the_last_of_them(now: str, then: str) -> None:
    question = AfterBusiness(amount=3, unit="business day", hours=OFFICE, clock="09:00")
    assert _asked(question, now) == then


def test_days_until_a_time_end_on_that_day_however_late_it_is_asked() -> None:
    question = After(amount=2, unit="day", clock="09:00")
    assert _asked(question, "2026-03-02T00:00") == "2026-03-04 09:00"
    assert _asked(question, "2026-03-02T23:59") == "2026-03-04 09:00"


def test_the_day_is_that_of_the_contact() -> None:
    question = AfterBusiness(amount=1, unit="business day", hours=OFFICE, clock="09:00")
    assert _asked(question, "2026-03-02T14:00", AUCKLAND, BERLIN) == "2026-03-04 09:00"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-03-02T14:00", "2026-09-01 09:00"),
        ("2026-09-01T08:59", "2026-09-01 09:00"),
        ("2026-09-01T09:00", "2026-09-01 09:00"),
        ("2026-09-01T09:01", "2027-09-01 09:00"),
        ("2026-12-31T23:00", "2027-09-01 09:00"),
    ],
)
def test_a_day_without_a_year_is_the_next_one(now: str, then: str) -> None:
    assert _asked(CalendarDate(date="09-01", clock="09:00"), now) == then


def test_a_day_without_a_year_and_time_begins_at_midnight() -> None:
    assert _asked(CalendarDate(date="09-01"), "2026-08-31T23:00") == "2026-09-01 00:00"
    assert _asked(CalendarDate(date="09-01"), "2026-09-01T00:01") == "2027-09-01 00:00"
