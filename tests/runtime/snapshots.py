"""Facts and plans by hand, for tests of the pure decisions."""

from __future__ import annotations

from typing import Any

from dsl.plan import Definitions, EventDefinition, Interest, Plan, Runs, ScoreRule, Start
from runtime.facts import Facts, Happened, RunFact
from runtime.published import Published

MONDAY = 1_772_442_000  # 2026-03-02T09:00:00Z
DAY = 86_400

DEFINITIONS = Definitions(
    workspace="Test",
    time_zone="UTC",
    events={"Form Submitted": EventDefinition()},
    scoring=(
        ScoreRule(points=25, event="Form Submitted", args={"form": "Whitepaper"}),
        ScoreRule(points=-5, event="Email Clicked"),
    ),
)


def plan(journey: str = "Journey", **more: Any) -> Plan:
    values: dict[str, Any] = {"starts": (Start(event="Go"),), "runs": Runs(kind="once"), "entry": None}
    return Plan(journey=journey, **(values | {"steps": ()} | more)).sealed()


def facts(**more: Any) -> Facts:
    values: dict[str, Any] = {"account_id": "acc_1", "contact": {}, "account": {}}
    values |= {"time_zone": None, "known_since": 0}
    return Facts(contact_id="cnt_1", **(values | more))


def run(plan: Plan, id_: str = "", ended: int | None = None, **more: Any) -> RunFact:
    values: dict[str, Any] = {"key": "", "ordinal": 1, "entered": MONDAY - DAY, "trigger": {}}
    return RunFact(id_ or f"run/{plan.journey}", plan.journey, plan.hash, ended=ended, **(values | more))


def event(name: str, at: int = MONDAY, machine: bool = False, **properties: Any) -> Happened:
    return Happened(name, at, at, properties, machine)


def published(*plans: Plan) -> Published:
    return Published.of(DEFINITIONS, plans)


def watching(*interests: Interest, **more: Any) -> Plan:
    return plan(interests=interests, **more)
