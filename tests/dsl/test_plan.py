"""What journeys compile to."""

from __future__ import annotations

import json

from pydantic import BaseModel

import dsl
from dsl.plan import (
    AccountCount,
    After,
    AllOf,
    Arms,
    Compare,
    DayOfRun,
    Decide,
    Definitions,
    Do,
    HasConsent,
    HasDone,
    HasEngaged,
    Interest,
    IsSet,
    Not,
    OneOf,
    OpenOpportunity,
    Plan,
    Ref,
    Schedule,
    Score,
    SendEmail,
    Suppressed,
    Wait,
    WasSent,
)
from dsl.schema import PUBLISHED, schema
from tests.dsl.golden import check_golden
from tests.dsl.workspaces import HEAD, example, workspace


def compiled(journey: str) -> dsl.Compiled:
    found = dsl.compile_workspace(workspace(journey))
    assert not [d for d in found.diagnostics if d.severity == "error"], dsl.as_text(found.diagnostics)
    return found


def plan(body: str, head: str = HEAD) -> Plan:
    (only,) = compiled(head + body).plans.values()
    return only


def pretty(model: BaseModel) -> str:
    """Return a model as text for people: without what is empty, and without hashes."""
    data = pruned(model.model_dump(mode="json", exclude={"hash"}))
    if isinstance(data, dict) and "emails" in data:
        data["emails"] = sorted(data["emails"])
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def pruned(value: object) -> object:
    if isinstance(value, dict):
        return {k: pruned(v) for k, v in value.items() if v not in (None, "", [], {}) and v is not False}
    return [pruned(v) for v in value] if isinstance(value, list) else value


