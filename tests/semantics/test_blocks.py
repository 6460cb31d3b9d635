"""Blocks on a date: rows 9, 10 and 11."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.semantics.stage import contact, does, form, told


@pytest.fixture(autouse=True)
def _where_it_runs() -> None:
    """What clocks decide is decided before any database is asked: one is enough."""


async def test_row_09_a_date_anchored_block_already_past(tmp_path: Path) -> None:
    happens = [form("03-20 10:00", who) for who in ("ana", "ben")]
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  7 days before contact.renewal 10:00, skip if late
    send email "Skipped"
  2 days before contact.renewal 10:00, at once if late
    send email "At once"
  at contact.renewal 10:00, at once if late
    send email "Today"

journey "Out"
  start when contact submits form "Whitepaper"
  runs once for each contact
  add tag "hot"
  7 days before contact.renewal 10:00, exit if late
    send email "Exit"
  at contact.renewal 10:00, skip if late
    send email "Never"
""",
        happens,
        "04-30 00:00",
        [
            contact("ana", fields={"renewal": "2041-03-21"}),
            contact("ben", fields={"renewal": "2041-03-27"}),
        ],
    )
    # What a late block does is recorded, with the moment that it had.
    assert found.lines() == [
        "03-20 10:00 entered",
        "03-20 10:00 block skipped 7 days before contact.renewal 10:00 late",
        "03-20 10:00 block 2 days before contact.renewal 10:00 late -> 03-19 10:00",
        "03-20 10:00 sent 2-days-before-contact-renewal-1000/send:at-once",
        "03-20 10:00 waiting at contact.renewal 10:00 -> 03-21 10:00",
        "03-21 10:00 block at contact.renewal 10:00 -> 03-21 10:00",
        "03-21 10:00 sent at-contact-renewal-1000/send:today",
        "03-21 10:00 completed",
    ]
    assert found.lines("out/ana/-/1")[1:] == [
        "03-20 10:00 tagged tag:hot",
        "03-20 10:00 exit 7 days before contact.renewal 10:00 late",
    ]
    # A moment that is now is not late.
    assert found.sends("out/ben/-/1")[0] == "03-20 10:00 sent send:exit"


async def test_row_09_a_late_day_block_keeps_its_distance(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  day 0
    wait 6 days
    send email "Zero"
  day 5
    send email "Five"
  day 8
    send email "Eight"
""",
        [form("03-04 10:00")],
        "04-30 00:00",
    )
    assert found.sends() == [
        "03-10 10:00 sent send:zero",
        "03-11 10:00 sent send:five",
        "03-12 10:00 sent send:eight",
    ]
    assert "03-11 10:00 block day 5 late -> 03-09 10:00" in found.lines()


async def test_row_10_registered_2_days_before_the_7_days_before_mail(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
event "Registered"
  field webinar is text, key
  field starts_at is date and time

journey "Row"
  start when contact does "Registered"
  runs once for each trigger.webinar

  send service email "You are registered"
  7 days before trigger.starts_at, skip if late
    send email "Agenda"
  3 days before trigger.starts_at, skip if late
    send email "Speakers"
  1 day before trigger.starts_at, skip if late
    send email "Tomorrow"
""",
        [does("03-18 09:00", "ana", "Registered", webinar="w1", starts_at="2041-03-20T16:00:00Z")],
        "04-30 00:00",
    )
    (run,) = found.traces
    assert found.lines(run, but=["waiting", "completed"]) == [
        "03-18 09:00 entered",
        "03-18 09:00 sent send:you-are-registered",
        "03-18 09:00 block skipped 7 days before trigger.starts_at late",
        "03-18 09:00 block skipped 3 days before trigger.starts_at late",
        "03-19 16:00 block 1 day before trigger.starts_at -> 03-19 16:00",
        "03-19 16:00 sent 1-day-before-trigger-starts_at/send:tomorrow",
    ]


async def test_row_11_the_anchor_date_changes_while_waiting(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  7 days before contact.renewal 10:00, skip if late
    send email "Seven"
  at contact.renewal 10:00, skip if late
    send email "Today"

journey "Mover"
  start when contact does "Ping"
  runs again at any time
  set contact.renewal to 10 may 2041

journey "Clearer"
  start when contact does "Pong"
  runs again at any time
  set contact.renewal to empty
""",
        [
            form("03-04 10:00", "ana"),
            does("03-08 10:00", "ana", "Ping"),
            form("03-04 10:00", "ben"),
            does("03-26 10:00", "ben", "Pong"),
        ],
        "06-30 00:00",
        [
            contact("ana", fields={"renewal": "2041-04-01"}),
            contact("ben", fields={"renewal": "2041-04-01"}),
        ],
    )
    assert found.lines(but=["entered", "waiting", "completed"]) == [
        "03-08 10:00 block moved 7 days before contact.renewal 10:00 -> 05-03 10:00",
        "03-08 10:00 block moved at contact.renewal 10:00 -> 05-10 10:00",
        "05-03 10:00 block 7 days before contact.renewal 10:00 -> 05-03 10:00",
        "05-03 10:00 sent 7-days-before-contact-renewal-1000/send:seven",
        "05-10 10:00 block at contact.renewal 10:00 -> 05-10 10:00",
        "05-10 10:00 sent at-contact-renewal-1000/send:today",
    ]
    # What was sent stays sent; the block whose date is gone is left out, and so the run ends.
    assert found.sends("row/ben/-/1") == ["03-25 10:00 sent send:seven"]
    assert found.lines("row/ben/-/1")[-2:] == [
        "03-26 10:00 block skipped at contact.renewal 10:00 no date",
        "03-26 10:00 completed",
    ]
