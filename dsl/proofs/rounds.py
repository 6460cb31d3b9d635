"""Rounds of a loop that send an email and never wait: the contact gets all of them at once.

A wait until a date is over at once if the date is past, and one for what is so already is none either.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from dsl.plan import Arms, CalendarDate, DateField, Leave, Loop, Wait
from dsl.proofs.domains import Domain
from dsl.proofs.facts import Facts
from dsl.proofs.graph import START, Edge, Graph
from dsl.proofs.subject import Finding, Journey, Subject, Trail
from dsl.proofs.trails import Passing, trail

_MOST = 20_000

# A place, whether an email was sent on the way to it, and what is known there.
_State = tuple[int, bool, frozenset[tuple[str, Domain]]]


def without_pause(subject: Subject) -> Iterator[Finding]:
    """Find loops that can go from one round to the next with a send and without a wait."""
    for journey in subject.journeys.values():
        seen: set[int] = set()
        for graph in journey.graphs:
            for node, number in graph.steps():
                step = journey.steps[number]
                if isinstance(step, Loop) and step.times > 1 and number not in seen:
                    example = _round(journey, graph, node, step)
                    if example is not None:
                        seen.add(number)
                        yield _finding(journey, step, example)


def single(subject: Subject) -> Iterator[Finding]:
    """Find loops of which every way through the first round leaves."""
    for journey in subject.journeys.values():
        loops = {n for n, step in enumerate(journey.steps) if isinstance(step, Loop) and step.times > 1}
        for graph in journey.graphs if loops else ():
            here = {number for _, number in graph.steps() if number in loops}
            for number in sorted(here - graph.repeated):
                loops.discard(number)
                message = "There is no second round of this: every way through the first one leaves it."
                fix = "Put “stop repeating” under a condition, or leave the repeat out."
                yield Finding("N565", journey.plan.journey, journey.steps[number].line, message, fix)


def _finding(journey: Journey, step: Loop, example: Trail) -> Finding:
    message = f"A round of this can pass without a pause, and up to {step.times} emails go out at once."
    fix = "Put a wait into every round, such as: wait 2 days"
    return Finding("N541", journey.plan.journey, step.line, message, fix, example)


def _round(journey: Journey, graph: Graph, loop: int, step: Loop) -> Trail | None:
    """Find a way from the loop's first round into its second that sends and does not wait."""
    outer = len(graph.round(loop))
    passing = Passing(journey, graph)
    first: _State = (graph.nodes[loop].out[0].to, False, frozenset())
    came: dict[_State, tuple[_State, Edge] | None] = {first: None}
    queue = deque([first])
    while queue and len(came) < _MOST:
        state = queue.popleft()
        number, sent, known = state
        node = graph.nodes[number]
        rounds = graph.round(number)
        if len(rounds) <= outer:
            continue  # the loop was left
        if rounds[len(rounds) - outer - 1] > 1:
            if sent:
                return _tell(journey, graph, loop, came, state)
            continue
        if isinstance(journey.steps[node.step], Leave):
            continue
        sent = sent or journey.email(node.step) is not None
        facts = dict(known)
        for edge in node.out:
            if _pauses(journey, number, graph, edge, facts):
                continue
            after = passing.go(facts, number, edge)
            next_ = None if after is None else (edge.to, sent, frozenset(after.items()))
            if next_ is not None and next_ not in came:
                came[next_] = (state, edge)
                queue.append(next_)
    return None


def _pauses(journey: Journey, number: int, graph: Graph, edge: Edge, facts: Facts) -> bool:
    """Whether time passes on a way: not at a date that may be past, nor where what is waited for is so."""
    node = graph.nodes[number]
    step = journey.steps[node.step]
    if node.block is not None:
        return True
    if isinstance(step, Arms):
        return edge.kind != "already"
    if not isinstance(step, Wait):
        return False
    instant = journey.plan.instants[step.until]
    if not isinstance(instant, DateField | CalendarDate):
        return True
    # What was asked of the date may say that it is still to come.
    field = f'"field":"{instant.ref.field}"' if isinstance(instant, DateField) else ""
    return bool(field) and any(key.startswith("other:") and field in key for key in facts)


def _tell(
    journey: Journey,
    graph: Graph,
    loop: int,
    came: dict[_State, tuple[_State, Edge] | None],
    state: _State,
) -> Trail:
    way: list[tuple[int, Edge]] = []
    while (before := came[state]) is not None:
        way.append((before[0][0], before[1]))
        state = before[0]
    whole = [*way_to(graph, loop), (loop, graph.nodes[loop].out[0]), *way[::-1]]
    return trail(journey, graph, whole, whole[-1][1].to)


def way_to(graph: Graph, node: int) -> list[tuple[int, Edge]]:
    """Return a shortest way from the start to a node."""
    came: dict[int, tuple[int, Edge] | None] = {START: None}
    queue = deque([START])
    while queue and node not in came:
        number = queue.popleft()
        for edge in graph.nodes[number].out:
            if edge.to not in came:
                came[edge.to] = (number, edge)
                queue.append(edge.to)
    way: list[tuple[int, Edge]] = []
    at = node
    while (before := came[at]) is not None:
        way.append(before)
        at = before[0]
    return way[::-1]
