"""The outbox: word for Temporal, left in the transaction that decided it, delivered at least once.

A start is delivered by the run's id, a signal by its number in the run's inbox; both may come twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.open import WORDS_LEFT, Store

_outbox = schema.outbox
# A signal to a workflow that has not been started would be lost.
_SIGNALS_LAST = case((_outbox.c.kind.in_(("signal", "accepted", "rejected")), 1), else_=0)


@dataclass(frozen=True, slots=True)
class Word:
    """One row. `target`: a run's id, or a handoff's. `payload`: never a fact about a person."""

    id: int
    kind: Literal["again", "start", "signal", "handoff", "accepted", "rejected"]
    target: str
    n: int
    payload: dict[str, Any]
    created_at: int


async def leave_word(
    connection: AsyncConnection, kind: str, target: str, n: int, payload: dict[str, Any], at: int
) -> None:
    """Leave word in the transaction that makes it true."""
    row = {"kind": kind, "target": target, "n": n, "payload": payload, "created_at": at}
    await connection.execute(insert(_outbox).values(row))
    connection.info[WORDS_LEFT] = True


async def pending(store: Store, limit: int = 100, aside: Sequence[str] = ()) -> list[Word]:
    """Return what is to be delivered, starts before signals, each in the order it was written.

    `aside`: targets to leave out.
    """
    columns = (_outbox.c[name] for name in ("id", "kind", "target", "n", "payload", "created_at"))
    async with store.reading() as connection:
        rows = await connection.execute(
            select(*columns)
            .where(_outbox.c.delivered_at.is_(None), _outbox.c.target.not_in(aside))
            .order_by(_SIGNALS_LAST, _outbox.c.id)
            .limit(limit)
        )
        return [Word(*row) for row in rows]


async def delivered(store: Store, ids: Iterable[int], at: int) -> None:
    """Cross these rows off."""
    done = list(ids)
    if not done:
        return

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(update(_outbox).where(_outbox.c.id.in_(done)).values(delivered_at=at))

    await store.transact(work)
