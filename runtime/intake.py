"""Intake: everything that one event means for one contact, decided in one place and one order.

The order is the promise: the event is on record, then its built-in effects, then its points, and only
then does any run hear of it. So a branch that follows an event always sees the score that it produced
(semantics row 27). Entries come last: an event never wakes the run that it starts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dsl.plan import Definitions, Plan, Start
from runtime import entry, handoffs, routing, scoring
from runtime.dispatch import MARKETING
from runtime.facts import Facts, Happened, RunFact
from runtime.published import Published
from runtime.routing import ACCOUNT_ENTERED, ACCOUNT_LEFT, ENTERED, LEFT, OPPORTUNITY
from runtime.scoring import Standing
from runtime.suppression import bounce, strongest
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


def take_in(
    event: Happened,
    facts: Facts,
    published: Published,
    before: Standing | None = None,
    elsewhere: Collection[str] = (),
) -> list[Write]:
    """Take an event in for the contact of `facts`, which is changed, and return what the store writes.

    `before`: how the contact stood, if another contact of its account has had the event already. `elsewhere`:
    runs of the account that hear of the event by another contact (`routing.heard_elsewhere`).
    """
    before = scoring.standing(facts, event.at) if before is None else before
    facts.events.setdefault(event.name, []).append(event)
    writes: list[Write] = []
    told = event if is_news(event, published.definitions) else replace(event, machine=True)
    keys = set() if told.machine else {f"event:{event.name}", in_account(event)}
    keys |= _built_in(event, facts, writes)
    writes += scoring.award(event, facts, published.definitions)
    settled, low, after = scoring.settle(before, facts, event.at, writes)
    writes += settled
    keys |= score_key(writes)
    changes = [*_score_change(low, after, event.at), *_segment_changes(before, facts, event.at)]
    asked = routing.interested(told, keys, facts, published)
    heard = {run: set(found) for run, found in asked if run not in elsewhere}
    for run, found in routing.changed(score_key(writes), facts, published) if elsewhere else ():
        heard.setdefault(run, set()).update(found)  # the points are the contact's own
    _hear(heard, changes, before, facts, published)
    writes += _replaced(event, heard, facts, published)
    writes += [InboxPut(run, event.at, tuple(sorted(interests))) for run, interests in heard.items()]
    for plan, start in routing.starting(told, facts, published):
        writes.append(_enter(plan.journey, facts, published, event.at, event.properties, start))
    return [*writes, *_entries(changes, before, facts, published)]


def _replaced(
    event: Happened, heard: Mapping[str, set[int]], facts: Facts, published: Published
) -> Iterator[TriggerReplaced]:
    """Let the event take the place of the trigger in the runs whose plans say so."""
    for run in facts.runs:
        updates = published.plan(run.plan).updates if run.id in heard else ()
        met = next((n for n, update in enumerate(updates) if update.interest in heard[run.id]), None)
        if met is not None:
            run.trigger = dict(event.properties)
            yield TriggerReplaced(run.id, run.trigger, event.at, met)


def is_news(event: Happened, definitions: Definitions) -> bool:
    """Whether journeys hear of an event at all: no machine made it, and it comes in time (rows 26 and 28)."""
    late = definitions.lateness is not None and event.at - event.occurred > definitions.lateness
    return not event.machine and not late


def in_account(event: Happened) -> str:
    """Return the key of an event for whoever counts over the contacts of the account."""
    return f"account event:{event.name}"


def take_in_change(
    given: Sequence[Write], before: Standing, stage: str | None, facts: Facts, published: Published, at: int
) -> list[Write]:
    """Tell a change of score, stage or segments, which were so before, like an event: to runs and starts.

    `given`: what was written since. Returns what follows: points of fit, what runs are told, entries.
    """
    settled, low, after = scoring.settle(before, facts, at, given)
    changes = _score_change(low, after, at)
    if facts.stage is not None and facts.stage != stage:
        changes.append(Happened(STAGE_REACHED, at, at, {"stage": facts.stage}))
    changes += _segment_changes(before, facts, at)
    if not changes:
        return settled
    heard: dict[str, set[int]] = {}
    _hear(heard, changes, before, facts, published)
    inbox = [InboxPut(run, at, tuple(sorted(interests))) for run, interests in heard.items()]
    return [*settled, *inbox, *_entries(changes, before, facts, published)]


def score_key(writes: Iterable[Write]) -> set[str]:
    """Return the key of the score if any of these writes has changed it (see `routing.changed`)."""
    return {"score"} if any(isinstance(write, ScoreChanged) for write in writes) else set()


def _score_change(before: float, after: float, at: int) -> list[Happened]:
    if before == after:
        return []
    return [Happened(SCORE_CHANGED, at, at, {"before": before, "after": after})]


def _segment_changes(before: Standing, facts: Facts, at: int) -> list[Happened]:
    """Tell which watched segments the contact has entered and left since; an account by its contacts."""
    if not facts.model.segments:
        return []
    found = []
    for segment, member in scoring.segments(facts, at).items():
        # What a plan that came to be known since watches was not looked at before.
        if before.segments.get(segment, member) != member:
            names = (ENTERED, ACCOUNT_ENTERED) if member else (LEFT, ACCOUNT_LEFT)
            told = names[:1] if before.account == "silent" else names
            found += [Happened(name, at, at, {"segment": segment}) for name in told]
    return found


def _hear(
    heard: dict[str, set[int]],
    changes: Iterable[Happened],
    before: Standing,
    facts: Facts,
    published: Published,
) -> None:
    """Add the runs that hear of these changes, with their interests."""
    heard_of = routing.overview(published).heard
    changes = [told for told in changes if told.name in heard_of]
    if not changes:
        return
    plans = {run.id: run.plan for run in facts.runs}
    for told in changes:
        for run, interests in routing.interested(told, (), facts, published):
            if not _told_already(told, before, published.plan(plans[run])):
                heard.setdefault(run, set()).update(interests)


def _entries(
    changes: Iterable[Happened], before: Standing, facts: Facts, published: Published
) -> list[RunEntered | EntryRefused]:
    """Decide about the entries that these changes ask for, in their order."""
    return [
        _enter(plan.journey, facts, published, told.at, {}, start)
        for told in changes
        for plan, start in routing.starting(told, facts, published)
        if not _told_already(told, before, plan)
    ]


def _told_already(told: Happened, before: Standing, plan: Plan) -> bool:
    """Whether what became of the account reaches the plan by another contact: runs of it hear once."""
    of_account = told.name in (ACCOUNT_ENTERED, ACCOUNT_LEFT)
    return of_account and before.account == "follows" and plan.subject == "account"


def start_journey(
    journey: str, facts: Facts, published: Published, at: int, start: Start | None = None
) -> list[Write]:
    """Start a journey without an event: asked for by a person, or by a step of another run; or a round."""
    return [_enter(journey, facts, published, at, {}, start)]


def _enter(
    journey: str,
    facts: Facts,
    published: Published,
    at: int,
    trigger: dict[str, Any],
    start: Start | None = None,
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
    facts.runs.append(
        RunFact(id_, journey, plan.hash, key, decision.ordinal, at, None, trigger, facts.contact_id)
    )
    return RunEntered(id_, journey, plan.hash, key, decision.ordinal, at, trigger, start)


def _built_in(event: Happened, facts: Facts, writes: list[Write]) -> set[str]:
    """Apply what the product itself does at an event, and return the facts that changed (row 25)."""
    if heard := said(event, facts):
        writes += heard
        return {"suppression", *("consent" for write in heard if isinstance(write, ConsentChanged))}
    match event.name:
        case handoffs.ACCEPTED:
            writes.append(HandoffAccepted(event.at))
        case handoffs.REJECTED:
            writes.append(HandoffRejected(event.properties, event.at))
        case name if name in OPPORTUNITY:
            return _opportunity(event, facts, writes)
    return set()


def said(event: Happened, facts: Facts) -> list[ConsentChanged | ContactSuppressed]:
    """Apply what a contact or its mailbox says for good, whenever it was said."""
    match event.name:
        case "Unsubscribed" if not event.machine:  # a link scanner unsubscribes nobody
            facts.consents.discard(MARKETING)
            return [ConsentChanged(MARKETING, False, event.at), _suppress("unsubscribed", event, facts)]
        case "Email Bounced" if bounce(event.properties.get("kind")) == "hard":
            return [_suppress("bounced", event, facts)]
        case "Complained":
            return [_suppress("complained", event, facts)]
    return []


def _suppress(reason: str, event: Happened, facts: Facts) -> ContactSuppressed:
    facts.suppressed = strongest({reason} | ({facts.suppressed} if facts.suppressed else set()))
    return ContactSuppressed(reason, event.at)


def _opportunity(event: Happened, facts: Facts, writes: list[Write]) -> set[str]:
    opportunity = str(event.properties.get("opportunity", ""))
    opened, before = event.name == OPPORTUNITY[0], opportunity in facts.open_opportunities
    if opened:
        facts.open_opportunities.add(opportunity)
    else:
        facts.open_opportunities.discard(opportunity)
    writes.append(OpportunityChanged(opportunity, opened, event.at, before))
    return {"opportunity"}
