"""Journeys told in sentences: what is said, with which dates, and that nothing is left out."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

import dsl
from dsl.explaining import as_text, explain_plan
from dsl.moments import Stretch, moments
from dsl.plan import (
    After,
    AllOf,
    Always,
    Call,
    Compare,
    DateField,
    Definitions,
    Do,
    End,
    Everyone,
    HasTag,
    Interest,
    Leave,
    Limit,
    Loop,
    Notify,
    OneOf,
    OpenOpportunity,
    Pause,
    Plan,
    Policy,
    Ref,
    Runs,
    Split,
    Start,
    Update,
    Variant,
    Wait,
)
from dsl.plan.base import PlanModel
from dsl.weave import walk, weave
from dsl.wording import Words
from tests.dsl.golden import check_golden
from tests.dsl.workspaces import HEAD, MESSAGES, example, workspace

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = int(datetime(2026, 3, 2, 9, tzinfo=BERLIN).timestamp())
SATURDAY = int(datetime(2026, 3, 28, 10, tzinfo=BERLIN).timestamp())  # the night before clocks change
EXAMPLE = dsl.compile_workspace(example())


def told(journey: str, at: int = MONDAY) -> str:
    found = dsl.compile_workspace(workspace(HEAD + journey))
    assert found.ok, dsl.as_text(found.diagnostics)
    return as_text(explain_plan(found.plans["Test"], found.definitions, at))


@pytest.mark.parametrize("name", sorted(EXAMPLE.plans))
def test_the_golden_explanation_of_an_example_is_what_a_person_read(name: str) -> None:
    text = as_text(explain_plan(EXAMPLE.plans[name], EXAMPLE.definitions, MONDAY))
    check_golden(f"explain-{name.lower().replace(' ', '-')}.txt", text)


@pytest.mark.parametrize("name", sorted(EXAMPLE.plans))
def test_every_step_of_an_example_is_told(name: str) -> None:
    plan = EXAMPLE.plans[name]
    starts = [plan.entry, *(h.body for h in plan.handlers)]
    met = {item.number for first in starts for item in walk(weave(plan, first, Words()))}
    assert met == set(range(len(plan.steps)))


def test_a_wait_tells_when_it_is_over_in_the_zone_of_the_workspace() -> None:
    assert "That is until Sunday 29 March 2026 at 10:00." in told("  wait 1 day\n", SATURDAY)
    # A day keeps the local time; hours are elapsed time, and one is skipped that night.
    assert "That is until Sunday 29 March 2026 at 11:00." in told("  wait 24 hours\n", SATURDAY)


def test_an_email_outside_the_sending_hours_tells_until_when_it_is_held() -> None:
    text = told('  sending hours weekdays 09:00 to 17:00 contact time\n  send email "News"\n', SATURDAY)
    assert "It is held until Monday 30 March 2026 at 09:00 (sending hours)." in text
    assert "on weekdays from 09:00 to 17:00, by the contact's own clock" in text


def test_without_sending_hours_that_is_said() -> None:
    assert "Messages go at any hour of any day" in told('  send email "News"\n')


def test_conditions_are_told_with_what_they_do_when_empty_and_how_far_they_look() -> None:
    text = told(
        '  if contact.industry is not "Software" and contact has not visited page "/a" at least 2 times ever'
        "\n"
        '    exit "A"\n  otherwise if score is at least "MQL"\n    exit "B"\n  otherwise\n    exit "C"\n'
    )
    words = " ".join(text.split())
    assert (
        "If the contact's industry is not “Software” (or is empty) and the contact has never visited "
        "page “/a” at least 2 times:"
    ) in words
    assert "Otherwise, if the score is at least 65 (“MQL”):" in words
    assert "Otherwise: " in words


def test_after_branches_of_different_length_the_moment_is_a_stretch() -> None:
    files = workspace(HEAD + "  if contact.title is set\n    wait 2 days\n  add 1 to score\n")
    plan = dsl.compile_workspace(files).plans["Test"]
    reached = moments(plan, MONDAY, BERLIN).at[len(plan.steps) - 1]
    assert reached == Stretch(MONDAY, MONDAY + 2 * 86_400)


def _plan(*steps: object, **more: object) -> Plan:
    values = {"journey": "Made", "starts": (Start(event="X"),), "runs": Runs(kind="once"), "entry": 0}
    return Plan.model_validate({**values, "steps": steps, **more})


def _notify(number: int, next_: int | None) -> Do:
    text = f"Notify {number}"
    effect = Notify(team="SDR", message=f"Message {number}")
    return Do(id=f"notify:{number}", line=number, text=text, next=next_, effect=effect)


def test_rounds_sections_and_variants_are_told_where_they_stand() -> None:
    plan = _plan(
        Split(
            id="s", line=1, text="Split “S”", next=3, name="S",
            variants=(Variant(name="A", weight=50, to=1), Variant(name="B", weight=50, to=2)),
        ),
        _notify(1, 3),
        _notify(2, 3),
        Loop(id="l", line=2, text="Repeat up to 3 times", next=6, body=4, times=3),
        _notify(4, 5),
        Leave(id="v", line=3, text="Stop repeating"),
        Call(id="c", line=4, text="Run section “Z”", next=7, body=8),
        Call(id="d", line=5, text="Run section “Z”", next=9, body=8),
        _notify(8, None),
        End(id="e", line=6, text="Exit: done", kind="exit", name="done"),
    )  # fmt: skip
    text = as_text(explain_plan(plan, Definitions(workspace="W", time_zone="UTC"), MONDAY))
    assert "\n   A (50%):\n      5. Tell team “SDR”: “Message 1”." in text
    assert "\n7. Repeat up to 3 times.\n   8. Tell team “SDR”: “Message 4”.\n   9. Stop repeating." in text
    assert "\n10. Run section “Z”.\n   11. Tell team “SDR”: “Message 8”.\n12. Run section “Z”." in text
    assert "\n   13. Notify team “SDR”: “Message 8”: as in 11." in text
    assert "The run ends: done." in text


def test_a_moment_that_only_the_contact_s_own_date_tells_has_no_date() -> None:
    when = DateField(ref=Ref(of="contact", field="renewal"))
    plan = _plan(
        Wait(id="w", line=1, text="Wait until contact.renewal", until=0, next=1),
        _notify(1, None),
        instants=(when,),
    )
    text = as_text(explain_plan(plan, Definitions(workspace="W", time_zone="UTC"), MONDAY))
    assert (
        "Wait until the contact's renewal. If that is past, or there is no date, it goes on at once." in text
    )


def test_the_head_of_a_journey_is_told_to_the_last_line() -> None:
    score = AllOf(
        conditions=(
            Compare(left=Ref(of="event", field="before"), kind="lt", right=65.0),
            Compare(left=Ref(of="event", field="after"), kind="ge", right=65.0),
        )
    )
    plan = _plan(
        _notify(0, None),
        starts=(
            Start(event="nurture:score changed", where=score),
            Start(event="nurture:segment entered", args={"segment": "Warm"}),
            Start(everyone=Everyone(segment="Warm", members=Always(value=True), weekday=0, clock="09:00")),
            Start(by_hand=True),
        ),
        pauses=(Pause(line=1, text="pause", interest=0, predicate=0),),
        updates=(Update(line=2, text="update", interest=1),),
        interests=(Interest(changes=("opportunity",)), Interest(event="Webinar Rescheduled")),
        predicates=(OpenOpportunity(),),
        priority="high",
        inside="move",
    )
    definitions = Definitions(workspace="W", time_zone="UTC", thresholds={"MQL": 65})
    words = " ".join(as_text(explain_plan(plan, definitions, MONDAY)).split())
    assert "1. Starts when the contact's score reaches 65 (“MQL”). " in words
    assert "2. Starts when the contact enters segment “Warm”. " in words
    assert (
        "Starts every Monday at 09:00 (UTC time) with everyone in segment “Warm”, those "
        "who are there already too." in words
    )
    assert "4. Starts when a person, or another journey, starts it. " in words
    assert "While the account has an open opportunity, nothing of the run goes on" in words
    assert "When the contact does “Webinar Rescheduled”, that event takes the place of the starting" in words
    assert "those inside, too: they move to it." in words
    assert "this journey has high priority." in words


def test_policies_and_limits_are_told_with_every_marketing_message() -> None:
    found = dsl.compile_workspace(workspace(HEAD + '  send email "News"\n'))
    limit = Limit(count=3, amount=7, hold=3)
    policy = Policy(name="Marketing", consents=("News",), limits=(limit,), skips=(OpenOpportunity(),))
    plan = found.plans["Test"].model_copy(update={"limits": (Limit(count=1, amount=2),)})
    definitions = found.definitions.model_copy(update={"policies": (policy,)})
    words = " ".join(as_text(explain_plan(plan, definitions, MONDAY)).split())
    assert (
        "At most 1 email of this journey in any 2 days (more are passed over; service mail is not counted). "
        in words
    )
    assert (
        "Policy “Marketing” holds for marketing of all journeys: it needs consent “News”; at most 3 "
        "emails of all journeys in any 7 days (more are held, for 3 days at most; "
        "service mail is not counted); it is passed over "
        "while the account has an open opportunity."
    ) in words


def test_a_block_on_a_date_tells_what_happens_when_it_is_late() -> None:
    words = " ".join(told('  7 days before contact.renewal, skip if late\n    send email "News"\n').split())
    assert (
        "7 days before the contact's renewal, at midnight (left out if that is past at the start, or there "
        "is no date):"
    ) in words


def test_a_block_on_a_date_tells_its_time_of_day_and_the_sending_hours() -> None:
    text = told(
        "  sending hours weekdays 09:00 to 17:00 contact time\n"
        "  1 day before contact.renewal 10:00, at once if late\n    add 1 to score\n"
        '  at contact.renewal, exit if late\n    send email "News"\n'
    )
    words = " ".join(text.split())
    assert "1 day before the contact's renewal, at 10:00 (at once if that is past at the start; left" in words
    assert (
        "At the contact's renewal, at midnight, or when the sending hours begin next (the run ends "
        "if that is past at the start; left out if there is no date):"
    ) in words


def test_the_date_of_the_starting_event_is_told_in_words() -> None:
    journey = (
        'journey "Test"\n  start when contact books any meeting\n  runs again at any time\n'
        "  wait until 1 day before trigger.starts_at\n  add 1 to score\n"
    )
    found = dsl.compile_workspace(workspace(journey))
    words = " ".join(as_text(explain_plan(found.plans["Test"], found.definitions, MONDAY)).split())
    assert (
        "Wait until 1 day before the starting event's “starts at”. If that is past, or there is no date, it "
        "goes on at once."
    ) in words


def test_a_run_of_an_account_says_who_the_contact_is() -> None:
    journey = 'journey "Test"\n  start by hand\n  runs once for each account\n  add 1 to score\n'
    found = dsl.compile_workspace(workspace(journey))
    text = as_text(explain_plan(found.plans["Test"], found.definitions, MONDAY))
    assert "The contact is, in a run of an account, the one with whom it began: mail," in text


def test_a_count_of_an_account_s_contacts_reads_like_a_sentence() -> None:
    counted = "at least 3 contacts of account have engaged in the last 30 days"
    text = told(
        f'  as soon as {counted}\n    notify team "SDR" "Awake"\n  if {counted}\n    exit "A"\n'
        '  otherwise if no contact of account has clicked email "News" ever\n    exit "B"\n'
    )
    words = " ".join(text.split())
    assert "As soon as at least 3 contacts of the account have engaged in the last 30 days (also if" in words
    assert "if no contact of the account has ever clicked email “News”:" in words


class _Newer(PlanModel):
    op: Literal["newer_fact"] = "newer_fact"
    name: str
    at_least: int = 1


def test_a_condition_without_words_is_told_by_its_own_fields() -> None:
    assert Words().condition(_Newer(name="Cold")) == "newer fact (name “Cold”)"
    assert Words().not_(_Newer(name="Cold")).startswith("it is not so that newer fact")


def test_what_is_negated_is_negated_as_a_whole() -> None:
    tag, deal = HasTag(tag="A"), OpenOpportunity()
    assert Words().not_(tag) == "the contact has no tag “A”"
    assert Words().not_(AllOf(conditions=(tag, deal))) == (
        "it is not so that the contact has tag “A” and the account has an open opportunity"
    )
    industry = OneOf(left=Ref(of="contact", field="industry"), values=("A", "B"), negated=True)
    assert Words().condition(industry) == "the contact's industry is neither “A” nor “B” (or empty)"


def test_telling_and_timing_take_linear_time_and_no_recursion() -> None:
    steps: list[object] = []
    for n in range(3_000):
        one = Variant(name="A", weight=100, to=n + 1)
        steps.append(Split(id=f"s{n}", line=n, text="Split", name=f"S{n}", variants=(one,)))
    steps.append(Wait(id="w", line=1, text="Wait 1 day", until=0))
    plan = _plan(*steps, instants=(After(amount=1, unit="day"),))
    explanation = explain_plan(plan, Definitions(workspace="W", time_zone="UTC"), MONDAY)
    assert explanation.sections[-2].points[-2].depth == 6_000


def test_a_section_that_is_run_twice_is_told_as_before_to_its_end() -> None:
    section = """  if contact.title is set
    run section "S"
  otherwise
    run section "S"
  section "S"
    add tag "topic: automation"
    wait 2 days
    if contact.title is set
      add 1 to score
