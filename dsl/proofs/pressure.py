"""How many emails a contact can get in so many days: the worst window on any path.

Every send begins a window. From there the shortest way in time to each later send counts: waits at their
least, events at once, blocks at their moment or at once if they are late by then. Handlers send beside the
main flow, so theirs are added. The figure is never too low; where dates or sending hours move mails closer
together it may be higher than what happens.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dsl.plan import Arms, Wait
from dsl.proofs.domains import Domain
from dsl.proofs.facts import Facts
from dsl.proofs.graph import END, START, Edge, Graph, TooLarge
from dsl.proofs.lengths import DAY, length, moment
from dsl.proofs.rounds import way_to
from dsl.proofs.stay import When, leave, times
from dsl.proofs.subject import Journey, Trail
from dsl.proofs.trails import Passing, places, trail

_EVER = 2**60
# Tables of facts that are looked at behind one send.
_KNOWN = 2_000

# A node, the emails sent by then, and the number of what is known there.
_Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Most:
    """The most emails in a window; `emails` None: a handler sends without end.

    `trail`: of the main flow, with what handlers send beside it. `last`: the step that sends the last one.
    """

    emails: int | None
    trail: Trail | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class _Gone:
    """The least time gone since the window began, on some way. `sent`: when the last send was, at the least.

    `back`: from where and by which way it was come to.
    """

    elapsed: int
    sent: int
    back: tuple[_Key, Edge] | None = None

    def or_(self, other: _Gone) -> _Gone:
        """Keep the least of both."""
        first = other if other.elapsed < self.elapsed else self
        return _Gone(first.elapsed, min(self.sent, other.sent), first.back)


_Seen = dict[_Key, _Gone]


def most_emails(journey: Journey, days: float, *, service: bool = False, careful: bool = False) -> Most:
    """Return the most emails of a class that one run can send in less than so many days.

    None where that has no bound, or the plan's loops are too many to be looked at whole. `careful`: leave out
    the paths on which conditions contradict each other, which takes longer.
    """
    window = int(days * DAY)
    most = _of(journey, journey.main, window, service, careful)
    if not all(graph.whole for graph in journey.graphs):
        most = replace(most, emails=None)
    for handler, graph in zip(journey.plan.handlers, journey.handlers, strict=True):
        # Firings may overlap, so each of a body's emails counts once for each firing in the window.
        once = _of(journey, graph, _EVER, service, careful)
        if once.emails:
            every = None if handler.every is None else length(journey.plan, handler.every).least
            most = _beside(most, once, None if not every else -(-window // every))
    return most


def _beside(most: Most, once: Most, times_: int | None) -> Most:
    """Add what a handler sends, so many times (None: without end)."""
    assert once.emails is not None
    assert once.trail is not None
    total = None if most.emails is None or times_ is None else most.emails + once.emails * times_
    often = "" if times_ == 1 else " (any number of times)" if times_ is None else f" ({times_} times)"
    told = once.trail.words + often
    if most.trail is None:
        return Most(total, Trail(once.trail.steps, told), once.last)
    return Most(total, Trail(most.trail.steps, f"{most.trail.words}; beside it: {told}"), once.last)


def _of(journey: Journey, graph: Graph, window: int, service: bool, careful: bool) -> Most:
    if not careful:
        return _worst(journey, graph, window, service)
    try:
        return _careful(journey, graph, window, service)
    except TooLarge:
        return _worst(journey, graph, window, service)


def _careful(journey: Journey, graph: Graph, window: int, service: bool) -> Most:
    """Return the worst window of all paths on which no condition contradicts another."""
    arrivals, place = times(journey, graph), {number: n for n, number in enumerate(graph.order)}
    fresh = {n for n in _beginnings(journey, graph, service) if _counts(journey, graph, n, service)}
    passing, best = Passing(journey, graph), Most(0)
    for number, facts, way in places(journey, graph):
        if number in fresh:
            seen = _from(journey, graph, number, window, service, arrivals, place, (passing, facts))
            key = _most(seen, place)
            if key[1] > (best.emails or 0):
                told = trail(journey, graph, [*way(), *_back(seen, key)], key[0])
                best = Most(key[1], told, graph.nodes[key[0]].step)
    return best


def _worst(journey: Journey, graph: Graph, window: int, service: bool) -> Most:
    arrivals = times(journey, graph)
    place = {number: n for n, number in enumerate(graph.order)}
    best: tuple[int, _Key, _Seen] = (END, (END, 0, 0), {})
    for number in _beginnings(journey, graph, service):
        if _counts(journey, graph, number, service):
            seen = _from(journey, graph, number, window, service, arrivals, place)
            key = _most(seen, place)
            if key[1] > best[1][1]:
                best = (number, key, seen)
    first, key, seen = best
    if not key[1]:
        return Most(0)
    told = trail(journey, graph, [*way_to(graph, first), *_back(seen, key)], key[0])
    return Most(key[1], told, graph.nodes[key[0]].step)


def _most(seen: _Seen, place: dict[int, int]) -> _Key:
    """Return the first place at which the count is highest."""
    return max(seen, key=lambda key: (key[1], -place[key[0]], -key[2]))


def _back(seen: _Seen, key: _Key) -> list[tuple[int, Edge]]:
    way: list[tuple[int, Edge]] = []
    while (back := seen[key].back) is not None:
        key = back[0]
        way.append((key[0], back[1]))
    return way[::-1]


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
    knowing: tuple[Passing, Facts] | None = None,
) -> _Seen:
    """Return the least time to each (node, emails sent by then, what is known) in a window from a send on.

    `knowing`: how facts pass steps, and what is known at the send; without it nothing is.
    """
    began = leave(journey, graph, first, Edge(END), arrivals[first]).latest
    seen: _Seen = {(first, 1, 0): _Gone(0, 0)}
    known: list[Facts] = [{} if knowing is None else knowing[1]]
    ids: dict[frozenset[tuple[str, Domain]], int] = {frozenset(known[0].items()): 0}
    reached: dict[int, dict[int, set[int]]] = {first: {0: {1}}}
    queue = [(place[first], first)]
    while queue:
        _, number = heapq.heappop(queue)
        for id_, counts in reached[number].items():
            kept = _worth(seen, number, id_, counts)
            for edge in graph.nodes[number].out:
                to_id = id_
                if knowing is not None:
                    after = knowing[0].go(known[id_], number, edge)
                    if after is None:
                        continue
                    to_id = ids.setdefault(frozenset(after.items()), len(known))
                    if to_id == len(known):
                        known.append(after)
                    if to_id > _KNOWN:
                        raise TooLarge
                sent = _counts(journey, graph, edge.to, service)
                for count in kept:
                    here = (number, count, id_)
                    gone = _onward(journey, graph, number, edge, seen[here], arrivals[number], began)
                    if gone.elapsed >= window:
                        continue
                    if edge.to not in reached:
                        reached[edge.to] = {}
                        heapq.heappush(queue, (place[edge.to], edge.to))
                    key = (edge.to, count + sent, to_id)
                    gone = _Gone(gone.elapsed, gone.sent, (here, edge))
                    seen[key] = seen[key].or_(gone) if key in seen else gone
                    reached[edge.to].setdefault(to_id, set()).add(count + sent)
    return seen


def _worth(seen: _Seen, number: int, id_: int, counts: set[int]) -> list[int]:
    """Keep a lower count only where it, or its last send, came sooner than every higher one."""
    kept: list[int] = []
    elapsed = sent = 2**62
    for count in sorted(counts, reverse=True):
        gone = seen[number, count, id_]
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
