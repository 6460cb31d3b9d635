"""Circles: journeys that start each other, by `start journey` lines or by what they change.

A circle of `start journey` lines is told if nothing stops it. Where one starts another by a change (a stage,
the score, a segment), it is told only if it turns by itself, without anything that contacts do. It is gone
round with what is known, until the same is known again; one that the facts themselves break is none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dsl.plan import (
    AccountCount,
    AddScore,
    Arms,
    Compare,
    Decide,
    Do,
    HasDone,
    HasEngaged,
    Not,
    Plan,
    Score,
    SetStage,
    Spawn,
    Stage,
    Wait,
)
from dsl.plan.base import PlanModel
from dsl.plan.plan import Start
from dsl.proofs.conditions import conditions
from dsl.proofs.facts import ALL, Facts, about, change, written
from dsl.proofs.graph import Edge, Graph
from dsl.proofs.subject import Finding, Journey, Subject, Trail
from dsl.proofs.trails import find, small
from dsl.spelling import one_of

STAGE, SCORE = "nurture:stage reached", "nurture:score changed"
ENTERED, LEFT = "nurture:segment entered", "nurture:segment left"
_CHANGES = (STAGE, SCORE, ENTERED, LEFT)
# A circle in which something wears off, such as points, is over after some rounds.
_ROUNDS = 30
# What is known of the contact and not only of the run.
_OF_CONTACT = ("contact.", "account.", "tag:", "list:", "consent:", "suppressed", "stage", "score")


@dataclass(frozen=True, slots=True)
class Way:
    """A way from one journey into another: the step that leads there, and the start that it meets."""

    step: int
    to: str
    start: Start | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A way that was gone. `at_once`: no time passes before it."""

    way: Way
    trail: Trail
    at_once: bool


def circles(subject: Subject) -> Iterator[Finding]:
    """Find journeys that start each other in a circle which nothing stops."""
    ways = {
        name: tuple(dict.fromkeys(s.journey for s in spawns(journey).values()))
        for name, journey in subject.journeys.items()
        if journey.spawns
    }
    told: set[frozenset[str]] = set()
    for name in ways:
        circle = _circle(name, ways)
        if len(circle) < 2 or frozenset(circle) in told:
            continue
        told.add(frozenset(circle))
        finding = _spawning(subject, circle)
        if finding is not None:
            yield finding
    yield from _by_changes(subject, told)


def _spawning(subject: Subject, circle: list[str]) -> Finding | None:
    journey = subject.journeys[circle[0]]
    number, _ = next((n, s) for n, s in spawns(journey).items() if s.journey == circle[1 % len(circle)])
    shown = " → ".join(f"“{name}”" for name in (*circle, circle[0]))
    return _told(subject, circle, number, shown, trail_to(journey, number), for_ever=True)


def _told(
    subject: Subject, circle: list[str], step: int, shown: str, trail: Trail | None, *, for_ever: bool
) -> Finding | None:
    plans = [subject.journeys[name].plan for name in circle]
    if any(plan.runs.kind == "once" for plan in plans):
        return None  # one of them refuses the second time
    line = plans[0].steps[step].line
    gaps = [
        f"{p.runs.amount} {p.runs.unit}{'' if p.runs.amount == 1 else 's'}" for p in plans if p.runs.amount
    ]
    fix = "Let one of them run once for each contact, or end the circle."
    if gaps:
        message = f"These journeys start each other for ever, held up only by {one_of(gaps, 'and')}: {shown}."
        return Finding("N549", circle[0], line, message, fix, trail)
    if not for_ever:
        message = f"These journeys start each other again and again, with only waits between: {shown}."
        return Finding("N549", circle[0], line, message, fix, trail)
    message = f"These journeys start each other for ever: {shown}."
    return Finding("N548", circle[0], line, message, fix, trail)


