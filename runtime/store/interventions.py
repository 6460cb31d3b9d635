"""Interventions: what people did by hand, who and when. Written where it is done, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.open import Store

_table = schema.interventions


@dataclass(frozen=True, slots=True)
class Intervention:
    """One act. `scope`: all, journey, contact, run or effect; `name`: which."""

    at: int
    by: str
    what: str
    scope: str
    name: str


async def note(connection: AsyncConnection, at: int, by: str, what: str, scope: str, name: str) -> None:
    """Write one act down, in the transaction that does it."""
    await connection.execute(insert(_table).values(at=at, by=by, what=what, scope=scope, name=name))


async def interventions(store: Store, limit: int = 20) -> list[Intervention]:
    """Return the latest acts, the last one first."""
    columns = (_table.c[name] for name in ("at", "by", "what", "scope", "name"))
    async with store.reading() as connection:
        rows = await connection.execute(select(*columns).order_by(_table.c.id.desc()).limit(limit))
        return [Intervention(*row) for row in rows]
