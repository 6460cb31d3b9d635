"""Turns: one run goes on as far as it can, in one transaction, and what it answered is kept.

INVARIANT: no transaction is open while a provider is asked. A turn that an effect interrupts is stored as
it stands (`partial`, `in_flight`) and taken up again by `settle_turn`, or after a crash by `take_turn`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime import turn as turns
from runtime.machine import Done, State
from runtime.store import ledger, schema, switches
from runtime.store.applying import apply
from runtime.store.errors import StaleAttempt, StillOffered, StoreError
from runtime.store.holding import hold_run
from runtime.store.ledger import Claim
from runtime.store.open import Store
from runtime.store.snapshot import RunSnapshot, of_run
from runtime.suppression import ERASED
from runtime.turn import Around, InboxRow, Outer, Turn


@dataclass(frozen=True, slots=True)
class Taken:
    """A finished turn. `transcript`: what the workflow feeds to its own machine, free of personal data."""

    transcript: list[Any]


async def take_turn(
    store: Store,
    run: str,
    turn_no: int,
    clock: int,
    perform: frozenset[str] = frozenset(),
    *,
    doubt: bool = True,
) -> Taken | Claim:
    """Let a run go on. Asked again for a turn that is done, answer exactly as before.

    Args:
        turn_no: from 0, one more with each turn. A caller that crashed asks for the same one again.
        clock: the driver's time.
        perform: the kinds of outer effects that the caller can carry out.
        doubt: settle as in doubt what an earlier attempt has offered. Else wait for it, and ask again.

    Returns:
        The turn's transcript, or an effect to carry out first: then `ledger.offer` and `settle_turn`.

    Raises:
        StoreError: no such run, or the turn before this one was never finished.
        PlanMissing: the run's plan is not in the database.
        StillOffered: unless `doubt`, that an earlier attempt has offered the effect at which the run is.
    """

    async def work(connection: AsyncConnection) -> Taken | Claim:
        await hold_run(store, connection, run)
        found = await of_run(store, connection, run)
        if found.row["turn_no"] > turn_no:
            return Taken(_answered(found, turn_no))
        if found.row["turn_no"] < turn_no:
            raise StoreError(
                f"Run {run} has finished {found.row['turn_no']} turns, so it cannot take turn {turn_no}. "
                "Was the database restored from an older copy? Then end the workflow and start it again."
            )
        going = _Going(store, connection, found, clock, perform)
        return await going.on(await going.resume(doubt))

    return await store.transact(work)


async def settle_turn(
    store: Store, claim: Claim, outcome: Done, clock: int, detail: str | None = None
) -> Taken | Claim:
    """Write down how the effect came out, and let the run go on with its turn.

    Returns:
        The turn's transcript, or the turn's next effect. After the turn is finished: its transcript.

    Raises:
        StaleAttempt: a later attempt has taken over and the turn is not finished yet, or later ones are.
    """

    async def work(connection: AsyncConnection) -> Taken | Claim:
        await hold_run(store, connection, claim.run.id)
        found = await of_run(store, connection, claim.run.id)
        said = None if found.facts.suppressed == ERASED else detail
        if found.row["turn_no"] == claim.turn_no + 1:
            await ledger.note_late_answer(connection, claim, said)
            return Taken(_answered(found, claim.turn_no))
        going = _Going(store, connection, found, clock, claim.perform)
        flight = _flight(found) if found.row["turn_no"] == claim.turn_no else None
        if flight is None or (flight.step_id, flight.visit) != (claim.outer.step_id, claim.outer.visit):
            raise StaleAttempt(f"Run {claim.run.id} has gone on without this attempt at {claim.key}.")
        return await going.on(await going.settle(claim, outcome, said))

    return await store.transact(work)


def _answered(found: RunSnapshot, turn_no: int) -> list[Any]:
    if found.row["turn_no"] != turn_no + 1:
        raise StoreError(
            f"Run {found.view.id} is {found.row['turn_no'] - turn_no} turns ahead of its workflow; only the "
            "last answer is kept. Was the workflow reset? Then end it and start it again."
        )
    return list(found.row["transcript"])


def _flight(found: RunSnapshot) -> Outer | None:
    """Return the effect that the stored turn was interrupted for."""
    stored = found.row["in_flight"]
    if stored is None:
        return None
    step = found.plan.steps[stored["step"]]
    assert step.op == "do"
    return Outer(stored["step"], step.id, stored["visit"], stored["tries"], step.effect, stored["at"])


@dataclass(slots=True)
class _Going:
    """One transaction's work on one run."""

    store: Store
    connection: AsyncConnection
    found: RunSnapshot
    clock: int
    perform: frozenset[str]

    @property
    def state(self) -> State:
        return State.from_json(self.found.row["state"])

    async def around(self) -> Around:
        in_force = await switches.of_run(self.connection, self.found)
        await switches.heal(self.connection, self.found, in_force, self.clock)
        inbox = schema.run_inbox
        rows = await self.connection.execute(
            select(inbox.c.n, inbox.c.at, inbox.c.interests)
            .where(inbox.c.run_id == self.found.view.id, inbox.c.n >= self.state.inbox)
            .order_by(inbox.c.n)
        )
        told = [InboxRow(n, at, tuple(interests)) for n, at, interests in rows]
        replies = await self.replies() if self.found.plan.names_replies else {}
        return Around(
            self.clock,
            self.found.facts,
            self.found.published,
            told,
            self.perform,
            replies,
            in_force.sends_stopped,
        )

    async def replies(self) -> dict[int, dict[str, Any]]:
        """Return the properties of the events that a wait has named as its reply, or may name now."""
        inbox, events, state = schema.run_inbox, schema.events, self.state
        named = {n for thread in state.threads for n in thread.replies.values()}
        rows = await self.connection.execute(
            select(inbox.c.n, events.c.properties)
            .join(events, inbox.c.event_id == events.c.id)
            .where(inbox.c.run_id == self.found.view.id, (inbox.c.n >= state.inbox) | inbox.c.n.in_(named))
        )
        return {row.n: row.properties for row in rows}

    async def resume(self, doubt: bool) -> Turn:
        """Take the turn, or take it up where a crash left it."""
        found, flight = self.found, _flight(self.found)
        if flight is not None:
            status, attempt = await ledger.status(
                self.connection, found.view.id, flight.step_id, flight.visit
            )
            if status == "offered" and not doubt:
                raise StillOffered(
                    f"{flight.step_id} of run {found.view.id} is offered by attempt {attempt}."
                )
            if status == "offered":
                # The provider may have taken it. An email is not sent again; it is reported.
                return await self.settle(self.claim(flight, attempt), Done("in doubt"), None)
        # A row still in `claimed` was surely not offered: all is decided anew, at today's facts.
        turn = turns.take(found.plan, found.view, self.state, await self.around())
        if flight is not None and not _goes_on_with(turn, flight):
            # Whoever claimed it may stand still, and live: what is not claimed anew here is fenced.
            await ledger.fence(self.connection, found.view.id, flight.step_id, flight.visit)
        return turn

    async def settle(self, claim: Claim, outcome: Done, detail: str | None) -> Turn:
        found, state = self.found, self.state
        if outcome.at is None and claim.outer.at != state.at:
            outcome = outcome._replace(at=claim.outer.at)  # it was looked at late: see `turn.Outer`
        around = await self.around()
        outcome = turns.bounded(found.plan, found.view, state, outcome, around)
        at = state.at if outcome.at is None else outcome.at
        await ledger.settle(self.connection, claim, outcome, at, self.clock, detail)
        return turns.settle(found.plan, found.view, state, outcome, around)

    async def on(self, turn: Turn) -> Taken | Claim:
        """Store what came of a turn, or of a part of it."""
        found, connection = self.found, self.connection
        view, facts = found.view, found.facts
        await apply(self.store, connection, found, turn.writes)
        for settled in turn.settled:
            await ledger.record(connection, view, facts.contact_id, settled, self.clock)
        if turn.rows:
            rows = [{"run_id": view.id, **row._asdict()} for row in turn.rows]
            await connection.execute(insert(schema.journal), rows)
        values: dict[str, Any] = {
            "state": turn.state.to_json(),
            "position": turns.position(found.plan, turn.state),
            "due": turn.state.due(),
        }
        # As JSON, so that the first answer and a repeated one are equal in every bit.
        told: list[Any] = json.loads(json.dumps(turn.transcript))
        transcript = [*(found.row["partial"] or ()), *told]
        if turn.outer is not None:
            values |= {"partial": transcript, "in_flight": _written(turn.outer)}
        else:
            values |= {"partial": None, "in_flight": None}
            values |= {"transcript": transcript, "turn_no": found.row["turn_no"] + 1}
        if turn.state.ended is not None:
            kind, reason = turn.state.ended
            values |= {"status": "ended", "ended": turn.state.at, "end_kind": kind, "end_reason": reason}
            await ledger.drop_held(connection, view, turn.state.at)
        await connection.execute(update(schema.runs).where(schema.runs.c.id == view.id).values(values))
        if turn.outer is None:
            return Taken(transcript)
        attempt = await ledger.claim(connection, view, facts.contact_id, turn.outer, self.clock)
        return self.claim(turn.outer, attempt)

    def claim(self, outer: Outer, attempt: int) -> Claim:
        found = self.found
        turn_no = found.row["turn_no"]
        return Claim(
            found.view, turn_no, found.plan, outer, attempt, self.perform, found.facts, found.published
        )


def _goes_on_with(turn: Turn, flight: Outer) -> bool:
    """Whether the turn is interrupted for the same effect once more."""
    outer = turn.outer
    return outer is not None and (outer.step_id, outer.visit) == (flight.step_id, flight.visit)


def _written(outer: Outer) -> dict[str, Any]:
    return {"step": outer.step, "visit": outer.visit, "tries": outer.attempt, "at": outer.at}
