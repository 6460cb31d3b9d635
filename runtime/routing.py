"""Routing: which open runs want to hear of an event or a change, and which journeys an event starts.

Interests are static for a plan, so an event that nobody waits for wakes nobody. A plan is indexed once,
by event name and by change; the index is kept by the plan's hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from dsl.plan import AccountCount, Definitions, HasDone, HasEngaged, Plan, Start, WasSent
from runtime.evaluate import RunView, has_args, truth
from runtime.facts import Facts, Happened, RunFact
from runtime.published import Published

ENTERED, LEFT = "nurture:segment entered", "nurture:segment left"
ACCOUNT_ENTERED, ACCOUNT_LEFT = "nurture:account segment entered", "nurture:account segment left"
SEGMENTS = frozenset({ENTERED, LEFT, ACCOUNT_ENTERED, ACCOUNT_LEFT})
"""Changes of membership, told like events with the name of the segment."""
OPPORTUNITY = ("Opportunity Opened", "Opportunity Closed")


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted over the contacts of an account: events by name, and emails sent."""

    events: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()

    @classmethod
    def of(cls, model: BaseModel) -> Counted:
        """Collect it from a plan or from the shared definitions."""
        found = cls()
        for part in _parts(model):
            if isinstance(part, AccountCount):
                events = {fact.event for fact in _parts(part.fact) if isinstance(fact, HasDone)}
                for fact in _parts(part.fact):
                    events.update(fact.events if isinstance(fact, HasEngaged) else ())
                emails = {fact.email for fact in _parts(part.fact) if isinstance(fact, WasSent)}
                found = cls(found.events | events, found.emails | emails)
        return found


def _parts(model: object) -> Iterator[BaseModel]:
    """Yield a model and all models in it."""
    if isinstance(model, BaseModel):
        yield model
        for name in type(model).model_fields:
            yield from _parts(getattr(model, name))
    elif isinstance(model, tuple | list):
        for part in model:
            yield from _parts(part)
    elif isinstance(model, dict):
        for part in model.values():
            yield from _parts(part)


@dataclass(frozen=True, slots=True)
class PlanIndex:
    """The numbers of a plan's interests by event name and by change, and its starts by event name.

    `segments`: those whose contacts' coming and going the plan wants to hear of.
    """

    events: Mapping[str, tuple[int, ...]]
    changes: Mapping[str, tuple[int, ...]]
    starts: Mapping[str, tuple[Start, ...]]
    counted: Counted = Counted()
    segments: frozenset[str] = frozenset()

    @classmethod
    def build(cls, plan: Plan) -> PlanIndex:
        """Index a plan."""
        events: dict[str, tuple[int, ...]] = {}
        changes: dict[str, tuple[int, ...]] = {}
        starts: dict[str, tuple[Start, ...]] = {}
        for number, interest in enumerate(plan.interests):
            if interest.event is not None:
                events[interest.event] = (*events.get(interest.event, ()), number)
            for key in interest.changes:
                changes[key] = (*changes.get(key, ()), number)
        for start in plan.starts:
            starts[start.event] = (*starts.get(start.event, ()), start)
        heard = [(one.event, one.args) for one in plan.interests]
        heard += [(one.event, one.args) for one in plan.starts]
        segments = frozenset(args.get("segment", "") for event, args in heard if event in SEGMENTS)
        return cls(events, changes, starts, Counted.of(plan), segments)


_indexes: dict[str, PlanIndex] = {}
_definitions: dict[int, tuple[Definitions, Counted]] = {}


def counted(published: Published) -> Counted:
    """Return what the plans that are known and the shared definitions count over an account's contacts."""
    definitions = published.definitions
    known = _definitions.get(id(definitions))
    if known is None or known[0] is not definitions:
        known = _definitions[id(definitions)] = (definitions, Counted.of(definitions))
    all_ = [known[1], *(index(plan).counted for plan in published.plans.values())]
    return Counted(
        frozenset().union(*(one.events for one in all_)), frozenset().union(*(one.emails for one in all_))
    )


def watched_segments(published: Published) -> frozenset[str]:
    """Return the segments that plans which are known watch contacts enter or leave."""
    return frozenset().union(*(index(plan).segments for plan in published.plans.values()))