"""
    text = told(section)
    first, last = re.findall(r"(\d+)\. Add (?:tag “topic: automation”|1 to the score)\.", text)
    assert int(last) == int(first) + 3
    assert f"Add tag “topic: automation”, and what follows: as in {first} to {last}." in text
    # Where no more follows, there is one number.
    assert f"Add tag “topic: automation”: as in {first}." in told(section[: section.index("    wait")])


def test_a_run_without_a_contact_tells_of_none() -> None:
    source = """journey "Test"
  start when account does "Contract Signed"
  runs once for each account
  wait until 10:00
  notify team "SDR" "Hello"
"""
    found = dsl.compile_workspace(workspace(source))
    text = as_text(explain_plan(found.plans["Test"], found.definitions, MONDAY))
    assert "What happens in a run that begins on Monday 2 March 2026 at 09:00" in text
    assert "Times of day, and the dates below, are told in Europe/Berlin time." in text
    assert "own clock" not in text
    assert "somebody" not in text


def test_a_pause_tells_of_blocks_only_where_there_are_some() -> None:
    pause = "  pause while account has an open opportunity\n"
    waits = told(f"{pause}  wait 3 days\n")
    assert "Waits for a length of time are over later by the length of the pause." in waits
    assert "blocks on days" not in waits
    blocks = told(f"{pause}  day 3 09:00\n    add 1 to score\n")
    assert "Blocks on days and hours begin later by the length of the pause." in blocks


def test_marketing_by_another_channel_is_not_counted_as_email() -> None:
    found = dsl.compile_workspace(workspace(HEAD + '  send in-app "Tour"\n', **MESSAGES))
    text = as_text(explain_plan(found.plans["Test"], found.definitions, MONDAY))
    assert "It sends nobody a marketing email; what goes by in-app is not counted." in text


def test_the_longest_way_is_told_as_a_bound() -> None:
    hours = "  sending hours weekdays 09:00 to 17:00 contact time\n"
    assert "The longest way through takes at most 3 days." in told("  wait 3 days\n")
    held = told(f'{hours}  wait 3 days\n  send email "News"\n')
    assert re.search(r"takes at most \d+ days, with all holds for sending hours\.", held)
