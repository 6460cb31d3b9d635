"""Gaps in emails and messages: fields that one shows and that are not certainly filled where it is sent.

A field is filled after a condition that needs it to be (`is set`, `is "Software"`, `is at least 5`), in the
version that its own value chooses, or because the starting event brings it. It is taken to stay so until the
journey itself changes it. `contact.email` is always filled: nothing is sent without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from dsl.emails import EmailVersion
from dsl.plan import Channel, Compare, Do, SendEmail, SendMessage
from dsl.proofs.facts import STEADY, Facts
from dsl.proofs.flow import known
from dsl.proofs.graph import Graph
from dsl.proofs.showing import shown
from dsl.proofs.subject import Finding, Journey, Subject, Trail
from dsl.proofs.trails import find
from dsl.spelling import one_of

_FILLED = frozenset({"contact.email"})


@lru_cache(maxsize=4_096)
def _fields(text: str) -> tuple[str, ...]:
    found = dict.fromkeys(one.field for one in shown(text))
    return tuple(field for field in found if field not in _FILLED)


def needed(version: EmailVersion, subject: str | None = None) -> tuple[str, ...]:
    """Return the fields that a version of an email shows and has nothing else for."""
    texts = (subject if subject is not None else version.subject, version.preheader or "", version.body)
    return tuple(dict.fromkeys(field for text in texts if "{{" in text for field in _fields(text)))


def gaps(subject: Subject) -> Iterator[Finding]:
    """Find sends of emails and messages that can show an empty field."""
    texts = {(one.channel, one.name): _fields(one.text) for one in subject.definitions.messages}
    for journey in subject.journeys.values():
        for graph in journey.graphs:
            yield from _of_messages(journey, graph, texts)
        if any(_versions(subject, effect) for _, effect in journey.plan.sends()):
            told: set[tuple[str, tuple[str, ...]]] = set()
            for graph in journey.graphs:
                yield from _of_graph(subject, journey, graph, told)


_Version = tuple[EmailVersion, str | None, tuple[str, ...]]


def _versions(subject: Subject, effect: SendEmail) -> list[_Version]:
    """Return the versions that a send can choose, with the value that chooses each and what it needs."""
    email = subject.emails.get(effect.email)
    if email is None:
        return []
    found: list[tuple[str | None, EmailVersion]] = [(None, email.default)]
    if effect.version_by is not None:
        found += email.versions.items()
    made = [(version, value, needed(version, effect.subject)) for value, version in found]
    return [one for one in made if one[2]]


def _of_graph(
    subject: Subject, journey: Journey, graph: Graph, told: set[tuple[str, tuple[str, ...]]]
) -> Iterator[Finding]:
    flow = known(journey, graph, STEADY)
    for node, step in graph.steps():
        effect = journey.email(step)
        if effect is None or node not in flow.at:
            continue
        for version, value, fields in _versions(subject, effect):
            facts = _at_dispatch(journey, effect, value, flow.at[node])
            missing = () if facts is None else tuple(f for f in fields if _may_be_empty(journey, facts, f))
            if missing and (version.path, missing) not in told:
                finding = _finding(journey, graph, effect, (version, value, missing), node)
                if finding is not None:
                    told.add((version.path, missing))
                    yield finding


def _of_messages(
    journey: Journey, graph: Graph, texts: Mapping[tuple[Channel, str], tuple[str, ...]]
) -> Iterator[Finding]:
    """Find the sends of messages on channels that can show an empty field; each is told once."""
    sends = [(node, step, _message(journey, step)) for node, step in graph.steps()]
    needing = [(node, step, effect) for node, step, effect in sends if effect and texts.get(_key(effect))]
    if not needing:
        return
    flow = known(journey, graph, STEADY)
    told: set[tuple[Channel, str]] = set()
    for node, step, effect in needing:
        if node not in flow.at or _key(effect) in told:
            continue
        facts = at_dispatch(journey, effect.guards, flow.at[node])
        fields = texts[_key(effect)]
        missing = () if facts is None else tuple(f for f in fields if _may_be_empty(journey, facts, f))
        if not missing:
            continue
        trail = find(journey, graph, _shows(journey, effect, missing, node))
        if trail is not None:
            told.add(_key(effect))
            line = journey.steps[step].line
            yield _told(journey, graph, line, f"“{effect.message}”", "the text", missing, trail)


def _message(journey: Journey, step: int) -> SendMessage | None:
    found = journey.steps[step]
    return found.effect if isinstance(found, Do) and isinstance(found.effect, SendMessage) else None


def _key(effect: SendMessage) -> tuple[Channel, str]:
    return effect.channel, effect.message


def _shows(
    journey: Journey, effect: SendMessage, missing: tuple[str, ...], node: int
) -> Callable[[int, Facts], bool]:
    def goal(number: int, facts: Facts) -> bool:
        found = at_dispatch(journey, effect.guards, facts) if number == node else None
        return found is not None and any(_may_be_empty(journey, found, f) for f in missing)

    return goal


def at_dispatch(journey: Journey, guards: tuple[tuple[int, bool], ...], facts: Facts) -> Facts | None:
    """Return what is known as a message goes: the `if`s around it are looked at again then."""
    found: Facts | None = facts
    for condition in journey.never:
        if found is not None:
            found = journey.knowledge.assume(found, condition, False)
    for predicate, truth in guards:
        if found is not None:
            found = journey.knowledge.assume(found, journey.plan.predicates[predicate], truth)
    return found


def _at_dispatch(journey: Journey, effect: SendEmail, value: str | None, facts: Facts) -> Facts | None:
    found = at_dispatch(journey, effect.guards, facts)
    if value is not None and effect.version_by is not None and found is not None:
        chosen = Compare(left=effect.version_by, kind="eq", right=value)
        found = journey.knowledge.assume(found, chosen, True)
    return found


def _may_be_empty(journey: Journey, facts: Facts, field: str) -> bool:
    return not journey.knowledge.is_set(facts, field)


def _finding(
    journey: Journey, graph: Graph, effect: SendEmail, version: _Version, node: int
) -> Finding | None:
    text, value, missing = version

    def goal(number: int, facts: Facts) -> bool:
        if number != node:
            return False
        found = _at_dispatch(journey, effect, value, facts)
        return found is not None and any(_may_be_empty(journey, found, f) for f in missing)

    trail = find(journey, graph, goal)
    if trail is None:
        return None
    which = f"“{effect.email}”" + (f", version “{value}”," if value is not None else "")
    place = text.path if effect.subject is None else f"{text.path} or the subject on this line"
    line = journey.steps[graph.nodes[node].step].line
    return _told(journey, graph, line, which, place, missing, trail)


def _told(
    journey: Journey, graph: Graph, line: int, which: str, place: str, missing: tuple[str, ...], trail: Trail
) -> Finding:
    if journey.spawned and graph is journey.main:
        trail = replace(trail, words=trail.words.replace("start", f"start by “{journey.spawned[0]}”", 1))
    named = one_of(missing, "and")
    if journey.spawned and all(field.startswith("trigger.") for field in missing):
        why = (
            f"A run that “{journey.spawned[0]}” starts has no trigger, so {which} shows nothing for {named}."
        )
    else:
        verb = "is" if len(missing) == 1 else "are"
        why = f"{which} shows {named}, which {verb} empty for some contacts who come here."
    defaults = one_of(["{{ " + field + " | default: '…' }}" for field in missing], "and")
    sets = one_of([f"{field} is set" for field in missing], "and")
    fix = f"Write {defaults} in {place}, or send it only if {sets}."
    return Finding("N551", journey.plan.journey, line, why, fix, trail)
