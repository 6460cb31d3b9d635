"""What comes first: rows 1 to 5, 27, 45 and 46."""

from __future__ import annotations

from pathlib import Path

from tests.semantics.stage import clicks, contact, does, form, told


async def test_row_01_exit_or_goal_while_waiting(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time
  stop when contact does "Stop"
  goal "Demo" when contact submits form "Demo request"

  wait 30 days
  send email "Late"
""",
        [
            form("03-04 10:00"),
            does("03-05 10:00:07", "ana", "Stop"),
            form("03-06 10:00"),
            form("03-07 10:00:11", name="Demo request"),
        ],
        "04-30 00:00",
    )
    assert found.lines() == [
        "03-04 10:00 entered",
        "03-04 10:00 waiting wait:30-days -> 04-03 10:00",
        "03-05 10:00:07 exit stop:contact-does-stop contact does “Stop”",
    ]
    assert found.last("row/ana/-/2") == "03-07 10:00:11 goal goal:demo Demo"


_INSTANT = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time
  goal "Rich" as soon as score is at least 25
  goal "Demo" when contact submits form "Demo request"
  stop as soon as contact has no consent "Marketing"
  stop when contact does "Stop"

  whenever contact does "Ping"
    add tag "hot"

  wait 1 day
  send email "First"
"""


async def test_row_02_goal_exit_and_a_send_due_in_the_same_instant(tmp_path: Path) -> None:
    due = "03-05 10:00"
    demo, stop = form(due, name="Demo request"), does(due, "ana", "Stop")
    rich = does(due, "ana", "Page Viewed", page="/pricing")
    # Whatever the order of the log, an exit comes before a goal, and both before other events and the send.
    left = await told(
        tmp_path, _INSTANT, [form("03-04 10:00"), does(due, "ana", "Ping"), demo, stop], "04-01 00:00"
    )
    assert left.lines()[2:] == ["03-05 10:00 exit stop:contact-does-stop contact does “Stop”"]
    # What a contact takes back is a fact: it comes before a goal that is an event, and one that is a fact.
    unsubscribed = does(due, "ana", "Unsubscribed")
    (folder := tmp_path / "facts").mkdir()
    facts = await told(
        folder,
        _INSTANT,
        [form("03-04 10:00"), demo, rich, unsubscribed, does(due, "ana", "Ping")],
        "04-01 00:00",
    )
    assert facts.lines()[2:] == [
        "03-05 10:00 exit stop:contact-has-no-consent-marketing contact has no consent “Marketing”"
    ]


async def test_row_02_a_send_is_looked_at_again_as_it_is_dispatched(tmp_path: Path) -> None:
    journey = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  stop when contact does "Stop"

  wait 1 day
  send email "First"
  add tag "hot"
"""
    contacts = [contact("ana"), contact("ben"), contact("cy")]
    happens = [form("03-04 10:00", who) for who in ("ana", "ben", "cy")]
    # Word of these comes an hour after the send was due; the dispatch reads the database.
    late = {"delivered": "2041-03-05T11:00:00Z"}
    happens += [does("03-05 10:00", "ana", "Stop") | late, does("03-05 10:00", "ben", "Unsubscribed") | late]
    # What the provider has accepted is not taken back.
    happens += [does("03-05 12:00", "cy", "Stop")]
    found = await told(tmp_path, journey, happens, "04-01 00:00", contacts)
    assert found.sends() == []
    assert found.last() == "03-05 10:00 exit stop:contact-does-stop contact does “Stop”"
    assert found.sends("row/ben/-/1") == ["03-05 10:00 skipped send:first unsubscribed"]
    assert found.sends("row/cy/-/1") == ["03-05 10:00 sent send:first"]
    assert found.last("row/cy/-/1") == "03-05 10:00 completed"


async def test_row_02_deadlines_come_before_sends(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  whenever contact does "Ping"
    wait 1 hour
    withdraw consent "Marketing"

  wait 1 day
  send email "First"
""",
        [form("03-04 10:00"), does("03-05 09:00", "ana", "Ping")],
        "04-01 00:00",
    )
    assert found.lines()[-4:] == [
        "03-05 10:00 woke whenever:ping/wait:1-hour",
        "03-05 10:00 withdrawn whenever:ping/withdraw:marketing",
        "03-05 10:00 skipped send:first no consent",
        "03-05 10:00 completed",
    ]


