"""Routing: which open runs want to hear of an event or a change, and which journeys an event starts.

Interests are static for a plan, so an event that nobody waits for wakes nobody. A plan is indexed once,
by event name and by change; the index is kept by the plan's hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from dsl.plan import Plan, Start
from runtime.evaluate import RunView, has_args, truth
from runtime.facts import Facts, Happened, Model, RunFact
from runtime.needs import Needs
from runtime.published import Published

ENTERED, LEFT = "nurture:segment entered", "nurture:segment left"
ACCOUNT_ENTERED, ACCOUNT_LEFT = "nurture:account segment entered", "nurture:account segment left"
SEGMENTS = frozenset({ENTERED, LEFT, ACCOUNT_ENTERED, ACCOUNT_LEFT})
"""Changes of membership, told like events with the name of the segment."""
OPPORTUNITY = ("Opportunity Opened", "Opportunity Closed")


@dataclass(frozen=True, slots=True)
class PlanIndex:
    """The numbers of a plan's interests by event name and by change, and its starts by event name.

    `segments`: those whose contacts' coming and going the plan wants to hear of.
    """

    events: Mapping[str, tuple[int, ...]]
    changes: Mapping[str, tuple[int, ...]]
    starts: Mapping[str, tuple[Start, ...]]
    needs: Needs = field(default_factory=Needs)
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
        return cls(events, changes, starts, Needs.of([plan]), segments)


@dataclass(frozen=True, slots=True)
class Overview:
    """What the plans that are known and the shared definitions say together.

    `segments`: those that somebody watches; `starts`: the active journeys that each event may start;
    `heard`: the events and changes that some plan wants to hear of, or starts by.
    """

    needs: Needs
    segments: frozenset[str]
    starts: Mapping[str, tuple[Plan, ...]]
    model: Model
    heard: frozenset[str] = frozenset()


_indexes: dict[str, PlanIndex] = {}


def overview(published: Published) -> Overview:
    """Return what is known of a published set, worked out anew when another plan has come to be known."""
    number = len(published.plans)
    found: Overview | None = published.noted.get(number)
    if found is None:
        found = published.noted[number] = _overview(published)
    return found


def _overview(published: Published) -> Overview:
    definitions = published.definitions
    indexes = [index(plan) for plan in published.plans.values()]
    segments = frozenset().union(*(one.segments for one in indexes))
    starts: dict[str, tuple[Plan, ...]] = {}
    for plan in published.active.values():
        for name in index(plan).starts:
            starts[name] = (*starts.get(name, ()), plan)
    needs = reduce(or_, (one.needs for one in indexes), Needs.of([definitions]))
    heard = frozenset(starts).union(*(one.events for one in indexes), *(one.changes for one in indexes))
    return Overview(needs, segments, starts, Model.of(definitions, segments), heard)


def watched_segments(published: Published) -> frozenset[str]:
    """Return the segments that plans which are known watch contacts enter or leave."""
    return overview(published).segments


def counts_for_others(event: Happened, facts: Facts, published: Published) -> bool:
    """Whether a contact's event may bring other contacts of its account into a watched segment, by counts.

    What an opportunity means for them, they hear otherwise.
    """
    if facts.account_id is None or event.machine or event.name in OPPORTUNITY or not facts.model.segments:
        return False
    return event.name in overview(published).needs.counted


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
    heard = overview(published).heard
    if event.name not in heard and heard.isdisjoint(keys):
        return []
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


def heard_elsewhere(facts: Facts, told: Sequence[str], published: Published) -> frozenset[str]:
    """Return the runs of the account that hear of an event of the account by another contact than this one.

    `told`: the contacts for whom the event is taken in. A run hears of an event once: by the contact with
    whom it began, or by the first of them if that one has left the account.
    """
    return frozenset(
        run.id
        for run in facts.runs
        if (run.contact if run.contact in told else told[0]) != facts.contact_id
        and published.plan(run.plan).subject == "account"
    )


def changed(keys: Iterable[str], facts: Facts, published: Published) -> list[tuple[str, tuple[int, ...]]]:
    """Find the open runs that watch any of these facts: (run id, interests).

    `keys`: `score`, `stage`, `tag`, `list`, `consent`, `suppression`, `opportunity`, `field:contact.NAME`,
    `field:account.NAME`, `event:NAME`.
    """
    keys = tuple(keys)
    if overview(published).heard.isdisjoint(keys):
        return []
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


def starting(event: Happened, facts: Facts, published: Published) -> list[tuple[Plan, Start]]:
    """Find the active journeys that the event starts, each by the first start whose condition holds."""
    started = () if event.machine else overview(published).starts.get(event.name, ())
    if not started:
        return []
    fallback = published.definitions.time_zone
    found = []
    for plan in started:
        for start in index(plan).starts.get(event.name, ()):
            if _starts(start, event, facts, fallback):
                found.append((plan, start))
                break
    return found


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
