"""Echoes: clicks, opens and replies that are waited for or asked about, of emails not sent by then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from dsl.plan import Arms, Decide, HasDone, Interest, Schedule, WasSent
from dsl.plan.base import PlanModel
from dsl.proofs.conditions import conditions
from dsl.proofs.facts import EMAIL_EVENTS, STEADY, Facts, sent_key
from dsl.proofs.flow import begin
from dsl.proofs.graph import START, Graph
from dsl.proofs.subject import Finding, Journey, Subject
from dsl.proofs.trails import Goal, find, unsent

_WORDS = {"Email Clicked": "a click in", "Email Opened": "an open of", "Email Replied": "a reply to"}
_SENT = "Send it, or name an email that is sent."
_LATER = "Send the email before this line, or name the email that was sent."


@dataclass(frozen=True, slots=True)
class _Use:
    """A line that needs an email to have been sent.

    `vain`: the line is for nothing, or means something else, if none was. `rest`: it is about `otherwise`.
    """

    step: int
    emails: tuple[str, ...]
    told: str
    waits: bool
    vain: bool
    rest: bool = False


def unheard(subject: Subject) -> Iterator[Finding]:
    """Find waits and conditions on an email that no way, or not every way, has sent before."""
    for journey in subject.journeys.values():
        yield from _of_nobody(journey, subject.senders)
        for graph in journey.graphs:
            yield from _of_graph(journey, graph, subject.senders)


def _of_graph(journey: Journey, graph: Graph, senders: Counter[str]) -> Iterator[Finding]:
    uses: dict[int, list[tuple[int, _Use]]] = {}
    for node, step in graph.steps():
        for place, use in enumerate(_uses(journey, step)):
            uses.setdefault((step << 8) + place, []).append((node, use))
    if not uses:
        return
    must, may = _sent(journey, graph)
    for places in uses.values():
        yield from _judge(journey, graph, places, must, may, senders)


def _judge(
    journey: Journey,
    graph: Graph,
    places: list[tuple[int, _Use]],
    must: dict[int, frozenset[str]],
    may: dict[int, frozenset[str]],
    senders: Counter[str],
) -> Iterator[Finding]:
    use = places[0][1]
    nodes = [node for node, _ in places]
    own = [email for email in use.emails if email in journey.emails]
    named = " or ".join(f"“{email}”" for email in own)
    never = bool(own) and all(email not in may[node] for node in nodes for email in own)
    if never and not (use.waits and any(senders[email] > 1 for email in own)):
        trail = find(journey, graph, lambda node, _facts: node in nodes)
        message = f"{use.told} {named}, which no way to this line has sent."
        yield Finding("N544", journey.plan.journey, _line(journey, use), message, _LATER, trail)
    elif own and use.vain and graph is journey.main and len(own) == len(use.emails):
        # The trail of the last place: in a later round of a loop more has been sent.
        for node in reversed(nodes):
            if all(email in must[node] for email in own):
                return
            trail = find(
                journey,
                graph,
                _asked_in_vain(journey, use, node),
                _start(journey, graph, own),
                _sends(journey, own),
            )
            if trail is None:
                return
        message = f"{use.told} {named}, which not every contact who comes here was sent."
        if use.rest:
            message = f"“otherwise” is for contacts who were never sent {named}, too."
        fix = "Put the line under the way that sends it, or ask “if contact has been sent email …” first."
        yield Finding("N545", journey.plan.journey, _line(journey, use), message, fix, trail)


def _line(journey: Journey, use: _Use) -> int:
    return journey.steps[use.step].line


def _asked_in_vain(journey: Journey, use: _Use, at: int) -> Goal:
    """Stop where the line is come to, and its outcome would be another if the email had been sent."""
    step = journey.steps[use.step]
    keys = {sent_key(email) for email in use.emails}

    def goal(node: int, facts: Facts) -> bool:
        if node != at:
            return False
        if not isinstance(step, Decide):
            return True
        heard: Facts | None = {key: domain for key, domain in facts.items() if key not in keys}
        for branch in step.branches:
            predicate = journey.plan.predicates[branch.predicate]
            if heard is None:
                return False
            about = any(_email_of(one) in use.emails for one, _ in conditions(predicate))
            if about and journey.knowledge.assume(heard, predicate, True) is not None:
                return True
            heard = journey.knowledge.assume(heard, predicate, False)
        return False

    return goal


def _start(journey: Journey, graph: Graph, emails: list[str]) -> Facts:
    facts = dict(begin(journey, graph, STEADY))
    for email in emails:
        facts |= unsent(email)
    return facts


def _sends(journey: Journey, emails: list[str]) -> frozenset[int]:
    return frozenset(
        n for n in range(len(journey.steps)) if (sent := journey.email(n)) and sent.email in emails
    )


def _uses(journey: Journey, number: int) -> Iterator[_Use]:
    """Yield what a step wants to hear of emails."""
    step = journey.steps[number]
    if isinstance(step, Arms):
        interests = [journey.plan.interests[arm.interest] for arm in step.arms]
        heard = [_heard(interest) for interest in interests]
        emails = tuple(dict.fromkeys(email for email in heard if email))
        alone = all(email is not None for email in heard)
        for email in emails:
            event = next(i.event for i in interests if _heard(i) == email)
            told = f"This waits for {_WORDS[event or '']}"
            # Another way out of the wait makes it worth waiting.
            yield _Use(number, emails if alone else (email,), told, True, alone)
            if alone:
                return
    elif isinstance(step, Decide):
        yield from _asked(journey, number, step)


def _asked(journey: Journey, number: int, step: Decide) -> Iterator[_Use]:
    found = [
        (one, denied)
        for branch in step.branches
        for one, denied in conditions(journey.plan.predicates[branch.predicate])
        if _email_of(one)
    ]
    positive = tuple(dict.fromkeys(e for one, denied in found if not denied and (e := _event_email(one))))
    if positive and step.otherwise != step.next:
        yield _Use(number, positive, "This asks about", False, True, rest=True)
    for one, denied in found:
        email = _email_of(one)
        assert email is not None
        event = getattr(one, "event", None)
        told = f"This asks about {_WORDS[event]}" if event else "This asks about the sending of"
        yield _Use(number, (email,), told, False, denied and event is not None)


def _email_of(condition: PlanModel) -> str | None:
    """Return the email whose sending by this run a condition depends on."""
    if isinstance(condition, WasSent) and condition.scope.kind == "run":
        return condition.email
    return _event_email(condition)


def _event_email(condition: PlanModel) -> str | None:
    if isinstance(condition, HasDone) and condition.scope.kind == "run" and condition.event in EMAIL_EVENTS:
        return condition.args.get("email")
    return None


def _heard(interest: Interest) -> str | None:
    return interest.args.get("email") if interest.event in EMAIL_EVENTS else None


def _sent(journey: Journey, graph: Graph) -> tuple[dict[int, frozenset[str]], dict[int, frozenset[str]]]:
    """Return, for each node, the emails that every way, and that some way, has sent before it."""
    none: frozenset[str] = frozenset()
    others = frozenset(
        sent.email
        for other in journey.graphs
        if other is not graph
        for _, step in other.steps()
        if (sent := journey.email(step))
    )
    must, may = {START: none}, {START: others}
    for number in graph.order:
        node = graph.nodes[number]
        if node.into:
            before = [n for n in node.into if n in must]
            must[number] = none.union(must[before[0]] | _by(journey, graph, before[0])).intersection(
                *(must[n] | _by(journey, graph, n) for n in before[1:])
            )
            may[number] = none.union(*(may[n] | _by(journey, graph, n) for n in before))
        if node.block is None and node.step >= 0 and graph.dated:
            # Blocks on dates come in any order, so each may come after all the others.
            step = journey.steps[node.step]
            if isinstance(step, Schedule):
                may[number] |= journey.emails
    return must, may


def _by(journey: Journey, graph: Graph, number: int) -> frozenset[str]:
    node = graph.nodes[number]
    sent = journey.email(node.step) if node.step >= 0 and node.block is None else None
    return frozenset({sent.email}) if sent else frozenset()


def _of_nobody(journey: Journey, senders: Counter[str]) -> Iterator[Finding]:
    """Find what is listened for of emails that no journey sends."""
    plan = journey.plan
    listening = [(s.line, arm.interest) for s in plan.steps if isinstance(s, Arms) for arm in s.arms]
    listening += [(ending.line, ending.interest) for ending in plan.endings]
    listening += [(handler.line, handler.interest) for handler in plan.handlers]
    for line, interest in dict.fromkeys(listening):
        email = _heard(plan.interests[interest])
        if email is not None and not senders[email]:
            event = _WORDS[plan.interests[interest].event or ""]
            message = f"This waits for {event} “{email}”, which no journey sends."
            yield Finding("N556", plan.journey, line, message, _SENT)
    for step in plan.steps:
        for branch in step.branches if isinstance(step, Decide) else ():
            for one, _denied in conditions(plan.predicates[branch.predicate]):
                email = one.args.get("email") if isinstance(one, HasDone) else None
                if isinstance(one, HasDone) and one.event in EMAIL_EVENTS and email and not senders[email]:
                    message = f"This asks about {_WORDS[one.event]} “{email}”, which no journey sends."
                    yield Finding("N556", plan.journey, step.line, message, _SENT)
