"""Whether a send goes, and when: rows 15 to 17, 22, 25, 28, 39 and 49."""

from __future__ import annotations

from pathlib import Path

from tests.semantics.stage import QUIET, by_hand, clicks, contact, does, form, moment, told


async def test_row_15_decided_on_saturday_sent_on_monday(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  sending hours weekdays 09:00 to 17:00 contact time

  if contact has not visited page "/pricing" since the start
    send email "Have a look"
  if contact has not clicked email "Have a look"
    send email "Again"

journey "Visited"
  start when contact visits page "/pricing"
  runs again at any time
  add tag "hot"
""",
        # A Saturday; Ana looks at the prices on Sunday, when it is decided already, and Ben does not.
        [
            form("03-09 10:00", "ana"),
            form("03-09 10:00", "ben"),
            does("03-10 10:00", "ana", "Page Viewed", page="/pricing"),
        ],
        "04-01 00:00",
        [contact("ana"), contact("ben")],
    )
    assert found.sends() == [
        "03-09 10:00 held send:have-a-look sending hours -> 03-11 09:00",
        "03-11 09:00 skipped send:have-a-look no longer true",
        "03-11 09:00 sent send:again",
    ]
    assert found.sends("row/ben/-/1")[1:] == [
        "03-11 09:00 sent send:have-a-look",
        "03-11 09:00 sent send:again",
    ]


async def test_row_16_quiet_hours_with_caps(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        QUIET
        + """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "First"
  send email "Second"

journey "Beside"
  start when contact submits form "Demo request"
  runs once for each contact

  send email "Third"
  if contact has not been sent email "Third"
    add tag "hot"
""",
        [
            form("03-04 21:00", "ana"),
            form("03-04 21:30", "ana", "Demo request"),
            form("03-04 21:00", "ben"),
            does("03-04 22:00", "ben", "Unsubscribed"),
        ],
        "04-01 00:00",
        [contact("ana"), contact("ben")],
    )
    # Quiet hours come before the cap, and hold without taking its slot: who asks first in the morning has it.
    assert found.sends() == [
        "03-04 21:00 held send:first quiet hours -> 03-05 08:00",
        "03-05 08:00 sent send:first",
        "03-05 08:00 held send:second cap -> 03-07 08:00",
        "03-07 08:00 sent send:second",
    ]
    # The slot goes to somebody else each time; what could not go within three days expires.
    assert found.lines("beside/ana/-/1", but=["entered", "completed"]) == [
        "03-04 21:30 held send:third quiet hours -> 03-05 08:00",
        "03-05 08:00 held send:third cap -> 03-07 08:00",
        "03-07 08:00 skipped send:third cap",
        "03-07 08:00 took if:contact-has-not-been-sent-email-third branch 1",
        "03-07 08:00 tagged tag:hot",
    ]
    # Consent comes before all of it, and is asked at the dispatch.
    assert found.sends("row/ben/-/1") == [
        "03-04 21:00 held send:first quiet hours -> 03-05 08:00",
        "03-05 08:00 skipped send:first unsubscribed",
        "03-05 08:00 skipped send:second unsubscribed",
    ]


async def test_row_16_an_email_that_stands_still_takes_no_room(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        QUIET
        + """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  wait 1 day
  send email "First"

journey "Before"
  start when contact submits form "Whitepaper"
  runs once for each contact
  priority high
  wait 10 hours
  send email "Second"
""",
        [
            form("03-04 12:00"),
            by_hand("03-04 23:00", "pause", "run", "before/ana/-/1"),
            by_hand("03-09 10:00", "resume", "run", "before/ana/-/1"),
        ],
        "04-01 00:00",
    )
    # The one of high priority is due at eight, but its run is paused: it goes when that is over.
    assert found.sends() == ["03-05 12:00 sent send:first"]
    assert found.sends("before/ana/-/1") == [
        "03-04 22:00 held send:second quiet hours -> 03-05 08:00",
        "03-09 10:00 sent send:second",
    ]


async def test_row_17_cap_window(tmp_path: Path) -> None:
    journey = """
policy "Pressure"
  allow at most 2 emails in {window}, otherwise hold up to 20 days

journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "One"
  wait 4 days
  send email "Two"
  send email "Three"
"""
    # A Wednesday.
    happens = [form("03-06 10:00:05")]
    rolling = await told(tmp_path, journey.format(window="any 7 days"), happens, "04-01 00:00")
    assert rolling.sends() == [
        "03-06 10:00:05 sent send:one",
        "03-10 10:00:05 sent send:two",
        "03-10 10:00:05 held send:three cap -> 03-13 10:00:05",
        "03-13 10:00:05 sent send:three",
    ]
    (folder := tmp_path / "week").mkdir()
    week = await told(folder, journey.format(window="a calendar week"), happens, "04-01 00:00")
    assert week.sends()[2:] == [
        "03-10 10:00:05 held send:three cap -> 03-11 00:00",
        "03-11 00:00 sent send:three",
    ]


async def test_row_25_unsubscribe_bounce_complaint_while_waiting(tmp_path: Path) -> None:
    journey = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  stop when contact does "Complained"

  wait 2 days
  send email "Marketing"
  send service email "Receipt"
  wait 2 days
  grant consent "Marketing"
  send email "Later"

journey "Other"
  start when contact submits form "Whitepaper"
  runs once for each contact
  wait 2 days
  send email "Other"
"""
    people = ("ana", "ben", "cy")
    found = await told(
        tmp_path,
        journey,
        [
            *(form("03-04 10:00", who) for who in people),
            does("03-05 10:00", "ana", "Unsubscribed"),
            does("03-05 10:00", "ben", "Email Bounced", email="Marketing", kind="hard"),
            does("03-05 10:00", "cy", "Complained"),
        ],
        "04-01 00:00",
        [contact(who) for who in people],
    )
    # At once and for all journeys, whatever the author wrote. Service mail goes on, where it can arrive.
    assert found.sends() == [
        "03-06 10:00 skipped send:marketing unsubscribed",
        "03-06 10:00 sent send:receipt",
        # What a journey grants does not undo what the contact has decided.
        "03-08 10:00 skipped send:later unsubscribed",
    ]
    assert found.sends("row/ben/-/1") == [
        "03-06 10:00 skipped send:marketing bounced",
        "03-06 10:00 skipped send:receipt bounced",
        "03-08 10:00 skipped send:later bounced",
    ]
    assert (
        found.last("row/cy/-/1") == "03-05 10:00 exit stop:contact-does-complained contact does “Complained”"
    )
    for who, reason in (("ana", "unsubscribed"), ("ben", "bounced"), ("cy", "complained")):
        assert found.sends(f"other/{who}/-/1") == [f"03-06 10:00 skipped send:other {reason}"]


async def test_row_28_opens_and_clicks_of_machines(tmp_path: Path) -> None:
    machine = {"machine": True}
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  goal "Read" when contact opens email "First"

  send email "First"
  wait up to 2 days until contact clicks email "First"
  if contact has clicked email "First"
    send email "Clicked"
  otherwise
    send email "Not clicked"

journey "Clickers"
  start when contact clicks email "First"
  runs again at any time
  send email "First"
""",
        [
            form("03-04 10:00", "ana"),
            does("03-04 10:00:02", "ana", "Email Opened", email="First") | machine,
            clicks("03-04 10:00:03", "First") | machine,
            does("03-04 10:00:04", "ana", "Unsubscribed") | machine,
        ],
        "04-01 00:00",
    )
    assert found.lines(but=["entered"]) == [
        "03-04 10:00 sent send:first",
        "03-04 10:00 waiting wait:up-to-2-days -> 03-06 10:00",
        "03-06 10:00 timeout wait:up-to-2-days",
        "03-06 10:00 took if:contact-has-clicked-email-first otherwise",
        "03-06 10:00 sent send:not-clicked",
        "03-06 10:00 completed",
    ]
    assert list(found.traces) == ["row/ana/-/1"]
    # They are on record, marked.
    kept = found.world.facts["ana"].events
    assert [kept[name][0].machine for name in ("Email Opened", "Email Clicked", "Unsubscribed")] == [True] * 3


async def test_row_39_a_held_mail_and_the_wait_after_it(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  sending hours weekdays 09:00 to 17:00 contact time

  if score is less than 50
    send email "Question"
  wait up to 2 days until contact clicks email "Question"
  if contact has clicked email "Question"
    send email "Thank you"
""",
        # A Friday evening. The click on Wednesday morning is within two days of Monday's mail.
        [form("03-08 18:00"), clicks("03-13 08:59", "Question")],
        "04-01 00:00",
    )
    assert found.lines()[1:-1] == [
        "03-08 18:00 took if:score-is-less-than-50 branch 1",
        "03-08 18:00 held send:question sending hours -> 03-11 09:00",
        "03-11 09:00 sent send:question",
        "03-11 09:00 waiting wait:up-to-2-days -> 03-13 09:00",
        "03-13 08:59 met wait:up-to-2-days arm 1",
        "03-13 08:59 took if:contact-has-clicked-email-question branch 1",
        "03-13 08:59 held send:thank-you sending hours -> 03-13 09:00",
        "03-13 09:00 sent send:thank-you",
    ]


