"""Records of what the database holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl import civil
from dsl.plan import FieldDefinition, Plan
from runtime.evaluate import score
from runtime.facts import Facts, Happened
from runtime.reporting.from_world import name_of
from runtime.reporting.notes import notes
from runtime.reporting.record import (
    CLICKED,
    NOT_REACHED,
    OPENED,
    Answer,
    Passage,
    Person,
    Refusal,
    Scored,
    SentMail,
    Settlement,
    Tally,
    effects_of,
    places_of,
)
from runtime.reporting.wrong import warnings
from runtime.store import Store, StoreError, schema
from runtime.store.doubtful import AGAIN, BY_HAND
from runtime.store.publishing import hold_plans, in_force, published_set
from runtime.store.snapshot import of_contact
from runtime.suppression import suppressed
from runtime.trace import TraceRow

_runs, _journal, _ledger, _contacts = schema.runs, schema.journal, schema.ledger, schema.contacts


async def person(store: Store, contact: str, fallback: str, at: int) -> Person:
    """Return the record of one contact. `fallback`: the workspace's time zone; `at`: when its score is asked.

    Raises:
        StoreError: there is no such contact.
    """
    async with store.reading() as connection:
        row = (await connection.execute(select(_contacts).where(_contacts.c.id == contact))).first()
        if row is None:
            raise StoreError(
                f"There is no contact {contact}. Import it first, or look at how its id is written."
            )
        facts = await _facts(store, connection, contact, at)
        return Person(
            id=contact,
            name=name_of(row.fields),
            time_zone=civil.zone(row.time_zone, fallback).key,
            score=row.score if facts is None else score(facts, at),
            stage=row.stage,
            tags=tuple(sorted(await _names(connection, schema.tags.c.tag, contact))),
            suppressed=None if facts is None else suppressed(facts, at),
            events=await _events(connection, contact, row.account_id),
            scored=await _scored(connection, contact),
            refusals=await _refusals(connection, contact),
            passages=await _passages(store, connection, contact),
            settlements=await _settlements(connection, contact),
            notes=await notes(connection, contact),
            warnings=warnings(row.time_zone, fallback, row.fields, await _declared(store, connection)),
        )


async def journeys(store: Store) -> list[str]:
    """Return the journeys that have runs, the one with the most first."""
    query = select(_runs.c.journey).group_by(_runs.c.journey)
    async with store.reading() as connection:
        return list(await connection.scalars(query.order_by(func.count().desc(), _runs.c.journey)))


async def tally(store: Store, journey: str) -> Tally | None:
    """Count what the runs of a journey did; None if it has none."""
    async with store.reading() as connection:
        plans = await _plans(store, connection, journey)
        if not plans:
            return None
        found = Tally(plans[0], effects_of(plans))
        found.contacts = int(await connection.scalar(select(func.count(_contacts.c.id))) or 0)
        await _count_runs(connection, journey, found)
        await _count_rows(connection, journey, found)
        await _count_people(connection, journey, found)
        await _mail(connection, journey, found)
        return found


async def _facts(store: Store, connection: AsyncConnection, contact: str, at: int) -> Facts | None:
    """Return the facts of a contact; None while nothing is published."""
    if await connection.scalar(select(in_force)) is None:
        return None
    return (await of_contact(store, connection, contact, at)).facts


async def _declared(store: Store, connection: AsyncConnection) -> Mapping[str, FieldDefinition]:
    number = await connection.scalar(select(in_force))
    if number is None:
        return {}
    return (await published_set(store, connection, number)).definitions.contact_fields


async def _names(connection: AsyncConnection, column: Any, contact: str) -> list[str]:
    return list(await connection.scalars(select(column).where(column.table.c.contact_id == contact)))


async def _events(connection: AsyncConnection, contact: str, account: str | None) -> list[Happened]:
    events = schema.events
    mine = events.c.contact_id == contact
    if account is not None:
        mine = or_(mine, events.c.account_id == account)
    query = select(*(events.c[name] for name in ("name", "at", "occurred", "properties", "machine")))
    rows = await connection.execute(query.where(mine).order_by(events.c.at, events.c.id))
    return [Happened(*row) for row in rows]


async def _scored(connection: AsyncConnection, contact: str) -> list[Scored]:
    changes = schema.score_changes
    query = select(*(changes.c[name] for name in ("at", "points", "total", "source")))
    rows = await connection.execute(query.where(changes.c.contact_id == contact).order_by(changes.c.id))
    return [Scored(*row) for row in rows]


async def _refusals(connection: AsyncConnection, contact: str) -> list[Refusal]:
    refused = schema.entries_refused
    query = select(refused.c.at, refused.c.journey, refused.c.reason)
    rows = await connection.execute(query.where(refused.c.contact_id == contact).order_by(refused.c.id))
    return [Refusal(*row) for row in rows]


async def _settlements(connection: AsyncConnection, contact: str) -> list[Settlement]:
    names = ("answered_at", "journey", "step", "name", "answer", "answered_by", "outcome", "reason")
    mine = _ledger.c.contact_id == contact, _ledger.c.answer.is_not(None)
    query = select(*(_ledger.c[name] for name in (*names, "settled_at"))).where(*mine)
    rows = await connection.execute(query.order_by(_ledger.c.answered_at))
    # What was only answered has the answer as its outcome, and what waits for a worker has none yet.
    return [Settlement(*(row if _went_again(row) else row[:6])) for row in rows]


def _went_again(row: Row[Any]) -> bool:
    return row.outcome is not None and row.settled_at is not None and row.reason not in (BY_HAND, AGAIN)


async def _passages(store: Store, connection: AsyncConnection, contact: str) -> list[Passage]:
    runs = (
        await connection.execute(
            select(_runs.c.id, _runs.c.plan, _runs.c.entered)
            .where(_runs.c.contact_id == contact)
            .order_by(_runs.c.entered, _runs.c.id)
        )
    ).all()
    await hold_plans(store, connection, {run.plan for run in runs})
    rows: dict[str, list[TraceRow]] = {run.id: [] for run in runs}
    query = select(_journal.c.run_id, *(_journal.c[name] for name in TraceRow._fields))
    ours = _journal.c.run_id.in_(rows)
    for row in await connection.execute(query.where(ours).order_by(_journal.c.run_id, _journal.c.n)):
        rows[row[0]].append(TraceRow(*row[1:]))
    details: dict[str, dict[tuple[str, int], str]] = {run.id: {} for run in runs}
    said = select(*(_ledger.c[name] for name in ("run_id", "step", "visit", "detail")))
    for row in await connection.execute(
        said.where(_ledger.c.run_id.in_(rows), _ledger.c.detail.is_not(None))
    ):
        details[row.run_id][row.step, row.visit] = row.detail
    began = await began_with(connection, rows)
    told = {row.reason for of_run in rows.values() for row in of_run if row.kind == "moved"}
    await hold_plans(store, connection, {*began.values(), *told})
    versions = {hash_: store.plans[hash_] for hash_ in told if hash_ in store.plans}
    return [
        Passage(
            run.id,
            store.plans[run.plan],
            run.entered,
            rows[run.id],
            details[run.id],
            store.plans.get(began.get(run.id, "")),
            versions,
        )
        for run in runs
        if run.plan in store.plans
    ]


async def began_with(connection: AsyncConnection, runs: Iterable[str]) -> dict[str, str]:
    """Return the plans that runs came in with which were moved to another one since."""
    moved = schema.moved_runs
    query = select(moved.c.run_id, moved.c.plan).where(moved.c.run_id.in_(runs)).order_by(moved.c.n.desc())
    return {row.run_id: row.plan for row in await connection.execute(query)}  # the first one stays


async def _plans(store: Store, connection: AsyncConnection, journey: str) -> Sequence[Plan]:
    """Return the plans that the journey's runs have, the latest first."""
    query = select(_runs.c.plan).where(_runs.c.journey == journey).group_by(_runs.c.plan)
    hashes = list(await connection.scalars(query.order_by(func.max(_runs.c.entered).desc(), _runs.c.plan)))
    await hold_plans(store, connection, hashes)
    return [store.plans[hash_] for hash_ in hashes if hash_ in store.plans]


