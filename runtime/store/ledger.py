"""The ledger: what makes each effect on the world happen once. `claimed -> offered -> settled`, or `held`.

One row for each (run, step, visit). A claim is made in the transaction that decided that the effect may
go; `offer` commits just before the provider can accept it. So after a crash a row in `claimed` was surely
not accepted and is claimed again; a row in `offered` may have been, and is settled as in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import (
    CallWebhook,
    ChangeAudience,
    CreateTask,
    Effect,
    Notify,
    Plan,
    SendEmail,
    SendMessage,
    Sync,
)
from runtime.evaluate import RunView
from runtime.facts import Facts
from runtime.machine import Done
from runtime.published import Published
from runtime.store import lease, schema
from runtime.store.errors import StaleAttempt, StoreError
from runtime.store.open import Store
from runtime.store.upserts import inserting
from runtime.turn import Outer, Settled

_ledger = schema.ledger


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry out one effect, and what is needed to do it. Never part of a history.

    `attempt`: the fence, one more with each claim of this row. `outer.attempt` is the machine's count, one
    more after each trouble of the provider; `outer.at` the logical time. `facts`: the contact as it was when
    this was decided. `since`: when that was, by `lease.now`.
    """

    run: RunView
    turn_no: int
    plan: Plan
    outer: Outer
    attempt: int
    perform: frozenset[str]
    facts: Facts
    published: Published
    since: float = field(default_factory=lease.now, compare=False)

    @property
    def contact_id(self) -> str:
        """Whom it is for."""
        return self.facts.contact_id

    @property
    def effect(self) -> Effect:
        """What to do."""
        return self.outer.effect

    @property
    def key(self) -> str:
        """The effect's key, the same for every attempt: for Message-IDs and idempotency headers."""
        return f"{self.run.id} {self.outer.step_id} {self.outer.visit}"


def _at(run: str, step: str, visit: int) -> Any:
    return and_(_ledger.c.run_id == run, _ledger.c.step == step, _ledger.c.visit == visit)


def _row(run: RunView, contact: str, effect: Effect, step: str, visit: int, at: int) -> dict[str, Any]:
    row = {"run_id": run.id, "step": step, "visit": visit, "contact_id": contact, "journey": run.journey}
    row |= {"kind": effect.kind, "name": _name(effect), "at": at}
    return row | {"service": isinstance(effect, SendEmail | SendMessage) and effect.service}


def _name(effect: Effect) -> str:
    match effect:
        case SendEmail():
            return effect.email
        case Notify():
            return effect.team
        case Sync():
            return effect.target
        case SendMessage():
            return f"{effect.channel}: {effect.message}"
        case CallWebhook():
            return effect.webhook
        case ChangeAudience():
            return effect.audience
        case CreateTask():
            return effect.title
        case _:
            return effect.kind


async def claim(connection: AsyncConnection, run: RunView, contact: str, outer: Outer, clock: int) -> int:
    """Claim an effect and return the attempt's number. Every older attempt is fenced from now on."""
    row = _row(run, contact, outer.effect, outer.step_id, outer.visit, outer.at)
    row |= {"status": "claimed", "attempt": 1, "lease_until": clock + lease.SECONDS}
    new = {"status": "claimed", "attempt": _ledger.c.attempt + 1, "lease_until": clock + lease.SECONDS}
    new |= {"at": outer.at, "outcome": None, "reason": "", "until": None, "offered_at": None}
    statement = (
        inserting(connection, _ledger)
        .values(**row)
        .on_conflict_do_update(
            index_elements=["run_id", "step", "visit"], set_=new, where=_ledger.c.status != "settled"
        )
        .returning(_ledger.c.attempt)
    )
    attempt: int | None = (await connection.execute(statement)).scalar()
    if attempt is None:
        raise StoreError(
            f"{outer.step_id} (visit {outer.visit}) of run {run.id} is settled, so it is not done again. "
            "Was a part of the database restored from an older copy?"
        )
    return attempt


async def fence(connection: AsyncConnection, run: str, step: str, visit: int) -> None:
    """Let no attempt that has claimed an effect offer it any more; it is claimed anew as the run comes to it.

    INVARIANT: the caller has seen that it is not offered, and holds its row (`status`).
    """
    await connection.execute(
        update(_ledger)
        .where(_at(run, step, visit), _ledger.c.status == "claimed")
        .values(attempt=_ledger.c.attempt + 1)
    )