async def test_row_03_events_in_the_same_second(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  goal "Seen" when contact clicks any email, and stay

  send email "First"
  wait up to 5 days
    when contact does "Ping"
      add tag "hot"
    when contact does "Pong"
      send email "Second"
  wait up to 5 days
    when contact clicks email "First"
      send email "Third"
    when contact clicks any email
      add tag "hot"
""",
        [
            form("03-04 10:00"),
            # In the order of the log, whatever the order of the arms and of the times at which they occurred.
            does("03-05 10:00", "ana", "Pong"),
            does("03-05 10:00", "ana", "Ping") | {"occurred": "2041-03-05T09:00:00Z"},
            # One event that fits two arms takes the one that stands first.
            clicks("03-06 10:00", "First"),
        ],
        "04-01 00:00",
    )
    assert found.lines(but=["entered", "waiting"]) == [
        "03-04 10:00 sent send:first",
        "03-05 10:00 met wait:up-to-5-days arm 2",
        "03-05 10:00 sent send:second",
        "03-06 10:00 goal goal:seen Seen",
        "03-06 10:00 met wait:up-to-5-days~2 arm 1",
        "03-06 10:00 sent send:third",
        "03-06 10:00 completed",
    ]


async def test_row_04_waited_for_event_happened_before_the_wait_began(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "First"
  wait 2 days
  wait up to 5 days until contact clicks email "First"
  wait up to 5 days until contact has clicked email "First"
  wait up to 5 days until contact has clicked email "First" at least 2 times
""",
        [form("03-04 10:00"), clicks("03-05 10:00", "First")],
        "04-01 00:00",
    )
    assert found.lines(but=["entered", "sent"]) == [
        "03-04 10:00 waiting wait:2-days -> 03-06 10:00",
        "03-06 10:00 woke wait:2-days",
        "03-06 10:00 waiting wait:up-to-5-days -> 03-11 10:00",
        "03-11 10:00 timeout wait:up-to-5-days",
        "03-11 10:00 met wait:up-to-5-days~2 arm 1, already",
        "03-11 10:00 waiting wait:up-to-5-days~3 -> 03-16 10:00",
        "03-16 10:00 timeout wait:up-to-5-days~3",
        "03-16 10:00 completed",
    ]


async def test_row_05_several_arms_match(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  wait up to 5 days
    when contact does "Ping"
      send email "Ping"
    when contact does "Pong"
      send email "Pong"
    otherwise
      send email "Neither"
""",
        [
            form("03-04 10:00"),
            does("03-06 10:00:01", "ana", "Pong"),
            does("03-06 10:00:02", "ana", "Ping"),
        ],
        "04-01 00:00",
    )
    assert found.sends() == ["03-06 10:00:01 sent send:pong"]


async def test_row_27_score_changed_and_branch_taken_at_once(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact visits page "/pricing"
  runs once for each contact

  if score is at least 25
    add tag "hot"
  wait up to 1 day until contact visits page "/pricing"
  if score is at least 50
    send email "Fifty"

journey "Reached"
  start when score reaches 50
  runs once for each contact
  send email "Reached"
""",
        [
            does("03-04 10:00", "ana", "Page Viewed", page="/pricing"),
            does("03-04 10:00:01", "ana", "Page Viewed", page="/pricing"),
        ],
        "04-01 00:00",
    )
    assert "03-04 10:00 tagged tag:hot" in found.lines()
    assert found.sends() == ["03-04 10:00:01 sent send:fifty"]
    assert found.sends("reached/ana/-/1") == ["03-04 10:00:01 sent send:reached"]


async def test_row_45_several_answers_several_times(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  repeat up to 3 times
    send email "Question"
    wait up to 2 days
      when contact does "Ping"
        add tag "hot"
      when contact does "Pong"
        stop repeating
  send email "After"
""",
        [
            form("03-04 10:00", "ana"),
            does("03-05 10:00", "ana", "Ping"),
            does("03-05 10:00:01", "ana", "Ping"),
            form("03-04 10:00", "ben"),
            does("03-05 10:00", "ben", "Ping"),
            does("03-06 10:00", "ben", "Pong"),
        ],
        "04-01 00:00",
        [contact("ana"), contact("ben")],
    )
    # Each answer ends one round, the silent one as well; all rounds count.
    assert found.sends() == [
        "03-04 10:00 sent send:question",
        "03-05 10:00 sent send:question",
        "03-05 10:00:01 sent send:question",
        "03-07 10:00:01 sent send:after",
    ]
    assert found.sends("row/ben/-/1")[1:] == [
        "03-05 10:00 sent send:question",
        "03-06 10:00 sent send:after",
    ]


async def test_row_46_an_event_one_second_before_a_deadline_its_signal_after_it(tmp_path: Path) -> None:
    late = {"delivered": "2041-03-06T10:10:00Z"}
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "Question"
  wait up to 2 days
    when contact clicks email "Question"
      send email "Thank you"
    otherwise
      send email "Reminder"
""",
        [
            form("03-04 10:00", "ana"),
            form("03-04 10:00", "ben"),
            form("03-04 10:00", "cy"),
            clicks("03-06 09:59:59", "Question", "ana") | late,
            clicks("03-06 10:00", "Question", "ben") | late,
            clicks("03-06 10:00:01", "Question", "cy") | late,
        ],
        "04-01 00:00",
        [contact("ana"), contact("ben"), contact("cy")],
    )
    assert found.sends()[1:] == ["03-06 09:59:59 sent send:thank-you"]
    # An event of the very second of the deadline wins as well; one a second later does not.
    assert found.sends("row/ben/-/1")[1:] == ["03-06 10:00 sent send:thank-you"]
    assert found.sends("row/cy/-/1")[1:] == ["03-06 10:00 sent send:reminder"]
