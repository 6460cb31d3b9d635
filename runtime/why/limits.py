"""Rules: which line of which policy decided about an email, and which emails had used a limit up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsl.plan import Limit, Plan, Policy
from dsl.saying import length
from runtime import policies
from runtime.facts import Happened, Sent
from runtime.policies import Asked
from runtime.reporting.words import event as event_words
from runtime.why.operands import Found, Look, deciding
from runtime.why.places import Sources


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that decided. `owner` and `line`: where it stands; `said`: what it says."""

    owner: Plan | Policy
    line: int
    said: str
    sent: tuple[Sent, ...] = ()
    event: Happened | None = None
    found: tuple[Found, ...] = ()


def full(rules: Sequence[Policy], asked: Asked, sources: Sources) -> list[Rule]:
    """Return the limits that left no room, each with the emails inside its window."""
    found = [
        (sources.policy(policy), number)
        for policy in rules
        for number, limit in enumerate(policy.limits)
        if _is_full(limit, list(_counted(limit, None, asked)))
    ]
    made = [
        Rule(p, p.limits[n].line, _limit(p.limits[n]), tuple(_counted(p.limits[n], None, asked)))
        for p, n in found
    ]
    plan = sources.plan(asked.plan)
    for limit in plan.limits:
        inside = tuple(_counted(limit, plan.journey, asked))
        if _is_full(limit, inside):
            made.append(Rule(plan, limit.line, _limit(limit), inside))
    return made


def _is_full(limit: Limit, inside: Sequence[Sent]) -> bool:
    return len(inside) >= limit.count


def _counted(limit: Limit, journey: str | None, asked: Asked) -> Iterator[Sent]:
    begins = policies.begins(limit, asked)
    for sent in asked.facts.sent:
        inside = sent.at > begins if limit.amount else sent.at >= begins
        if inside and not sent.service and journey in (None, sent.journey):
            yield sent


def _limit(limit: Limit) -> str:
    span = f"in any {length(limit.amount, limit.unit)}" if limit.amount else f"a calendar {limit.unit}"
    then = (
        f"otherwise held up to {length(limit.hold, limit.hold_unit)}" if limit.hold else "otherwise skipped"
    )
    return f"at most {length(limit.count, 'email')} {span}, {then}"


def quiet(rules: Sequence[Policy], sources: Sources) -> list[Rule]:
    """Return the quiet hours of all policies."""
    return [
        Rule(ours, hours.line, f"held between {hours.from_} and {hours.to}")
        for ours in map(sources.policy, rules)
        for hours in ours.quiet
    ]


def after_events(rules: Sequence[Policy], asked: Asked, sources: Sources) -> list[Rule]:
    """Return the rules that hold for a time after an event, each with the event that counted last."""
    made = []
    for ours in map(sources.policy, rules):
        for hold in ours.holds:
            counted = [e for e in asked.facts.events.get(hold.event, ()) if policies.counts(hold, e, asked)]
            if counted:
                words = event_words(hold.event, counted[-1].properties)
                said = f"held for {length(hold.amount, hold.unit)} after it: {words}"
                made.append(Rule(ours, hold.line, said, event=counted[-1]))
    return made


def skipping(rules: Sequence[Policy], look: Look, sources: Sources) -> list[Rule]:
    """Return the rules of the kind `skip while` that hold."""
    made = []
    for ours in map(sources.policy, rules):
        lines = ours.lines.get("skips", ())
        for number, condition in enumerate(ours.skips):
            if look.truth(condition):
                line = lines[number] if number < len(lines) else 0
                said = f"skipped while {look.words.condition(condition)}"
                made.append(Rule(ours, line, said, found=tuple(deciding(condition, look))))
    return made


def requiring(rules: Sequence[Policy], consents: set[str], sources: Sources) -> list[tuple[str, Rule]]:
    """Return the consents that are required and not there, each with the rule."""
    made = []
    for ours in map(sources.policy, rules):
        lines = ours.lines.get("consents", ())
        for number, consent in enumerate(ours.consents):
            if consent not in consents:
                line = lines[number] if number < len(lines) else 0
                made.append((consent, Rule(ours, line, f"requires consent “{consent}”")))
    return made