async def offer(store: Store, claim: Claim, clock: int, message_id: str | None = None) -> None:
    """Commit that the provider is about to be able to accept. Call it just before, and hold nothing after.

    One attempt may offer several times: a provider that refused for now is asked again within a minute.

    Raises:
        StaleAttempt: a later attempt has taken over, or this one stood still for too long; it must not go on.
    """
    if lease.over(claim.since):
        raise StaleAttempt(
            f"Attempt {claim.attempt} at {claim.outer.step_id} of run {claim.run.id} stood still for more "
            f"than {lease.SECONDS} seconds; it stops here, and whether it may still go is decided anew."
        )
    where = _at(claim.run.id, claim.outer.step_id, claim.outer.visit)

    async def work(connection: AsyncConnection) -> int:
        offered = await connection.execute(
            update(_ledger)
            .where(where, _ledger.c.status.in_(_OPEN), _ledger.c.attempt == claim.attempt)
            .values(status="offered", offered_at=clock, message_id=message_id)
        )
        return offered.rowcount

    if not await store.transact(work):
        raise _stale(claim)


async def settle(
    connection: AsyncConnection, claim: Claim, outcome: Done, at: int, clock: int, detail: str | None
) -> None:
    """Write down how a claimed or offered effect came out; held is not the end of it.

    `detail`: what the provider said. It may quote an address, so it goes nowhere but here.
    """
    status = "held" if outcome.kind == "held" else "settled"
    values = {"outcome": outcome.kind, "reason": outcome.reason, "until": outcome.until, "at": at}
    # What is idempotent by its key, or has rows for its parts, is never offered itself.
    once = isinstance(claim.effect, SendEmail | SendMessage) and outcome.kind in ("sent", "in doubt")
    found = await connection.execute(
        update(_ledger)
        .where(
            _at(claim.run.id, claim.outer.step_id, claim.outer.visit),
            _ledger.c.attempt == claim.attempt,
            _ledger.c.status == "offered" if once else _ledger.c.status.in_(_OPEN),
        )
        .values(**values, status=status, detail=detail, settled_at=clock, lease_until=None)
    )
    if not found.rowcount:
        raise _stale(claim)


_OPEN = ("claimed", "offered")


async def record(
    connection: AsyncConnection, run: RunView, contact: str, settled: Settled, clock: int
) -> None:
    """Write down an effect that was skipped or held without asking the provider."""
    row = _row(run, contact, settled.effect, settled.step_id, settled.visit, settled.at)
    status = "held" if settled.outcome == "held" else "settled"
    row |= {"status": status, "outcome": settled.outcome, "reason": settled.reason, "attempt": 0}
    row |= {"settled_at": clock, "until": settled.until}
    statement = inserting(connection, _ledger).values(**row)
    taken = ("status", "outcome", "reason", "at", "settled_at", "until")
    new = {name: statement.excluded[name] for name in taken} | {"lease_until": None}
    statement = statement.on_conflict_do_update(
        index_elements=["run_id", "step", "visit"], set_=new, where=_ledger.c.status != "settled"
    )
    await connection.execute(statement)


async def drop_held(connection: AsyncConnection, run: RunView, at: int) -> None:
    """Settle what is held when its run has ended: it is never sent.

    What a handoff tells is of no journey: its clock outlives the run.
    """
    await connection.execute(
        update(_ledger)
        .where(_ledger.c.run_id == run.id, _ledger.c.journey == run.journey, _ledger.c.status == "held")
        .values(status="settled", outcome="skipped", reason="left", at=at, until=None, settled_at=at)
    )


async def drop_one(connection: AsyncConnection, run: str, step: str, visit: int, at: int) -> None:
    """Settle one that is held, for its run has gone to a version that has no such step."""
    await connection.execute(
        update(_ledger)
        .where(_at(run, step, visit), _ledger.c.status == "held")
        .values(status="settled", outcome="skipped", reason="left", at=at, until=None, settled_at=at)
    )


async def status(connection: AsyncConnection, run: str, step: str, visit: int) -> tuple[str, int]:
    """Return a row's status and attempt, and hold the row.

    INVARIANT: an older attempt, which may live, cannot offer between this look and the claim that follows.

    Raises:
        StoreError: there is no such row.
    """
    row = (
        await connection.execute(
            select(_ledger.c.status, _ledger.c.attempt).where(_at(run, step, visit)).with_for_update()
        )
    ).first()
    if row is None:
        raise StoreError(f"Run {run} waits for {step} (visit {visit}), but the ledger does not know it.")
    return row.status, row.attempt


async def note_late_answer(connection: AsyncConnection, claim: Claim, detail: str | None) -> None:
    """Keep what a provider said after its effect was settled as in doubt. It changes no outcome."""
    where = _at(claim.run.id, claim.outer.step_id, claim.outer.visit), _ledger.c.attempt == claim.attempt
    doubtful = _ledger.c.outcome == "in doubt", _ledger.c.detail.is_(None)
    if detail is not None:
        await connection.execute(update(_ledger).where(*where, *doubtful).values(detail=detail))


def _stale(claim: Claim) -> StaleAttempt:
    return StaleAttempt(
        f"Attempt {claim.attempt} at {claim.outer.step_id} of run {claim.run.id} was overtaken by a later "
        "one; it stops here and nothing was done twice."
    )
