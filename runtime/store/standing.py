"""How an installation stands: what is open, paused, held, waiting and in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.doubtful import count_doubts
from runtime.store.open import Store

_runs, _ledger, _outbox = schema.runs, schema.ledger, schema.outbox


@dataclass(frozen=True, slots=True)
class Standing:
    """Figures of now.

    `paused`: runs that stand still, `by_hand` of them because a person wants it; `leaving`: runs told to
    leave that have not left yet. `held`: effects by reason. `effects`: settled ones by (kind, outcome).
    `waiting`: words for Temporal that are not delivered; `lag`: seconds that the oldest has waited.
    """

    open: int
    paused: int
    by_hand: int
    leaving: int
    doubts: int
    waiting: int
    lag: int
    held: dict[str, int] = field(default_factory=dict)
    effects: dict[tuple[str, str], int] = field(default_factory=dict)


async def standing(store: Store, now: int) -> Standing:
    """Look at how everything stands."""
    number = func.count()
    async with store.reading() as connection:
        told = await _pairs(connection, _runs.c.by_hand, _runs.c.status == "open")
        # Whom a person pauses stands still from then on, although its run hears of it in its next turn.
        stands = or_(_runs.c.state["paused_at"].as_integer().is_not(None), _runs.c.by_hand == "paused")
        waiting = select(number, func.min(_outbox.c.created_at)).where(_outbox.c.delivered_at.is_(None))
        delivered, oldest = (await connection.execute(waiting)).one()
        ways = (_ledger.c.kind, _ledger.c.outcome)
        settled = select(*ways, number).where(_ledger.c.status == "settled").group_by(*ways)
        return Standing(
            open=sum(told.values()),
            paused=await _count(connection, _runs, _runs.c.status == "open", stands),
            by_hand=told.get("paused", 0),
            leaving=told.get("stopped", 0),
            doubts=await count_doubts(connection),
            waiting=delivered,
            lag=0 if oldest is None else max(0, now - oldest),
            held=await _pairs(connection, _ledger.c.reason, _ledger.c.status == "held"),
            effects={(kind, out): n for kind, out, n in await connection.execute(settled.order_by(*ways))},
        )


async def _pairs(connection: AsyncConnection, column: Any, *where: Any) -> dict[Any, int]:
    query = select(column, func.count()).where(*where).group_by(column).order_by(column)
    return {row[0]: row[1] for row in await connection.execute(query)}


async def _count(connection: AsyncConnection, table: Any, *where: Any) -> int:
    return int(await connection.scalar(select(func.count()).select_from(table).where(*where)) or 0)
