"""Recorded histories: a file for each workflow run, one event a line, and the plans beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

from dsl.plan import Plan

HISTORIES = Path(__file__).parent / "histories"
PLANS = Path(__file__).parent / "plans"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One history. `plan` is empty for a handoff, which knows none; `later`: plans the run was moved to."""

    workflow: str
    plan: str
    history: WorkflowHistory
    later: tuple[str, ...] = ()


def write(name: str, history: WorkflowHistory, plan: str, later: Sequence[str] = ()) -> None:
    """Write a history into its file, without the names of the machine that recorded it."""
    events = _nameless(history.to_json_dict()["events"])
    lines = ",\n".join(json.dumps(event, separators=(",", ":"), ensure_ascii=False) for event in events)
    about = {"workflow": history.workflow_id, "plan": plan, **({"later": list(later)} if later else {})}
    head = json.dumps(about, ensure_ascii=False)
    (HISTORIES / f"{name}.json").write_text(f'{head[:-1]}, "events": [\n{lines}\n]}}\n', "utf-8")


def read(path: Path) -> Recorded:
    """Read a history from its file."""
    data = json.loads(path.read_text("utf-8"))
    history = WorkflowHistory.from_json(data["workflow"], {"events": data["events"]})
    return Recorded(data["workflow"], data["plan"], history, tuple(data.get("later", ())))


def moves(history: WorkflowHistory) -> list[str]:
    """Return the plans that the run was moved to, in the order of its turns."""
    found: list[str] = []
    for event in history.events:
        results = [*event.activity_task_completed_event_attributes.result.payloads]
        for payloads in event.marker_recorded_event_attributes.details.values():
            results += payloads.payloads
        for payload in results:
            data = json.loads(payload.data)
            turn = data.get("transcript", ()) if isinstance(data, dict) else ()
            found += [happening[1] for happening in turn if happening[0] == "moved"]
    return found


def read_plan(hash_: str) -> Plan:
    """Read the plan that a recorded run is pinned to."""
    return Plan.from_json((PLANS / f"{hash_}.json").read_text("utf-8"))


def write_plan(plan: Plan) -> None:
    """Write a plan beside the histories."""
    text = json.dumps(json.loads(plan.to_json()), indent=1, sort_keys=True, ensure_ascii=False)
    (PLANS / f"{plan.hash}.json").write_text(text + "\n", "utf-8")


def _nameless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "recorder" if k == "identity" else _nameless(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_nameless(v) for v in value]
    return value
