"""Runs of an account that begin with an event of the account: there is no contact whom a line could mean."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import (
    Compare,
    CreateTask,
    DateIs,
    DateWithin,
    Decide,
    Do,
    Handoff,
    HasConsent,
    HasDone,
    HasEngaged,
    HasTag,
    InList,
    IsSet,
    Notify,
    OneOf,
    Ref,
    Score,
    SetField,
    Spawn,
    Stage,
    Step,
    Suppressed,
    WasSent,
)
from dsl.plan.base import PlanModel
from dsl.proofs.conditions import conditions
from dsl.proofs.subject import Finding, Journey, Subject

_OF_ACCOUNT = "nurture:account"
_OF_CONTACT = (Score, Stage, HasTag, HasConsent, HasDone, HasEngaged, InList, Suppressed, WasSent)
_COMPARED = (Compare, OneOf, IsSet, DateIs, DateWithin)
_FIX = (
    "Tell a team (notify team …) or ask about the account; for its contacts, write a journey that “runs once"
    " for each contact”: it starts for every one of them."
)


def without_contact(subject: Subject) -> Iterator[Finding]:
    """Find lines about a contact where the run is of an account, and an event of the account began it."""
    for journey in subject.journeys.values():
        if journey.plan.subject == "account" and _begins_with_account(journey):
            for step in journey.steps:
                if _about_contact(journey, step):
                    message = "This run is of an account and begins with no contact, so nobody is meant here."
                    yield Finding("N560", journey.plan.journey, step.line, message, _FIX)


def _begins_with_account(journey: Journey) -> bool:
    events = journey.definitions.events
    names = [start.event for start in journey.plan.starts if start.event]
    return any(n.startswith(_OF_ACCOUNT) or (n in events and events[n].subject == "account") for n in names)


def _about_contact(journey: Journey, step: Step) -> bool:
    if isinstance(step, Handoff | Spawn):
        return True
    if isinstance(step, Decide):
        predicates = (journey.plan.predicates[branch.predicate] for branch in step.branches)
        return any(_asks_contact(one) for asked in predicates for one, _ in conditions(asked))
    if not isinstance(step, Do) or isinstance(step.effect, Notify):
        return False
    if isinstance(step.effect, SetField):
        of = {ref.of for ref in (step.effect.ref, step.effect.source) if ref is not None}
        return "contact" in of
    if isinstance(step.effect, CreateTask):
        return step.effect.person is not None and step.effect.person.of == "contact"
    return True


def _asks_contact(one: PlanModel) -> bool:
    if isinstance(one, _COMPARED):
        sides = (one.left, getattr(one, "right", None))
        return any(isinstance(side, Ref) and side.of == "contact" for side in sides)
    return isinstance(one, _OF_CONTACT)
