"""Gates: conditions that let through other contacts than the words make one think.

An open is no sure sign of a reader (semantics row 28), and what a field is not is also so of whoever has no
value in it (row 44). Both are hints: they may be meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import AllOf, Arms, Compare, Decide, HasDone, OneOf, Ref
from dsl.plan.base import PlanModel
from dsl.proofs.facts import field_key
from dsl.proofs.flow import known
from dsl.proofs.graph import Graph
from dsl.proofs.subject import Finding, Journey, Subject

_OPENED = "Email Opened"


def opened_alone(subject: Subject) -> Iterator[Finding]:
    """Find what hangs on an open alone."""
    for journey in subject.journeys.values():
        for line in dict.fromkeys(_opened(journey)):
            message = "This hangs on an open alone, which many readers never show and some programs feign."
            fix = "Ask for a click, or for either of the two."
            yield Finding("N575", journey.plan.journey, line, message, fix)


def _opened(journey: Journey) -> Iterator[int]:
    """Yield the lines at which nothing but an open leads on."""
    plan = journey.plan
    heard = {n for n, interest in enumerate(plan.interests) if interest.event == _OPENED}
    yield from (start.line for start in plan.starts if start.event == _OPENED)
    yield from (
        ending.line for ending in plan.endings if ending.predicate is None and ending.interest in heard
    )
    for step in journey.steps:
        match step:
            case Arms() if all(arm.interest in heard for arm in step.arms):
                yield step.line
            case Decide() if any(_needs_open(plan.predicates[b.predicate]) for b in step.branches):
                yield step.line


def _needs_open(condition: PlanModel) -> bool:
    if isinstance(condition, AllOf):
        others = [one for one in condition.conditions if not _needs_open(one)]
        return len(others) < len(condition.conditions) and not any(isinstance(one, HasDone) for one in others)
    return isinstance(condition, HasDone) and condition.event == _OPENED and "email" in condition.args


def without_value(subject: Subject) -> Iterator[Finding]:
    """Find branches that say what a field is not, and so take whoever has no value in it."""
    for journey in subject.journeys.values():
        asked = {n: found for n, step in enumerate(journey.steps) if (found := _denied(journey, step))}
        if asked:
            for graph in journey.graphs:
                yield from _of_graph(journey, graph, asked)


def _of_graph(journey: Journey, graph: Graph, asked: dict[int, list[tuple[int, Ref]]]) -> Iterator[Finding]:
    flow, told = known(journey, graph), set[tuple[int, str]]()
    for node, number in graph.steps():
        for predicate, ref in asked.get(number, ()):
            facts, key = flow.at.get(node), field_key(ref)
            condition = journey.plan.predicates[predicate]
            taken = None if facts is None else journey.knowledge.assume(facts, condition, True)
            if taken is None or journey.knowledge.is_set(taken, key) or (number, key) in told:
                continue
            told.add((number, key))
            message = f"This is so too of every contact for whom {key} is empty."
            fix = f"If they are not meant, add: and {key} is set"
            yield Finding("N576", journey.plan.journey, journey.steps[number].line, message, fix)


def _denied(journey: Journey, step: object) -> list[tuple[int, Ref]]:
    """Return what the first branch of a step says a field is not, by the number of its condition."""
    if not isinstance(step, Decide) or not step.branches:  # an empty section is a question without branches
        return []
    number = step.branches[0].predicate
    condition = journey.plan.predicates[number]
    parts: tuple[PlanModel, ...] = (condition,)
    if isinstance(condition, AllOf):
        parts = condition.conditions
    return [(number, ref) for part in parts if (ref := _said_not(part)) is not None]


def _said_not(part: PlanModel) -> Ref | None:
    """Return the field of which a condition says what it is not."""
    match part:
        case OneOf(negated=True):
            return part.left
        case Compare(kind="ne") if not isinstance(part.right, Ref | bool):  # who has no “yes” is not “yes”
            return part.left
    return None
