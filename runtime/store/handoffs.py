"""Handoffs: a contact given to sales, with an owner and a clock that outlives the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Definitions, HandoffRule
from runtime import handoffs
from runtime.entry import as_text
from runtime.handoffs import Handoff, RejectionRefused, Roster, RoundRobin
from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.store.outbox import leave_word
from runtime.store.snapshot import of_contact
from runtime.store.upserts import inserting

_handoffs = schema.handoffs


async def get_handoff(store: Store, id_: str) -> Handoff:
    """Return a handoff.

    Raises:
        StoreError: there is none with this id.
    """
    async with store.reading() as connection:
        return _read(await _row(connection, id_))


async def list_handoffs(store: Store, contact: str | None = None) -> list[Handoff]:
    """Return all handoffs, or those of one contact, the oldest first."""
    query = select(_handoffs).order_by(_handoffs.c.opened_at, _handoffs.c.id)
    if contact is not None:
        query = query.where(_handoffs.c.contact_id == contact)
    async with store.reading() as connection:
        rows = await connection.execute(query)
        return [_read(row) for row in rows.mappings()]


async def assign(
    store: Store, id_: str, rules: Mapping[str, HandoffRule], roster: Roster, at: int
) -> Handoff:
    """Give a handoff an owner by its rule, once: asked again, the owner stays.

    The turn of a round robin is counted in the database, so that two workers do not give two contacts to
    one person. What the same run has handed to the team before it, in the same second, takes its turn first.

    Args:
        rules: those of all handoffs that there are, by name; that of this one is among them.
        roster: of the team that the handoff goes to.
    """

    async def work(connection: AsyncConnection) -> Handoff:
        found = _read(await _row(connection, id_))
        snapshot = await of_contact(store, connection, found.contact)  # the contact before its handoffs
        found = _read(await _row(connection, id_, lock=True))
        if found.assigned_at is not None:
            return found
        team = rules[found.handoff].team
        before = [one for one in await _before(connection, found) if _team(rules, one) == team]
        for one in (*before, found):
            owner = handoffs.owner(rules[one.handoff], snapshot.facts, roster)
            if isinstance(owner, RoundRobin):
                turn = await _turn(connection, team)
                owner = roster.members[(turn - 1) % len(roster.members)]
            given = await _keep(connection, one, handoffs.assigned(one, owner, at))
        return given

    return await store.transact(work)


async def _before(connection: AsyncConnection, found: Handoff) -> list[Handoff]:
    """Return what the run has handed off before this one in the same second, and nobody has yet."""
    same_second = _handoffs.c.run_id == found.run, _handoffs.c.opened_at == found.opened_at
    query = select(_handoffs).where(*same_second, _handoffs.c.assigned_at.is_(None))
    others = {one.id: one for one in map(_read, (await connection.execute(query)).mappings())}
    if len(others) == 1:
        return []
    journal = schema.journal.c
    rows = await connection.execute(
        select(journal.step, journal.visit)
        .where(journal.run_id == found.run, journal.kind == "handed off", journal.at == found.opened_at)
        .order_by(journal.n)
    )
    order = [f"{found.run}/{row.step}/{row.visit}" for row in rows]
    return [others[id_] for id_ in order[: order.index(found.id)] if id_ in others]


def _team(rules: Mapping[str, HandoffRule], handoff: Handoff) -> str | None:
    rule = rules.get(handoff.handoff)
    return rule.team if rule is not None else None


async def accept(store: Store, id_: str, at: int) -> Handoff:
    """Note that sales has taken the contact over, and tell the handoff's workflow; the first time counts."""

    async def work(connection: AsyncConnection) -> Handoff:
        if not _read(await _row(connection, id_, lock=True)).answer:
            await _change(connection, id_, status="accepted", accepted_at=at)
            await leave_word(connection, "accepted", id_, 0, {}, at)
        return _read(await _row(connection, id_))

    return await store.transact(work)


