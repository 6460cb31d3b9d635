"""Silence: marketing that can never go out, whatever the contact does.

What holds at dispatch is asked here of every send: consent, suppression, what policies require and skip, and
the hours of the journey against those in which policies hold. A consent that the journey itself has withdrawn
is taken to stay so while it only waits; what contacts do may bring it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dsl.plan import (
    Arms,
    Definitions,
    Do,
    GrantConsent,
    HasConsent,
    LiftSuppression,
    Not,
    SendEmail,
    SendMessage,
    Suppress,
    Suppressed,
    WithdrawConsent,
)
from dsl.plan.base import PlanModel
from dsl.plan.instants import SendingHours, Window
from dsl.proofs.conditions import conditions
from dsl.proofs.facts import Facts, about, written
from dsl.proofs.flow import known
from dsl.proofs.gaps import at_dispatch
from dsl.proofs.graph import Graph
from dsl.proofs.subject import Finding, Journey, Subject
from dsl.proofs.trails import find, tell_condition
from dsl.spelling import one_of

_DAY = 24 * 60
_MARKETING = "Marketing"
_FIX = "Send it before, or to others; a service email needs no consent: send service email …"


@dataclass(frozen=True, slots=True)
class _Need:
    """What must hold for marketing to go. `fact`: what it asks about; `told`: what is so if it does not.

    `skip`: the condition of a policy, which is put into words only if it is told.
    """

    condition: PlanModel
    fact: str
    told: str
    skip: PlanModel | None = None


def unsendable(subject: Subject) -> Iterator[Finding]:
    """Find marketing sends that never go out."""
    definitions = subject.definitions
    needs = tuple(_needs(definitions))
    facts = {about(one) for need in needs for one, _ in conditions(need.condition)}
    for journey in subject.journeys.values():
        sends = {
            n for n, step in enumerate(journey.steps) if isinstance(step, Do) and _marketing(step.effect)
        }
        if not sends:
            continue
        held = _outside_hours(journey, definitions)
        if held or facts & (journey.asked | journey.changes):
            for graph in journey.graphs:
                yield from _of_graph(journey, graph, sends, needs, held)


def _marketing(effect: object) -> bool:
    return isinstance(effect, SendEmail | SendMessage) and not effect.service


def _needs(definitions: Definitions) -> Iterator[_Need]:
    yield _consent(_MARKETING, "no contact who comes here has the consent “Marketing”")
    suppressed = Suppressed()
    yield _Need(Not(condition=suppressed), "suppressed", "every contact who comes here is suppressed")
    for policy in definitions.policies:
        for name in policy.consents:
            why = f"the policy “{policy.name}” requires the consent “{name}”, which no contact here has"
            yield _consent(name, why)
        for skip in policy.skips:
            why = f"the policy “{policy.name}” skips it while {{}}, and so it always is here"
            yield _Need(Not(condition=skip), "", why, skip)


def _consent(name: str, why: str) -> _Need:
    return _Need(HasConsent(consent=name), f"consent:{name}", why)


def _of_graph(
    journey: Journey, graph: Graph, sends: set[int], needs: tuple[_Need, ...], held: str
) -> Iterator[Finding]:
    places: dict[int, list[int]] = {}
    for node, step in graph.steps():
        if step in sends:
            places.setdefault(step, []).append(node)
    if not places:
        return
    flow, gone = known(journey, graph), _withdrawn(journey, graph)
    for step, nodes in places.items():
        nodes = [node for node in nodes if node in flow.at]
        whys = [_why(journey, step, flow.at[node], gone.get(node, frozenset()), needs) for node in nodes]
        if whys and all(whys):
            yield _finding(journey, graph, step, nodes[0], whys[0])
        elif nodes and held and not _at_any_hour(journey, step):
            yield _finding(journey, graph, step, nodes[0], held)
            held = ""  # said once: it is so for every send


def _at_any_hour(journey: Journey, step: int) -> bool:
    return bool(getattr(getattr(journey.steps[step], "effect", None), "ignore_hours", False))


def _why(journey: Journey, step: int, facts: Facts, gone: frozenset[str], needs: tuple[_Need, ...]) -> str:
    effect = getattr(journey.steps[step], "effect", None)
    assert isinstance(effect, SendEmail | SendMessage)
    going = at_dispatch(journey, effect.guards, facts)
    if going is None:
        return ""  # no contact comes here, which is told elsewhere
    for need in needs:
        if need.fact in gone or journey.knowledge.assume(going, need.condition, True) is None:
            return need.told if need.skip is None else need.told.format(tell_condition(journey, need.skip))
    return ""


def _withdrawn(journey: Journey, graph: Graph) -> Mapping[int, frozenset[str]]:
    """Return the consents that on every way to a node the journey has withdrawn, and suppression."""
    if not any(fact.startswith(("consent:", "suppressed")) for fact in journey.changes):
        return {}
    found: dict[int, frozenset[str]] = {}
    for number in graph.order:
        node = graph.nodes[number]
        here = found.setdefault(number, frozenset())
        step = journey.steps[node.step] if node.step >= 0 else None
        effect = step.effect if isinstance(step, Do) else None
        if isinstance(effect, WithdrawConsent | Suppress):
            here |= written([effect])
        elif isinstance(effect, GrantConsent | LiftSuppression):
            here -= written([effect])
        here -= journey.beside
        for edge in node.out:
            there = frozenset() if isinstance(step, Arms) and edge.kind == "arm" else here
            found[edge.to] = found[edge.to] & there if edge.to in found else there
    return found


def _finding(journey: Journey, graph: Graph, step: int, node: int, why: str) -> Finding:
    effect = getattr(journey.steps[step], "effect", None)
    name = getattr(effect, "email", None) or getattr(effect, "message", "")
    trail = find(journey, graph, lambda number, _facts: number == node)
    message = f"“{name}” never goes out: {why}."
    return Finding("N562", journey.plan.journey, journey.steps[step].line, message, _FIX, trail)


# ------------------------------------------------------------------------------------------------- hours


def _outside_hours(journey: Journey, definitions: Definitions) -> str:
    """Say that the sending hours lie within what policies hold back, if they do."""
    hours = journey.plan.sending_hours
    if hours is None:
        return ""
    quiet = [(p.name, q) for p in definitions.policies for q in p.quiet if q.zone == hours.zone]
    windows: tuple[SendingHours | Window, ...] = (hours, *hours.also)
    open_, shut = 0, 0
    for one in windows:
        open_ |= _minutes(one.from_, one.to)
    for _, one_quiet in quiet:
        shut |= 0 if one_quiet.from_ == one_quiet.to else _minutes(one_quiet.from_, one_quiet.to)
    if open_ & ~shut:
        return ""
    names = one_of([f"“{name}”" for name in dict.fromkeys(name for name, _ in quiet)], "and")
    return f"its sending hours lie within those in which the policy {names} holds all marketing"


def _minutes(begin: str, end: str) -> int:
    """Return the minutes of a day in a window as bits; equal ends are a whole day."""
    first, last = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (begin, end))
    bits = ((1 << ((last - first) % _DAY or _DAY)) - 1) << first
    return (bits | bits >> _DAY) & ((1 << _DAY) - 1)
