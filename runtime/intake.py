"""Intake: everything that one event means for one contact, decided in one place and one order.

The order is the promise: the event is on record, then its built-in effects, then its points, and only
then does any run hear of it. So a branch that follows an event always sees the score that it produced
(semantics row 27). Entries come last: an event never wakes the run that it starts.
"""

from __future__ import annotations

from typing import Any

from dsl.plan import Definitions
from runtime import entry, routing
from runtime.dispatch import MARKETING
from runtime.evaluate import has_args, truth
from runtime.facts import Facts, Happened, RunFact
from runtime.published import Published
from runtime.writes import (
    ConsentChanged,
    ContactSuppressed,
    EntryRefused,
    HandoffAccepted,
    InboxPut,
    OpportunityChanged,
    RunEntered,
    ScoreChanged,
    Write,
)

SCORE_CHANGED, STAGE_REACHED = "nurture:score changed", "nurture:stage reached"
"""Changes that are told like events, by the names that plans give them."""

# A stronger reason replaces a weaker one, never the reverse: what a journey imposed it may lift, an
# unsubscription may be lifted by the contact, an address that does not exist may not.
_STRENGTH = {"unsubscribed": 2, "complained": 3, "bounced": 4}
PERMANENT = frozenset(_STRENGTH)
"""The reasons to suppress that no journey gave, and none lifts."""


def take_in(event: Happened, facts: Facts, published: Published) -> list[Write]:
    """Take an event in for the contact of `facts`, which is changed, and return what the store writes."""
    facts.events.setdefault(event.name, []).append(event)
    writes: list[Write] = []
    before = facts.score
    keys = set() if event.machine else {f"event:{event.name}"}
    keys |= _built_in(event, facts, writes)
    keys |= _score(event, facts, published.definitions, writes)
    events = [event, *_score_change(before, facts.score, event.at)]
    heard: dict[str, set[int]] = {}
    for told in events:
        for run, interests in routing.interested(told, keys if told is event else (), facts, published):
            heard.setdefault(run, set()).update(interests)
    writes += [InboxPut(run, event.at, tuple(sorted(interests))) for run, interests in heard.items()]
    for told in events:
        for plan in routing.starting(told, facts, published):
            properties = event.properties if told is event else {}
            writes.append(_enter(plan.journey, facts, published, event.at, properties))
    return writes


def take_in_change(
    score: float, stage: str | None, facts: Facts, published: Published, at: int
) -> tuple[list[Write], dict[str, tuple[int, ...]]]:
    """Tell a change of the score or the stage, which were so before, like an event: to runs, and to starts.

    Returns the entries that follow, and what each run has heard.
    """
    events = _score_change(score, facts.score, at)
    if facts.stage is not None and facts.stage != stage:
        events.append(Happened(STAGE_REACHED, at, at, {"stage": facts.stage}))
    heard: dict[str, tuple[int, ...]] = {}
    for told in events:
        heard.update(routing.interested(told, (), facts, published))
    entered = [
        _enter(plan.journey, facts, published, at, {})
        for told in events
        for plan in routing.starting(told, facts, published)
    ]
    return list(entered), heard


def _score_change(before: float, after: float, at: int) -> list[Happened]:
    if before == after:
        return []
    return [Happened(SCORE_CHANGED, at, at, {"before": before, "after": after})]


def start_journey(journey: str, facts: Facts, published: Published, at: int) -> list[Write]:
    """Start a journey without an event: asked for by a person, or by a step of another run."""
    return [_enter(journey, facts, published, at, {})]


def strongest(reasons: set[str]) -> str | None:
    """Return the reason that decides what a suppressed contact may still be sent; None if there is none."""
    return max(reasons, key=lambda reason: (_STRENGTH.get(reason, 1), reason), default=None)


def _enter(
    journey: str, facts: Facts, published: Published, at: int, trigger: dict[str, Any]
) -> RunEntered | EntryRefused:
    plan = published.active.get(journey)
    if plan is None:
        return EntryRefused(journey, "", "not published", at)
    key = entry.entry_key(plan, trigger)
    subject = facts.contact_id if plan.subject == "contact" else facts.account_id
    if subject is None:
        return EntryRefused(journey, key, "no account", at)
    decision = entry.decide(plan, facts, key, at, published.definitions)
    if isinstance(decision, entry.Refused):
        return EntryRefused(journey, key, decision.reason, at)
    id_ = entry.run_id(journey, subject, key, decision.ordinal)
    facts.runs.append(RunFact(id_, journey, plan.hash, key, decision.ordinal, at, None, trigger))
    return RunEntered(id_, journey, plan.hash, key, decision.ordinal, at, trigger)


def _score(event: Happened, facts: Facts, definitions: Definitions, writes: list[Write]) -> set[str]:
    """Apply the scoring rules; machine-made events never score (row 28)."""
    if event.machine:
        return set()
    keys = set()
    for rule in definitions.scoring:
        if rule.event != event.name or not has_args(event.properties, rule.args):
            continue
        if rule.where and not truth(
            rule.where, facts, None, event.at, definitions.time_zone, event.properties
        ):
            continue
        facts.score += rule.points
        writes.append(ScoreChanged(rule.points, facts.score, f"event:{event.name}", event.at))
        keys.add("score")
    return keys


def _built_in(event: Happened, facts: Facts, writes: list[Write]) -> set[str]:
    """Apply what the product itself does at an event, and return the facts that changed (row 25)."""
    match event.name:
        case "Unsubscribed" if not event.machine:  # a link scanner unsubscribes nobody
            facts.consents.discard(MARKETING)
            writes.append(ConsentChanged(MARKETING, False, event.at))
            _suppress("unsubscribed", event, facts, writes)
            return {"consent", "suppression"}
        case "Email Bounced" if event.properties.get("kind") == "hard":
            _suppress("bounced", event, facts, writes)
            return {"suppression"}
        case "Complained":
            _suppress("complained", event, facts, writes)
            return {"suppression"}
        case "Handoff Accepted":
            writes.append(HandoffAccepted(event.at))
        case "Opportunity Opened" | "Opportunity Closed":
            return _opportunity(event, facts, writes)
    return set()


def _suppress(reason: str, event: Happened, facts: Facts, writes: list[Write]) -> None:
    writes.append(ContactSuppressed(reason, event.at))
    facts.suppressed = strongest({reason} | ({facts.suppressed} if facts.suppressed else set()))


def _opportunity(event: Happened, facts: Facts, writes: list[Write]) -> set[str]:
    opportunity = str(event.properties.get("opportunity", ""))
    opened = event.name == "Opportunity Opened"
    if opened:
        facts.open_opportunities.add(opportunity)
    else:
        facts.open_opportunities.discard(opportunity)
    writes.append(OpportunityChanged(opportunity, opened, event.at))
    return {"opportunity"}
