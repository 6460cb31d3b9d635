"""Admissions: everyone in a segment, let in page by page, whoever stops the worker in between.

A page is one transaction with the place that was reached, so nobody is left out and nobody comes in twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime import admitting
from runtime.store import schema
from runtime.store.applying import apply
from runtime.store.open import Store
from runtime.store.publishing import in_force, published_set
from runtime.store.rounds import Ways, open_due, starts_of
from runtime.store.snapshot import of_contact
from runtime.turn import LATE
from runtime.writes import EntryRefused, RunEntered

PAGE = 50

_table = schema.admissions


@dataclass(frozen=True, slots=True)
class Admission:
    """One round. `looked`: contacts that were looked at; `left`: those that were not yet."""

    journey: str
    way: str
    round: int
    at: int
    looked: int
    admitted: int
    refused: int
    left: int


async def admit_due(store: Store, now: int, late: int = 0, paused: Ways = ()) -> int:
    """Open the rounds that are due, and look at a page of contacts for each that is open.

    Args:
        late, paused: as `rounds.open_due` has them.

    Returns:
        How many contacts were looked at; 0: there is nothing to do now.
    """
    looked = 0
    for journey, way, round_ in await open_due(store, now, late, paused):
        looked += await _page(store, journey, way, round_, now)
    return looked


async def admit_all(store: Store, now: int) -> None:
    """Let in everyone who is due."""
    while await admit_due(store, now):
        continue


async def admissions(store: Store) -> list[Admission]:
    """Return the rounds that are under way, of journeys that still start so."""
    contacts, columns = schema.contacts, (c for c in _table.c if c.name not in ("cursor", "done_at"))
    left = select(func.count()).select_from(contacts).where(contacts.c.id > _table.c.cursor).scalar_subquery()
    query = select(*columns, left.label("left")).where(_table.c.done_at.is_(None))
    async with store.reading() as connection:
        found = await connection.execute(query.order_by(_table.c.journey, _table.c.way, _table.c.round))
        rows = [Admission(**row) for row in found.mappings()]
        if not rows:
            return []
        published = await published_set(store, connection, await connection.scalar(select(in_force)))
    return [row for row in rows if starts_of(published.active.get(row.journey), row.way)]


async def _page(store: Store, journey: str, way: str, round_: int, now: int) -> int:
    here = _table.c.journey == journey, _table.c.way == way, _table.c.round == round_

    async def work(connection: AsyncConnection) -> int:
        row = (await connection.execute(select(_table).where(*here).with_for_update())).mappings().one()
        published = await published_set(store, connection, await connection.scalar(select(in_force)))
        plan = published.active.get(journey)
        starts = starts_of(plan, way)
        if row["done_at"] is not None or plan is None or not starts:
            return 0  # it is over; or the journey no longer starts so, and whoever is left stays out
        contacts = schema.contacts
        page = select(contacts.c.id).where(contacts.c.id > row["cursor"]).order_by(contacts.c.id).limit(PAGE)
        ids = (await connection.scalars(page)).all()
        at = row["at"] if now - row["at"] <= LATE else now
        said: list[Any] = []
        for contact, start in product(ids, starts):
            snapshot = await of_contact(store, connection, contact, at)
            writes = admitting.admit(plan, start, snapshot.facts, snapshot.published, at)
            let_in = [write for write in writes if not isinstance(write, EntryRefused)]
            await apply(store, connection, snapshot, let_in)
            for write in writes:
                if isinstance(write, EntryRefused):
                    await _note(connection, contact, write)
            said += writes
        values = {
            "cursor": ids[-1] if ids else row["cursor"],
            "looked": row["looked"] + len(ids),
            "admitted": row["admitted"] + sum(isinstance(write, RunEntered) for write in said),
            "refused": row["refused"] + sum(isinstance(write, EntryRefused) for write in said),
            "done_at": now if len(ids) < PAGE else None,
        }
        await connection.execute(update(_table).where(*here).values(values))
        return len(ids)

    return await store.transact(work)


async def _note(connection: AsyncConnection, contact: str, refused: EntryRefused) -> None:
    """Record that a contact was not let in: one row, however many rounds it was so for the same reason."""
    table = schema.entries_refused
    same = {"contact_id": contact, "journey": refused.journey, "entry_key": refused.key}
    same["reason"] = refused.reason
    here = [table.c[name] == value for name, value in same.items()]
    again = update(table).where(*here, table.c.rounds.is_not(None))
    found = await connection.execute(again.values(at=refused.at, rounds=table.c.rounds + 1))
    if not found.rowcount:
        await connection.execute(insert(table).values(**same, at=refused.at, rounds=1))
