"""Cases of a simulation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runtime.entry import entry_key
from runtime.facts import Facts
from runtime.machine import State
from runtime.reporting.from_world import person
from runtime.simulator import LedgerEntry, RunRecord, World
from runtime.turn import position
from runtime.why.case import Act, Case, Dispatch, Edition, FieldWas, Passage, Points, Refused, Said
from runtime.writes import (
    ConsentChanged,
    ContactSuppressed,
    FieldChanged,
    ListChanged,
    ScoreChanged,
    StageChanged,
    TagChanged,
    Write,
)


def case(world: World, contact: str, start: int, until: int) -> Case:
    """Return the case of a contact of a simulation that ran from `start` to `until`."""
    facts, written = world.facts[contact], world.changes_of(contact)
    active = {name: plan.hash for name, plan in world.published.active.items()}
    runs = sorted(world.runs.values(), key=lambda run: (run.view.entered, run.view.id))
    ours = [run for run in runs if _is_of(world, run, contact, facts)]
    return Case(
        contact,
        person(world, contact, until),
        until,
        facts,
        [Edition(min(start, 0), world.published.definitions, active)],
        dict(world.published.plans),
        [_passage(world, run) for run in ours],
        [_dispatch(world, entry) for entry in world.ledger.values() if entry.contact == contact],
        [Refused(w.at, w.journey, w.key, w.reason) for who, w in world.refused if who == contact],
        [Points(w.at, w.points, w.kind, w.occurred) for w in written if isinstance(w, ScoreChanged)],
        [(w.at, w.stage) for w in written if isinstance(w, StageChanged)],
        list(_consents(facts, written)),
        list(_suppressions(facts, written)),
        [Said(w.tag, w.at, w.present) for w in written if isinstance(w, TagChanged)],
        [Said(w.list, w.at, w.present) for w in written if isinstance(w, ListChanged)],
        switches=[Act(start, what, scope, name, "the simulation") for what, scope, name in world.switches],
        fields=_fields(world, contact, facts),
    )


def _is_of(world: World, run: RunRecord, contact: str, facts: Facts) -> bool:
    return run.contact == contact or any(one.id == run.view.id for one in facts.runs)


def _passage(world: World, run: RunRecord) -> Passage:
    plan, state = world.published.plan(run.view.plan), run.state
    return Passage(
        run.view.id,
        run.view.journey,
        entry_key(plan, run.view.trigger),
        plan,
        run.view.entered,
        run.view.trigger,
        run.rows,
        position(plan, state),
        state.due(),
        state.ended,
        _ended_at(state),
        run.by_hand,
        contact=run.contact,
    )


def _ended_at(state: State) -> int | None:
    return state.at if state.ended is not None else None


def _dispatch(world: World, entry: LedgerEntry) -> Dispatch:
    run = world.runs[entry.run]
    plan = world.published.plan(run.view.plan)
    effects = (step.effect for step in plan.steps if step.id == entry.step and step.op == "do")
    service = any(getattr(effect, "service", False) for effect in effects)
    status = "held" if entry.outcome == "held" else "settled"
    return Dispatch(
        entry.run,
        run.view.journey,
        entry.step,
        entry.visit,
        entry.kind,
        entry.name,
        service,
        status,
        entry.outcome,
        entry.reason,
        entry.at,
    )


def _fields(world: World, contact: str, facts: Facts) -> list[FieldWas]:
    """Return the changes of the contact's fields, and those of its account, whoever of it led to them."""
    members = {contact, *world.members.get(facts.account_id or "", ())}
    changed = [
        FieldWas(write.at, write.of, write.field, write.before)
        for member in members
        for write in world.changes_of(member)
        if isinstance(write, FieldChanged) and (write.of == "account" or member == contact)
    ]
    return sorted(changed, key=lambda one: one.at)


def _suppressions(facts: Facts, written: Sequence[Write]) -> Iterator[Said]:
    for write in written:
        if isinstance(write, ContactSuppressed):
            yield Said(write.reason, write.at)
    known = {write.reason for write in written if isinstance(write, ContactSuppressed)}
    if facts.suppressed is not None and facts.suppressed not in known:
        yield Said(facts.suppressed, facts.known_since)


def _consents(facts: Facts, written: Sequence[Write]) -> Iterator[Said]:
    """Yield when consents came to be as they are: given from the beginning, or as it is written."""
    changed = {write.consent for write in written if isinstance(write, ConsentChanged)}
    for consent in sorted(facts.consents - changed):
        yield Said(consent, facts.known_since)
    for write in written:
        if isinstance(write, ConsentChanged):
            yield Said(write.consent, write.at, write.granted)
