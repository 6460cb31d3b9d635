"""Cases of the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Definitions
from runtime.facts import Facts, Sent
from runtime.reporting.from_store import began_with, person
from runtime.store import Store, schema
from runtime.store.publishing import hold_plans, in_force
from runtime.store.snapshot import of_contact
from runtime.trace import TraceRow
from runtime.why.case import Act, Case, Dispatch, Edition, Passage, Points, Refused, Said

_ARRIVED = ("sent", "in doubt")


async def case(store: Store, contact: str, at: int) -> Case:
    """Return the case of a contact, by its id, as of `at` or of the newest record, if that is later.

    The record of a demonstration is ahead of the clock. Raises `StoreError` if there is no such contact.
    """
    async with store.reading() as connection:
        editions = await _editions(connection)
        ledger = await _ledger(connection, contact)
        passages = await _passages(store, connection, contact, ledger)
        hashes = {hash_ for edition in editions for hash_ in edition.active.values()}
        await hold_plans(store, connection, hashes)
        facts = await _facts(store, connection, contact, ledger)
        rest = (
            await _refused(connection, contact),
            await _points(connection, contact),
            await _stages(connection, contact),
            await _consents(connection, contact),
            await _said(connection, contact, schema.suppressions.c.reason),
            await _said(connection, contact, schema.tags.c.tag),
            await _said(connection, contact, schema.list_members.c.list),
            await _said(connection, contact, schema.overrides.c.what),
            await _acts(connection, contact, passages),
            await _switches(connection),
            _partial(passages, ledger),
        )
    rows = (row.at for passage in passages for row in passage.rows)
    at = max([at, *rows, *(edition.at for edition in editions)])
    fallback = editions[-1].definitions.time_zone if editions else "UTC"
    whole = await person(store, contact, fallback, at)
    return Case(contact, whole, at, facts, editions, dict(store.plans), passages, ledger, *rest)


def _partial(passages: Sequence[Passage], ledger: Sequence[Dispatch]) -> str:
    """Say what is missing: runs whose plan cannot be read, journals that were purged."""
    known = {passage.id for passage in passages}
    lost = {row.journey for row in ledger if row.run not in known and row.journey}
    purged = {passage.journey for passage in passages if not passage.whole}
    said = []
    if lost:
        said.append(
            f"The plan of a run of {_names(lost)} is not in the database, or damaged; it is left out."
        )
    if purged:
        said.append(
            f"The journal of a run of {_names(purged)} was purged; of it only what was sent is known."
        )
    return " ".join(said)


def _names(journeys: set[str]) -> str:
    return ", ".join(f"“{name}”" for name in sorted(journeys))


async def _editions(connection: AsyncConnection) -> list[Edition]:
    table = schema.published
    rows = await connection.execute(
        select(table.c.at, table.c.definitions, table.c.active).order_by(table.c.id)
    )
    return [Edition(at, Definitions.model_validate_json(text), active) for at, text, active in rows]


async def _facts(
    store: Store, connection: AsyncConnection, contact: str, ledger: Sequence[Dispatch]
) -> Facts | None:
    """Return the facts with all emails on record; None while nothing is published."""
    if await connection.scalar(select(in_force)) is None:
        return None
    facts = (await of_contact(store, connection, contact)).facts
    facts.sent = [
        Sent(row.run, row.journey, row.name, row.at, row.service)
        for row in sorted(ledger, key=lambda row: row.at)
        if row.kind == "send" and row.outcome in _ARRIVED
    ]
    return facts


async def _ledger(connection: AsyncConnection, contact: str) -> list[Dispatch]:
    table = schema.ledger
    names = ("run_id", "journey", "step", "visit", "kind", "name", "service", "status", "outcome", "reason")
    more = ("at", "until", "answer", "answered_by", "answered_at")
    query = select(*(table.c[name] for name in (*names, *more))).where(table.c.contact_id == contact)
    rows = await connection.execute(query.order_by(table.c.at, table.c.run_id, table.c.step, table.c.visit))
    return [Dispatch(*row) for row in rows]


def _done(ledger: Sequence[Dispatch]) -> Iterator[TraceRow]:
    for number, row in enumerate(ledger, start=1):
        if row.outcome is not None:
            yield TraceRow(number, row.at, row.step, row.visit, row.outcome, row.reason, row.until)


async def _passages(
    store: Store, connection: AsyncConnection, contact: str, ledger: Sequence[Dispatch]
) -> list[Passage]:
    """Return the runs of a contact, and those of its account."""
    table, contacts = schema.runs, schema.contacts
    account = select(contacts.c.account_id).where(contacts.c.id == contact).scalar_subquery()
    of_account = and_(table.c.subject_kind == "account", table.c.subject == account)
    query = select(table).where(or_(table.c.contact_id == contact, of_account))
    runs = (await connection.execute(query.order_by(table.c.entered, table.c.id))).mappings().all()
    ids = [run["id"] for run in runs]
    rows = await _rows(connection, ids)
    for run in set(ids) - rows.keys():
        # Its journal was purged: what is left of it is what was done.
        rows[run] = list(_done([row for row in ledger if row.run == run]))
    details = await _details(connection, ids)
    began = await began_with(connection, ids)
    moved = {row.reason for of_run in rows.values() for row in of_run if row.kind == "moved"}
    await hold_plans(store, connection, {*(run["plan"] for run in runs), *began.values(), *moved})
    return [
        Passage(
            run["id"],
            run["journey"],
            run["entry_key"],
            store.plans[run["plan"]],
            run["entered"],
            run["trigger"] or {},
            rows.get(run["id"], []),
            run["position"] or [],
            run["due"],
            (run["end_kind"] or "", run["end_reason"] or "") if run["status"] == "ended" else None,
            run["ended"],
            run["by_hand"],
            details.get(run["id"], {}),
            run["contact_id"],
            store.plans.get(began.get(run["id"], "")),
            {hash_: store.plans[hash_] for hash_ in moved if hash_ in store.plans},
        )
        for run in runs
        if run["plan"] in store.plans
    ]


async def _rows(connection: AsyncConnection, runs: Sequence[str]) -> dict[str, list[TraceRow]]:
    table = schema.journal
    query = select(table.c.run_id, *(table.c[name] for name in TraceRow._fields))
    found: dict[str, list[TraceRow]] = {}
    ours = query.where(table.c.run_id.in_(runs)).order_by(table.c.run_id, table.c.n)
    for run, *row in await connection.execute(ours):
        found.setdefault(run, []).append(TraceRow(*row))
    return found


async def _details(connection: AsyncConnection, runs: Sequence[str]) -> dict[str, dict[tuple[str, int], str]]:
    table = schema.ledger
    query = select(*(table.c[name] for name in ("run_id", "step", "visit", "detail")))
    found: dict[str, dict[tuple[str, int], str]] = {}
    ours = query.where(table.c.run_id.in_(runs), table.c.detail.is_not(None))
    for run, step, visit, detail in await connection.execute(ours):
        found.setdefault(run, {})[step, visit] = detail
    return found


async def _refused(connection: AsyncConnection, contact: str) -> list[Refused]:
    table = schema.entries_refused
    query = select(*(table.c[name] for name in ("at", "journey", "entry_key", "reason")))
    rows = await connection.execute(query.where(table.c.contact_id == contact).order_by(table.c.id))
    return [Refused(*row) for row in rows]


async def _points(connection: AsyncConnection, contact: str) -> list[Points]:
    table = schema.score_changes
    query = select(*(table.c[name] for name in ("at", "points", "kind", "occurred")))
    rows = await connection.execute(query.where(table.c.contact_id == contact).order_by(table.c.id))
    return [Points(*row) for row in rows]


async def _stages(connection: AsyncConnection, contact: str) -> list[tuple[int, str]]:
    table = schema.stage_changes
    query = select(table.c.at, table.c.stage).where(table.c.contact_id == contact).order_by(table.c.id)
    return [(at, stage) for at, stage in await connection.execute(query)]


async def _consents(connection: AsyncConnection, contact: str) -> list[Said]:
    table = schema.consents
    query = select(table.c.consent, table.c.at, table.c.granted).where(table.c.contact_id == contact)
    return [Said(*row) for row in await connection.execute(query.order_by(table.c.at))]


async def _said(connection: AsyncConnection, contact: str, column: Any) -> list[Said]:
    table = column.table
    query = select(column, table.c.at).where(table.c.contact_id == contact)
    return [Said(*row) for row in await connection.execute(query.order_by(table.c.at))]


async def _acts(connection: AsyncConnection, contact: str, passages: Sequence[Passage]) -> list[Act]:
    """Return what people did that concerns the contact or its runs."""
    table = schema.interventions
    scope, name = table.c.scope, table.c.name
    ours = or_(
        scope == "all",
        and_(scope == "contact", name == contact),
        and_(scope == "journey", name.in_({run.journey for run in passages})),
        and_(scope == "run", name.in_({run.id for run in passages})),
    )
    query = select(*(table.c[one] for one in ("at", "what", "scope", "name", "by"))).where(ours)
    return [Act(*row) for row in await connection.execute(query.order_by(table.c.id))]


async def _switches(connection: AsyncConnection) -> list[Act]:
    table = schema.switches
    query = select(*(table.c[name] for name in ("since", "what", "scope", "name", "by")))
    return [Act(*row) for row in await connection.execute(query.order_by(table.c.since))]
