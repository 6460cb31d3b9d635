"""Why an email was sent or not, asked of the database after runs have taken their real turns."""

from __future__ import annotations

import pytest

from runtime.machine import Done
from runtime.store import Store, doubts, settle_doubt
from runtime.store.erasing import erase
from runtime.store.merging import merge
from runtime.store.moving import begin_move, move_run
from runtime.store.purging import purge
from runtime.store.switches import Scope, pause, stop, stop_sends
from runtime.why import Question, ask
from runtime.why.from_store import case
from runtime.why.question import Unanswerable
from tests.runtime.why.living import DAY, HOUR, MONDAY, Life, told, workspace

READER = """journey "Reader"
  start when contact submits form "Whitepaper" if contact.industry is "Software"
  runs once for each contact
  stop when contact submits form "Bye"
  goal "Demo" when contact submits form "Demo"

  send email "First"
  wait up to 2 days
    when contact clicks email "First"
      send email "Clicked"
    otherwise
      send email "Silent"
  if contact.plan is "Pro"
    send email "Pro"
  otherwise if score is at least 50
    send email "Hot"
  otherwise
    send email "Cold"
  wait 3 days
  send email "Last"
"""
SHARED = """fields of contact
  field industry is text
  field plan is text

forms "Whitepaper", "Bye", "Demo"

scoring "Lead score"
  add 15 when contact submits form "Whitepaper"
"""
POLICY = """
policy "Marketing email"
  require consent "Marketing"
  {}
"""


async def begun(store: Store, rule: str = "", journeys: str = READER, **fields: str) -> Life:
    shared = SHARED + (POLICY.format(rule) if rule else "")
    life = Life(store, workspace(journeys, shared))
    await life.publish()
    await life.contact("ana", industry="Software", **fields)
    return life


async def entered(store: Store, rule: str = "", journeys: str = READER, **fields: str) -> Life:
    life = await begun(store, rule, journeys, **fields)
    await life.happens("Form Submitted", form="Whitepaper")
    await life.settle()
    return life


ENTERED = [
    "Submitted the form “Whitepaper”",
    "Entered “Reader” [a.journey:2]",
]


async def test_what_starts_it_has_never_happened(store: Store) -> None:
    life = await begun(store)
    await life.happens("Form Submitted", form="Other")
    answer = await life.why("First")
    assert answer.verdict == "never entered"
    assert answer.sentence == (
        "“First” was not sent to Ana: Ana never entered “Reader”, for what starts it has never happened (the "
        "contact submits form “Whitepaper”)."
    )
    assert told(answer) == [
        "Starts when the contact submits form “Whitepaper”; no such event is on record [a.journey:2]",
        "What is on record instead: Submitted the form “Other”",
    ]


async def test_the_condition_of_the_start_was_false(store: Store) -> None:
    life = await begun(store)
    await life.contact("bob", industry="Finance")
    await life.happens("Form Submitted", "bob", form="Whitepaper")
    answer = await life.why("First", "bob")
    assert (answer.verdict, answer.sentence) == (
        "never entered",
        "“First” was not sent to Bob: Bob never entered “Reader”, for when it happened on Mon 2 Mar 09:00, "
        "its condition was false (the contact's industry is “Software”: no, it is “Finance”).",
    )
    # A field keeps no history, so what it held then is not on record.
    assert told(answer)[1:] == ["? The contact's industry is “Software”: no, it is “Finance” [a.journey:2]"]


async def test_an_event_of_before_the_deployment_starts_nothing(store: Store) -> None:
    life = await begun(store, journeys=READER.replace('"Reader"', '"Other"'))
    await life.happens("Form Submitted", form="Whitepaper")
    life.files = workspace(READER, SHARED)
    await life.publish(MONDAY + DAY)
    life.now = MONDAY + 2 * DAY
    answer = await life.why("First", journey="Reader")
    assert answer.verdict == "never entered"
    assert "the event of Mon 2 Mar 09:00 came before the journey was deployed" in answer.sentence


async def test_a_second_trigger_is_refused_and_the_answer_names_the_line(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + 20 * DAY)
    await life.happens("Form Submitted", form="Whitepaper")
    answer = (await life.ask(journey="Reader")).answers[0]
    assert answer.verdict == "ended"
    assert told(answer)[-1] == (
        "Did not enter “Reader”: the journey runs once for each contact [a.journey:3]"
    )


