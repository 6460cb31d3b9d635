"""Intake: everything that one event means for one contact, decided in one place and one order.

The order is the promise: the event is on record, then its built-in effects, then its points, and only
then does any run hear of it. So a branch that follows an event always sees the score that it produced
(semantics row 27). Entries come last: an event never wakes the run that it starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from runtime import entry, handoffs, routing, scoring
from runtime.dispatch import MARKETING
from runtime.facts import Facts, Happened, RunFact
from runtime.published import Published
from runtime.scoring import Standing
from runtime.writes import (
    ConsentChanged,
    ContactSuppressed,
    EntryRefused,
    HandoffAccepted,
    HandoffRejected,
    InboxPut,
    OpportunityChanged,
    RunEntered,
    ScoreChanged,
    TriggerReplaced,
    Write,
)

SCORE_CHANGED, STAGE_REACHED = "nurture:score changed", "nurture:stage reached"
"""Changes that are told like events, by the names that plans give them."""

# A stronger reason replaces a weaker one, never the reverse: what a journey imposed it may lift, an
# unsubscription may be lifted by the contact, an address that does not exist may not.
_STRENGTH = {"unsubscribed": 2, "complained": 3, "bounced": 4}
PERMANENT = frozenset(_STRENGTH)
"""The reasons to suppress that no journey gave, and none lifts."""


def take_in(
    event: Happened, facts: Facts, published: Published, before: Standing | None = None
) -> list[Write]:
    """Take an event in for the contact of `facts`, which is changed, and return what the store writes.

    `before`: how the contact stood, if another contact of its account has had the event already.
    """
    before = scoring.standing(facts, event.at) if before is None else before
    facts.events.setdefault(event.name, []).append(event)
    writes: list[Write] = []
    keys = set() if event.machine else {f"event:{event.name}", in_account(event)}
    keys |= _built_in(event, facts, writes)
    writes += scoring.award(event, facts, published.definitions)
    settled, low, after = scoring.settle(before, facts, event.at, writes)
    writes += settled
    keys |= score_key(writes)
    events = [event, *_score_change(low, after, event.at)]
    heard: dict[str, set[int]] = {}
    for told in events:
        for run, interests in routing.interested(told, keys if told is event else (), facts, published):
            heard.setdefault(run, set()).update(interests)
    writes += _replaced(event, heard, facts, published)
    writes += [InboxPut(run, event.at, tuple(sorted(interests))) for run, interests in heard.items()]
    for told in events:
        for plan in routing.starting(told, facts, published):
            properties = event.properties if told is event else {}
            writes.append(_enter(plan.journey, facts, published, event.at, properties))
    return writes


def _replaced(
    event: Happened, heard: Mapping[str, set[int]], facts: Facts, published: Published
) -> Iterator[TriggerReplaced]:
    """Let the event take the place of the trigger in the runs whose plans say so."""
    for run in facts.runs:
        updates = {update.interest for update in published.plan(run.plan).updates} if run.id in heard else ()
        if heard.get(run.id, set()).intersection(updates):
            run.trigger = dict(event.properties)
            yield TriggerReplaced(run.id, run.trigger, event.at)


def in_account(event: Happened) -> str:
    """Return the key of an event for whoever counts over the contacts of the account."""
    return f"account event:{event.name}"


def take_in_change(
    given: Sequence[Write], before: Standing, stage: str | None, facts: Facts, published: Published, at: int
) -> list[Write]:
    """Tell a change of the score or the stage, which were so before, like an event: to runs, and to starts.

    `given`: what was written since. Returns what follows: points of fit, what runs are told, entries.
    """
    settled, low, after = scoring.settle(before, facts, at, given)
    events = _score_change(low, after, at)
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
    inbox = [InboxPut(run, at, interests) for run, interests in heard.items()]
    return [*settled, *inbox, *entered]


def score_key(writes: Iterable[Write]) -> set[str]:
    """Return the key of the score if any of these writes has changed it (see `routing.changed`)."""
    return {"score"} if any(isinstance(write, ScoreChanged) for write in writes) else set()


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
        case handoffs.ACCEPTED:
            writes.append(HandoffAccepted(event.at))
        case handoffs.REJECTED:
            writes.append(HandoffRejected(event.properties, event.at))
        case "Opportunity Opened" | "Opportunity Closed":
            return _opportunity(event, facts, writes)
    return set()


def _suppress(reason: str, event: Happened, facts: Facts, writes: list[Write]) -> None:
    writes.append(ContactSuppressed(reason, event.at))
    facts.suppressed = strongest({reason} | ({facts.suppressed} if facts.suppressed else set()))


def _opportunity(event: Happened, facts: Facts, writes: list[Write]) -> set[str]:
    opportunity = str(event.properties.get("opportunity", ""))
    opened, before = event.name == "Opportunity Opened", opportunity in facts.open_opportunities
    if opened:
        facts.open_opportunities.add(opportunity)
    else:
        facts.open_opportunities.discard(opportunity)
    writes.append(OpportunityChanged(opportunity, opened, event.at, before))
    return {"opportunity"}
