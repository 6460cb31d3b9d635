"""Haste: what is asked or done in the moment of a send, before any time has passed.

A thread does all its lines in one moment until it comes to a wait or a timed block. Who is sent an email in
that moment can neither have opened nor clicked it in the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dsl.plan import Arms, Decide, HasDone, Wait
from dsl.proofs.conditions import conditions
from dsl.proofs.facts import EMAIL_EVENTS
from dsl.proofs.graph import START, Graph
from dsl.proofs.subject import Finding, Journey, Subject
from dsl.proofs.trails import find

_REACTED = {"Email Clicked": "click it", "Email Opened": "open it", "Email Replied": "reply to it"}
_WAITS = {"Email Clicked": "clicks", "Email Opened": "opens", "Email Replied": "replies to"}


@dataclass(frozen=True, slots=True)
class _Sent:
    """The nodes that may have sent an email in this very moment. `surely`: some of them has, on every way."""

    now: frozenset[int] = frozenset()
    surely: bool = False

    def or_(self, other: _Sent) -> _Sent:
        return _Sent(self.now | other.now, self.surely and other.surely)


_Table = Mapping[str, _Sent]
_NONE = _Sent()


def asked_at_once(subject: Subject) -> Iterator[Finding]:
    """Find conditions on a reaction to an email that has gone out in the same moment."""
    for journey in subject.journeys.values():
        asked = {n: found for n, step in enumerate(journey.steps) if (found := _asked(journey, step))}
        if asked and journey.emails:
            for graph in journey.graphs:
                yield from _asked_in(journey, graph, asked)


def twice_at_once(subject: Subject) -> Iterator[Finding]:
    """Find an email that goes out a second time in the moment of the first, from another line."""
    for journey in subject.journeys.values():
        sends = [found.email for n in range(len(journey.steps)) if (found := journey.email(n))]
        if len(sends) == len(set(sends)):
            continue
        for graph in journey.graphs:
            yield from _twice_in(journey, graph)


def _asked(journey: Journey, step: object) -> dict[str, str]:
    """Return the emails whose reaction a step asks about, each with the event."""
    if not isinstance(step, Decide):
        return {}
    found: dict[str, str] = {}
    for branch in step.branches:
        for one, _ in conditions(journey.plan.predicates[branch.predicate]):
            if isinstance(one, HasDone) and one.event in EMAIL_EVENTS and one.scope.kind == "run":
                found.setdefault(str(one.args.get("email")), one.event)
    return found


def _asked_in(journey: Journey, graph: Graph, asked: Mapping[int, Mapping[str, str]]) -> Iterator[Finding]:
    at = _tables(journey, graph)
    hasty: dict[tuple[int, str], int] = {}
    calm: set[tuple[int, str]] = set()
    earlier: dict[str, set[int]] = {}
    for node, step in graph.steps():
        if (effect := journey.email(step)) is not None:
            earlier.setdefault(effect.email, set()).add(node)
        for email in asked.get(step, ()):
            sent = at[node].get(email, _NONE)
            if sent.surely and sent.now >= earlier[email]:
                hasty.setdefault((step, email), node)
            else:
                calm.add((step, email))
    for (step, email), node in hasty.items():
        if (step, email) in calm:
            continue  # in a later round there was time
        event = asked[step][email]
        message = f"“{email}” goes out in this very moment, and nobody has had the time to {_REACTED[event]}."
        fix = f'Wait before: wait up to 3 days until contact {_WAITS[event]} email "{email}"'
        trail = find(journey, graph, lambda n, _facts, node=node: n == node)  # type: ignore[misc]
        yield Finding("N570", journey.plan.journey, journey.steps[step].line, message, fix, trail)


def _twice_in(journey: Journey, graph: Graph) -> Iterator[Finding]:
    at, told = _tables(journey, graph), set[int]()
    for node, step in graph.steps():
        effect = journey.email(step)
        if effect is None or step in told:
            continue
        others = {graph.nodes[other].step for other in at[node].get(effect.email, _NONE).now} - {step}
        if not others:
            continue
        told.add(step)
        line = journey.steps[min(others)].line
        message = f"“{effect.email}” can go out twice in one moment: here, and in line {line}."
        fix = "Wait between them, send another email, or leave one of them out."
        trail = find(journey, graph, lambda n, _facts, node=node: n == node)  # type: ignore[misc]
        yield Finding("N571", journey.plan.journey, journey.steps[step].line, message, fix, trail)


def _tables(journey: Journey, graph: Graph) -> dict[int, _Table]:
    """Return what was sent in the moment of each node. The order has every node after all that lead to it."""
    at: dict[int, _Table] = {START: {}}
    for number in graph.order:
        node = graph.nodes[number]
        after = at.setdefault(number, {})
        if node.block is not None or (node.step >= 0 and isinstance(journey.steps[node.step], Wait | Arms)):
            after = {}
        elif node.step >= 0 and (effect := journey.email(node.step)) is not None:
            sent = after.get(effect.email, _NONE)
            after = {**after, effect.email: _Sent(sent.now | {number}, True)}
        for edge in node.out:
            at[edge.to] = _both(at[edge.to], after) if edge.to in at else after
    return at


def _both(one: _Table, other: _Table) -> _Table:
    if one is other:
        return one
    return {email: one.get(email, _NONE).or_(other.get(email, _NONE)) for email in {**one, **other}}