async def test_row_49_two_identical_sends_in_one_block_and_in_a_loop(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  day 0
    send email "Same"
    send email "Same"
  day 1
    repeat up to 2 times
      send email "Same"
      wait 1 hour
""",
        [form("03-04 10:00")],
        "03-08 00:00",
    )
    assert found.sends() == [
        "03-04 10:00 sent send:same",
        "03-04 10:00 sent send:same~2",
        "03-05 10:00 sent send:same",
        "03-05 11:00 sent send:same",
    ]
    keys = [(step, visit) for _, step, visit in found.world.ledger]
    assert keys == [
        ("day-0/send:same", 1),
        ("day-0/send:same~2", 1),
        ("day-1/send:same", 1),
        ("day-1/send:same", 2),
    ]
    assert found.outcome.mails == 4


async def test_row_22_pause(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  sending hours every day 09:00 to 17:00 contact time

  wait 2 days
  if score is less than 50
    send email "First"
  wait until 12:00
  send email "Second"

journey "Held"
  start when contact submits form "Demo request"
  runs once for each contact
  sending hours every day 09:00 to 17:00 contact time

  send email "Third"
  send email "Fourth"

journey "Days"
  start when contact does "Ping"
  runs again at any time

  day 2
    add tag "hot"
  day 4 12:00
    remove tag "hot"
""",
        [
            form("03-04 10:00"),
            does("03-04 10:00", "ana", "Ping"),
            by_hand("03-05 10:00", "pause"),
            by_hand("03-07 11:00", "resume"),
            # Held over the night, and still when the hours begin: overdue as the pause ends.
            form("03-10 20:00", name="Demo request"),
            by_hand("03-10 21:00", "pause"),
            by_hand("03-11 10:30", "resume"),
            # Half an hour, in which a block comes due.
            does("03-12 09:15", "ana", "Ping"),
            by_hand("03-14 09:00", "pause"),
            by_hand("03-14 09:30", "resume"),
        ],
        "03-20 00:00",
    )
    # A block on a day keeps its time of day: it moves by the nearest number of days, here two and none.
    assert [line for line in found.lines("days/ana/-/1") if "block" in line] == [
        "03-07 11:00 block moved day 2 -> 03-08 10:00",
        "03-07 11:00 block moved day 4 12:00 -> 03-10 12:00",
        "03-08 10:00 block day 2 -> 03-08 10:00",
        "03-10 12:00 block day 4 12:00 -> 03-10 12:00",
    ]
    assert [line for line in found.lines("days/ana/-/2") if "block" in line] == [
        "03-14 09:30 block day 2 late -> 03-14 09:15",
        "03-16 12:00 block day 4 12:00 -> 03-16 12:00",
    ]
    # The clock of a length of time has stood still for 49 hours; a time of day has not.
    assert found.lines(but=["took"]) == [
        "03-04 10:00 entered",
        "03-04 10:00 waiting wait:2-days -> 03-06 10:00",
        "03-05 10:00 paused by hand",
        "03-07 11:00 resumed",
        "03-08 11:00 woke wait:2-days",
        "03-08 11:00 sent send:first",
        "03-08 11:00 waiting wait:until-12-00 -> 03-08 12:00",
        "03-08 12:00 woke wait:until-12-00",
        "03-08 12:00 sent send:second",
        "03-08 12:00 completed",
    ]
    # What was overdue is decided anew as the run goes on: it goes at once, if it still may.
    assert found.sends("held/ana/-/1") == [
        "03-10 20:00 held send:third sending hours -> 03-11 09:00",
        "03-11 10:30 sent send:third",
        "03-11 10:30 sent send:fourth",
    ]


