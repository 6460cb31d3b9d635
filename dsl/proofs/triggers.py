"""Triggers: updates that nothing uses or that take any key, and starts that bring no trigger for a date."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from dsl.plan import AllOf, Compare, DateField, Plan, Ref, Update
from dsl.plan.base import PlanModel
from dsl.proofs.subject import Finding, Journey, Subject

_DATES = ("date", "date and time")


def unused_updates(subject: Subject) -> Iterator[Finding]:
    """Find `update trigger` lines after which everything is as it was."""
    for journey in subject.journeys.values():
        for update in journey.plan.updates:
            same = _kept(journey.plan.interests[update.interest].where)
            if not _used(subject, journey) - same:
                message = "No block, condition or email here uses what a new trigger brings: nothing changes."
                yield Finding("N558", journey.plan.journey, update.line, message, _remedy(journey, update))


def any_key(subject: Subject) -> Iterator[Finding]:
    """Find `update trigger` lines that take any event, though a key tells which one the run is about."""
    for journey in subject.journeys.values():
        plan, events = journey.plan, journey.definitions.events
        for update in plan.updates:
            heard = plan.interests[update.interest]
            named = dict.fromkeys((heard.event, *(start.event for start in plan.starts if start.event)))
            brought = [events[name].fields if name in events else {} for name in named]
            keys = (name for name, field in brought[0].items() if field.key)
            key = next((k for k in keys if all(k in other and other[k].key for other in brought)), None)
            if key is None or heard.where is not None or not any(start.event for start in plan.starts):
                continue
            message = f"Any “{heard.event}” takes the trigger's place here, with another {key} too."
            fix = f"Say which one is meant, at the end of the line: where event.{key} is trigger.{key}"
            yield Finding("N569", plan.journey, update.line, message, fix)


def without_trigger(journey: Journey, line: int, target: Plan) -> Iterator[Finding]:
    """Find dates of the trigger in a journey that a `start journey` line starts, which brings none."""
    dates = (i.ref.field for i in target.instants if isinstance(i, DateField) and i.ref.of == "trigger")
    field = next(dates, None)
    if field is not None:
        message = (
            f"“{target.journey}” goes by the date trigger.{field}, and a run that is started here has no"
            " trigger: its blocks on that date are left out."
        )
        fix = f"Let “{target.journey}” start by its event, or go by a date of the contact or the account."
        yield Finding("N559", journey.plan.journey, line, message, fix)


def _kept(where: PlanModel | None) -> frozenset[str]:
    """Name the fields that an update leaves as they are: `where event.id is trigger.id`."""
    parts = where.conditions if isinstance(where, AllOf) else (where,)
    same = (p for p in parts if isinstance(p, Compare) and p.kind == "eq" and isinstance(p.right, Ref))
    pairs = ((p.left, p.right) for p in same if isinstance(p.right, Ref))
    return frozenset(a.field for a, b in pairs if {a.of, b.of} == {"event", "trigger"} and a.field == b.field)


def _used(subject: Subject, journey: Journey) -> frozenset[str]:
    """Name the fields of the trigger that blocks, waits, conditions, events waited for and emails use."""
    plan = journey.plan
    updates = {update.interest for update in plan.updates}
    heard = [one for number, one in enumerate(plan.interests) if number not in updates]
    used = {field for part in (*plan.steps, *plan.predicates, *plan.instants, *heard) for field in _of(part)}
    for _, effect in plan.sends():
        email = subject.emails.get(effect.email)
        used |= set(email.trigger) if email else set()
        used |= {"a subject"} if "trigger." in (effect.subject or "") else set()
    return frozenset(used)


def _of(part: object) -> Iterator[str]:
    """Yield the fields of the trigger in a part of a plan."""
    if isinstance(part, Ref):
        yield from (part.field,) if part.of == "trigger" else ()
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _of(getattr(part, name))
    elif isinstance(part, tuple):
        for one in part:
            yield from _of(one)


def _remedy(journey: Journey, update: Update) -> str:
    plan, events = journey.plan, journey.definitions.events
    names = [plan.interests[update.interest].event, *(start.event for start in plan.starts)]
    brought = [event.fields if (event := events.get(name or "")) else {} for name in names]
    dates = (name for name, field in brought[0].items() if field.type in _DATES)
    date = next((name for name in dates if all(name in other for other in brought)), None)
    if date is None:
        return "Leave the line out. Blocks move if they hang on a date that both events bring."
    return f"Hang the blocks that are to move on its date, such as: 1 day before trigger.{date}, skip if late"