async def test_nobody_has_started_it_by_hand(store: Store) -> None:
    journeys = READER.replace(
        'start when contact submits form "Whitepaper" if contact.industry is "Software"', "start by hand"
    )
    life = await begun(store, journeys=journeys)
    assert "nobody has started it by hand" in (await life.why("First")).sentence


async def test_it_was_sent_and_why_at_that_moment(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + 3 * DAY)
    answer = await life.why("Silent")
    assert (answer.verdict, answer.sentence) == ("sent", "“Silent” was sent to Ana on Wed 4 Mar 09:00.")
    assert told(answer) == [
        *ENTERED,
        "Waited up to 2 days for a click in “First”: in vain [a.journey:8]",
        "Sent “Silent” [a.journey:12]",
    ]
    assert answer.reasons[1].place is not None
    assert answer.reasons[1].place.text.startswith('start when contact submits form "Whitepaper"')


async def test_the_wait_was_in_vain(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + 3 * DAY)
    answer = await life.why("Clicked")
    assert (answer.verdict, answer.sentence) == (
        "another way",
        "“Clicked” was not sent to Ana: the run waited up to 2 days for a click in “First” in vain, until "
        "Wed 4 Mar 09:00.",
    )
    assert "Until then it did not happen: clicked in “First” [a.journey:9]" in told(answer)


async def test_another_event_ended_the_wait(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + HOUR)
    await life.happens("Email Clicked", email="First")
    await life.until(MONDAY + 3 * DAY)
    answer = await life.why("Silent")
    assert answer.verdict == "another way"
    assert "went another way on Mon 2 Mar 10:00 (the wait is over: clicked in “First”)" in answer.sentence


async def test_another_branch_was_taken_with_the_values(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + 3 * DAY)
    answer = await life.why("Hot")
    assert (answer.verdict, answer.sentence) == (
        "another way",
        "“Hot” was not sent to Ana: the run took another way on Wed 4 Mar 09:00 (the score is at least 50: "
        "no, it was 15).",
    )
    assert told(answer)[2:] == [
        "? The contact's plan is “Pro”: no, it is empty [a.journey:13]",
        "The score is at least 50: no, it was 15 [a.journey:15]",
        "So it did not come to this: Send email “Hot” [a.journey:16]",
    ]


async def test_points_that_came_later_are_taken_back(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + 3 * DAY)
    for _ in range(3):
        await life.happens("Form Submitted", form="Whitepaper")
    assert "The score is at least 50: no, it was 15 [a.journey:15]" in told(await life.why("Hot"))


async def test_a_value_that_was_changed_since_is_said_to_be(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + 3 * DAY)
    await life.contact("ana", plan="Pro")
    answer = await life.why("Pro")
    assert "(the contact's plan is “Pro”: no)" in answer.sentence
    assert told(answer)[2] == (
        "? The contact's plan is “Pro”: no, says the record; with what is known now it would be yes, so it "
        "was changed since, or in that second [a.journey:13]"
    )


async def test_it_still_waits(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + DAY)
    answer = await life.why("Last")
    assert (answer.verdict, answer.sentence) == (
        "waiting",
        "“Last” has not been sent to Ana yet: the run waits up to 2 days for a click in “First”, until Wed 4 "
        "Mar 09:00.",
    )
    assert told(answer)[2:] == [
        "Waits up to 2 days for a click in “First”, until Wed 4 Mar 09:00 [a.journey:8]",
        "Not yet: clicked in “First” [a.journey:9]",
        "It may still come to this: Send email “Last” [a.journey:20]",
    ]


@pytest.mark.parametrize(
    ("form", "said", "line"),
    [("Demo", "reached the goal “Demo”", 5), ("Bye", "left the journey on Mon 2 Mar 10:00", 4)],
)
async def test_the_run_ended_before(store: Store, form: str, said: str, line: int) -> None:
    life = await entered(store)
    await life.until(MONDAY + HOUR)
    await life.happens("Form Submitted", form=form)
    await life.settle()
    answer = await life.why("Last")
    assert answer.verdict == "ended before"
    assert said in answer.sentence
    assert f"Submitted the form “{form}” [a.journey:{line}]" in told(answer)


