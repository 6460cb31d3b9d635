"""What pairs ran through: constructs of the language, instructions of plans, outcomes in traces."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from dsl.nodes import LineNode, Node, Statement
from dsl.parts import Part
from dsl.plan import Plan
from runtime.simulator import RunRecord, World
from tests.equality.case import Case

_REASONED = ("held", "skipped", "not fired", "not started", "block skipped", "passed", "block", "exit")
_OWN = "case.journey"


def of(case: Case, world: World) -> set[str]:
    """Name all that a pair ran through."""
    plans = case.compiled.plans
    found: set[str] = set()
    lines: set[int] = set()
    for record in world.runs.values():
        plan = plans[record.view.journey]
        found |= set(_of_run(plan, record))
        lines |= {plan.steps[number].line for number in record.state.visits}
        lines |= {part.line for part in (*plan.starts, *plan.endings, *plan.handlers, *plan.pauses)}
    if world.runs:
        found |= _constructs(case, lines)
    found |= {f"refused: {write.reason}" for _, write in world.refused}
    found |= {f"event: {step.event.name}" for step in case.steps if step.event is not None}
    found |= {f"by hand: {step.by_hand.what}" for step in case.steps if step.by_hand is not None}
    found |= {f"outage: {outage.kind}" for outage in case.outages}
    found |= {"late event" for step in case.steps if step.event and step.event.occurred is not None}
    found |= {"continues as new"} if case.limit else set()
    return found


def _of_run(plan: Plan, record: RunRecord) -> Iterator[str]:
    yield f"subject: {plan.subject}"
    yield f"runs: {plan.runs.kind}{' for each key' if plan.runs.key else ''}"
    for number in record.state.visits:
        step = plan.steps[number]
        effect = getattr(step, "effect", None)
        yield f"effect: {effect.kind}" if effect is not None else f"step: {step.op}"
        yield from _asked(plan, step)
    watchers = [w.predicate for w in (*plan.endings, *plan.handlers, *plan.pauses) if w.predicate is not None]
    for predicate in watchers:
        yield from _conditions(plan.predicates[predicate])
    for name in ("limits", "pauses", "handlers", "endings", "updates"):
        if getattr(plan, name):
            yield f"head: {name}"
    if plan.sending_hours is not None:
        yield "head: sending hours"
    for row in record.rows:
        reason = row.reason if row.kind in _REASONED and len(row.reason) < 24 else ""
        known = reason if row.kind != "exit" or reason in ("late", "stopped by hand") else ""
        yield f"row: {row.kind}{f' ({known})' if known else ''}"


def _asked(plan: Plan, step: Any) -> Iterator[str]:
    """Name the instants and the conditions that a step asks about."""
    numbers = [getattr(step, "until", None), *(block.at for block in getattr(step, "blocks", ()))]
    for number in numbers:
        if number is not None:
            instant = plan.instants[number]
            yield f"instant: {instant.kind}{', into sending hours' if instant.fold else ''}"
    asked = [branch.predicate for branch in getattr(step, "branches", ())]
    for arm in getattr(step, "arms", ()):
        asked += [number for number in (arm.already, arm.predicate) if number is not None]
    asked += [number for number, _ in getattr(getattr(step, "effect", None), "guards", ())]
    for number in asked:
        yield from _conditions(plan.predicates[number])


def _conditions(condition: BaseModel) -> Iterator[str]:
    yield f"condition: {condition.op}"  # type: ignore[attr-defined]
    for name in type(condition).model_fields:
        value = getattr(condition, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, BaseModel) and hasattr(part, "op"):
                yield from _conditions(part)


def _constructs(case: Case, lines: set[int]) -> set[str]:
    """Name the files of `dsl/constructs` whose lines runs came to; heads and definitions count always."""
    found = set()
    for file, parts in Part.read(case.files).nodes.items():
        for line in (below for top in parts for below in top.walk()):
            if file != _OWN or line.span.line in lines or not isinstance(line, Statement):
                found |= set(_named(line))
    return {f"construct: {name}" for name in found}


def _named(part: object) -> Iterator[str]:
    """Name the construct of a line, and of all that it is made of."""
    if isinstance(part, Node):
        yield type(part).__module__.rpartition(".")[2]
    if not dataclasses.is_dataclass(part):
        return
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if field.name == "body" and isinstance(part, LineNode):
            continue
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Node):
                yield from _named(one)


def tally(counts: dict[str, int], found: Iterable[str]) -> None:
    """Count a pair for all that it ran through."""
    for name in found:
        counts[name] = counts.get(name, 0) + 1
