"""Recorded histories: a file for each workflow run, one event a line, and the plans beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

from dsl.plan import Plan

HISTORIES = Path(__file__).parent / "histories"
PLANS = Path(__file__).parent / "plans"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One history. `plan` is empty for a handoff, which knows none."""

    workflow: str
    plan: str
    history: WorkflowHistory


def write(name: str, history: WorkflowHistory, plan: str) -> None:
    """Write a history into its file, without the names of the machine that recorded it."""
    events = _nameless(history.to_json_dict()["events"])
    lines = ",\n".join(json.dumps(event, separators=(",", ":"), ensure_ascii=False) for event in events)
    head = json.dumps({"workflow": history.workflow_id, "plan": plan}, ensure_ascii=False)
    (HISTORIES / f"{name}.json").write_text(f'{head[:-1]}, "events": [\n{lines}\n]}}\n', "utf-8")


def read(path: Path) -> Recorded:
    """Read a history from its file."""
    data = json.loads(path.read_text("utf-8"))
    history = WorkflowHistory.from_json(data["workflow"], {"events": data["events"]})
    return Recorded(data["workflow"], data["plan"], history)


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