def test_the_golden_plans_of_the_example_are_what_a_person_read() -> None:
    found = dsl.compile_workspace(example())
    assert found.ok
    for name, one in sorted(found.plans.items()):
        text = json.dumps(json.loads(one.to_json()), indent=1, ensure_ascii=False, sort_keys=True)
        check_golden(f"plan-{name.lower().replace(' ', '-')}.json", text + "\n")
    definitions = found.definitions.model_dump(mode="json", exclude_defaults=True)
    check_golden(
        "definitions.json", json.dumps(definitions, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    )


def test_the_published_schema_is_up_to_date() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema(), "run: python -m dsl.schema"


def test_a_plan_survives_its_own_data() -> None:
    for one in dsl.compile_workspace(example()).plans.values():
        assert Plan.model_validate_json(one.model_dump_json()) == one
        assert one.sealed() == one


def test_a_plan_survives_its_own_text() -> None:
    for one in dsl.compile_workspace(example()).plans.values():
        assert Plan.from_json(one.to_json()) == one


def test_compiling_twice_gives_the_same_plans() -> None:
    assert dsl.compile_workspace(example()).plans == dsl.compile_workspace(example()).plans


def test_steps_stand_in_file_order_and_ids_are_unique() -> None:
    for one in dsl.compile_workspace(example()).plans.values():
        lines = [step.line for step in one.steps if not isinstance(step, Schedule)]
        handlers = {h.body for h in one.handlers}
        flow = [line for n, line in enumerate(lines) if n + 1 not in handlers or not one.handlers]
        assert flow[: len(flow) // 2] == sorted(flow[: len(flow) // 2])
        ids = [step.id for step in one.steps]
        assert len(ids) == len(set(ids))


def test_the_second_of_equal_steps_has_an_ordinal() -> None:
    found = plan('  day 1\n    send email "News"\n    send email "News"\n  day 2\n    send email "News"\n')
    assert [s.id for s in found.steps[1:]] == ["day-1/send:news", "day-1/send:news~2", "day-2/send:news"]


def test_an_edit_elsewhere_leaves_ids_alone() -> None:
    before = plan('  day 1\n    send email "News"\n  day 2\n    send email "Offer"\n')
    after = plan('  day 1\n    add 5 to score\n    send email "News"\n  day 2\n    send email "Offer"\n')
    assert {s.id for s in before.steps} < {s.id for s in after.steps}


def test_comments_and_words_for_people_do_not_change_the_hash() -> None:
    before = plan('  send email "News"\n')
    after = plan('  owner "Somebody"\n  # why\n\n  send email "News"\n')
    assert before.hash == after.hash


def test_a_changed_email_changes_the_plan() -> None:
    journey = HEAD + '  send email "News"\n'
    files = workspace(journey)
    before = dsl.compile_workspace(files).plans["Test"]
    files["emails/news.md"] += b"More.\n"
    assert dsl.compile_workspace(files).plans["Test"].hash != before.hash


def test_branches_rejoin_at_the_line_below() -> None:
    found = plan(
        "  if score is at least 5\n    add 1 to score\n"
        "  otherwise if score is at least 2\n    add 2 to score\n"
        '  otherwise\n    add 3 to score\n  send email "News"\n'
    )
    decide = found.steps[0]
    assert isinstance(decide, Decide)
    assert decide.next == 4
    assert [b.to for b in decide.branches] == [1, 2]
    assert decide.otherwise == 3
    assert [found.steps[n].next for n in (1, 2, 3)] == [4, 4, 4]


def test_if_without_otherwise_goes_on_below() -> None:
    found = plan('  if score is at least 5\n    add 1 to score\n  send email "News"\n')
    decide = found.steps[0]
    assert isinstance(decide, Decide)
    assert decide.otherwise == 2


def sends(found: Plan) -> list[SendEmail]:
    return [effect for _, effect in found.sends()]


def test_a_send_is_guarded_by_all_ifs_around_it() -> None:
    found = plan(
        '  if score is at least 5\n    if contact.title is set\n      send email "News"\n'
        '  otherwise if score is at least 2\n    send email "Offer"\n  otherwise\n'
        '    send email "Case", version by contact.industry\n'
    )
    high, low, titled = 0, 2, 1
    assert [e.guards for e in sends(found)] == [
        ((high, True), (titled, True)),
        ((high, False), (low, True)),
        ((high, False), (low, False)),
    ]


def test_a_guard_that_the_branch_itself_undoes_is_left_out() -> None:
    found = plan(
        '  if score is at most 5\n    send email "News"\n    add 50 to score\n    send email "Offer"\n'
    )
    assert [len(e.guards) for e in sends(found)] == [1, 0]


def test_an_arm_is_no_guard_but_the_if_around_it_is() -> None:
    found = plan(
        '  if score is at least 5\n    wait up to 2 days\n      when contact visits page "/a"\n'
        '        send email "News"\n      otherwise\n        send email "Offer"\n'
    )
    assert [e.guards for e in sends(found)] == [((0, True),), ((0, True),)]


HOURS = HEAD + "  sending hours weekdays 09:00 to 17:00 contact time\n"


def folds(found: Plan) -> list[bool]:
    return [i.fold for i in found.instants]


def test_a_wait_before_a_send_ends_inside_the_sending_hours() -> None:
    assert folds(plan('  wait 2 days\n  send email "News"\n', HOURS)) == [True]
    assert folds(plan('  wait 2 days\n  send email "News", even outside sending hours\n', HOURS)) == [False]
    assert folds(plan('  wait 2 days\n  add 5 to score\n  send email "News"\n', HOURS)) == [False]
    assert folds(plan('  wait 2 days\n  if score is at least 5\n    send email "News"\n', HOURS)) == [False]
    assert folds(plan('  wait 2 days\n  send email "News"\n')) == [False]


def test_a_wait_at_the_end_of_a_branch_folds_for_the_send_where_it_rejoins() -> None:
    body = '  if score is at least 5\n    wait 2 days\n  send email "News"\n'
    assert folds(plan(body, HOURS)) == [True]


def test_a_block_that_begins_with_a_send_folds() -> None:
    found = plan('  day 1\n    send email "News"\n  day 2\n    add 5 to score\n', HOURS)
    assert found.instants == (DayOfRun(day=1, fold=True), DayOfRun(day=2))


def test_the_gap_of_a_block_is_the_distance_to_the_one_before_and_a_day_at_most() -> None:
    found = plan(
        '  hour 1\n    send email "News"\n  hour 5\n    send email "News"\n  day 1\n    send email "News"\n'
        '  day 9 10:00\n    send email "News"\n  day 9 16:00\n    send email "News"\n'
    )
    schedule = found.steps[0]
    assert isinstance(schedule, Schedule)
    assert [b.gap for b in schedule.blocks] == [3600, 4 * 3600, 19 * 3600, 86_400, 6 * 3600]
    assert [b.label for b in schedule.blocks] == ["hour 1", "hour 5", "day 1", "day 9 10:00", "day 9 16:00"]


def test_lines_before_the_first_block_run_at_entry() -> None:
    found = plan('  add 5 to score\n  day 1\n    send email "News"\n')
    assert found.entry == 0
    assert found.steps[0].next == 1
    assert isinstance(found.steps[1], Schedule)


def test_a_journey_of_a_head_alone_has_no_entry() -> None:
    assert plan("").entry is None


def test_arms_go_their_ways_and_rejoin() -> None:
    found = plan(
        '  wait up to 2 days\n    when contact clicks link "Yes" in email "Offer" as reply\n'
        "      add 5 to score\n"
        '    when contact does "Webinar Registered" where event.minutes is at least 4\n      add 6 to score\n'
        '    otherwise\n      exit "silent"\n  send email "News"\n'
    )
    arms = found.steps[0]
    assert isinstance(arms, Arms)
    assert [(a.to, a.reply) for a in arms.arms] == [(1, "reply"), (2, None)]
    assert (arms.timeout, arms.next) == (3, 4)
    assert found.interests[0] == Interest(event="Email Clicked", args={"email": "Offer", "link": "Yes"})
    assert found.interests[1].where is not None
    assert arms.text == "Wait up to 2 days for a click on “Yes” in “Offer” or “Webinar Registered”"


def test_waiting_for_a_fact_is_satisfied_by_what_was_already() -> None:
    found = plan('  send email "News"\n  wait up to 2 days until contact has clicked email "News"\n')
    arms = found.steps[1]
    assert isinstance(arms, Arms)
    (arm,) = arms.arms
    assert arm.already is not None
    assert isinstance(found.predicates[arm.already], HasDone)


def conditions(*lines: str) -> list[object]:
    body = "".join(f'  if {line}\n    send email "News"\n' for line in lines)
    return list(plan(body).predicates)


def test_conditions_become_data() -> None:
    found = conditions(
        "score is between 5 and 9",
        'score is less than "MQL"',
        "contact.title is empty",
        'contact.industry is not one of ("Software", "Fintech")',
        "account.employees is more than 50",
        "account has no open opportunity",
        'contact has been sent email "News"',
        'contact has not clicked email "News" at least 2 times in the last 3 weeks',
        "contact has not engaged in the last 60 days",
        "contact.title is account.name",
    )
    assert found[0] == AllOf(conditions=(Score(kind="ge", points=5), Score(kind="le", points=9)))
    assert found[1] == Score(kind="lt", points=65)
    assert isinstance(found[2], IsSet)
    assert not found[2].value
    assert isinstance(found[3], OneOf)
    assert found[3].negated
    assert isinstance(found[4], Compare)
    assert (found[4].kind, found[4].right) == ("gt", 50)
    assert found[5] == Not(condition=OpenOpportunity())
    assert isinstance(found[6], WasSent)
    assert found[6].scope.kind == "run"
    assert isinstance(found[7], Not)
    assert isinstance(found[7].condition, HasDone)
    assert (found[7].condition.at_least, found[7].condition.scope.amount) == (2, 3)
    assert isinstance(found[8], HasEngaged)
    assert found[8].negated
    assert isinstance(found[9], Compare)


def test_consent_suppression_and_nobody_of_the_account_become_data() -> None:
    found = conditions(
        'contact has consent "Marketing"',
        'contact has no consent "Marketing"',
        "contact is suppressed",
        "contact is not suppressed",
        "no contact of account has engaged in the last 30 days",
        'no contact of account has clicked email "Offer" ever',
    )
    assert found[:2] == [HasConsent(consent="Marketing"), Not(condition=HasConsent(consent="Marketing"))]
    assert found[2:4] == [Suppressed(), Not(condition=Suppressed())]
    nobody = found[4]
    assert isinstance(nobody, Not)
    assert isinstance(nobody.condition, AccountCount)
    assert nobody.condition.at_least == 1
    assert isinstance(nobody.condition.fact, HasEngaged)
    assert not nobody.condition.fact.negated
    assert isinstance(found[5], Not)


def test_consent_and_suppression_can_be_watched() -> None:
    found = plan('  stop as soon as contact has no consent "Marketing" or contact is suppressed\n')
    (ending,) = found.endings
    assert found.interests[ending.interest].changes == ("consent", "suppression")


def test_a_booked_meeting_brings_when_it_starts_and_ends() -> None:
    journey = (
        'journey "Test"\n  start when contact books any meeting\n  runs again at any time\n'
        '  1 day before trigger.starts_at, skip if late\n    send email "News"\n'
        '  at trigger.ends_at, at once if late\n    send email "Offer"\n'
    )
    (only,) = compiled(journey).plans.values()
    assert [getattr(i, "ref", None) for i in only.instants] == [
        Ref(of="trigger", field="starts_at"),
        Ref(of="trigger", field="ends_at"),
    ]


def test_a_watched_fact_lists_what_it_depends_on() -> None:
    found = plan(
        "  stop as soon as (score is at least 5 and contact.title is set)"
        ' or contact has tag "topic: automation"\n'
    )
    (ending,) = found.endings
    assert found.interests[ending.interest].changes == ("field:contact.title", "score", "tag")
    assert ending.predicate is not None


def test_predicates_instants_and_interests_are_entered_once() -> None:
    found = plan(
        "  if score is at least 5\n    wait 2 days\n  if score is at least 5\n    wait 2 days\n"
        '  goal "A" when contact visits page "/a"\n  stop when contact visits page "/a"\n'
    )
    assert (len(found.predicates), len(found.instants), len(found.interests)) == (1, 1, 1)


def test_a_handler_runs_beside_the_flow() -> None:
    found = plan(
        '  whenever contact visits page "/a", at most once every 7 days\n    notify team "SDR" "Hello"\n'
        '  send email "News"\n'
    )
    (handler,) = found.handlers
    assert handler.every is not None
    assert found.instants[handler.every] == After(amount=7, unit="day")
    assert found.entry == 0
    assert handler.body == 1
    assert found.steps[1].id == "whenever:visit-to-a/notify:sdr"


def test_sending_hours_may_cross_the_week_and_name_a_zone() -> None:
    found = plan("", HEAD + '  sending hours saturday to monday 22:00 to 06:00 "Europe/London" time\n')
    assert found.sending_hours is not None
    assert found.sending_hours.days == (0, 5, 6)
    assert found.sending_hours.zone == "Europe/London"


def test_steps_have_words_for_people() -> None:
    found = plan('  wait until tuesday 10:00\n  set contact.title to empty\n  todo "more"\n  exit "done"\n')
    assert [s.text for s in found.steps] == ["Wait until tuesday 10:00", "Set contact.title", "Exit: done"]
    assert isinstance(found.steps[0], Wait)
    assert isinstance(found.steps[1], Do)


def test_a_journey_with_an_error_keeps_all_plans_back() -> None:
    found = dsl.compile_workspace(workspace(HEAD + "  wiat 2 days\n"))
    assert not found.ok
    assert found.plans == {}


def test_definitions_are_compiled() -> None:
    found = compiled("").definitions
    assert isinstance(found, Definitions)
    assert found.engaged == ("Email Clicked", "Page Viewed")
    assert found.thresholds == {"MQL": 65}
    assert found.scoring[0].args == {"page": "/pricing"}
    assert found.handoffs["SDR"].respond == 86_400
    assert found.handoffs["SDR"].assign[-1] == "round robin"
    assert found.events["Contract Signed"].subject == "account"
    assert found.contact_fields["industry"].choices == ("Software", "Fintech", "Other")