_REMINDERS = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  sending hours weekdays 09:00 to 17:00 contact time

  9 days before contact.renewal 10:00, skip if late
    if contact has not clicked email "First"
      send email "First"
      if contact has not been sent email "First"
        add tag "hot"
  8 days before contact.renewal 10:00, skip if late
    add 5 to score
    send service email "Second"
  at contact.renewal 10:00, skip if late
    add 1 to score

journey "Later"
  start when contact does "Ping"
  runs again at any time
  set contact.renewal to 29 march 2041

journey "Sooner"
  start when contact does "Pong"
  runs again at any time
  set contact.renewal to 17 march 2041
"""


async def test_row_16_a_message_held_in_a_dated_block_expires_with_the_next(tmp_path: Path) -> None:
    # The first block is due on a Saturday, the second on the Sunday after it.
    happens = [form("03-01 10:00", who) for who in ("ana", "ben", "cy")]
    happens += [does("03-09 20:00", "ben", "Ping"), does("03-09 20:00", "cy", "Pong")]
    people = [contact(who, fields={"renewal": "2041-03-18"}) for who in ("ana", "ben", "cy")]
    found = await told(tmp_path, _REMINDERS, happens, "04-30 00:00", people)
    assert found.sends() == [
        "03-09 10:00 held send:first sending hours -> 03-10 10:00",
        "03-10 10:00 skipped send:first expired",
        "03-10 10:00 held send:second sending hours -> 03-11 09:00",
        "03-11 09:00 sent send:second",
    ]
    # The flow goes on there, and what asks whether it was sent is the branch for it.
    assert "03-10 10:00 tagged 9-days-before-contact-renewal-1000/tag:hot" in found.lines()
    # The date is put off, and so is the end; or it comes sooner, and so does the end.
    assert found.sends("row/ben/-/1") == [
        "03-09 10:00 held send:first sending hours -> 03-10 10:00",
        "03-09 20:00 held send:first sending hours -> 03-11 09:00",
        "03-11 09:00 sent send:first",
        "03-21 10:00 sent send:second",
    ]
    assert found.sends("row/cy/-/1") == [
        "03-09 10:00 held send:first sending hours -> 03-10 10:00",
        "03-09 20:00 skipped send:first expired",
    ]


async def test_row_16_trouble_holds_no_message_beyond_the_next_block_of_its_date(tmp_path: Path) -> None:
    journey = _REMINDERS.replace("  sending hours weekdays 09:00 to 17:00 contact time\n", "")
    journey += """
