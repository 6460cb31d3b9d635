"""Doubts: effects of which nobody knows whether the provider took them, and what a person says of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.interventions import note
from runtime.store.open import Store
from runtime.store.outbox import leave_word

_ledger, _runs = schema.ledger, schema.runs

REPEATABLE = ("send", "message")
"""Kinds of effects that can be sent again: those that a person gets, with a ledger row of their own."""

BY_HAND, AGAIN = "by hand", "sent again by hand"
"""Reasons: nothing but the answer is known of it; it waits for a worker that sends it once more."""

_SHORTEST = 6


@dataclass(frozen=True, slots=True)
class Doubt:
    """An effect in doubt. It was not repeated. `detail`: what the provider said; it may quote an address."""

    run: str
    step: str
    visit: int
    kind: str
    name: str
    contact: str
    journey: str
    message_id: str | None
    offered_at: int | None
    settled_at: int | None
    detail: str | None

    @property
    def key(self) -> str:
        """A short name for it, the same for ever."""
        return hashlib.sha256(f"{self.run} {self.step} {self.visit}".encode()).hexdigest()[:10]


_NAMES = ("run_id", "step", "visit", "kind", "name", "contact_id", "journey", "message_id")
_COLUMNS = [_ledger.c[name] for name in (*_NAMES, "offered_at", "settled_at", "detail")]


async def doubts(store: Store, contact: str | None = None) -> list[Doubt]:
    """Return every effect in doubt, of one contact or of all, for a person to look into."""
    query = select(*_COLUMNS).where(schema.IN_DOUBT)
    if contact is not None:
        query = query.where(_ledger.c.contact_id == contact)
    async with store.reading() as connection:
        rows = await connection.execute(query.order_by(_ledger.c.at, _ledger.c.run_id))
        return [Doubt(*row) for row in rows]


async def count_doubts(connection: AsyncConnection) -> int:
    """Return how many effects are in doubt."""
    query = select(func.count()).select_from(_ledger).where(schema.IN_DOUBT)
    return int(await connection.scalar(query) or 0)


async def settle_doubt(store: Store, key: str, *, sent: bool, again: bool = False, by: str, at: int) -> Doubt:
    """Write down what a person knows of an effect in doubt, and who said it when.

    Args:
        key: the doubt's key, or enough of its beginning.
        sent: whether it has arrived.
        again: it has not, and is to be sent again, if all that a send must pass still lets it.

    Raises:
        StoreError: there is no such doubt, or it cannot be sent again.
    """
    doubt = _chosen(key, await doubts(store))

    async def work(connection: AsyncConnection) -> None:
        if again:
            await _refuse_again(connection, doubt)
        row = and_(
            _ledger.c.run_id == doubt.run, _ledger.c.step == doubt.step, _ledger.c.visit == doubt.visit
        )
        values: dict[str, Any] = {"answer": "sent" if sent else "not sent", "answered_by": by}
        values |= {"answered_at": at, "reason": BY_HAND, "outcome": "sent" if sent else "failed"}
        if again:
            values |= {"status": "held", "outcome": "held", "reason": AGAIN, "until": at}
        found = await connection.execute(
            update(_ledger).where(row, _ledger.c.outcome == "in doubt").values(values)
        )
        if not found.rowcount:
            raise StoreError(f"Somebody else has settled {doubt.key} just now; nothing was changed.")
        said = "sent" if sent else "not sent, send again" if again else "not sent"
        await note(connection, at, by, said, "effect", f"{doubt.run} {doubt.step} {doubt.visit}")
        if again:
            payload = {"run": doubt.run, "step": doubt.step, "visit": doubt.visit, "kind": doubt.kind}
            await leave_word(connection, "again", f"{doubt.key}/{at}", at, payload, at)

    await store.transact(work)
    return doubt


def _chosen(key: str, found: list[Doubt]) -> Doubt:
    chosen = [doubt for doubt in found if len(key) >= _SHORTEST and doubt.key.startswith(key.lower())]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        raise StoreError(f"{len(chosen)} effects in doubt begin with {key}. Write more of the key.")
    raise StoreError(
        f"No effect in doubt has the key {key}. `nurture doubts` lists them; a settled one is not listed."
    )


async def _refuse_again(connection: AsyncConnection, doubt: Doubt) -> None:
    if doubt.kind not in REPEATABLE:
        raise StoreError(
            f"{doubt.key} is a note to “{doubt.name}”; only what a contact gets can be sent again. Tell them "
            "yourself, and settle it with --not-sent alone."
        )
    row = (
        await connection.execute(select(_runs.c.end_kind, _runs.c.end_reason).where(_runs.c.id == doubt.run))
    ).one()
    if row.end_kind in ("exit", "goal"):
        raise StoreError(
            f"{doubt.contact} has left “{doubt.journey}” ({row.end_reason}), so {doubt.key} is not sent "
            "again. Settle it with --not-sent alone."
        )
