"""Dates that are surely empty where a wait or a timed block hangs on them."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import DateField, IsSet, Schedule, SetField, Wait
from dsl.proofs.conditions import conditions
from dsl.proofs.domains import ANY
from dsl.proofs.facts import Facts, field_key
from dsl.proofs.flow import known
from dsl.proofs.graph import Graph
from dsl.proofs.subject import Finding, Journey, Subject
from dsl.proofs.trails import find

_FIX = "Wait for something else here, or fill the date before."


def empty(subject: Subject) -> Iterator[Finding]:
    """Find waits and blocks on a date that no contact has there."""
    for journey in subject.journeys.values():
        dated = {field_key(i.ref) for i in journey.plan.instants if isinstance(i, DateField)}
        if dated & _emptied(journey):
            for graph in journey.graphs:
                yield from _of_graph(journey, graph)


def _emptied(journey: Journey) -> set[str]:
    """Name the fields that are asked whether they are empty, or that the journey empties."""
    plan = journey.plan
    asked = (one for p in plan.predicates for one, _ in conditions(p) if isinstance(one, IsSet))
    effects = (getattr(step, "effect", None) for step in plan.steps)
    cleared = (effect for effect in effects if isinstance(effect, SetField) and effect.value is None)
    return {field_key(one.left) for one in asked} | {field_key(effect.ref) for effect in cleared}


def _of_graph(journey: Journey, graph: Graph) -> Iterator[Finding]:
    flow = known(journey, graph)
    lines: dict[tuple[int, str], tuple[int, str]] = {}
    filled: set[tuple[int, str]] = set()
    for node, number in graph.steps():
        facts = flow.at.get(node)
        if facts is None:
            continue
        for line, field, what in _hanging(journey, number):
            if _is_empty(facts, field):
                lines.setdefault((line, field), (node, what))
            else:
                filled.add((line, field))
    for (line, field), (node, what) in lines.items():
        if (line, field) not in filled:
            message = f"{field} is empty for every contact who comes here: {what}."
            trail = find(journey, graph, lambda n, _facts, node=node: n == node)  # type: ignore[misc]
            yield Finding("N567", journey.plan.journey, line, message, _FIX, trail)


def _hanging(journey: Journey, number: int) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the field and what an empty one means, of what hangs on a date at a step."""
    step, instants = journey.steps[number], journey.plan.instants
    if isinstance(step, Wait):
        until = instants[step.until]
        if isinstance(until, DateField):
            yield step.line, field_key(until.ref), "this wait is over at once"
    elif isinstance(step, Schedule):
        for block in step.blocks:
            at = instants[block.at]
            if isinstance(at, DateField) and block.body is not None:
                line = journey.steps[block.body].line
                yield line, field_key(at.ref), f"“{block.label}” is left out unless it is filled meanwhile"


def _is_empty(facts: Facts, field: str) -> bool:
    return facts.get(field, ANY).among == frozenset()