async def _count_runs(connection: AsyncConnection, journey: str, found: Tally) -> None:
    by = (_runs.c.status, _runs.c.end_kind, _runs.c.end_reason)
    query = select(*by, func.count()).where(_runs.c.journey == journey).group_by(*by)
    for status, kind, reason, number in await connection.execute(query):
        found.entered += number
        if status == "ended":
            found.ended[kind, reason] += number
        else:
            found.open += number
    refused = schema.entries_refused
    reasons = select(refused.c.reason, func.count()).where(refused.c.journey == journey)
    for reason, number in await connection.execute(reasons.group_by(refused.c.reason)):
        found.refused[reason] += number


async def _count_rows(connection: AsyncConnection, journey: str, found: Tally) -> None:
    """Count the rows of the journal: each visit of a run once for each way in which it came out."""
    ours = select(_journal).join(_runs, _runs.c.id == _journal.c.run_id).where(_runs.c.journey == journey)
    visits = (
        ours.with_only_columns(*(_journal.c[name] for name in ("run_id", "step", "visit", "kind", "reason")))
        .distinct()
        .subquery()
    )
    ways = (visits.c.step, visits.c.kind, visits.c.reason)
    for *way, number in await connection.execute(select(*ways, func.count()).group_by(*ways)):
        found.outcomes[way[0], way[1], way[2]] += number
    places = places_of(found.plan)
    beside = and_(_journal.c.step.in_(places), _journal.c.kind.in_(NOT_REACHED))
    came = ours.with_only_columns(_journal.c.step, func.count(_journal.c.run_id.distinct()))
    for step, number in await connection.execute(came.where(~beside).group_by(_journal.c.step)):
        found.reached[step] += number


async def _count_people(connection: AsyncConnection, journey: str, found: Tally) -> None:
    entered = select(_runs.c.contact_id).where(_runs.c.journey == journey)
    seen = func.coalesce(_contacts.c.score_seen, _contacts.c.score)
    query = select(seen, _contacts.c.stage).where(_contacts.c.id.in_(entered))
    for points, stage in await connection.execute(query.order_by(_contacts.c.id)):
        found.scores[points] += 1
        if stage is not None:
            found.stages[stage] += 1


async def _mail(connection: AsyncConnection, journey: str, found: Tally) -> None:
    names = ("run_id", "step", "visit", "contact_id", "name", "at")
    sent = select(*(_ledger.c[name] for name in names)).where(
        _ledger.c.journey == journey, _ledger.c.kind == "send", _ledger.c.outcome.in_(("sent", "in doubt"))
    )
    found.mails = [SentMail(*row) for row in await connection.execute(sent)]
    events = schema.events
    email = events.c.properties["email"].as_string()
    answers = (
        select(events.c.contact_id, email, events.c.name, events.c.at)
        .where(events.c.name.in_((OPENED, CLICKED)), ~events.c.machine, events.c.contact_id.is_not(None))
        .where(events.c.contact_id.in_(select(_runs.c.contact_id).where(_runs.c.journey == journey)))
    )
    found.answers = [
        Answer(contact, about or "", name, at)
        for contact, about, name, at in await connection.execute(answers)
    ]
