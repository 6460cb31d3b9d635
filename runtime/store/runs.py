"""Runs: looking at them. What changes them is in `turns` and `applying`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, select

from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.trace import TraceRow
from runtime.turn import InboxRow

_runs = schema.runs


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as it stands. `position`: a step or a block for each thread; `by_hand`: paused, stopped."""

    id: str
    journey: str
    contact_id: str
    plan: str
    ordinal: int
    entered: int
    status: str
    ended: int | None
    end_kind: str | None
    end_reason: str | None
    position: list[str]
    due: int | None
    turn_no: int
    by_hand: str | None = None


_NAMES = tuple(RunRow.__dataclass_fields__)


def _query() -> Select[Any]:
    return select(*(_runs.c[name] for name in _NAMES)).order_by(_runs.c.entered, _runs.c.id)


def _read(row: RowMapping) -> RunRow:
    return RunRow(**{**row, "position": row["position"] or []})


async def get_run(store: Store, id_: str) -> RunRow:
    """Return a run.

    Raises:
        StoreError: there is none with this id.
    """
    async with store.reading() as connection:
        row = (await connection.execute(_query().where(_runs.c.id == id_))).mappings().first()
    if row is None:
        raise StoreError(f"There is no run {id_} in this database.")
    return _read(row)


async def list_runs(
    store: Store, *, contact: str | None = None, journey: str | None = None, open_only: bool = False
) -> list[RunRow]:
    """Return runs in order of entry."""
    query = _query()
    if contact is not None:
        query = query.where(_runs.c.contact_id == contact)
    if journey is not None:
        query = query.where(_runs.c.journey == journey)
    if open_only:
        query = query.where(_runs.c.status == "open")
    async with store.reading() as connection:
        return [_read(row) for row in (await connection.execute(query)).mappings()]


async def newest_open(store: Store, number: int) -> list[str]:
    """Return the ids of the open runs that were entered last."""
    query = select(_runs.c.id).where(_runs.c.status == "open").order_by(_runs.c.entered.desc(), _runs.c.id)
    async with store.reading() as connection:
        return list(await connection.scalars(query.limit(number)))


async def trace(store: Store, run: str) -> list[TraceRow]:
    """Return a run's journal."""
    journal = schema.journal
    query = select(*(journal.c[name] for name in TraceRow._fields)).where(journal.c.run_id == run)
    async with store.reading() as connection:
        return [TraceRow(*row) for row in await connection.execute(query.order_by(journal.c.n))]


async def inbox(store: Store, run: str, since: int = 1) -> list[InboxRow]:
    """Return what a run has been told, from a number on: what fills a gap between signals."""
    table = schema.run_inbox
    query = (
        select(table.c.n, table.c.at, table.c.interests)
        .where(table.c.run_id == run, table.c.n >= since)
        .order_by(table.c.n)
    )
    async with store.reading() as connection:
        return [InboxRow(n, at, tuple(interests)) for n, at, interests in await connection.execute(query)]


async def unsettled(store: Store, now: int) -> list[str]:
    """Return the open runs that have something left to do at this moment, by id."""
    names = ("id", "due", "in_flight", "inbox_next", "state")
    query = select(*(_runs.c[name] for name in names)).where(_runs.c.status == "open")
    async with store.reading() as connection:
        rows = (await connection.execute(query)).all()
    return [row.id for row in rows if _unsettled(row, now)]


def _unsettled(row: Any, now: int) -> bool:
    state = row.state
    under_way = row.in_flight is not None or state["flight"] is not None or not state["started"]
    return under_way or state["inbox"] < row.inbox_next or (row.due is not None and row.due <= now)
