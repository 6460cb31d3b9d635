"""Real dates in an explanation: what holds messages, what moves, and what comes later than it is written."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import dsl
from dsl.explaining import as_text, dated_fields, explain_plan
from dsl.heading import TOLD
from dsl.naming import names_of
from dsl.plan import Plan
from tests.dsl.workspaces import HEAD, workspace

MONDAY = int(datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/Berlin")).timestamp())
NIGHTS = 'policy "Nights"\n  hold between 20:00 and 08:00 contact time\n'


def told(journey: str, more: str = "", **dates: str) -> str:
    text = journey if journey.startswith("journey") else HEAD + journey
    found = dsl.compile_workspace(workspace(text + more))
    assert found.ok, dsl.as_text(found.diagnostics)
    given = {name.replace("__", "."): value for name, value in dates.items()}
    names = names_of(found.given)
    explanation = explain_plan(found.plans["Test"], found.definitions, MONDAY, names=names, dates=given)
    return " ".join(as_text(explanation).split())


def test_every_part_of_a_plan_has_words_of_its_own() -> None:
    assert set(Plan.model_fields) == TOLD


def test_blocks_that_move_with_a_field_are_told_as_such() -> None:
    words = told('  3 days before contact.renewal, skip if late\n    send email "News"\n')
    assert "When the contact's renewal changes, blocks and waits that go by it move with it" in words
    assert "Moves" not in words
    assert "nurture explain FILE --with contact.renewal=2026-04-01" in words


def test_a_date_to_try_gives_a_block_its_moment() -> None:
    block = '  3 days before contact.renewal 10:00, skip if late\n    send email "News"\n'
    words = told(block, contact__renewal="2026-03-20")
    assert "3 days before the contact's renewal, at 10:00, Tuesday 17 March 2026 at 10:00:" in words
    assert "--with" not in words
    late = told(block, contact__renewal="2026-03-03")
    assert "Saturday 28 February 2026 at 10:00: past at the start, so it is left out:" in late


def test_a_late_block_keeps_its_distance_from_a_message_even_if_it_sends_nothing() -> None:
    block = (
        '  send email "News"\n  3 days before contact.renewal 10:00, at once if late\n    add 1 to score\n'
    )
    words = " ".join(told(block, contact__renewal="2026-03-03").split())
    assert (
        "keeps a day from the last message (or the distance written, if shorter), whether it sends" in words
    )
    assert "past at the start, so at once, which is Tuesday 3 March 2026 at 09:00 for what comes" in words
    alone = " ".join(told(block.partition("\n")[2], contact__renewal="2026-03-03").split())
    assert "past at the start, so at once:" in alone


def test_what_expires_with_the_next_block_of_a_date_is_told() -> None:
    one = '  3 days before contact.renewal, skip if late\n    send email "News"\n'
    said = "A message that is still held when the next block of the same date is due is not sent any more:"
    assert said not in " ".join(told(one).split())
    two = one + "  at contact.renewal, skip if late\n    add 1 to score\n"
    assert said in " ".join(told(two).split())


def test_the_fields_that_a_journey_goes_by_are_known() -> None:
    found = dsl.compile_workspace(workspace(HEAD + "  wait until contact.renewal\n  add 1 to score\n"))
    assert dated_fields(found.plans["Test"]) == ["contact.renewal"]


def test_quiet_hours_of_a_policy_hold_a_message_with_or_without_sending_hours() -> None:
    words = told('  wait until 23:00\n  send email "News"\n', NIGHTS)
    assert "It is held until Tuesday 3 March 2026 at 08:00 (quiet hours of policy “Nights”)." in words
    hours = "  sending hours every day 06:00 to 10:00 contact time\n"
    both = told(hours + '  wait until 23:00\n  send email "News"\n', NIGHTS)
    assert "It is held until Tuesday 3 March 2026 at 08:00 (quiet hours of policy “Nights”)." in both
    assert (
        "held"
        not in told('  wait until 23:00\n  send service email "Receipt"\n', NIGHTS).split("What happens")[1]
    )


def test_hours_without_a_common_moment_are_told() -> None:
    words = told('  sending hours every day 21:00 to 22:00 contact time\n  send email "News"\n', NIGHTS)
    assert "the quiet hours of the policies have no moment in common" in words
    assert "it is left out: sending hours and quiet hours of policy “Nights”." in words


def test_a_limit_pushes_a_mail_later_or_leaves_it_out() -> None:
    two = '  send email "News"\n  send email "Offer"\n'
    words = told(f"  allow at most 1 email in any 1 day, otherwise hold up to 3 days\n{two}")
    assert (
        "Send email “Offer”. It is held until Tuesday 3 March 2026 at 09:00 (limit of this journey)." in words
    )
    words = told(f"  allow at most 1 email in any 1 day, otherwise skip\n{two}")
    assert (
        "Send email “Offer”. For somebody who comes here then it is left out: limit of this journey." in words
    )


def test_a_block_begins_when_the_one_before_it_is_over() -> None:
    words = told('  day 1\n    wait 10 days\n  day 3\n    send email "News"\n  day 20\n    add 1 to score\n')
    assert "Day 3, Friday 13 March 2026 at 09:00 (due on Thursday 5 March 2026 at 09:00, but" in words
    assert "Day 20, Sunday 22 March 2026 at 09:00:" in words


def test_a_day_in_the_past_holds_nobody() -> None:
    words = told(
        "  wait until 25 november 2024\n  wait until 25 november 2026 10:00\n  wait until tuesday 10:00\n"
    )
    assert "Wait until 25 November 2024: that is past, so it goes on at once." in words
    assert "Wait until Wednesday 25 November 2026 at 10:00." in words
    assert "Wait until Tuesday at 10:00. That is until Tuesday 1 December 2026 at 10:00." in words


def test_whose_clock_counts_is_said_once() -> None:
    words = told('  sending hours weekdays 09:00 to 17:00 contact time\n  send email "News"\n')
    assert words.count("where their time zone is not known, Europe/Berlin counts") == 1
    assert "The dates below are told in Europe/Berlin time." in words


def test_a_handoff_tells_its_terms_once() -> None:
    words = told('  hand off to "SDR"\n  hand off to "SDR"\n')
    terms = (
        "It goes to the person in the account's owner, else in turn to the members of "
        "team “SDR”; team “SDR” is "
        "told. An answer is due within 24 hours of elapsed time (with high priority it would be 2 hours of "
        "elapsed time), and team “Sales managers” hears of it when it is overdue. Sales may send the contact "
        "back for any reason."
    )
    assert words.count(terms) == 1
    assert "within 2 hours of elapsed time, for it is urgent" in told('  hand off to "SDR", high priority\n')


def test_a_handoff_in_business_time_tells_reminder_and_reasons() -> None:
    more = (
        'handoff "AE"\n  assign to territory by contact.industry, otherwise round robin\n'
        '  notify team "SDR"\n  respond within 4 business hours\n  remind at half time\n'
        '  reject only as ("No budget", "Student")\n'
        "business hours weekdays 09:00 to 17:00\n"
    )
    words = told('  hand off to "AE"\n', more)
    assert "to whoever looks after the contact's industry in team “SDR”, else in turn" in words
    assert "within 4 business hours, the owner is reminded at half of that." in words
    assert "only for “No budget” or “Student”." in words


def test_runs_of_an_account_have_a_contact_only_if_one_began_them() -> None:
    head = 'journey "Test"\n  {}\n  runs once for each {}\n  {}\n  notify team "SDR" "Hi"\n'
    goal = 'goal "Met" when contact books any meeting'
    account = told(head.format('start when account does "Contract Signed"', "account", goal))
    assert "so there is no contact in it" in account
    assert "When anyone of the account books any meeting, the goal" in account
    contact = told(head.format('start when account does "Contract Signed"', "contact", goal))
    assert "What the account does counts for each of its contacts: every one comes in" in contact
    assert "When the contact books any meeting" in contact


def test_a_pause_tells_what_becomes_of_waits_goals_and_what_runs_beside() -> None:
    words = told(
        "  pause while account has an open opportunity\n"
        '  goal "Won" when contact submits form "Demo request"\n'
        '  whenever contact visits page "/a"\n    add 1 to score\n'
        "  as soon as score is at least 5\n    add 1 to score\n"
        '  wait 2 days\n  wait until 10:00\n  wait up to 2 days until contact visits page "/b"\n'
        '  send email "News"\n'
    )
    for sentence in (
        "Waits for a length of time are over later by the length",
        "What hangs on a date or a time of day does not move:",
        "A wait that meets its event during the pause goes on with it afterwards.",
        "What stands under “whenever” is not done for events during the pause.",
        "What stands under “as soon as” is looked at again when the run goes on.",
        "What ends the run ends it during a pause, too, at once.",
        "(also if that is so at the start, and again only after it was false)",
    ):
        assert sentence in words


def test_a_goal_comes_before_what_the_same_event_does_besides() -> None:
    words = told(
        '  goal "Won" when contact submits form "Demo request"\n'
        '  whenever contact submits form "Demo request"\n    add 1 to score\n'
        '  whenever contact visits page "/a"\n    add 1 to score\n  wait 1 day\n'
    )
    assert words.count("(where the same event means the goal “Won”, that comes first,") == 1


def test_segments_and_lists_are_called_by_their_names() -> None:
    words = told(
        '  if contact is in segment "Managers"\n    add 1 to score\n'
        '  if contact is not in segment "Managers" and contact.title is not in list "Rivals"\n'
        "    add 1 to score\n",
        'list "Rivals" of ("a", "b")\n',
    )
    assert words.count("(that is, the contact's title contains “manager”)") == 1
    assert (
        "the contact is not in segment “Managers” and the contact's title is not in list “Rivals” (or empty)"
        in words
    )


def test_nothing_is_called_by_the_name_of_a_field() -> None:
    words = told(
        '  create task "Call" for account.owner\n  set contact.renewal to 24 december 2026\n'
        '  if account.employees is at least 3 and contact has done "Webinar Registered" ever '
        "where event.minutes is at least 5\n"
        '    exit "The job is over"\n'
    )
    assert (
        "Create task “Call” for the person in the account's owner; while that is empty, there is none."
        in words
    )
    assert "Set the contact's renewal to 24 December 2026." in words
    assert (
        "the account's employees are at least 3 and the contact has ever done “Webinar Registered” with "
        "minutes of at least 5:" in words
    )
    assert "The run ends: The job is over." in words


def test_messages_say_whether_they_are_marketing() -> None:
    found = workspace(HEAD + '  send in-app "Tour"\n  send service in-app "Code"\n') | {
        "m.journey": b'message "Tour" on in-app\n  text "Hi"\n'
        b'message "Code" on in-app, service\n  text "Hi"\n'
    }
    compiled = dsl.compile_workspace(found)
    words = as_text(explain_plan(compiled.plans["Test"], compiled.definitions, MONDAY))
    assert "Send marketing in-app “Tour”." in words
    assert "Send service in-app “Code”; it needs no marketing consent." in words


def test_a_section_lasts_as_long_as_its_lines_and_a_later_round_is_later() -> None:
    words = told(
        '  run section "S"\n  wait 1 day\n  repeat up to 3 times\n    wait 2 days\n'
        '  section "S"\n    wait 5 days\n    add 1 to score\n'
    )
    assert "Wait 5 days. That is until Saturday 7 March 2026 at 09:00." in words
    assert "Wait 1 day. That is until Sunday 8 March 2026 at 09:00." in words
    assert "Wait 2 days. That is until Tuesday 10 March 2026 at 09:00 at the earliest." in words