def _circle(name: str, ways: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the shortest circle of starts through a journey, beginning with it; empty if there is none."""
    came: dict[str, str | None] = {name: None}
    queue = deque([name])
    while queue:
        at = queue.popleft()
        for to in ways.get(at, ()):
            if to == name:
                circle = [at]
                while (before := came[circle[-1]]) is not None:
                    circle.append(before)
                return circle[::-1]
            if to not in came:
                came[to] = at
                queue.append(to)
    return []


def spawns(journey: Journey) -> dict[int, Spawn]:
    """Return the steps that start journeys and that contacts come to."""
    if not journey.spawns:
        return {}
    numbers = sorted({number for graph in journey.graphs for _, number in graph.steps()})
    return {n: step for n in numbers if isinstance(step := journey.steps[n], Spawn)}


def trail_to(journey: Journey, step: int) -> Trail | None:
    """Tell the shortest path to a step."""
    for graph in journey.graphs:
        nodes = graph.nodes
        found = find(journey, graph, lambda n, _f, nodes=nodes: nodes[n].step == step)  # type: ignore[misc]
        if found is not None:
            return found
    return None


# -------------------------------------------------------------------------------------------- by changes


def by_change(plan: Plan) -> list[Start]:
    """Return the starts by a change of what is known of the contact."""
    return [start for start in plan.starts if start.event in _CHANGES]


def _by_changes(subject: Subject, told: set[frozenset[str]]) -> Iterator[Finding]:
    starts = [(name, s) for name, journey in subject.journeys.items() for s in by_change(journey.plan)]
    if not starts:
        return
    ways: dict[str, dict[str, list[Way]]] = {}
    for name, journey in subject.journeys.items():
        if journey.plan.runs.kind != "once":
            for way in _ways(subject, journey, starts):
                if way.to != name and subject.journeys[way.to].plan.runs.kind != "once":
                    ways.setdefault(name, {}).setdefault(way.to, []).append(way)
    for name in ways:
        circle = _circle(name, ways)
        if len(circle) < 2 or frozenset(circle) in told:
            continue
        turns = _go_round(subject, circle, ways)
        if turns and any(turn.way.start for turn in turns):
            told.add(frozenset(circle))
            at_once = all(turn.at_once for turn in turns)
            parts = [
                f"“{of}” ({small(subject.journeys[of].steps[turn.way.step].text)})"
                for of, turn in zip(circle, turns, strict=True)
            ]
            shown = " → ".join([*parts, f"“{circle[0]}”"])
            first = turns[0]
            finding = _told(subject, circle, first.way.step, shown, first.trail, for_ever=at_once)
            if finding is not None:
                yield finding


def _ways(subject: Subject, journey: Journey, starts: list[tuple[str, Start]]) -> Iterator[Way]:
    """Yield the ways into other journeys that steps of this one may open."""
    for _, number in journey.main.steps():
        step = journey.steps[number]
        if isinstance(step, Spawn) and step.journey in subject.journeys:
            yield Way(number, step.journey, None)
        elif isinstance(step, Do) and (changes := written([step.effect])):
            for to, start in starts:
                if _concerns(subject, step.effect, changes, start):
                    yield Way(number, to, start)


def _concerns(subject: Subject, effect: object, changes: frozenset[str], start: Start) -> bool:
    if start.event == STAGE:
        return isinstance(effect, SetStage) and start.args.get("stage", effect.stage) == effect.stage
    if start.event == SCORE:
        return isinstance(effect, AddScore) and effect.points > 0
    condition = subject.segments.get(start.args.get("segment", ""))
    return condition is not None and any(about(one) in changes for one, _ in conditions(condition))


def _go_round(
    subject: Subject, circle: list[str], ways: Mapping[str, Mapping[str, list[Way]]]
) -> list[Turn] | None:
    """Go round a circle until what is known repeats; None if a contact cannot go on for ever."""
    facts: Facts = {}
    seen: list[Facts] = []
    turns: list[Turn] = []
    while facts not in seen and len(seen) < _ROUNDS:
        seen.append(facts)
        turns = []
        for place, name in enumerate(circle):
            to = circle[(place + 1) % len(circle)]
            gone = (_go(subject, subject.journeys[name], way, facts) for way in ways[name][to])
            found = next((one for one in gone if one is not None), None)
            if found is None:
                return None
            turns.append(found[0])
            facts = found[1]
    return turns


def again(subject: Subject, journey: Journey) -> Turn | None:
    """Return how a journey comes to a change by which it starts, if every run of it began so."""
    own = [(journey.plan.journey, start) for start in by_change(journey.plan)]
    for way in _ways(subject, journey, own):
        if way.start is None:
            continue
        turned = turned_true(subject, way.start)
        begun = None if turned is None else journey.knowledge.assume({}, turned, True)
        found = None if begun is None else _go(subject, journey, way, begun)
        if found is not None and len(own) == 1:
            return found[0]
    return None


def _go(subject: Subject, journey: Journey, way: Way, facts: Facts) -> tuple[Turn, Facts] | None:
    """Go through a journey to a step, and on into the journey that it starts."""
    graph = journey.main
    held: list[Facts] = []

    def goal(node: int, known: Facts) -> bool:
        if graph.nodes[node].step != way.step or graph.nodes[node].block is not None:
            return False
        after = _enter(subject, journey, way, known)
        if after is not None:
            held.append(after)
        return after is not None

    for at_once in (True, False):

        def takes(node: int, edge: Edge, at_once: bool = at_once) -> bool:
            return _by_itself(journey, graph, node, edge, at_once)

        trail = find(journey, graph, goal, facts, keep=ALL, ways=takes)
        if trail is not None:
            return Turn(way, trail, at_once), held[-1]
    return None


def _by_itself(journey: Journey, graph: Graph, number: int, edge: Edge, at_once: bool) -> bool:
    """Whether a way is gone though the contact does nothing; `at_once`: and no time passes."""
    node = graph.nodes[number]
    if node.step < 0:
        return True
    step = journey.steps[node.step]
    if at_once and (isinstance(step, Wait | Arms) or node.block):
        return False
    if edge.kind in ("arm", "already"):
        return False
    if not isinstance(step, Decide):
        return True
    last = edge.number if edge.kind == "branch" else len(step.branches)
    truths = [(branch, n == last) for n, branch in enumerate(step.branches[: last + 1])]
    asked = [(journey.plan.predicates[branch.predicate], truth) for branch, truth in truths]
    return not any(
        _by_contact(one, denied, at_once) for p, truth in asked for one, denied in conditions(p, not truth)
    )


def _by_contact(condition: PlanModel, denied: bool, at_once: bool) -> bool:
    """Whether it takes the contact's doing, time and again, that a condition holds (or, denied, does not)."""
    if isinstance(condition, HasEngaged):
        return condition.negated == denied and (not at_once or condition.scope.kind == "run")
    if isinstance(condition, HasDone):
        return not denied and (not at_once or condition.scope.kind == "run")
    if isinstance(condition, Score | AccountCount):
        return not at_once
    return False


def _enter(subject: Subject, journey: Journey, way: Way, facts: Facts) -> Facts | None:
    """Return what is known as the other journey begins; None if it does not begin."""
    step, start = journey.steps[way.step], way.start
    known: Facts = {k: v for k, v in facts.items() if k.startswith(_OF_CONTACT)}
    if start is None or not isinstance(step, Do):
        return known
    turned = turned_true(subject, start)
    if turned is None:
        return None
    found = journey.knowledge.assume(known, turned, False)
    if found is None:
        return None
    found = journey.knowledge.assume(change(found, step.effect), turned, True)
    if found is None or start.condition is None:
        return found
    return journey.knowledge.assume(found, start.condition, True)


def turned_true(subject: Subject, start: Start) -> PlanModel | None:
    """Return the condition that turns true where a start by a change is met."""
    if start.event == STAGE and "stage" in start.args:
        return Stage(kind="eq", stage=start.args["stage"])
    if start.event == SCORE:
        return reached(start)
    condition = subject.segments.get(start.args.get("segment", ""))
    if condition is None or start.event == ENTERED:
        return condition
    return Not(condition=condition) if start.event == LEFT else None


def reached(start: Start) -> Score | None:
    """Return the score from which on a journey starts."""
    for one, _ in conditions(start.where) if start.where else ():
        if isinstance(one, Compare) and one.left.field == "after" and isinstance(one.right, int | float):
            return Score(kind="ge", points=one.right)
    return None
