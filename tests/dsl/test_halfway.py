"""Half of the time in which it is open."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dsl.openings import halfway
from dsl.plan import BusinessHours

HOURS = BusinessHours(days=(0, 1, 2, 3, 4), from_="09:00", to="17:00", zone="UTC", closed=("03-06",))


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("opened", "due", "half"),
    [
        ("02 10:00", "02 14:00", "02 12:00"),
        ("02 16:00", "03 12:00", "03 10:00"),
        ("05 15:00", "09 11:00", "05 17:00"),
        ("07 08:00", "09 10:00", "09 09:30"),
        ("07 08:00", "08 08:00", "07 20:00"),
    ],
    ids=["a day", "over night", "over a holiday and a weekend", "from a saturday", "never open"],
)
def test_half_is_counted_while_it_is_open(opened: str, due: str, half: str) -> None:
    found = halfway(at(opened), at(due), HOURS, ZoneInfo("UTC"))
    assert datetime.fromtimestamp(found, UTC).strftime("%d %H:%M") == half