def counts_for_others(event: Happened, facts: Facts, published: Published) -> bool:
    """Whether a contact's event may bring other contacts of its account into a watched segment, by counts.

    What an opportunity means for them, they hear otherwise.
    """
    if facts.account_id is None or event.machine or event.name in OPPORTUNITY or not facts.model.segments:
        return False
    return event.name in counted(published).events


def index(plan: Plan) -> PlanIndex:
    """Return the index of a plan, built at its first use. Plans of equal hash execute alike."""
    if not plan.hash:
        return PlanIndex.build(plan)
    found = _indexes.get(plan.hash)
    if found is None:
        found = _indexes[plan.hash] = PlanIndex.build(plan)
    return found


def interested(
    event: Happened, keys: Iterable[str], facts: Facts, published: Published
) -> list[tuple[str, tuple[int, ...]]]:
    """Find the open runs that an event, or a change that it made, concerns: (run id, interests).

    `keys`: the facts that the event changed (see `changed`). Each run appears once, with all the numbers,
    so that a run hears of one event once. Machine-made events match no interest in events (row 28).
    """
    keys = tuple(keys)
    fallback = published.definitions.time_zone
    found = []
    for run in facts.runs:
        if run.ended is not None:
            continue
        plan = published.plan(run.plan)
        lookup = index(plan)
        numbers = {number for key in keys for number in lookup.changes.get(key, ())}
        if not event.machine:
            numbers.update(
                number
                for number in lookup.events.get(event.name, ())
                if _wanted(plan, number, event, run, facts, fallback)
            )
        if numbers:
            found.append((run.id, tuple(sorted(numbers))))
    return found


def changed(keys: Iterable[str], facts: Facts, published: Published) -> list[tuple[str, tuple[int, ...]]]:
    """Find the open runs that watch any of these facts: (run id, interests).

    `keys`: `score`, `stage`, `tag`, `list`, `consent`, `suppression`, `opportunity`, `field:contact.NAME`,
    `field:account.NAME`, `event:NAME`.
    """
    keys = tuple(keys)
    found = []
    for run in facts.runs:
        if run.ended is None and (numbers := watching(published.plan(run.plan), keys)):
            found.append((run.id, numbers))
    return found


def watched(keys: Iterable[str], published: Published) -> bool:
    """Whether any plan that is known watches one of these facts."""
    keys = tuple(keys)
    return any(key in index(plan).changes for plan in published.plans.values() for key in keys)


def watching(plan: Plan, keys: Iterable[str]) -> tuple[int, ...]:
    """Return the numbers of a plan's interests in any of these changes."""
    changes = index(plan).changes
    return tuple(sorted({number for key in keys for number in changes.get(key, ())}))


def starting(event: Happened, facts: Facts, published: Published) -> list[Plan]:
    """Find the active journeys that the event starts: a start matches and its condition holds."""
    if event.machine:
        return []
    fallback = published.definitions.time_zone
    return [
        plan
        for plan in published.active.values()
        if any(_starts(start, event, facts, fallback) for start in index(plan).starts.get(event.name, ()))
    ]


def _wanted(plan: Plan, number: int, event: Happened, run: RunFact, facts: Facts, fallback: str) -> bool:
    interest = plan.interests[number]
    if not has_args(event.properties, interest.args) or _of_another_run(event, run, facts):
        return False
    if interest.where is None:
        return True
    view = RunView(run.id, run.journey, run.plan, run.entered, run.trigger)
    return truth(interest.where, facts, view, event.at, fallback, event.properties)


def _of_another_run(event: Happened, run: RunFact, facts: Facts) -> bool:
    """Tell whether the event answers an email that an earlier run of the same journey sent (row 40)."""
    named = event.properties.get("run")
    if named is None or named == run.id:
        return False
    return any(other.id == named and other.journey == run.journey for other in facts.runs)


def _starts(start: Start, event: Happened, facts: Facts, fallback: str) -> bool:
    return has_args(event.properties, start.args) and all(
        condition is None or truth(condition, facts, None, event.at, fallback, event.properties)
        for condition in (start.where, start.condition)
    )