async def test_there_was_no_consent(store: Store) -> None:
    life = await begun(store, "allow at most 2 emails in any 7 days, otherwise skip")
    await life.contact("cyd", consent=False, industry="Software")
    await life.happens("Form Submitted", "cyd", form="Whitepaper")
    await life.settle()
    answer = await life.why("First", "cyd")
    assert (answer.verdict, told(answer)[2:]) == (
        "skipped",
        [
            "Skipped “First”: no consent to marketing [a.journey:7]",
            "The policy “Marketing email”: requires consent “Marketing” [shared.journey:11]",
            "The consent “Marketing” was never given",
        ],
    )
    assert (await life.ask("cyd", email="First")).notes == (
        "Nothing of marketing reaches Cyd: there is no consent to it.",
    )


async def test_the_contact_had_unsubscribed(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + HOUR)
    await life.happens("Unsubscribed", email="First")
    await life.until(MONDAY + 3 * DAY)
    answer = await life.why("Silent")
    assert answer.verdict == "skipped"
    assert "the contact had unsubscribed" in answer.sentence
    assert "Unsubscribed in “First”" in told(answer)


async def test_a_limit_was_used_up_and_by_which_emails(store: Store) -> None:
    life = await entered(store, "allow at most 2 emails in any 7 days, otherwise skip")
    await life.until(MONDAY + 20 * DAY)
    answer = await life.why("Last")
    assert (answer.verdict, answer.sentence) == (
        "skipped",
        "“Last” was not sent to Ana: when it came up on Sat 7 Mar 09:00, a limit on emails was used up.",
    )
    assert told(answer)[2:] == [
        "Waited 3 days [a.journey:19]",
        "Skipped “Last”: the contact has had as many emails as a limit allows [a.journey:20]",
        "The policy “Marketing email”: at most 2 emails in any 7 days, otherwise skipped [shared.journey:12]",
        "Used up by “First” of “Reader”",
        "Used up by “Silent” of “Reader”",
    ]


async def test_a_limit_holds_it_until_there_is_room(store: Store) -> None:
    life = await entered(store, "allow at most 1 email in any 4 days, otherwise hold up to 5 days")
    await life.until(MONDAY + 3 * DAY)
    answer = await life.why("Silent")
    assert (answer.verdict, answer.sentence) == (
        "held",
        "“Silent” is not sent to Ana yet: it is held until Fri 6 Mar 09:00, a limit on emails was used up.",
    )
    assert told(answer)[-1] == "Used up by “First” of “Reader”"
    await life.until(MONDAY + 5 * DAY)
    later = await life.why("Silent")
    assert later.verdict == "sent"
    assert "Held “Silent” until Fri 6 Mar 09:00: the contact has had as many emails as a limit allows" in (
        "\n".join(told(later))
    )


async def test_quiet_hours_hold_it(store: Store) -> None:
    life = await entered(store, "hold between 08:00 and 20:00 contact time")
    answer = await life.why("First")
    assert (answer.verdict, told(answer)[-1]) == (
        "held",
        "The policy “Marketing email”: held between 08:00 and 20:00 [shared.journey:12]",
    )


async def test_a_policy_forbids_it_then(store: Store) -> None:
    life = await begun(store, 'skip while contact.plan is "Trial"', plan="Trial")
    await life.happens("Form Submitted", form="Whitepaper")
    await life.settle()
    answer = await life.why("First")
    assert answer.verdict == "skipped"
    assert told(answer)[3:] == [
        "The policy “Marketing email”: skipped while the contact's plan is “Trial” [shared.journey:12]",
        "? The contact's plan is “Trial”: yes, it is “Trial”",
    ]


async def test_an_event_holds_all_marketing_for_a_while(store: Store) -> None:
    life = await begun(store, 'hold for 14 days after contact submits form "Demo"')
    await life.happens("Form Submitted", form="Demo")
    life.now += HOUR
    await life.happens("Form Submitted", form="Whitepaper")
    await life.settle()
    answer = await life.why("First")
    assert answer.verdict == "held"
    assert told(answer)[-1] == (
        "The policy “Marketing email”: held for 14 days after it: Submitted the form “Demo” "
        "[shared.journey:12]"
    )


GUARDED = """journey "Guarded"
  start when contact submits form "Whitepaper"
  runs once for each contact
  sending hours weekdays 12:00 to 17:00 contact time

  if contact.plan is "Pro"
    send email "Guarded mail"
"""


async def test_what_it_depended_on_is_no_longer_true(store: Store) -> None:
    life = await entered(store, journeys=GUARDED, plan="Pro")
    held = await life.why("Guarded mail")
    assert (held.verdict, told(held)[-1]) == (
        "held",
        "These are the sending hours of the journey [a.journey:4]",
    )
    await life.contact("ana", plan="Free")
    await life.until(MONDAY + 5 * HOUR)
    answer = await life.why("Guarded mail")
    assert answer.verdict == "skipped"
    assert told(answer)[-1] == "? The contact's plan is “Pro”: no, it is “Free” [a.journey:6]"


