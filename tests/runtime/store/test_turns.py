"""Turns: one transaction each, answered the same when asked again, never open while a provider is asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError

from runtime.machine import Done, advance, read, start_state
from runtime.store import (
    Claim,
    StaleAttempt,
    Store,
    StoreError,
    Taken,
    counts,
    doubts,
    get_run,
    lease,
    list_runs,
    offer,
    record_event,
    schema,
    settle_turn,
    take_turn,
    trace,
)
from runtime.store import (
    pending as words,
)
from runtime.store.snapshot import of_contact
from tests.runtime.store.world import DAY, HOUR, MONDAY, populate, quiet, whitepaper

RUN = "whitepaper-nurture/cnt_1/-/1"
OUTER = frozenset({"send", "notify", "sync"})


async def begin(store: Store) -> None:
    await populate(store)
    await record_event(
        store,
        message_id="m1",
        name="Form Submitted",
        at=MONDAY,
        contact="cnt_1",
        properties={"form": "Whitepaper"},
    )


async def ledger(store: Store) -> list[Any]:
    async with store.reading() as connection:
        return list(await connection.execute(select(schema.ledger).order_by(schema.ledger.c.step)))


async def deliver(store: Store, claim: Claim, clock: int, kind: str = "sent", **more: Any) -> Taken | Claim:
    await offer(store, claim, clock, "<message@example.com>")
    return await settle_turn(store, claim, Done(kind, **more), clock, "250 ok")


async def test_a_turn_stops_at_an_effect_and_goes_on_when_it_is_settled(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    assert (claim.effect.kind, claim.attempt, claim.contact_id) == ("send", 1, "cnt_1")
    assert claim.key == f"{RUN} send:delivery 1"
    taken = await deliver(store, claim, MONDAY)
    assert isinstance(taken, Taken)
    (row,) = await ledger(store)
    assert (row.status, row.outcome, row.detail, row.name) == ("settled", "sent", "250 ok", "Delivery")
    run = await get_run(store, RUN)
    assert (run.turn_no, run.position, run.due) == (1, ["wait:click"], MONDAY + 2 * DAY)
    assert [r.kind for r in await trace(store, RUN)] == ["entered", "sent", "tagged", "waiting"]
    async with store.writing() as connection:
        facts = (await of_contact(store, connection, "cnt_1")).facts
    assert [(s.email, s.at, s.service) for s in facts.sent] == [("Delivery", MONDAY, True)]


async def test_the_transcript_leads_the_machine_to_the_stored_state(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    taken = await deliver(store, claim, MONDAY)
    assert isinstance(taken, Taken)
    state = start_state(MONDAY)
    for happening in taken.transcript:
        state = advance(whitepaper(), state, read(happening)).state
    async with store.reading() as connection:
        stored = await connection.scalar(select(schema.runs.c.state))
    assert stored == state.to_json()


async def test_a_turn_asked_for_again_answers_as_before(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    taken = await deliver(store, claim, MONDAY)
    assert await take_turn(store, RUN, 0, MONDAY + DAY, OUTER) == taken
    assert await settle_turn(store, claim, Done("failed"), MONDAY + DAY) == taken
    assert (await counts(store)).outcomes() == {"sent": 1}


async def test_a_turn_out_of_order_is_refused(store: Store) -> None:
    await begin(store)
    with pytest.raises(StoreError, match="has finished 0 turns, so it cannot take turn 3"):
        await take_turn(store, RUN, 3, MONDAY)
    with pytest.raises(StoreError, match="no run nobody"):
        await take_turn(store, "nobody", 0, MONDAY)


async def test_a_caller_that_cannot_send_leaves_the_send_to_one_that_can(store: Store) -> None:
    await begin(store)
    taken = await take_turn(store, RUN, 0, MONDAY)
    assert isinstance(taken, Taken)
    assert await ledger(store) == []
    claim = await take_turn(store, RUN, 1, MONDAY, frozenset({"send"}))
    assert isinstance(claim, Claim)


async def test_a_crash_before_the_offer_claims_again_and_fences_the_first(store: Store) -> None:
    await begin(store)
    first = await take_turn(store, RUN, 0, MONDAY, OUTER)
    second = await take_turn(store, RUN, 0, MONDAY + 60, OUTER)
    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    assert (first.attempt, second.attempt, first.key == second.key) == (1, 2, True)
    with pytest.raises(StaleAttempt, match="overtaken"):
        await offer(store, first, MONDAY + 61)
    with pytest.raises(StaleAttempt):
        await settle_turn(store, first, Done("failed", "550"), MONDAY + 61)
    assert isinstance(await deliver(store, second, MONDAY + 61), Taken)
    assert len(await ledger(store)) == 1


async def test_a_crash_after_the_offer_is_in_doubt_and_not_sent_again(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    await offer(store, claim, MONDAY, "<m@example.com>")
    taken = await take_turn(store, RUN, 0, MONDAY + 60, OUTER)
    assert isinstance(taken, Taken)
    with pytest.raises(StaleAttempt):
        await offer(store, claim, MONDAY + 61)
    (doubt,) = await doubts(store)
    assert (doubt.run, doubt.step, doubt.message_id) == (RUN, "send:delivery", "<m@example.com>")
    # The first attempt was alive after all: the answer is kept, the outcome and the run stay.
    assert await settle_turn(store, claim, Done("sent"), MONDAY + 70, "250") == taken
    (doubt,) = await doubts(store)
    assert doubt.detail == "250"
    async with store.writing() as connection:
        facts = (await of_contact(store, connection, "cnt_1")).facts
    assert [s.email for s in facts.sent] == ["Delivery"]  # it may have been: caps and guards count it


async def test_nothing_is_sent_without_an_offer(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    with pytest.raises(StaleAttempt):
        await settle_turn(store, claim, Done("sent"), MONDAY)


async def test_an_effect_that_is_held_is_claimed_again_when_it_is_due(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    again = MONDAY + HOUR
    held = await settle_turn(store, claim, Done("held", "provider unreachable", again), MONDAY, "timeout")
    assert isinstance(held, Taken)
    assert (await get_run(store, RUN)).due == again
    assert (await ledger(store))[0].status == "held"
    claim = await take_turn(store, RUN, 1, again, OUTER)
    assert isinstance(claim, Claim)
    assert (claim.attempt, claim.outer.attempt, claim.outer.at) == (2, 2, again)
    assert isinstance(await deliver(store, claim, again), Taken)
    assert (await counts(store)).held == {"provider unreachable": 1}


async def test_what_is_held_when_the_run_ends_is_dropped(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    await settle_turn(store, claim, Done("held", "provider unreachable", MONDAY + DAY), MONDAY)
    await record_event(
        store,
        message_id="m2",
        name="Form Submitted",
        at=MONDAY + HOUR,
        contact="cnt_1",
        properties={"form": "Demo request"},
    )
    await take_turn(store, RUN, 1, MONDAY + HOUR, OUTER)
    run = await get_run(store, RUN)
    assert (run.status, run.ended, run.end_kind, run.end_reason) == (
        "ended",
        MONDAY + HOUR,
        "goal",
        "Demo requested",
    )
    (row,) = await ledger(store)
    assert (row.status, row.outcome, row.reason) == ("settled", "skipped", "left")
    assert (await counts(store)).goals == {"Demo requested": 1}


async def test_an_unsubscription_between_crash_and_retry_is_honoured(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    await deliver(store, claim, MONDAY)
    later = MONDAY + 2 * DAY
    claim = await take_turn(store, RUN, 1, later, OUTER)
    assert isinstance(claim, Claim)
    assert claim.outer.step_id == "send:related"
    await record_event(store, message_id="u", name="Unsubscribed", at=later, contact="cnt_1")
    taken = await take_turn(store, RUN, 1, later + 10, OUTER)
    assert isinstance(taken, Taken)
    row = next(row for row in await ledger(store) if row.step == "send:related")
    assert (row.status, row.outcome, row.reason) == ("settled", "skipped", "unsubscribed")


async def test_the_whole_way_is_counted_and_told(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    await deliver(store, claim, MONDAY)
    await record_event(
        store,
        message_id="c",
        name="Email Clicked",
        at=MONDAY + HOUR,
        contact="cnt_1",
        properties={"email": "Delivery", "run": RUN},
    )
    claim = await take_turn(store, RUN, 1, MONDAY + HOUR, OUTER)
    assert isinstance(claim, Claim)  # 25 and 5 points: handed off, and the team is told
    assert claim.effect.kind == "notify"
    assert isinstance(await deliver(store, claim, MONDAY + HOUR), Taken)
    found = await counts(store, "Whitepaper nurture")
    assert (found.entered, found.open, found.ended) == (1, 0, {("goal", "Qualified"): 1})
    assert found.handoffs == {"open": 1}
    assert found.scores == [30, 0, 0]
    assert [(e.name, e.outcome, e.count) for e in found.effects] == [
        ("SDR", "sent", 1),
        ("Delivery", "sent", 1),
    ]
    assert [(row.at - MONDAY, row.kind, row.step) for row in await trace(store, RUN)] == [
        (0, "entered", ""),
        (0, "sent", "send:delivery"),
        (0, "tagged", "tag:topic"),
        (0, "waiting", "wait:click"),
        (HOUR, "met", "wait:click"),
        (HOUR, "took", "if:score"),
        (HOUR, "handed off", "handoff:SDR"),
        (HOUR, "sent", "notify:SDR"),
        (HOUR, "goal", "end:qualified"),
    ]
    async with store.reading() as connection:
        points = schema.score_changes.c
        changes = await connection.execute(select(points.at, points.total).order_by(points.id))
        assert [(at - MONDAY, total) for at, total in changes] == [(0, 25), (HOUR, 30)]
    assert [word.kind for word in await words(store)] == ["start", "handoff", "signal"]


async def test_a_run_that_starts_another_leaves_word_for_it(store: Store) -> None:
    await populate(store)
    await record_event(store, message_id="m", name="Spawn", at=MONDAY, contact="cnt_1")
    await take_turn(store, "spawner/cnt_1/-/1", 0, MONDAY)
    assert [run.id for run in await list_runs(store, contact="cnt_1")] == [
        "newsletter/cnt_1/-/1",
        "spawner/cnt_1/-/1",
    ]
    assert [word.target for word in await words(store)] == ["spawner/cnt_1/-/1", "newsletter/cnt_1/-/1"]


async def test_turns_of_two_runs_of_one_contact_lose_no_points(store: Store) -> None:
    plans = [quiet(f"Journey {n}") for n in range(5)]
    await populate(store, *plans)
    await record_event(store, message_id="m", name="Subscribed", at=MONDAY, contact="cnt_1")
    runs = await list_runs(store, contact="cnt_1")
    assert len(runs) == 5
    await asyncio.gather(*(take_turn(store, run.id, 0, MONDAY) for run in runs for _ in range(2)))
    assert (await counts(store)).scores == [50, 0, 0]
    async with store.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(schema.score_changes)) == 5


async def test_events_and_turns_at_once_keep_the_inbox_contiguous(store: Store) -> None:
    await begin(store)
    clicks = [
        record_event(
            store,
            message_id=f"c{n}",
            name="Email Clicked",
            at=MONDAY + n,
            contact="cnt_1",
            properties={"email": "Delivery"},
        )
        for n in range(8)
    ]
    await asyncio.gather(*clicks, *(take_turn(store, RUN, 0, MONDAY) for _ in range(4)))
    async with store.reading() as connection:
        numbers = await connection.scalars(select(schema.run_inbox.c.n).order_by(schema.run_inbox.c.n))
        assert list(numbers) == list(range(1, 9))


async def test_no_transaction_is_open_while_a_provider_is_asked(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    await offer(store, claim, MONDAY)
    # Were the contact still held, this would wait for ever.
    async with store.writing() as connection:
        await connection.execute(update(schema.contacts).values(stage="Known"))
    assert isinstance(await settle_turn(store, claim, Done("sent"), MONDAY), Taken)


async def test_a_worker_that_stood_still_for_an_hour_offers_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    now = lease.now()
    monkeypatch.setattr(lease, "now", lambda: now + HOUR)
    with pytest.raises(StaleAttempt, match="stood still"):
        await offer(store, claim, MONDAY)
    monkeypatch.undo()
    # Nobody had taken over: the row is still claimed, and the next attempt decides anew.
    again = await take_turn(store, RUN, 0, MONDAY + HOUR, OUTER)
    assert isinstance(again, Claim)
    assert (again.attempt, again.outer.at) == (2, MONDAY + HOUR)
    assert isinstance(await deliver(store, again, MONDAY + HOUR), Taken)


async def test_what_is_settled_is_never_claimed_again(store: Store) -> None:
    await begin(store)
    claim = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    async with store.reading() as connection:
        before = (
            (await connection.execute(select(schema.runs).where(schema.runs.c.id == RUN))).mappings().one()
        )
    await deliver(store, claim, MONDAY)
    older = {name: before[name] for name in ("state", "turn_no", "transcript", "partial", "in_flight")}
    async with store.writing() as connection:
        await connection.execute(
            update(schema.runs).where(schema.runs.c.id == RUN).values(older | {"in_flight": None})
        )
    with pytest.raises(StoreError, match="is settled, so it is not done again"):
        await take_turn(store, RUN, 0, MONDAY, OUTER)


async def test_an_error_of_the_database_quotes_no_value(store: Store) -> None:
    row = {"id": "cnt_9", "account_id": "acc_nowhere", "email": "secret@example.com", "fields": {}}
    with pytest.raises(DBAPIError) as caught:
        async with store.writing() as connection:
            await connection.execute(insert(schema.contacts).values(**row, known_since=MONDAY))
    assert "secret@example.com" not in str(caught.value)
