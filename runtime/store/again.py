"""Sending again: an effect in doubt that a person wants to go once more, through the same ledger row.

Its run has gone on long ago, so this is no turn: it is decided anew, on the facts of now, in the transaction
that claims it. The row's key is the old one, and so is the Message-ID.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Do
from runtime import dispatch
from runtime.machine import Done
from runtime.store import ledger, switches
from runtime.store.errors import StillOffered
from runtime.store.ledger import Claim
from runtime.store.open import Store
from runtime.store.snapshot import RunSnapshot, of_run
from runtime.suppression import ERASED
from runtime.turn import Outer, Settled, address_of

_LOOK_AGAIN = 15 * 60  # nobody wakes this when sends go on


async def begin(
    store: Store, run: str, step: str, visit: int, clock: int, *, doubt: bool = True
) -> Claim | Done:
    """Claim the effect, or say how it came out without the provider.

    An attempt that died after it had offered is settled as in doubt once more; unless `doubt`, `StillOffered`
    is raised.
    """

    async def work(connection: AsyncConnection) -> Claim | Done:
        found = await of_run(store, connection, run)
        number = next(i for i, s in enumerate(found.plan.steps) if s.id == step)
        effect_step = found.plan.steps[number]
        assert isinstance(effect_step, Do)
        status, attempt = await ledger.status(connection, run, step, visit)
        outer = Outer(number, step, visit, attempt + 1, effect_step.effect, clock)
        if status == "settled":
            return Done("skipped", "settled")  # its run was left meanwhile, or the answer was lost
        if status == "offered" and not doubt:
            raise StillOffered(f"{step} of run {run} is offered by attempt {attempt}.")
        if status == "offered":
            done = Done("in doubt")
            await ledger.settle(connection, _claim(found, outer, attempt), done, clock, clock, None)
            return done
        verdict = await _decide(connection, found, effect_step, clock)
        if not isinstance(verdict, dispatch.Go):
            done = _done(verdict)
            told = Settled(step, visit, attempt, effect_step.effect, done.kind, done.reason, clock)
            await ledger.record(connection, found.view, found.facts.contact_id, told, clock)
            return done
        attempt = await ledger.claim(connection, found.view, found.facts.contact_id, outer, clock)
        return _claim(found, outer, attempt)

    return await store.transact(work)


async def finish(store: Store, claim: Claim, done: Done, clock: int, detail: str | None) -> Done:
    """Write down how it came out.

    Raises:
        StaleAttempt: a later attempt has taken over.
    """

    async def work(connection: AsyncConnection) -> None:
        found = await of_run(store, connection, claim.run.id)  # who changes its ledger holds the contact
        said = None if found.facts.suppressed == ERASED else detail
        await ledger.settle(connection, claim, done, claim.outer.at, clock, said)

    await store.transact(work)
    return done


async def _decide(
    connection: AsyncConnection, found: RunSnapshot, step: Do, clock: int
) -> dispatch.Go | dispatch.Skip | dispatch.Hold:
    definitions = found.published.definitions
    verdict = dispatch.decide(
        found.plan,
        step.effect,
        found.facts,
        found.view,
        clock,
        definitions.time_zone,
        definitions.policies,
        address=address_of(step.effect, definitions),
    )
    if not isinstance(verdict, dispatch.Go):
        return verdict
    held = (await switches.of_run(connection, found)).holding(step.effect)
    return verdict if held is None else dispatch.Hold(held, clock + _LOOK_AGAIN)


def _done(verdict: dispatch.Skip | dispatch.Hold) -> Done:
    if isinstance(verdict, dispatch.Skip):
        return Done("skipped", verdict.reason)
    return Done("held", verdict.reason, verdict.until)


def _claim(found: RunSnapshot, outer: Outer, attempt: int) -> Claim:
    kinds = frozenset({outer.effect.kind})
    return Claim(
        found.view, found.row["turn_no"], found.plan, outer, attempt, kinds, found.facts, found.published
    )