async def test_the_provider_refused_it(store: Store) -> None:
    life = await begun(store)
    life.outcome = lambda _name: Done("failed", "refused")
    await life.happens("Form Submitted", form="Whitepaper")
    await life.settle()
    answer = await life.why("First")
    assert answer.verdict == "failed"
    assert told(answer)[-1] == "Could not send “First”: refused (550 no) [a.journey:7]"


async def test_nobody_knows_whether_it_arrived_until_a_person_says(store: Store) -> None:
    life = await begun(store)
    life.outcome = lambda _name: Done("in doubt", "worker lost")
    await life.happens("Form Submitted", form="Whitepaper")
    await life.settle()
    answer = await life.why("First")
    assert answer.verdict == "in doubt"
    assert "nurture doubts" in told(answer)[-1]
    (doubt,) = await doubts(store)
    await settle_doubt(store, doubt.key, sent=True, by="bo", at=life.now)
    assert told(await life.why("First"))[-1] == "Settled: it arrived, says bo"


async def test_a_person_has_stopped_all_sends(store: Store) -> None:
    life = await begun(store)
    await stop_sends(store, Scope(), "bo", MONDAY)
    await life.happens("Form Submitted", form="Whitepaper")
    await life.settle()
    answer = await life.why("First")
    assert (answer.verdict, told(answer)[-1]) == ("held", "All sends are stopped everywhere by bo")


async def test_a_person_has_paused_the_journey(store: Store) -> None:
    life = await entered(store)
    await pause(store, Scope("journey", "Reader"), "bo", MONDAY + HOUR)
    await life.until(MONDAY + 3 * DAY)
    answer = await life.why("Last")
    assert (answer.verdict, answer.sentence) == (
        "paused",
        "“Last” has not been sent to Ana yet: the run stands still.",
    )
    assert "Stands still since then: paused by hand, by bo" in told(answer)


async def test_a_person_has_stopped_the_run(store: Store) -> None:
    life = await entered(store)
    await stop(store, Scope("contact", "ana"), "bo", MONDAY)
    soon = await life.why("Last")
    assert (soon.verdict, soon.sentence) == (
        "waiting",
        "“Last” has not been sent to Ana yet: the run is about to leave, stopped by hand.",
    )
    assert "Stopped for this contact by bo" in told(soon)
    await life.settle()
    answer = await life.why("Last")
    assert answer.verdict == "ended before"
    assert "Stopped for this contact by bo" in told(answer)


async def test_no_journey_has_the_email(store: Store) -> None:
    life = await entered(store)
    with pytest.raises(Unanswerable, match=r"No journey has an email “Firts”\. Did you mean “First”"):
        await life.why("Firts")
    with pytest.raises(Unanswerable, match=r"No journey has an email “Zebra”\. There are: “.*” and “.*”"):
        await life.why("Zebra")
    with pytest.raises(Unanswerable, match="Did you mean “Reader”"):
        await life.ask(journey="Raeder")


async def test_the_version_that_has_it_is_not_deployed(store: Store) -> None:
    life = await entered(store)
    life.files = workspace(READER + '  send email "New"\n', SHARED)
    answer = await life.why("New")
    assert (answer.verdict, told(answer)) == ("not deployed", ["Send email “New” [a.journey:21]"])
    assert "`nurture deploy`" in answer.sentence


async def test_an_erased_contact_gets_nothing(store: Store) -> None:
    store.secret = b"a secret of sixteen characters"
    life = await entered(store)
    await erase(store, "ana", "bo", MONDAY + HOUR)
    await life.settle()
    answers = await life.ask(email="Last")
    assert answers.notes == ("ana was erased: nothing is sent, and of events and fields nothing is left.",)
    assert "left on Mon 2 Mar" in answers.answers[0].sentence


async def test_a_merged_contact_is_answered_for_as_the_one_that_it_is(store: Store) -> None:
    life = await entered(store)
    await life.contact("bob", industry="Finance")
    await merge(store, "ana", "bob", "cyd", MONDAY + HOUR)
    life.now = MONDAY + 2 * HOUR
    await life.settle()
    answers = await life.ask("bob", email="First")
    assert answers.answers[0].verdict == "sent"
    assert answers.notes == ("ana was merged into this contact, by cyd.",)


