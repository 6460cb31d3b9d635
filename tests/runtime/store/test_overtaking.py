"""Two attempts at one effect, at the same moment: the older one offers while the newer one takes over."""

from __future__ import annotations

import asyncio

from sqlalchemy import select, update

from runtime.store import Claim, Store, Taken, enter_journey, schema, take_turn
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
    async with store.reading() as connection:
        columns = (ledger.c.status, ledger.c.outcome, ledger.c.attempt)
        found = (await connection.execute(select(*columns).where(*row))).one()
    assert tuple(found) == ("settled", "in doubt", first.attempt)
