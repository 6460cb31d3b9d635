"""The ledger's promise, against any order of attempts, answers and crashes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dsl.plan import Notify, Plan, SendEmail
from runtime.machine import Done, advance, read, start_state
from runtime.store import (
    Claim,
    StaleAttempt,
    Store,
    Taken,
    enter_journey,
    get_run,
    import_contacts,
    offer,
    publish,
    schema,
    settle_turn,
    take_turn,
)
from runtime.writes import RunEntered
from tests.runtime.store.world import DEFINITIONS, HOUR, MONDAY, do, quiet

OUTER = frozenset({"send", "notify", "sync"})
_numbers = count(1)


def three_effects() -> Plan:
    steps = (
        do("send:a", SendEmail(email="A", service=True), 1),
        do("notify:b", Notify(team="B", message="b"), 2),
        do("send:c", SendEmail(email="C", service=True), None),
    )
    return quiet("Three", steps=steps, interests=())


@dataclass
class Workers:
    """Workers that take, offer, settle and die; and what the providers saw of them."""

    store: Store
    run: str
    clock: int = MONDAY
    claims: list[Claim] = field(default_factory=list)
    offered: dict[str, set[int]] = field(default_factory=dict)
    answers: dict[int, list[Any]] = field(default_factory=dict)

    def keep(self, turn_no: int, result: Taken | Claim) -> None:
        if isinstance(result, Claim):
            self.claims.append(result)
        else:
            # INVARIANT under test: whoever asks for a turn again gets the same answer.
            assert self.answers.setdefault(turn_no, result.transcript) == result.transcript

    def replayed(self) -> dict[str, Any]:
        """The state that a workflow reaches, which feeds the answers to its own machine."""
        state = start_state(MONDAY)
        for turn_no in sorted(self.answers):
            for happening in self.answers[turn_no]:
                state = advance(three_effects(), state, read(happening)).state
        return state.to_json()

    async def take(self, perform: frozenset[str] = OUTER) -> bool:
        """A worker begins, or begins again after a crash. False: the run is over."""
        run = await get_run(self.store, self.run)
        if run.status == "ended":
            return False
        self.clock = max(self.clock, run.due or 0)
        self.keep(run.turn_no, await take_turn(self.store, self.run, run.turn_no, self.clock, perform))
        return True

    async def offer(self, claim: Claim) -> None:
        try:
            await offer(self.store, claim, self.clock)
        except StaleAttempt:
            return
        attempts = self.offered.setdefault(claim.key, set())
        attempts.add(claim.attempt)
        # INVARIANT under test: what may have been accepted is never offered again by another attempt.
        assert attempts == {claim.attempt}

    async def settle(self, claim: Claim, kind: str) -> None:
        until = self.clock + HOUR if kind == "held" else None
        before = (await get_run(self.store, self.run)).turn_no
        try:
            result = await settle_turn(self.store, claim, Done(kind, "code", until), self.clock)
        except StaleAttempt:
            return
        if kind == "held" and before == claim.turn_no:
            self.offered.pop(claim.key, None)  # the provider said that it did not take it
        self.keep(claim.turn_no, result)


actions = st.lists(
    st.tuples(
        st.sampled_from(["take", "leave", "offer", "sent", "failed", "held", "in doubt"]), st.integers(0, 5)
    ),
    max_size=25,
)


@given(actions=actions)
@example(actions=[("take", 0), ("leave", 0), ("offer", 0)])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_order_of_crashes_offers_twice_or_leaves_anything_open(
    store: Store, actions: list[tuple[str, int]]
) -> None:
    contact = f"cnt_{next(_numbers)}"
    await publish(store, DEFINITIONS, [three_effects()], MONDAY)
    await import_contacts(store, [{"id": contact, "email": "a@example.com"}], DEFINITIONS, MONDAY)
    entered = await enter_journey(store, "Three", contact, MONDAY)
    assert isinstance(entered, RunEntered)
    workers = Workers(store, entered.id)

    for action, number in actions:
        if action == "take":
            await workers.take()
        elif action == "leave":  # one that has waited for another leaves what comes next to an activity
            await workers.take(frozenset())
        elif workers.claims:
            claim = workers.claims[-1 - number % len(workers.claims)]
            if action == "offer":
                await workers.offer(claim)
            else:
                await workers.settle(claim, action)

    # Whatever happened, healthy workers now bring it to its end.
    for _ in range(30):
        if not await workers.take():
            break
        while workers.claims:
            claim = workers.claims.pop()
            await workers.offer(claim)
            await workers.settle(claim, "sent")
    ledger, journal = schema.ledger, schema.journal
    async with store.reading() as connection:
        rows = (await connection.execute(select(ledger).where(ledger.c.run_id == entered.id))).all()
        came_out = journal.c.kind.in_(("sent", "in doubt", "failed"))
        query = select(journal.c.step).where(journal.c.run_id == entered.id, came_out)
        stored = await connection.scalar(select(schema.runs.c.state).where(schema.runs.c.id == entered.id))
        steps = list(await connection.scalars(query.order_by(journal.c.n)))
    assert workers.replayed() == stored
    assert steps == ["send:a", "notify:b", "send:c"]
    assert [row.status for row in rows] == ["settled"] * 3
    for row in rows:
        # A notice or a webhook is idempotent by its key and need not be offered.
        if row.kind == "send" and row.outcome != "failed":
            assert f"{entered.id} {row.step} 1" in workers.offered
