"""Who comes in, and how often: rows 18, 19, 23, 42 and 47."""

from __future__ import annotations

from pathlib import Path

from tests.semantics.stage import by_hand, contact, does, form, moment, told


async def test_row_18_trigger_while_a_run_is_active(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
event "Ordered"
  field order is text, key

journey "Once"
  start when contact submits form "Whitepaper"
  runs once for each contact
  wait 2 days

journey "Again"
  start when contact submits form "Whitepaper"
  runs again 3 days after it ended
  wait 2 days

journey "Keyed"
  start when contact does "Ordered"
  runs once for each trigger.order
  wait 2 days
""",
        [
            form("03-04 10:00"),
            form("03-05 10:00"),
            form("03-08 10:00"),
            form("03-09 10:00"),
            *(
                does(at, "ana", "Ordered", order=key)
                for at, key in (("03-04 11:00", "a"), ("03-04 12:00", "b"), ("03-04 13:00", "a"))
            ),
        ],
        "04-01 00:00",
    )
    begun = sorted(f"{found.lines(run)[0]} {run.split('/')[0]} {run[-1]}" for run in found.traces)
    assert begun == [
        "03-04 10:00 entered again 1",
        "03-04 10:00 entered once 1",
        "03-04 11:00 entered keyed 1",
        "03-04 12:00 entered keyed 1",
        "03-09 10:00 entered again 2",
    ]
    # Whom a journey did not take is on record, with the reason.
    assert found.refused == [
        "03-04 13:00 ana Keyed already running",
        "03-05 10:00 ana Again already running",
        "03-05 10:00 ana Once already running",
        "03-08 10:00 ana Again too soon",
        "03-08 10:00 ana Once runs once",
        "03-09 10:00 ana Once runs once",
    ]


async def test_row_19_a_b_assignment(tmp_path: Path) -> None:
    people = [f"c{number}" for number in range(12)]
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time

  split "Story"
    variant 50% "Short"
      add tag "hot"
    variant 50% "Long"
      add 5 to score

journey "Elsewhere"
  start when contact submits form "Demo request"
  runs once for each contact

  split "Story"
    variant 50% "Short"
      add tag "hot"
    variant 50% "Long"
      add 5 to score
""",
        [
            *(form("03-04 10:00", who) for who in people),
            *(form("03-05 10:00", who) for who in people),
            *(form("03-06 10:00", who, "Demo request") for who in people),
        ],
        "04-01 00:00",
        [contact(who) for who in people],
    )

    def variants(runs: str) -> list[str]:
        rows = [found.rows(runs.format(who)) for who in people]
        return [next(row.reason for row in of_run if row.kind == "chose") for of_run in rows]

    first = variants("row/{}/-/1")
    assert set(first) == {"Short", "Long"}
    assert variants("row/{}/-/2") == first
    assert variants("elsewhere/{}/-/1") == first


async def test_row_23_stopped_then_entered_again(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time
  stop when contact does "Stop"

  send email "First"
  wait 2 days
  if contact has clicked email "First"
    send email "Clicked"
  day 5
    send email "Second"
""",
        [
            form("03-04 10:00"),
            does("03-04 12:00", "ana", "Email Clicked", email="First", run="row/ana/-/1"),
            does("03-05 10:00", "ana", "Stop"),
            form("03-05 11:00"),
            by_hand("03-05 12:00", "stop", "run", "row/ana/-/2"),
            form("03-05 13:00"),
        ],
        "04-01 00:00",
    )
    # Nothing of the first run is left: neither its clock, nor its clicks, nor its counts of visits.
    assert found.lines("row/ana/-/3") == [
        "03-05 13:00 entered",
        "03-05 13:00 sent send:first",
        "03-05 13:00 waiting wait:2-days -> 03-07 13:00",
        "03-07 13:00 woke wait:2-days",
        "03-07 13:00 took if:contact-has-clicked-email-first otherwise",
        "03-07 13:00 waiting day 5 -> 03-10 13:00",
        "03-10 13:00 block day 5 -> 03-10 13:00",
        "03-10 13:00 sent day-5/send:second",
        "03-10 13:00 completed",
    ]
    assert {row.visit for row in found.rows("row/ana/-/3")} == {0, 1}


async def test_row_42_present_members_of_a_segment_at_launch(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "New ones"
  start when contact enters segment "Renewing"
  runs once for each contact
  add tag "hot"

journey "All of them"
  start with everyone in segment "Renewing"
  runs once for each contact
  add tag "hot"

journey "Setter"
  start when contact does "Ping"
  runs once for each contact
  set contact.renewal to 1 may 2041

segment "Renewing"
  contact.renewal is set
""",
        [does("03-04 10:00", "cy", "Pong"), does("03-05 10:00", "cy", "Ping")],
        "04-01 00:00",
        [
            contact("ana", fields={"renewal": "2041-04-01"}),
            contact("ben", fields={"renewal": "2041-04-01"}),
            contact("cy"),
        ],
    )
    begun = sorted(f"{found.lines(run)[0]} {run}" for run in found.traces if not run.startswith("setter"))
    assert begun == [
        "03-04 09:59:30 entered all-of-them/ana/-/1",
        "03-04 09:59:30 entered all-of-them/ben/-/1",
        "03-05 10:00 entered new-ones/cy/-/1",
    ]


async def test_row_47_temporal_forgets_closed_workflow_ids(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Once"
  start when contact submits form "Whitepaper"
  runs once for each contact
  send email "Once"

journey "Again"
  start when contact submits form "Whitepaper"
  runs again 30 days after it ended
  send email "Again"
""",
        [
            form("03-04 10:00"),
            # From here on there is a server that has never heard of the first runs.
            {"at": moment("03-20 00:00"), "do": "forget"},
            form("03-21 10:00"),
            form("04-04 10:00"),
        ],
        "04-05 00:00",
    )
    assert sorted(found.traces) == ["again/ana/-/1", "again/ana/-/2", "once/ana/-/1"]
    assert found.sends("again/ana/-/2") == ["04-04 10:00 sent send:again"]
    assert len(found.refused) == 3
