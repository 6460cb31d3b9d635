"""Rounds of a loop that send an email and never wait: the contact gets all of them at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from dsl.plan import Arms, Leave, Loop, Wait
from dsl.proofs.graph import START, Edge, Graph
from dsl.proofs.subject import Finding, Journey, Subject, Trail
from dsl.proofs.trails import trail


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


def _finding(journey: Journey, step: Loop, example: Trail) -> Finding:
    message = f"A round of this can pass without a wait, and up to {step.times} emails go out at once."
    fix = "Put a wait into every round, such as: wait 2 days"
    return Finding("N541", journey.plan.journey, step.line, message, fix, example)


def _round(journey: Journey, graph: Graph, loop: int, step: Loop) -> Trail | None:
    """Find a way from the loop's first round into its second that sends and does not wait."""
    outer = len(graph.round(loop))
    first = (graph.nodes[loop].out[0].to, False)
    came: dict[tuple[int, bool], tuple[tuple[int, bool], Edge] | None] = {first: None}
    queue = deque([first])
    while queue:
        state = queue.popleft()
        number, sent = state
        node = graph.nodes[number]
        rounds = graph.round(number)
        if len(rounds) <= outer:
            continue  # the loop was left
        if rounds[len(rounds) - outer - 1] > 1:
            if sent:
                return _tell(journey, graph, loop, came, state)
            continue
        if isinstance(journey.steps[node.step], Wait | Arms | Leave):
            continue
        sent = sent or journey.email(node.step) is not None
        for edge in node.out:
            if (edge.to, sent) not in came:
                came[edge.to, sent] = (state, edge)
                queue.append((edge.to, sent))
    return None


def _tell(
    journey: Journey,
    graph: Graph,
    loop: int,
    came: dict[tuple[int, bool], tuple[tuple[int, bool], Edge] | None],
    state: tuple[int, bool],
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