async def accept_all(connection: AsyncConnection, contact: str, at: int) -> int:
    """Note that sales has taken a contact over: each handoff that waits is accepted. Return how many."""
    waiting = await _waiting(connection, contact)
    for found in waiting:
        await _change(connection, found.id, status="accepted", accepted_at=at)
        await leave_word(connection, "accepted", found.id, 0, {}, at)
    return len(waiting)


async def reject(
    connection: AsyncConnection,
    contact: str,
    properties: Mapping[str, Any],
    definitions: Definitions,
    at: int,
) -> int:
    """Note that sales has sent a contact back, for a reason that the handoff knows; return how many it had.

    Raises:
        StoreError: it knows no such reason; nothing was changed.
    """
    try:
        concerned = handoffs.rejected(await _waiting(connection, contact), properties, definitions)
    except RejectionRefused as refused:
        raise StoreError(str(refused)) from refused
    reason = as_text(properties.get("reason"))
    for found in concerned:
        await _change(connection, found.id, status="rejected", rejected_at=at, rejected_as=reason)
        await leave_word(connection, "rejected", found.id, 0, {}, at)
    return len(concerned)


async def close_all(connection: AsyncConnection, contact: str, status: str, at: int) -> None:
    """Close the handoffs of a contact that is no more, and forget who had it and what was said of it.

    Their workflows hear of it as of a rejection: there is nobody to call any more.
    """
    for found in await _waiting(connection, contact):
        await _change(connection, found.id, status=status, rejected_at=at)
        await leave_word(connection, "rejected", found.id, 0, {}, at)
    mine = _handoffs.c.contact_id == contact
    await connection.execute(update(_handoffs).where(mine).values(owner=None, rejected_as=None))


async def close_doubled(connection: AsyncConnection, contact: str, at: int) -> None:
    """Close those that wait beside an older one of the same name: one person is called once."""
    kept: set[str] = set()
    for found in await _waiting(connection, contact):
        if found.handoff in kept:
            await _change(connection, found.id, status="merged", rejected_at=at)
            await leave_word(connection, "rejected", found.id, 0, {}, at)
        kept.add(found.handoff)


async def progress(store: Store, id_: str, at: int) -> Handoff:
    """Note what time has made of a handoff: that sales was reminded, or that its time is over."""

    async def work(connection: AsyncConnection) -> Handoff:
        found = _read(await _row(connection, id_, lock=True))
        return await _keep(connection, found, handoffs.progressed(found, at))

    return await store.transact(work)


async def _waiting(connection: AsyncConnection, contact: str) -> list[Handoff]:
    """Return the handoffs of a contact that sales has not answered, the oldest first."""
    table = _handoffs.c
    unanswered = table.accepted_at.is_(None), table.rejected_at.is_(None)
    query = select(_handoffs).where(table.contact_id == contact, *unanswered)
    rows = await connection.execute(query.order_by(table.opened_at, table.id).with_for_update())
    return [_read(row) for row in rows.mappings()]


async def _keep(connection: AsyncConnection, before: Handoff, after: Handoff) -> Handoff:
    changed = {
        one.name: getattr(after, one.name)
        for one in fields(after)
        if getattr(after, one.name) != getattr(before, one.name)
    }
    if changed:
        await _change(connection, after.id, **changed)
    return after


async def _turn(connection: AsyncConnection, team: str) -> int:
    table = schema.rotations
    statement = (
        inserting(connection, table)
        .values(team=team, taken=1)
        .on_conflict_do_update(index_elements=["team"], set_={"taken": table.c.taken + 1})
        .returning(table.c.taken)
    )
    return int((await connection.execute(statement)).scalar_one())


async def _change(connection: AsyncConnection, id_: str, **values: Any) -> None:
    await connection.execute(update(_handoffs).where(_handoffs.c.id == id_).values(**values))


async def _row(connection: AsyncConnection, id_: str, *, lock: bool = False) -> RowMapping:
    query = select(_handoffs).where(_handoffs.c.id == id_)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().first()
    if row is None:
        raise StoreError(f"There is no handoff {id_}.")
    return row


def _read(row: RowMapping) -> Handoff:
    values = dict(row)
    return Handoff(run=values.pop("run_id"), contact=values.pop("contact_id"), **values)
