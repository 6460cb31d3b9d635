"""Dates compared with days and with now, where the contact is."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dsl.plan import DateIs, DateWithin, Ref
from runtime.evaluate import truth
from tests.runtime.snapshots import facts

BERLIN = ZoneInfo("Europe/Berlin")
NOON = int(datetime(2026, 11, 24, 12, tzinfo=BERLIN).timestamp())
FIELD = Ref(of="contact", field="due")


def is_(side: Any, right: Any, value: Any, **more: Any) -> bool:
    known = facts(contact={"due": value, **more}, time_zone="Europe/Berlin")
    return truth(DateIs(left=FIELD, side=side, right=right), known, None, NOON, "UTC")


def within(side: Any, amount: int, unit: Any, value: Any) -> bool:
    known = facts(contact={"due": value}, time_zone="Europe/Berlin")
    return truth(DateWithin(left=FIELD, side=side, amount=amount, unit=unit), known, None, NOON, "UTC")


@pytest.mark.parametrize(
    ("side", "right", "value", "expected"),
    [
        ("before", "2026-11-24", "2026-11-23", True),
        ("before", "2026-11-24", "2026-11-24", False),
        ("after", "2026-11-24", "2026-11-25", True),
        ("on", "2026-11-24", "2026-11-24T23:30:00+01:00", True),
        ("on", "2026-11-24", "2026-11-24T23:30:00Z", False),
        ("before", "today", "2026-11-24T00:30:00+01:00", False),
        ("before", "today", "2026-11-23", True),
        ("after", "today", None, False),
        ("before", "today", "some day", False),
    ],
)
def test_a_date_is_compared_by_the_days_of_the_contact(
    side: Any, right: Any, value: Any, expected: bool
) -> None:
    assert is_(side, right, value) is expected


def test_two_instants_are_compared_to_the_second() -> None:
    other = Ref(of="contact", field="other")
    assert is_("before", other, "2026-11-24T10:00:00Z", other="2026-11-24T10:00:01Z")
    assert not is_("before", other, "2026-11-24T10:00:00Z", other="2026-11-24")


@pytest.mark.parametrize(
    ("side", "amount", "unit", "value", "expected"),
    [
        ("next", 14, "day", "2026-11-24", True),
        ("next", 14, "day", "2026-12-08", True),
        ("next", 14, "day", "2026-12-09", False),
        ("next", 14, "day", "2026-11-23", False),
        ("last", 1, "day", "2026-11-23", True),
        ("last", 1, "day", "2026-11-25", False),
        ("ago", 30, "day", "2026-10-24", True),
        ("ago", 30, "day", "2026-10-25", False),
        ("next", 2, "hour", "2026-11-24T13:59:00+01:00", True),
        ("next", 2, "hour", "2026-11-24T14:01:00+01:00", False),
        ("ago", 30, "day", "", False),
    ],
)
def test_a_date_lies_in_the_next_or_last_days(
    side: Any, amount: int, unit: Any, value: Any, expected: bool
) -> None:
    assert within(side, amount, unit, value) is expected
