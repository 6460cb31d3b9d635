"""Handoffs: a contact given to sales, with an owner and a clock that outlives the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import HandoffRule, Ref
from runtime.evaluate import value_of
from runtime.facts import Facts
from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.store.outbox import leave_word
from runtime.store.snapshot import of_contact
from runtime.store.upserts import inserting

_handoffs = schema.handoffs


@dataclass(frozen=True, slots=True)
class Handoff:
    """One handoff as it stands. `status`: open, assigned, accepted, overdue."""

    id: str
    run: str
    contact: str
    handoff: str
    priority: str
    status: str
    owner: str | None
    opened_at: int
    due_at: int
    assigned_at: int | None
    accepted_at: int | None
    overdue_at: int | None
    half_at: int | None = None
    reminded_at: int | None = None
    rejected_at: int | None = None
    rejected_as: str | None = None


async def get_handoff(store: Store, id_: str) -> Handoff:
    """Return a handoff.

    Raises:
        StoreError: there is none with this id.
    """
    async with store.reading() as connection:
        return _read(await _row(connection, id_))


async def list_handoffs(store: Store) -> list[Handoff]:
    """Return all handoffs, the oldest first."""
    async with store.reading() as connection:
        rows = await connection.execute(select(_handoffs).order_by(_handoffs.c.opened_at, _handoffs.c.id))
        return [_read(row) for row in rows.mappings()]


async def assign(store: Store, id_: str, rule: HandoffRule, members: Sequence[str], at: int) -> Handoff:
    """Give a handoff an owner by its rule, once: asked again, the owner stays.

    Args:
        members: the team's people, in the order in which they take turns. The turn is counted in the
            database, so that two workers do not give two contacts to one person.
    """

    async def work(connection: AsyncConnection) -> Handoff:
        row = await _row(connection, id_, lock=True)
        if row["owner"] is None:
            snapshot = await of_contact(store, connection, row["contact_id"])
            owner = await _owner(connection, rule, snapshot.facts, members)
            await _change(connection, id_, owner=owner, status="assigned", assigned_at=at)
        return _read(await _row(connection, id_))

    return await store.transact(work)


async def accept(store: Store, id_: str, at: int) -> Handoff:
    """Note that sales has taken the contact over, and tell the handoff's workflow; the first time counts."""

    async def work(connection: AsyncConnection) -> Handoff:
        row = await _row(connection, id_, lock=True)
        if row["accepted_at"] is None:
            await _change(connection, id_, status="accepted", accepted_at=at)
            await leave_word(connection, "accepted", id_, 0, {}, at)
        return _read(await _row(connection, id_))

    return await store.transact(work)


async def accept_all(connection: AsyncConnection, contact: str, at: int) -> None:
    """Note that sales has taken a contact over: every handoff of it that waits for that is accepted."""
    waiting = _handoffs.c.contact_id == contact, _handoffs.c.accepted_at.is_(None)
    accepted = update(_handoffs).where(*waiting).values(status="accepted", accepted_at=at)
    for id_ in (await connection.scalars(accepted.returning(_handoffs.c.id))).all():
        await leave_word(connection, "accepted", id_, 0, {}, at)


async def overdue(store: Store, id_: str, at: int) -> bool:
    """Note that the time to respond is over. False: it was accepted, or noted before."""

    async def work(connection: AsyncConnection) -> bool:
        row = await _row(connection, id_, lock=True)
        if row["accepted_at"] is not None or row["overdue_at"] is not None or at < row["due_at"]:
            return False
        await _change(connection, id_, status="overdue", overdue_at=at)
        return True

    return await store.transact(work)


async def _owner(
    connection: AsyncConnection, rule: HandoffRule, facts: Facts, members: Sequence[str]
) -> str | None:
    for way in rule.assign:
        if isinstance(way, Ref):
            if named := value_of(way, facts, None):
                return str(named)
        elif members:
            return members[(await _turn(connection, rule.team) - 1) % len(members)]
    return None


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
