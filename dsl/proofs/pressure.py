"""How many emails a contact can get in so many days: the worst window on any path.

Every send begins a window. From there the shortest way in time to each later send counts: waits at their
least, events at once, blocks at their moment or at once if they are late by then. Handlers send beside the
main flow, so theirs are added. The figure is never too low; where dates or sending hours move mails closer
together it may be higher than what happens.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from dsl.plan import Arms, Wait
from dsl.proofs.graph import END, START, Edge, Graph
from dsl.proofs.lengths import DAY, length, moment
from dsl.proofs.rounds import way_to
from dsl.proofs.stay import When, leave, times
from dsl.proofs.subject import Journey, Trail
from dsl.proofs.trails import trail


@dataclass(frozen=True, slots=True)
class Most:
    """The most emails in a window; `emails` None: a handler sends without end. `trail`: of the main flow."""

    emails: int | None
    trail: Trail | None = None


@dataclass(frozen=True, slots=True)
class _Gone:
    """The least time gone since the window began, on some way. `sent`: when the last send was, at the least.

    `back`: the node and the way by which it was come to.
    """

    elapsed: int
    sent: int
    back: tuple[int, int, Edge] | None = None

    def or_(self, other: _Gone) -> _Gone:
        """Keep the least of both."""
        first = other if other.elapsed < self.elapsed else self
        return _Gone(first.elapsed, min(self.sent, other.sent), first.back)


def most_emails(journey: Journey, days: float, *, service: bool = False) -> Most:
    """Return the most emails of a class that one run can send in less than so many days.

    None where that has no bound, or the plan's loops are too many to be looked at whole.
    """
    window = int(days * DAY)
    main = _worst(journey, journey.main, window, service)
    total: int | None = main.emails if all(graph.whole for graph in journey.graphs) else None
    for handler, graph in zip(journey.plan.handlers, journey.handlers, strict=True):
        once = _worst(journey, graph, window, service).emails
        if not once:
            continue
        every = None if handler.every is None else length(journey.plan, handler.every).least
        total = None if total is None or not every else total + once * -(-window // every)
    return Most(total, main.trail)


def _worst(journey: Journey, graph: Graph, window: int, service: bool) -> Most:
    arrivals = times(journey, graph)
    place = {number: n for n, number in enumerate(graph.order)}
    best: tuple[int, int, int, dict[tuple[int, int], _Gone]] = (0, END, END, {})
    for number in _beginnings(journey, graph, service):
        if _counts(journey, graph, number, service):
            seen = _from(journey, graph, number, window, service, arrivals, place)
            count, last = max((count, -place[node], node) for node, count in seen)[0::2]
            if count > best[0]:
                best = (count, number, last, seen)
    count, first, last, seen = best
    return Most(count, _told(journey, graph, first, last, count, seen) if count else None)


def _beginnings(journey: Journey, graph: Graph, service: bool) -> Iterator[int]:
    """Yield the nodes before which time may have passed since the last such send."""
    fresh = {START: True}
    for number in graph.order:
        if number != START:
            fresh[number] = any(
                _takes_time(journey, graph, n) or (fresh[n] and not _counts(journey, graph, n, service))
                for n in graph.nodes[number].into
                if n in fresh
            )
        if fresh[number]:
            yield number


def _takes_time(journey: Journey, graph: Graph, number: int) -> bool:
    node = graph.nodes[number]
    return node.block is not None or (node.step >= 0 and isinstance(journey.steps[node.step], Wait | Arms))


def _counts(journey: Journey, graph: Graph, number: int, service: bool) -> bool:
    node = graph.nodes[number]
    email = journey.email(node.step) if node.step >= 0 and node.block is None else None
    return email is not None and email.service == service


def _from(
    journey: Journey,
    graph: Graph,
    first: int,
    window: int,
    service: bool,
    arrivals: dict[int, When],
    place: dict[int, int],
) -> dict[tuple[int, int], _Gone]:
    """Return the least time to each (node, emails sent by then) inside the window that begins at a send."""
    began = leave(journey, graph, first, Edge(END), arrivals[first]).latest
    seen: dict[tuple[int, int], _Gone] = {(first, 1): _Gone(0, 0)}
    reached: dict[int, set[int]] = {first: {1}}
    queue = [(place[first], first)]
    while queue:
        _, number = heapq.heappop(queue)
        kept = _worth(seen, number, reached[number])
        for edge in graph.nodes[number].out:
            for count in kept:
                gone = _onward(journey, graph, number, edge, seen[number, count], arrivals[number], began)
                if gone.elapsed >= window:
                    continue
                if edge.to not in reached:
                    reached[edge.to] = set()
                    heapq.heappush(queue, (place[edge.to], edge.to))
                sent = _counts(journey, graph, edge.to, service)
                key = (edge.to, count + sent)
                gone = _Gone(gone.elapsed, gone.sent, (number, count, edge))
                seen[key] = seen[key].or_(gone) if key in seen else gone
                reached[edge.to].add(count + sent)
    return seen


def _worth(seen: dict[tuple[int, int], _Gone], number: int, counts: set[int]) -> list[int]:
    """Keep a lower count only where it, or its last send, came sooner than every higher one."""
    kept: list[int] = []
    elapsed = sent = 2**62
    for count in sorted(counts, reverse=True):
        gone = seen[number, count]
        if gone.elapsed < elapsed or gone.sent < sent:
            kept.append(count)
            elapsed, sent = min(elapsed, gone.elapsed), min(sent, gone.sent)
    return kept


def _onward(
    journey: Journey, graph: Graph, number: int, edge: Edge, gone: _Gone, here: When, began: int | None
) -> _Gone:
    """Return the least time gone behind a node; the caller says by which way that was."""
    if number in (START, END):
        return gone
    node = graph.nodes[number]
    step = journey.steps[node.step]
    if node.block is not None and edge.kind == "block":
        return _into_block(journey, graph, number, gone, here, began)
    if node.block is not None:
        return gone
    if isinstance(step, Wait) or (isinstance(step, Arms) and edge.kind == "timeout"):
        until = step.until
        found = length(journey.plan, until) if until is not None else None
        if found is None:
            return gone
        if found.anchored:
            since = 0 if began is None else max(0, found.least - began)
            return _Gone(max(gone.elapsed, since), gone.sent)
        return _Gone(gone.elapsed + found.least, gone.sent)
    return _Gone(gone.elapsed, gone.elapsed) if journey.email(node.step) else gone


def _into_block(
    journey: Journey, graph: Graph, number: int, gone: _Gone, here: When, began: int | None
) -> _Gone:
    block = graph.block(graph.nodes[number])
    due = moment(journey.plan, block)
    ways: list[int] = []
    if due.most is None or here.earliest <= due.most:
        since = 0 if began is None or due.most is None else max(0, due.least - began)
        ways.append(max(gone.elapsed, since))
    if due.most is None or here.latest is None or here.latest > due.least:
        ways.append(max(gone.elapsed, gone.sent + block.gap))
    return _Gone(min(ways), gone.sent)


def _told(
    journey: Journey,
    graph: Graph,
    first: int,
    last: int,
    count: int,
    seen: dict[tuple[int, int], _Gone],
) -> Trail:
    way: list[tuple[int, Edge]] = []
    at = (last, count)
    while (back := seen[at].back) is not None:
        way.append((back[0], back[2]))
        at = (back[0], back[1])
    return trail(journey, graph, [*way_to(graph, first), *way[::-1]], last)
