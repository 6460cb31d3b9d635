"""Purging: rows that no decision can need any more, removed some at a time.

Words that Temporal has; what ended runs were told, and their journals; what open runs were told and have
read; triggers that started nothing. What stays: the runs themselves, for `runs once`; the ledger, for limits
and so that nothing is sent twice; events, points, consents; the journals of open runs, and what these were
told and a wait has named as its reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, and_, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.machine import State
from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.open import Store

AT_ONCE = 500
"""Rows, or runs, in one transaction."""

SHORTEST = 7 * 86_400
"""Seconds: what is younger may still be asked for, by a worker that has been away or a person who looks."""

_runs, _outbox, _refused = schema.runs, schema.outbox, schema.entries_refused


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were removed, or would be."""

    words: int = 0
    inbox: int = 0
    journal: int = 0
    refusals: int = 0

    def __add__(self, other: Purged) -> Purged:
        return Purged(
            self.words + other.words,
            self.inbox + other.inbox,
            self.journal + other.journal,
            self.refusals + other.refusals,
        )


async def purge(store: Store, now: int, older: int, *, dry_run: bool = False) -> Purged:
    """Remove what was settled more than `older` seconds ago. Interrupted, it is begun again.

    Raises:
        StoreError: `older` is less than `SHORTEST`.
    """
    if older < SHORTEST:
        raise StoreError(
            f"Keep at least {SHORTEST // 86_400} days: what is younger may still be needed after an outage."
        )
    before = now - older
    words = await _rows(store, _outbox, _outbox.c.delivered_at < before, dry_run)
    refusals = await _rows(store, _refused, _refused.c.at < before, dry_run)
    found = Purged(words=words, refusals=refusals, inbox=await _read_by_open(store, before, dry_run))
    return found + await _of_runs(store, before, dry_run)


async def _rows(store: Store, table: Table, old: Any, dry_run: bool) -> int:
    """Remove rows of a table, from the first one on; return how many."""
    count, last = 0, 0

    async def page(connection: AsyncConnection) -> Sequence[int]:
        query = select(table.c.id).where(table.c.id > last, old).order_by(table.c.id).limit(AT_ONCE)
        ids = (await connection.scalars(query)).all()
        if ids and not dry_run:
            await connection.execute(delete(table).where(table.c.id.in_(ids)))
        return ids

    while ids := await _look(store, page, dry_run):
        count, last = count + len(ids), ids[-1]
    return count


async def _of_runs(store: Store, before: int, dry_run: bool) -> Purged:
    """Remove what runs were told and what they did, if they have ended so long ago."""
    found, last = Purged(), ""

    async def page(connection: AsyncConnection) -> tuple[Sequence[str], Purged]:
        ended = _runs.c.status == "ended", _runs.c.ended < before
        query = select(_runs.c.id).where(_runs.c.id > last, *ended).order_by(_runs.c.id).limit(AT_ONCE)
        ids = (await connection.scalars(query)).all()
        inbox = await _of(connection, schema.run_inbox, ids, dry_run)
        journal = await _of(connection, schema.journal, ids, dry_run)
        return ids, Purged(inbox=inbox, journal=journal)

    while True:
        ids, some = await _look(store, page, dry_run)
        if not ids:
            return found
        found, last = found + some, ids[-1]


async def _read_by_open(store: Store, before: int, dry_run: bool) -> int:
    """Remove what open runs were told so long ago and have read."""
    count, last = 0, ""
    inbox = schema.run_inbox

    async def page(connection: AsyncConnection) -> tuple[Sequence[str], int]:
        old = inbox.c.run_id == _runs.c.id, inbox.c.at < before
        query = (
            select(_runs.c.id, _runs.c.state)
            .where(_runs.c.id > last, _runs.c.status == "open", exists().where(*old))
            .order_by(_runs.c.id)
            .limit(AT_ONCE)
        )
        rows = (await connection.execute(query)).all()
        replies = await _replies(connection, [(row.id, row.state) for row in rows])
        found = 0
        for run, state in rows:
            # Whatever the run does meanwhile, it reads none of these again: what is read, it has gone past.
            read = inbox.c.n < state["inbox"], inbox.c.n.not_in(replies[run])
            found += await _of(connection, inbox, (run,), dry_run, inbox.c.at < before, *read)
        return [row.id for row in rows], found

    while True:
        ids, some = await _look(store, page, dry_run)
        if not ids:
            return count
        count, last = count + some, ids[-1]


async def _replies(
    connection: AsyncConnection, runs: Sequence[tuple[str, dict[str, Any]]]
) -> dict[str, set[int]]:
    """Return the numbers of what waits have named as their replies; also where a move may be undone."""
    found = {run: _named(state) for run, state in runs}
    moved = schema.moved_runs
    earlier = select(moved.c.run_id, moved.c.state).where(moved.c.run_id.in_(found))
    for run, state in await connection.execute(earlier):
        found[run] |= _named(state)
    return found


def _named(state: dict[str, Any]) -> set[int]:
    return {n for thread in State.from_json(state).threads for n in thread.replies.values()}


async def _of(
    connection: AsyncConnection, table: Table, runs: Sequence[str], dry_run: bool, *more: Any
) -> int:
    theirs = and_(table.c.run_id.in_(runs), *more)
    if dry_run:
        counted: Select[Any] = select(func.count()).select_from(table).where(theirs)
        return int(await connection.scalar(counted) or 0)
    return int((await connection.execute(delete(table).where(theirs))).rowcount)


async def _look(store: Store, page: Any, dry_run: bool) -> Any:
    if not dry_run:
        return await store.transact(page)
    async with store.reading() as connection:
        return await page(connection)
