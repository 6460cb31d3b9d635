"""Parts: the messages of one notice, each with a ledger row of its own (semantics row 30).

A notice to three people and a chat room is four messages. When the fourth fails, or the worker dies after
the second, those that went out are not sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import lease, schema
from runtime.store.errors import StaleAttempt, StillOffered
from runtime.store.open import Store

_ledger = schema.ledger


@dataclass(frozen=True, slots=True)
class Part:
    """One message. `step` names the notice's step and the part; `name` the team.

    `journey`: the run's, whose end drops what is held; empty for a handoff, which outlives it.
    """

    run: str
    step: str
    visit: int
    contact: str
    journey: str
    name: str


async def begin(store: Store, part: Part, at: int, clock: int, *, doubt: bool = True) -> int | str:
    """Claim a message: return the attempt's number, or how it came out if it is settled.

    One that an earlier attempt left in `offered` may have been accepted: it is settled as in doubt, or raises
    `StillOffered` unless `doubt`.
    """

    async def work(connection: AsyncConnection) -> int | str:
        columns = (_ledger.c.status, _ledger.c.attempt, _ledger.c.outcome)
        row = (await connection.execute(select(*columns).where(_at(part)).with_for_update())).first()
        if row is None:
            values: dict[str, Any] = {"run_id": part.run, "step": part.step, "visit": part.visit}
            values |= {"contact_id": part.contact, "journey": part.journey, "name": part.name, "at": at}
            values |= {"kind": "message", "service": True, "status": "claimed", "attempt": 1}
            await connection.execute(insert(_ledger).values(**values, lease_until=clock + lease.SECONDS))
            return 1
        if row.status == "settled":
            return str(row.outcome)
        if row.status == "offered" and not doubt:
            raise StillOffered(f"{part.step} of run {part.run} is offered by attempt {row.attempt}.")
        if row.status == "offered":
            settled = {"status": "settled", "outcome": "in doubt", "settled_at": clock, "lease_until": None}
            await connection.execute(update(_ledger).where(_at(part)).values(**settled))
            return "in doubt"
        claimed = {"status": "claimed", "attempt": row.attempt + 1}
        claimed |= {"lease_until": clock + lease.SECONDS}
        await connection.execute(update(_ledger).where(_at(part)).values(**claimed))
        return int(row.attempt) + 1

    return await store.transact(work)


async def offer(store: Store, part: Part, attempt: int, clock: int) -> None:
    """Commit that the provider is about to be able to accept. Raises `StaleAttempt` for an overtaken one."""
    await _move(store, part, attempt, status="offered", offered_at=clock)


async def settle(
    store: Store, part: Part, attempt: int, outcome: str, reason: str, detail: str, clock: int
) -> None:
    """Write down how a message came out; `retry` leaves it to be claimed again."""
    if outcome == "retry":
        await _move(store, part, attempt, status="held", outcome="held", reason=reason, detail=detail)
        return
    settled = {"status": "settled", "settled_at": clock, "lease_until": None}
    await _move(store, part, attempt, outcome=outcome, reason=reason, detail=detail, **settled)


async def _move(store: Store, part: Part, attempt: int, **values: Any) -> None:
    open_ = _ledger.c.status.in_(("claimed", "offered"))

    async def work(connection: AsyncConnection) -> int:
        contacts, said = schema.contacts, dict(values)
        held = select(contacts.c.erased_at).where(contacts.c.id == part.contact).with_for_update(read=True)
        if await connection.scalar(held) is not None:
            said["detail"] = None  # it may quote the address of a contact that was erased meanwhile
        where = and_(_at(part), open_, _ledger.c.attempt == attempt)
        return (await connection.execute(update(_ledger).where(where).values(**said))).rowcount

    if not await store.transact(work):
        raise StaleAttempt(
            f"Attempt {attempt} at {part.step} of run {part.run} was overtaken; it stops here."
        )


def _at(part: Part) -> Any:
    return and_(_ledger.c.run_id == part.run, _ledger.c.step == part.step, _ledger.c.visit == part.visit)