async def test_it_is_answered_as_it_stood_then(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + 20 * DAY)
    assert (await life.why("Silent")).verdict == "sent"
    early = await life.ask(at=MONDAY - 200 * DAY)
    assert (
        early.notes[0] == "Nothing was deployed yet then: the first deployment is of Sat 31 Jan 2026 09:00."
    )
    then = await life.why("Silent", at=MONDAY + DAY)
    assert (then.verdict, "waits up to 2 days" in then.sentence) == ("waiting", True)


async def test_what_is_on_record_ahead_of_the_clock_is_told_and_nothing_beyond_it(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + 20 * DAY)
    ahead = ask(await case(store, "ana", MONDAY + DAY), Question(None, "Silent"))
    assert (ahead.answers[0].verdict, ahead.notes) == ("sent", ())
    beyond = ask(await case(store, "ana", MONDAY + DAY), Question(None, "Silent", MONDAY + 900 * DAY))
    assert (beyond.at, beyond.notes) == (
        ahead.at,
        ("Nothing is known beyond this moment, so it is told how things stand at it.",),
    )


async def test_a_long_way_is_told_from_its_end_and_says_so(store: Store) -> None:
    steps = "".join(f"  add {number + 1} to score\n" for number in range(50))
    life = await begun(store, journeys=READER.split("  send email")[0] + steps + "  wait 1 day\n")
    await life.happens("Form Submitted", form="Whitepaper")
    await life.until(MONDAY + HOUR)
    (answer,) = ask(await case(store, "ana", MONDAY + HOUR), Question("Reader")).answers
    said = told(answer)
    assert said[2] == "(10 steps of it, the oldest, are left out here.)"
    assert said[3].startswith("Add 11 to the score")


async def test_an_answer_to_another_email_is_no_answer_to_this_one(store: Store) -> None:
    asks = READER.replace('contact.plan is "Pro"', 'contact has clicked email "First"')
    life = await begun(store, journeys=asks)
    await life.happens("Form Submitted", form="Whitepaper")
    await life.happens("Email Clicked", email="Silent")
    await life.until(MONDAY + 3 * DAY)
    said = " ".join(told(await life.why("Pro")))
    assert "has clicked email “First” since the start of this run: no, never" in said


async def test_without_the_workspace_the_lines_are_those_of_the_deployment(store: Store) -> None:
    life = await entered(store)
    life.files = workspace("# A line more.\n" + READER, SHARED)
    assert "[a.journey:8]" in "".join(told(await life.why("First")))
    life.files = workspace(READER.replace("wait 3 days", "wait 4 days"), SHARED)
    answer = await life.why("First")
    place = answer.reasons[-1].place
    assert place is not None
    assert (str(place), place.text) == ("a.journey:7", "")


async def test_of_a_run_whose_journal_was_purged_what_was_sent_is_known(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + 200 * DAY)
    await purge(store, life.now, 30 * DAY)
    assert (await life.why("Silent")).sentence == "“Silent” was sent to Ana on Wed 4 Mar 09:00."
    answers = await life.ask(email="Hot")
    assert answers.answers[0].sentence == (
        "“Hot” was not sent to Ana: the run came to the end of the journey on Sat 7 Mar 09:00; its journal "
        "is no longer whole, so why is not on record."
    )
    assert answers.partial == (
        "The journal of a run of “Reader” was purged; of it only what was sent is known."
    )


async def test_a_run_that_was_moved_is_told_by_the_version_of_each_moment(store: Store) -> None:
    life = await entered(store)
    await life.until(MONDAY + DAY)
    newer = READER.replace('  send email "First"\n  wait', '  add tag "old"\n  wait', 1).replace(
        "Cold", "Cool"
    )
    life.files = workspace(newer, SHARED + 'tags "old"\n')
    life.files["emails/first.md"] = workspace(READER, SHARED)["emails/first.md"]
    hash_ = (await life.publish(life.now)).plans["Reader"].hash
    move = await begin_move(store, "Reader", hash_, {}, life.now)
    assert (await move_run(store, move, "reader/ana/-/1", life.now)).moved == 1
    await life.until(MONDAY + 3 * DAY)
    assert (await life.why("Cool")).verdict == "sent"
    lines = told((await life.ask(journey="Reader")).answers[0])
    # The step is gone from the version of now, and told from the one that sent it, with its line.
    assert "Sent “First” [a.journey:7]" in lines
    assert any(line.startswith("Moved to another version of “Reader”") for line in lines)
