"""Record histories anew: `python -m tests.replay.record [NAME…]`.

Do this for a new shape of run, under a new name. A recorded history stands for runs that are under way
somewhere: one that no longer replays means that workflow code must ask `workflow.patched`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

import dsl
from runtime.messages import QUEUE, ROUND_WORKFLOW, RoundInput
from runtime.store import list_handoffs, list_runs
from tests.equality.case import CASES, Case, load
from tests.equality.drivers import Stage, on_temporal
from tests.histories.whitepaper import ENTRY, path, workspace
from tests.replay import recorded
from tests.versions.stage import Moving, moved

_AHEAD = """
journey "Ahead"
  start when contact submits form "Whitepaper"
  runs once for each contact
  add 5 to score
  send email "Related blog post"
  sync to "CRM"
  notify team "SDR" "New"
  sync to "CRM"
  wait 1 day
  if score is at least 500
    send email "We miss you"
  otherwise
    add tag "topic: automation"
    send email "Demo invitation"
  wait 1 day
  split "Which"
    variant 50% "A"
      send email "Related blog post"
    variant 50% "B"
      send email "Demo invitation"
  wait 1 day
  if score is at least 500
    send email "We miss you"
"""
_DOWNLOAD = "Asset Downloaded", {"asset": "Case study"}


def _equality(name: str) -> Callable[[], Case]:
    return lambda: load(next(path for path in CASES if path.stem == name))


def _ahead() -> Case:
    """A run that looks behind branches and effects on records, and whose calls follow each other."""
    files = workspace() | {"journeys/whitepaper.journey": _AHEAD.encode()}
    return path("ahead", ENTRY, days=10, journeys=dsl.compile_workspace(files))


SHAPES: dict[str, Callable[[], Case]] = {
    "longest-path": lambda: path("longest", ENTRY),
    "arm-met-by-an-event": lambda: path("arm", ENTRY, (8, *_DOWNLOAD), days=30),
    "goal": lambda: path("goal", ENTRY, (3.1, "Form Submitted", {"form": "Demo request"}), days=5),
    "goal-while-held": lambda: path(
        "held", ENTRY, (2.5, "Form Submitted", {"form": "Demo request"}), days=5, outages=((1.9, 3.9),)
    ),
    "handler-and-handoff": lambda: path(
        "handoff", ENTRY, (1, "Page Viewed", {"page": "/pricing"}), (8, *_DOWNLOAD), days=12
    ),
    "exit-while-held": _equality("a_hold_cancelled_by_an_exit"),
    "exit-during-an-outage": _equality("an_exit_during_an_outage"),
    "handler-while-held": _equality("a_handler_fires_while_the_main_flow_is_held"),
    "continued-as-new": _equality("continue_as_new_with_three_pending_signals"),
    "refused-recipient": _equality("refused_recipient_and_handoff"),
    "moved": moved,
    "handoffs-with-a-clock": _equality("handoffs_with_a_clock"),
    "messages-on-channels": _equality("messages_on_channels"),
    "calls-while-held": _equality("calls_to_other_systems"),
    "by-hand": _equality("by_hand"),
    "ended-by-what-it-changed": _equality("a_goal_by_the_run_itself"),
    "looking-ahead": _ahead,
    "round": lambda: path("round", ENTRY, days=1),
}


@dataclass(slots=True)
class _Recording(Stage):
    """Keeps every run of a chain, and the handoffs."""

    async def collect(self, env: WorkflowEnvironment) -> None:
        await _keep(self, env)


@dataclass(slots=True)
class _RecordingMoves(Moving):
    """The same, where people are moved to another version."""

    async def collect(self, env: WorkflowEnvironment) -> None:
        await _keep(self, env)
        for plan in self.plans:
            recorded.write_plan(plan)


@dataclass(slots=True)
class _RecordingRounds(_Recording):
    """Keeps a round alone, as a schedule asks for it."""

    async def collect(self, env: WorkflowEnvironment) -> None:
        asked = RoundInput("Whitepaper nurture", '["Managers", 0, "09:00"]')
        await env.client.execute_workflow(ROUND_WORKFLOW, asked, id="round", task_queue=QUEUE)
        await _chain(self, env, "round", "round")


async def _keep(stage: Stage, env: WorkflowEnvironment) -> None:
    for run in await list_runs(stage.store):
        await _chain(stage, env, run.id, run.id)
        stage.timelines[run.id] = []
    for handoff in await list_handoffs(stage.store):
        await _chain(stage, env, f"handoff/{handoff.id}", f"handoff/{handoff.id}")


async def _chain(stage: Stage, env: WorkflowEnvironment, id_: str, name: str) -> None:
    run, link = None, 0
    while link == 0 or run:
        history = await env.client.get_workflow_handle(id_, run_id=run or None).fetch_history()
        stage.histories[name if link == 0 else f"{name} before {link}"] = history
        started = history.events[0].workflow_execution_started_event_attributes
        run, link = started.continued_execution_run_id, link + 1


_STAGES: dict[str, type[Stage]] = {"moved": _RecordingMoves, "round": _RecordingRounds}


async def record(name: str) -> None:
    """Play a shape on real Temporal, and write down what is left of it."""
    case = SHAPES[name]()
    stage = _STAGES.get(name, _Recording)
    with tempfile.TemporaryDirectory() as folder:
        outcome = await on_temporal(case, Path(folder), stage)
    slugs = {plan.journey: plan for plan in case.compiled.plans.values()}
    for number, (_id, history) in enumerate(sorted(outcome.histories.items()), start=1):
        started = history.events[0].workflow_execution_started_event_attributes
        plan, hash_ = slugs.get(started.workflow_type.name), ""
        if plan is not None:
            recorded.write_plan(plan)
            hash_ = json.loads(started.input.payloads[0].data)["plan"]
        recorded.write(f"{name}.{number}", history, hash_, recorded.moves(history))
        print(f"{name}.{number}: {history.workflow_id}, {len(history.events)} events")


async def main(names: list[str]) -> None:
    """Record these shapes, or all."""
    for name in names or SHAPES:
        for old in recorded.HISTORIES.glob(f"{name}.*.json"):
            old.unlink()
        await record(name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
