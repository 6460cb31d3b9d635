"""Records of a simulation."""

from __future__ import annotations

from dsl import civil
from runtime.evaluate import score
from runtime.facts import Facts
from runtime.reporting.record import (
    CLICKED,
    OPENED,
    Answer,
    Passage,
    Person,
    Refusal,
    Scored,
    SentMail,
    Tally,
    comes_to,
    effects_of,
    places_of,
)
from runtime.reporting.words import shown
from runtime.reporting.wrong import warnings
from runtime.simulator import RunRecord, World
from runtime.suppression import suppressed
from runtime.writes import (
    ScoreChanged,
)


def person(world: World, contact: str, at: int) -> Person:
    """Return the record of one contact. `at`: when its score is asked."""
    facts = world.facts[contact]
    events = [event for happened in facts.events.values() for event in happened]
    return Person(
        id=contact,
        name=name_of(facts.contact),
        time_zone=civil.zone(facts.time_zone, world.published.definitions.time_zone).key,
        score=score(facts, at),
        stage=facts.stage,
        tags=tuple(sorted(facts.tags)),
        suppressed=suppressed(facts, at),
        events=events,
        scored=[
            Scored(write.at, write.points, write.total, write.source)
            for write in world.changes_of(contact)
            if isinstance(write, ScoreChanged)
        ],
        refusals=[Refusal(w.at, w.journey, w.reason) for c, w in world.refused if c == contact],
        passages=[
            Passage(run.view.id, world.published.plan(run.view.plan), run.view.entered, run.rows)
            for run in sorted(world.runs.values(), key=lambda run: (run.view.entered, run.view.id))
            if run.contact == contact
        ],
        warnings=warnings(
            facts.time_zone,
            world.published.definitions.time_zone,
            facts.contact,
            world.published.definitions.contact_fields,
        ),
    )


def name_of(fields: dict[str, object]) -> str:
    """Return what a contact is called: the name, else the address."""
    name = " ".join(str(fields[key]) for key in ("first_name", "last_name") if fields.get(key))
    return shown(name or str(fields.get("email") or ""))


def tally(world: World, journey: str, at: int | None = None) -> Tally:
    """Count what the runs of a journey did.

    Args:
        at: when scores are looked at; None: as they were told last, as a database has them. What fits or
            fades without an event is told by nobody.
    """
    runs = [run for run in world.runs.values() if run.view.journey == journey]
    plan = world.published.active[journey]
    plans = [plan, *(world.published.plan(hash_) for hash_ in {run.view.plan for run in runs})]
    found = Tally(plan, effects_of(plans), contacts=len(world.facts), entered=len(runs))
    found.refused.update(refused.reason for _, refused in world.refused if refused.journey == journey)
    places = places_of(plan)
    for run in runs:
        _count(found, run, places)
    who = {run.contact for run in runs}
    for contact in world.facts:
        if contact in who:
            _stand(found, world.facts[contact], at)
    found.mails = [
        SentMail(entry.run, entry.step, entry.visit, entry.contact, entry.name, entry.at)
        for entry in world.ledger.values()
        if entry.kind == "send"
        and entry.outcome in ("sent", "in doubt")
        and world.runs[entry.run].view.journey == journey
    ]
    return found


def _count(found: Tally, run: RunRecord, places: frozenset[str]) -> None:
    if run.state.ended is None:
        found.open += 1
    else:
        found.ended[run.state.ended] += 1
    found.reached.update({row.step for row in run.rows if comes_to(row.step in places, row.kind)})
    found.outcomes.update(
        (step, kind, reason)
        for step, _visit, kind, reason in {(row.step, row.visit, row.kind, row.reason) for row in run.rows}
    )


def _stand(found: Tally, facts: Facts, at: int | None) -> None:
    seen = facts.score if facts.seen is None else facts.seen
    found.scores[seen if at is None else score(facts, at)] += 1
    if facts.stage is not None:
        found.stages[facts.stage] += 1
    for name in (OPENED, CLICKED):
        for event in facts.events.get(name, ()):
            if not event.machine:
                email = str(event.properties.get("email", ""))
                found.answers.append(Answer(facts.contact_id, email, name, event.at))
