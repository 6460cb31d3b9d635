"""Two attempts at one effect: the older one offers, or has offered, as the newer one takes over."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, update

from activities.keeping import answered
from runtime.machine import Done
from runtime.store import Claim, StaleAttempt, Store, Taken, enter_journey, schema, take_turn
from runtime.store.ledger import offer
from runtime.store.turns import settle_turn
from tests.runtime.store.test_ledger import OUTER, three_effects
from tests.runtime.store.world import MONDAY, populate

RUN = "three/cnt_1/-/1"


async def test_what_is_being_offered_is_not_claimed_by_whoever_takes_over(store: Store) -> None:
    await populate(store, three_effects())
    await enter_journey(store, "Three", "cnt_1", MONDAY)
    first = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(first, Claim)
    ledger = schema.ledger
    row = ledger.c.run_id == RUN, ledger.c.step == first.outer.step_id
    async with store.writing() as connection:
        # As `offer` has it, and not committed yet.
        await connection.execute(update(ledger).where(*row).values(status="offered", offered_at=MONDAY))
        second = asyncio.create_task(take_turn(store, RUN, 0, MONDAY, OUTER))
        await asyncio.wait({second}, timeout=1)
    following = await second
    assert isinstance(following, Claim | Taken)
    if isinstance(following, Claim):
        assert following.outer.step_id != first.outer.step_id
    assert await _outcome(store, first) == ("settled", "in doubt", first.attempt)


async def test_an_attempt_that_has_offered_and_lives_is_waited_for(store: Store) -> None:
    first = await _offered(store)
    looks: list[bool] = []

    async def look(waited: bool, over: bool) -> Taken | Claim:
        looks.append(waited)
        if len(looks) == 2:
            await settle_turn(store, first, Done("sent"), MONDAY, "250 OK")
        return await take_turn(store, RUN, 0, MONDAY, doubt=over)

    await answered(look, within=60)
    assert looks == [False, True]
    assert await _outcome(store, first) == ("settled", "sent", first.attempt)


async def test_whoever_leaves_a_claimed_effect_to_the_next_turn_fences_the_attempt_that_claimed_it(
    store: Store,
) -> None:
    await populate(store, three_effects())
    await enter_journey(store, "Three", "cnt_1", MONDAY)
    first = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(first, Claim)
    assert isinstance(await take_turn(store, RUN, 0, MONDAY), Taken)
    with pytest.raises(StaleAttempt):  # it had stood still, and lives
        await offer(store, first, MONDAY)
    following = await take_turn(store, RUN, 1, MONDAY, OUTER)
    assert isinstance(following, Claim)
    assert following.key == first.key
    await offer(store, following, MONDAY)


async def test_one_that_does_not_answer_in_time_leaves_it_in_doubt(store: Store) -> None:
    first = await _offered(store)
    await answered(lambda _, over: take_turn(store, RUN, 0, MONDAY, doubt=over), within=0.1)
    assert await _outcome(store, first) == ("settled", "in doubt", first.attempt)


async def _offered(store: Store) -> Claim:
    await populate(store, three_effects())
    await enter_journey(store, "Three", "cnt_1", MONDAY)
    first = await take_turn(store, RUN, 0, MONDAY, OUTER)
    assert isinstance(first, Claim)
    await offer(store, first, MONDAY)
    return first


async def _outcome(store: Store, claim: Claim) -> tuple[str, str, int]:
    ledger = schema.ledger
    async with store.reading() as connection:
        columns = (ledger.c.status, ledger.c.outcome, ledger.c.attempt)
        row = ledger.c.run_id == RUN, ledger.c.step == claim.outer.step_id
        return tuple((await connection.execute(select(*columns).where(*row))).one())  # type: ignore[return-value]