journey "Loop"
  start when contact submits form "Whitepaper"
  runs once for each contact

  9 days before contact.renewal 10:00, skip if late
    repeat up to 2 times
      run section "Remind"
      wait 1 hour
  8 days before contact.renewal 10:00, skip if late
    add 1 to score

  section "Remind"
    send email "Third"
"""
    found = await told(
        tmp_path,
        journey,
        [form("03-01 10:00"), by_hand("03-10 09:00", "stop sends"), by_hand("03-10 12:00", "resume sends")],
        "04-30 00:00",
        [contact("ana", fields={"renewal": "2041-03-18"})],
        outages=[{"from": moment("03-09 09:00"), "to": moment("03-10 09:30")}],
    )
    assert found.sends()[-5:] == [
        "03-10 05:45 held send:first provider unreachable -> 03-10 09:45",
        "03-10 09:45 held send:first sends stopped -> 03-10 10:00",
        "03-10 10:00 skipped send:first expired",
        "03-10 10:00 held send:second sends stopped -> 03-17 10:00",
        "03-10 12:00 sent send:second",
    ]
    # In loops and sections too. What the flow comes to later was not held as the block came, and may go.
    assert found.sends("loop/ana/-/1")[-3:] == [
        "03-10 10:00 skipped send:third expired",
        "03-10 11:00 held send:third sends stopped -> 03-17 11:00",
        "03-10 12:00 sent send:third",
    ]
