"""What a provider's trouble means for a send: rows 30, 31, 36 and 48."""

from __future__ import annotations

from pathlib import Path

from tests.semantics.stage import QUIET, Told, contact, does, form, moment, told


async def test_row_30_provider_refuses_one_recipient(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start with everyone in segment "All"
  runs once for each contact

  send email "First"
  if contact has not been sent email "First"
    add tag "hot"

segment "All"
  contact.first_name is set
""",
        [does("03-04 10:00", who, "Ping") for who in ("ana", "ben", "cy")],
        "03-05 00:00",
        [contact("ana"), contact("ben"), contact("cy")],
        refused={"ben": "smtp 550"},
    )
    assert [found.lines(f"row/{who}/-/1")[1] for who in ("ana", "ben", "cy")] == [
        "03-04 09:59:30 sent send:first",
        "03-04 09:59:30 failed send:first smtp 550",
        "03-04 09:59:30 sent send:first",
    ]
    assert "03-04 09:59:30 tagged tag:hot" in found.lines("row/ben/-/1")
    # A row of the ledger for each recipient, and nobody gets it twice.
    ledger = {key[0]: entry.outcome for key, entry in found.world.ledger.items()}
    assert ledger == {"row/ana/-/1": "sent", "row/ben/-/1": "failed", "row/cy/-/1": "sent"}
    assert found.outcome.mails == 2


async def test_row_31_provider_throttles_or_is_down_for_a_day(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        QUIET
        + """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send service email "First"
  send email "Second"

journey "Hours"
  start when contact submits form "Demo request"
  runs once for each contact
  sending hours weekdays 09:00 to 17:00 contact time

  send service email "Office"
""",
        [form("03-04 10:00"), form("03-04 10:00", name="Demo request")],
        "04-01 00:00",
        outages=[{"from": moment("03-04 10:00"), "to": moment("03-05 06:00")}],
    )
    # After 15, 30, 60, 120, then every 240 minutes.
    assert [line.split(" -> ")[1] for line in found.sends()[:-2]] == [
        "03-04 10:15",
        "03-04 10:45",
        "03-04 11:45",
        "03-04 13:45",
        "03-04 17:45",
        "03-04 21:45",
        "03-05 01:45",
        "03-05 05:45",
        "03-05 09:45",
    ]
    assert found.sends()[-2:] == ["03-05 09:45 sent send:first", "03-05 09:45 sent send:second"]
    # The sending hours count for each new try: nothing goes at 17:45, nor at three in the morning.
    assert found.sends("hours/ana/-/1")[-2:] == [
        "03-04 13:45 held send:office provider unreachable -> 03-05 09:00",
        "03-05 09:00 sent send:office",
    ]
    (folder := tmp_path / "quiet").mkdir()
    await _looked_at_again(folder)


async def _looked_at_again(folder: Path) -> None:
    found: Told = await told(
        folder,
        QUIET
        + """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  send email "First"
  send email "Second"
""",
        [form("03-04 18:00", "ana"), form("03-04 18:00", "ben"), does("03-04 19:00", "ben", "Unsubscribed")],
        "04-01 00:00",
        [contact("ana"), contact("ben")],
        outages=[{"from": moment("03-04 17:00"), "to": moment("03-05 08:10")}],
    )
    # Quiet hours, consent and the cap are looked at again before each try. Rules do not count as tries: what
    # the cap has held meets the next trouble with the shortest pause.
    assert found.sends() == [
        "03-04 18:00 held send:first provider unreachable -> 03-04 18:15",
        "03-04 18:15 held send:first provider unreachable -> 03-04 18:45",
        "03-04 18:45 held send:first provider unreachable -> 03-04 19:45",
        "03-04 19:45 held send:first provider unreachable -> 03-04 21:45",
        "03-04 21:45 held send:first quiet hours -> 03-05 08:00",
        "03-05 08:00 held send:first provider unreachable -> 03-05 12:00",
        "03-05 12:00 sent send:first",
        "03-05 12:00 held send:second cap -> 03-07 12:00",
        "03-07 12:00 sent send:second",
    ]
    assert found.sends("row/ben/-/1")[-2:] == [
        "03-04 19:45 skipped send:first unsubscribed",
        "03-04 19:45 skipped send:second unsubscribed",
    ]


async def test_row_31_holds_by_rules_are_no_tries(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  sending hours weekdays 09:00 to 17:00 contact time

  send email "First"
""",
        # A Friday evening; on Monday the server is down for some minutes.
        [form("03-08 18:00")],
        "04-01 00:00",
        outages=[{"from": moment("03-11 09:00"), "to": moment("03-11 09:10")}],
    )
    assert found.sends() == [
        "03-08 18:00 held send:first sending hours -> 03-11 09:00",
        "03-11 09:00 held send:first provider unreachable -> 03-11 09:15",
        "03-11 09:15 sent send:first",
    ]


async def test_row_36_template_fails_for_one_contact(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact

  send email "First"
  if contact has not been sent email "First"
    send service email "Nameless"
  wait 1 day
  add tag "hot"

message "Hi" on sms
  text "Hello {{ contact.nickname }}"
journey "Short"
  start when contact submits form "Whitepaper"
  runs once for each contact
  send sms "Hi"
  add tag "hot"
""",
        [form("03-04 10:00", "ana"), form("03-04 10:00", "ben")],
        "04-01 00:00",
        [
            contact("ana", fields={"phone": "+1", "nickname": "A"}),
            contact("ben", fields={"phone": "+2", "first_name": ""}),
        ],
    )
    assert found.sends() == ["03-04 10:00 sent send:first"]
    assert found.lines("row/ben/-/1", but=["entered", "waiting", "woke"]) == [
        "03-04 10:00 failed send:first template: empty field",
        "03-04 10:00 took if:contact-has-not-been-sent-email-first branch 1",
        "03-04 10:00 failed send:nameless template: empty field",
        "03-05 10:00 tagged tag:hot",
        "03-05 10:00 completed",
    ]
    assert found.lines("short/ana/-/1")[1] == "03-04 10:00 sent sms:hi"
    assert found.lines("short/ben/-/1")[1:3] == [
        "03-04 10:00 failed sms:hi template: empty field",
        "03-04 10:00 tagged tag:hot",
    ]


async def test_row_48_exit_during_a_providers_outage_of_a_day(tmp_path: Path) -> None:
    found = await told(
        tmp_path,
        """
journey "Row"
  start when contact submits form "Whitepaper"
  runs once for each contact
  stop when contact does "Stop"

  whenever contact does "Ping"
    add tag "hot"
  send email "First"
""",
        [
            form("03-04 10:00"),
            does("03-04 10:20:01", "ana", "Ping"),
            does("03-04 12:34:56", "ana", "Stop"),
        ],
        "03-08 00:00",
        outages=[{"from": moment("03-04 09:00"), "to": moment("03-05 09:00")}],
    )
    assert found.lines()[-3:] == [
        "03-04 11:45 held send:first provider unreachable -> 03-04 13:45",
        "03-04 12:34:56 skipped send:first left",
        "03-04 12:34:56 exit stop:contact-does-stop contact does “Stop”",
    ]
    # Handlers, too, go on meanwhile; and when the server is back nothing goes.
    assert "03-04 10:20:01 tagged whenever:ping/tag:hot" in found.lines()
    assert found.outcome.mails == 0
