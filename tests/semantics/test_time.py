"""Clocks and calendars: rows 6, 7, 12, 13, 14 and 32."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from dsl.plan import Definitions
from runtime.cli import render
from runtime.reporting import tell
from runtime.reporting.from_store import person
from runtime.store import Store, import_contacts
from tests.semantics.stage import contact, form, told


@pytest.fixture(autouse=True)
def _where_it_runs() -> None:
    """What clocks decide is decided before any database is asked: one is enough."""


async def test_row_06_1_day_and_24_hours(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  wait 1 day
  wait 24 hours
""",
        # Berlin's clocks go forward on 31 March: 12:00 in the summer is 10:00 UTC.
        [form("03-30 11:00")],
        "04-30 00:00",
        [contact("ana", time_zone="Europe/Berlin")],
    )
    assert found.lines()[1:] == [
        "03-30 11:00 waiting wait:1-day -> 03-31 10:00",
        "03-31 10:00 woke wait:1-day",
        "03-31 10:00 waiting wait:24-hours -> 04-01 10:00",
        "04-01 10:00 woke wait:24-hours",
        "04-01 10:00 completed",
    ]
    (folder := tmp_path / "hours").mkdir()
    hours = await told(
        folder,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  wait 24 hours
""",
        [form("03-30 11:00")],
        "04-30 00:00",
        [contact("ana", time_zone="Europe/Berlin")],
    )
    assert hours.lines()[-2] == "03-31 11:00 woke wait:24-hours"


async def test_row_07_month_ends_29_february(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  1 month after contact.renewal, at once if late
    send email "One"
  2 months after contact.renewal, at once if late
    send email "Two"
""",
        [form("01-20 10:00", "ana"), form("01-20 10:00", "ben")],
        "12-30 00:00",
        [
            contact("ana", fields={"renewal": "2041-01-31"}),
            contact("ben", fields={"renewal": "2040-12-29"}),
        ],
    )
    assert found.sends() == [
        "02-28 00:00 sent send:one",
        "03-31 00:00 sent send:two",
    ]
    assert found.sends("row/ben/-/1") == [
        "01-29 00:00 sent send:one",
        "02-28 00:00 sent send:two",
    ]


async def test_row_12_daylight_saving(tmp_path: Path) -> None:
    journey = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time

  day 0
    send email "Zero"
  day 1 02:30
    send email "One"
  day 2 02:30
    send email "Two"
"""
    found = await told(
        tmp_path,
        journey,
        [form("03-30 10:00"), form("10-26 10:00")],
        "12-01 00:00",
        [contact("ana", time_zone="Europe/Berlin")],
    )
    # On 31 March 02:30 is skipped: 03:00 is the first instant after. The day after has its own 02:30.
    assert found.sends()[1:] == ["03-31 01:00 sent send:one", "04-01 00:30 sent send:two"]
    # On 27 October 02:30 comes twice: the first one counts.
    assert found.sends("row/ana/-/2")[1:] == [
        "10-27 00:30 sent send:one",
        "10-28 01:30 sent send:two",
    ]


async def test_row_13_missing_or_invalid_time_zone(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  wait until 09:00
  send email "Morning"
""",
        [form("03-04 20:00", who) for who in ("ana", "ben", "cy")],
        "04-01 00:00",
        [
            contact("ana", time_zone=None),
            contact("ben", time_zone="Mars/Olympus"),
            contact("cy", time_zone="America/New_York"),
        ],
    )
    # The workspace is in Berlin: 09:00 is 08:00 UTC.
    assert found.sends() == ["03-05 08:00 sent send:morning"]
    assert found.sends("row/ben/-/1") == ["03-05 08:00 sent send:morning"]
    assert found.sends("row/cy/-/1") == ["03-05 14:00 sent send:morning"]


async def test_row_13_the_contact_is_shown_with_a_warning(store: Store) -> None:
    zones = {"ana": None, "ben": "Mars/Olympus", "cy": "America/New_York"}
    rows = [{"id": who, "first_name": who, "time_zone": zone} for who, zone in zones.items()]
    await import_contacts(store, rows, Definitions(workspace="Test", time_zone="Europe/Berlin"), 0)
    stories = {who: tell(await person(store, who, "Europe/Berlin", 0)) for who in zones}
    assert [len(story.warnings) for story in stories.values()] == [0, 1, 0]
    shown = io.StringIO()
    Console(file=shown, width=200).print(render.timeline(stories["ben"]))
    assert (
        shown.getvalue()
        .splitlines()[1]
        .startswith("! “Mars/Olympus” is not a time zone, so Europe/Berlin counts. ")
    )


async def test_row_14_business_days_and_hours(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
business hours weekdays 09:00 to 17:00, except holidays "Here"
holidays "Here"
  closed on 8 march
  closed on 11 march 2041

journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  wait 2 business days
  send email "Days"
  wait 10 business hours
  send email "Hours"
""",
        # A Thursday. Friday is a holiday, so is Monday; business hours are those of Berlin.
        [form("03-07 10:00")],
        "04-01 00:00",
    )
    assert found.sends() == ["03-13 10:00 sent send:days", "03-14 12:00 sent send:hours"]


async def test_row_32_window_such_as_22_00_to_06_00(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
policy "Nights"
  hold between 22:00 and 06:00 contact time

journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "One"
  wait 5 hours
  send email "Two"

journey "Night shift"
  start when contact submits form "Demo request"
  runs once for each contact
  sending hours weekdays 22:00 to 06:00 contact time

  send service email "Noon"
  wait until saturday 05:59
  send service email "Still friday"
  wait 1 minute
  send service email "Monday"
""",
        # A Monday.
        [form("03-04 21:59"), form("03-04 12:00", name="Demo request")],
        "04-01 00:00",
    )
    assert found.sends() == [
        "03-04 21:59 sent send:one",
        "03-05 02:59 held send:two quiet hours -> 03-05 06:00",
        "03-05 06:00 sent send:two",
    ]
    assert found.sends("night-shift/ana/-/1") == [
        "03-04 12:00 held send:noon sending hours -> 03-04 22:00",
        "03-04 22:00 sent send:noon",
        "03-09 05:59 sent send:still-friday",
        "03-11 22:00 sent send:monday",
    ]
