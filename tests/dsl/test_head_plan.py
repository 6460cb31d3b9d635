"""What the lines of a journey's head compile to."""

from __future__ import annotations

from dsl.plan import (
    AllOf,
    Arms,
    CalendarDate,
    Compare,
    DateField,
    Everyone,
    Interest,
    Limit,
    Plan,
    Ref,
    Schedule,
    SendingHours,
    Window,
)
from tests.dsl.test_plan import compiled, plan
from tests.dsl.workspaces import HEAD


def head(text: str) -> Plan:
    (only,) = compiled(f'journey "Test"\n{text}').plans.values()
    return only


def test_the_ways_in_compile_to_events_everyone_and_by_hand() -> None:
    found = head(
        '  start when contact reaches stage "MQL"\n  start when score reaches "MQL"\n'
        '  start when contact enters segment "Managers"\n  start by hand\n'
        '  start with everyone in segment "Managers" every monday 09:00 if score is at least 5\n'
        "  runs again at any time\n"
    )
    stage, score, segment, by_hand, everyone = found.starts
    assert (stage.event, stage.args) == ("nurture:stage reached", {"stage": "MQL"})
    assert (segment.event, segment.args) == ("nurture:segment entered", {"segment": "Managers"})
    assert score.event == "nurture:score changed"
    assert score.where == AllOf(
        conditions=(
            Compare(left=Ref(of="event", field="before"), kind="lt", right=65),
            Compare(left=Ref(of="event", field="after"), kind="ge", right=65),
        )
    )
    assert by_hand.by_hand
    assert isinstance(everyone.everyone, Everyone)
    assert (everyone.everyone.weekday, everyone.everyone.clock) == (0, "09:00")
    assert everyone.condition is not None


def test_an_account_s_own_segment_is_an_event_of_its_own() -> None:
    segment = 'segment "Big"\n  account.employees is more than 500\n'
    found = head(f'  start when account enters segment "Big"\n  runs once for each account\n{segment}')
    assert found.starts[0].event == "nurture:account segment entered"
    assert found.subject == "account"


def test_a_run_of_an_account_may_come_again() -> None:
    found = head("  start by hand\n  runs again 90 days after it ended, for each account\n")
    assert (found.subject, found.runs.kind, found.runs.amount) == ("account", "again", 90)


def test_handlers_goals_and_pauses_watch_the_facts_that_they_depend_on() -> None:
    found = plan(
        '  goal "Ready" as soon as score is at least "MQL"\n  pause while account has an open opportunity\n'
        "  as soon as contact.title is set, at most once every 7 days\n    add 1 to score\n"
    )
    assert [i.changes for i in found.interests] == [("field:contact.title",), ("score",), ("opportunity",)]
    assert (found.endings[0].kind, found.endings[0].predicate) == ("goal", 1)
    assert (found.handlers[0].predicate, found.handlers[0].id) == (0, "as-soon-as:contact-title-is-set")
    assert found.pauses[0].predicate == 2


def test_an_update_of_the_trigger_leaves_only_the_fields_that_both_events_have() -> None:
    found = head(
        '  start when contact does "Webinar Registered"\n  runs once for each trigger.webinar_id\n'
        '  update trigger when contact does "Webinar Cancelled" '
        "where event.webinar_id is not trigger.webinar_id\n"
        '  if trigger.webinar_id is set\n    send email "News"\n'
    )
    interest = found.interests[found.updates[0].interest]
    assert isinstance(interest, Interest)
    assert interest.event == "Webinar Cancelled"


def test_limits_priorities_and_versions_are_part_of_the_plan() -> None:
    found = plan(
        "  allow at most 3 emails in a calendar week, otherwise hold up to 2 days\n"
        "  priority low\n  people inside move to the new version\n"
    )
    assert found.limits == (Limit(line=4, count=3, unit="week", hold=2),)
    assert (found.priority, found.inside) == ("low", "move")
    assert found.hash != plan("").hash


def test_what_stands_if_nothing_is_said_does_not_change_the_hash() -> None:
    assert plan("  priority normal\n  people inside stay on their version\n").hash == plan("").hash


def test_blocks_on_dates_keep_their_distance_within_their_date() -> None:
    found = plan(
        "  2 months before contact.renewal, skip if late\n    add 1 to score\n"
        "  at contact.renewal 10:00, at once if late\n    add 1 to score\n"
        "  1 day after contact.renewal, exit if late\n    add 1 to score\n"
    )
    schedule = found.steps[0]
    assert isinstance(schedule, Schedule)
    assert [b.late for b in schedule.blocks] == ["skip", "at once", "exit"]
    assert [b.gap for b in schedule.blocks] == [86_400, 86_400, 14 * 3600]
    assert all(b.dated for b in schedule.blocks)
    ref = Ref(of="contact", field="renewal")
    assert found.instants == (
        DateField(ref=ref, amount=-2, unit="month"),
        DateField(ref=ref, clock="10:00"),
        DateField(ref=ref, amount=1),
    )
    assert found.steps[1].id == "2-months-before-contact-renewal/score:add-1"


def test_waits_for_a_date_ask_for_its_instant() -> None:
    found = plan("  wait until 24 november 2026 09:00\n  wait until 3 days before contact.renewal\n")
    assert found.instants[0] == CalendarDate(date="2026-11-24", clock="09:00")
    assert found.instants[1] == DateField(ref=Ref(of="contact", field="renewal"), amount=-3)
    assert [s.id for s in found.steps] == [
        "wait:until-24-november-2026-09-00",
        "wait:until-3-days-before-contact-renewal",
    ]


def test_sending_hours_hold_several_windows_and_the_days_of_a_calendar() -> None:
    found = compiled(
        HEAD + "  sending hours weekdays 09:00 to 17:00 and saturday 22:00 to 02:00 contact time,"
        ' except holidays "DE"\nholidays "DE"\n  closed on 24 december to 26 december\n'
        "  closed on 3 april 2026\n"
    ).plans["Test"]
    assert found.sending_hours == SendingHours(
        line=4,
        days=(0, 1, 2, 3, 4),
        from_="09:00",
        to="17:00",
        also=(Window(days=(5,), from_="22:00", to="02:00"),),
        calendar="DE",
        closed=("12-24", "12-25", "12-26", "2026-04-03"),
    )


def test_business_time_carries_the_hours_of_the_workspace() -> None:
    found = compiled(HEAD + "  wait 2 business days\nbusiness hours weekdays 09:00 to 17:00\n").plans["Test"]
    (instant,) = found.instants
    assert instant.kind == "business"
    assert instant.hours.zone == "Europe/Berlin"


def test_a_wait_for_a_fact_watches_what_it_depends_on() -> None:
    found = plan('  wait up to 2 days until score is at least "MQL" and contact.title is set\n')
    arms = found.steps[0]
    assert isinstance(arms, Arms)
    (arm,) = arms.arms
    assert (arm.already, arm.predicate) == (0, 0)
    assert found.interests[arm.interest].changes == ("field:contact.title", "score")


def test_the_fields_of_a_reply_are_references_of_their_own() -> None:
    found = plan(
        '  wait up to 2 days\n    when contact does "Webinar Registered" as reply\n'
        '      if reply.minutes is at least 5\n        exit "x"\n'
    )
    assert found.predicates == (Compare(left=Ref(of="reply", field="minutes", wait=0), kind="ge", right=5),)
