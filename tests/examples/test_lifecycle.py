"""Journeys of a whole lifecycle, with the shared policy, scoring, segments and handoffs, check clean."""

from __future__ import annotations

from pathlib import Path

import pytest

import dsl

ROOT = Path(__file__).parents[2] / "examples" / "lifecycle"
FILES = {
    path.relative_to(ROOT).as_posix(): path.read_bytes()
    for path in sorted(ROOT.rglob("*"))
    if path.suffix in (".journey", ".md", ".toml")
}


@pytest.fixture(scope="module")
def compiled() -> dsl.Compiled:
    return dsl.compile_workspace(FILES)


def test_everything_checks_clean(compiled: dsl.Compiled) -> None:
    assert dsl.as_text(compiled.diagnostics) == ""


def test_the_free_trial_compiles_to_its_blocks_and_its_split(compiled: dsl.Compiled) -> None:
    plan = compiled.plans["Free trial"]
    (schedule,) = (step for step in plan.steps if step.op == "schedule")
    assert [block.late for block in schedule.blocks][-2:] == ["skip", "at once"]
    (split,) = (step for step in plan.steps if step.op == "split")
    assert [variant.weight for variant in split.variants] == [50, 50]
    assert split.winner is not None
    assert split.winner.goal == "Converted"


def test_the_shared_definitions_are_stated_once_and_compiled(compiled: dsl.Compiled) -> None:
    shared = compiled.definitions
    (policy,) = shared.policies
    assert policy.consents == ("Marketing",)
    assert [limit.count for limit in policy.limits] == [3]
    assert [rule.points for rule in shared.fit] == [20, 15, -50]
    assert shared.half_life == 30 * 86_400
    assert [rule.daily for rule in shared.scoring] == [50, None]
    sdr = shared.handoffs["SDR"]
    assert (sdr.team, sdr.respond, sdr.respond_in) == ("SDR", 24, "business hour")
    assert (sdr.respond_high, sdr.respond_high_in) == (7200, "second")
    assert len(sdr.assign) == 3


def test_the_webinar_hangs_on_the_dates_of_its_trigger(compiled: dsl.Compiled) -> None:
    plan = compiled.plans["Webinar"]
    (schedule,) = (step for step in plan.steps if step.op == "schedule")
    assert [(block.label, block.late) for block in schedule.blocks] == [
        ("7 days before trigger.starts_at", "skip"),
        ("1 day before trigger.starts_at", "skip"),
        ("1 hour before trigger.starts_at", "at once"),
        ("1 day after trigger.ends_at", "at once"),
        ("14 days after trigger.ends_at", "at once"),
    ]
    assert plan.runs.key is not None
    assert [plan.interests[u.interest].event for u in plan.updates] == ["Webinar Rescheduled"]


def test_the_strategic_account_runs_once_for_each_account_and_watches_its_committee(
    compiled: dsl.Compiled,
) -> None:
    plan = compiled.plans["Strategic account"]
    assert plan.subject == "account"
    (handler,) = plan.handlers
    assert handler.predicate is not None
    assert plan.predicates[handler.predicate].op == "account_count"


def test_executives_come_in_every_monday(compiled: dsl.Compiled) -> None:
    plan = compiled.plans["Executive track"]
    (start,) = plan.starts
    assert start.everyone is not None
    assert (start.everyone.weekday, start.everyone.clock, plan.priority) == (0, "09:00", "high")
