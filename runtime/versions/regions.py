"""Regions: in which frame each step of a plan runs: the main flow, a handler, a loop, a section, a block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dsl.plan import Call, Loop, Plan, Schedule
from runtime.versions import resolving


class Region(NamedTuple):
    """A body. `step`: the handler's number, or the step whose body it is; of a section its first step.

    `block`: which block of a schedule.
    """

    kind: str
    step: int = 0
    block: int = 0


MAIN = Region("main")


def regions(plan: Plan) -> dict[int, frozenset[Region]]:
    """Return the regions in which each step can stand; steps that nothing leads to are in none."""
    found: dict[int, set[Region]] = {}
    for region, entry in _entries(plan):
        waiting = [entry]
        while waiting:
            number = waiting.pop()
            if number is None or region in found.setdefault(number, set()):
                continue
            found[number].add(region)
            waiting += [to for _name, to in resolving.flow(plan.steps[number])]
    return {number: frozenset(where) for number, where in found.items()}


def named(plan: Plan, region: Region) -> str:
    """Say where a region is, for people."""
    if region.kind == "main":
        return "the main flow"
    if region.kind == "handler":
        return f"“{plan.handlers[region.step].text}”"
    if region.kind == "block":
        schedule = plan.steps[region.step]
        assert isinstance(schedule, Schedule)
        return f"the block “{schedule.blocks[region.block].label}”"
    if region.kind == "call":
        text = next(s.text for s in plan.steps if isinstance(s, Call) and s.body == region.step)
        return f"“{text}”"
    return f"“{plan.steps[region.step].text}”"


def _entries(plan: Plan) -> Iterator[tuple[Region, int | None]]:
    yield MAIN, plan.entry
    for number, handler in enumerate(plan.handlers):
        yield Region("handler", number), handler.body
    for number, step in enumerate(plan.steps):
        if isinstance(step, Loop):
            yield Region("loop", number), step.body
        elif isinstance(step, Call):
            yield Region("call", step.body), step.body
        elif isinstance(step, Schedule):
            for place, block in enumerate(step.blocks):
                yield Region("block", number, place), block.body
