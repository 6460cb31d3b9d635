"""Recorded histories replay on today's workflow code: runs that are under way somewhere go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.worker import Replayer

from dsl.plan import Do, Plan
from runtime.worker import WORKFLOWS, sandboxed
from tests.replay.record import SHAPES
from tests.replay.recorded import HISTORIES, PLANS, read, read_plan
from workflows import plans

FILES = sorted(HISTORIES.glob("*.json"))


@pytest.fixture(autouse=True)
def _own_plans(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plans, "_plans", {})
    return


async def _replay(path: Path, plan: Plan | None) -> None:
    recorded = read(path)
    if plan is not None:
        plans.hold([plan])
    plans.hold(read_plan(hash_) for hash_ in recorded.later)
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=sandboxed())
    await replayer.replay_workflow(recorded.history)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    recorded = read(path)
    await _replay(path, read_plan(recorded.plan) if recorded.plan else None)


def test_every_shape_is_recorded() -> None:
    assert {path.name.split(".")[0] for path in FILES} == set(SHAPES)


@pytest.mark.parametrize("path", sorted(PLANS.glob("*.json")), ids=lambda path: path.stem)
def test_a_recorded_plan_still_has_the_hash_that_runs_are_pinned_to(path: Path) -> None:
    plan = read_plan(path.stem)
    assert plan.hash == path.stem
    assert plan.sealed().hash == path.stem


async def test_a_changed_order_of_commands_is_caught() -> None:
    path = HISTORIES / "longest-path.1.json"
    plan = read_plan(read(path).plan)
    await _replay(path, plan)
    with pytest.raises(workflow.NondeterminismError):
        await _replay(path, _swapped(plan, "day-0/send:whitepaper-delivery", "day-0/sync:crm"))


def _swapped(plan: Plan, one: str, other: str) -> Plan:
    """Return a plan under the same hash in which two effects have changed places."""
    effects = {step.id: step.effect for step in plan.steps if isinstance(step, Do)}
    effects[one], effects[other] = effects[other], effects[one]
    steps = tuple(
        step.model_copy(update={"effect": effects[step.id]}) if isinstance(step, Do) else step
        for step in plan.steps
    )
    return plan.model_copy(update={"steps": steps})
