"""Deploying: exactly what was looked at is put in force, by one of those who try, and can be taken back."""

from __future__ import annotations

import asyncio

import pytest

from runtime.store import Store, StoreError, enter_journey, load_published, publish, take_turn
from runtime.store.deploying import (
    NOTHING,
    Stale,
    before,
    deploy,
    deployed,
    history,
    rollback,
    standing,
)
from runtime.store.publishing import Contents
from tests.runtime.store.world import DAY, DEFINITIONS, MONDAY, populate, quiet, spawner, whitepaper


def _worded(text: str) -> Contents:
    plan = quiet()
    steps = (plan.steps[0].model_copy(update={"text": text}), *plan.steps[1:])
    return Contents.of(DEFINITIONS, [plan.model_copy(update={"steps": steps})])


FIRST = Contents.of(DEFINITIONS, [quiet(), spawner()])
SECOND = Contents.of(DEFINITIONS, [quiet()])
THIRD = Contents.of(DEFINITIONS, [whitepaper()])


async def test_of_two_who_deploy_at_once_exactly_one_wins(store: Store) -> None:
    base = await deployed(store)
    assert base == NOTHING
    said = await asyncio.gather(
        *(deploy(store, contents, base, MONDAY) for contents in (FIRST, SECOND, THIRD)),
        return_exceptions=True,
    )
    assert [type(one) for one in said].count(Stale) == 2
    assert len(await history(store)) == 1
    base = await deployed(store)
    others = [one for one in (FIRST, SECOND, THIRD) if one.digest() != base.digest]
    said = await asyncio.gather(
        *(deploy(store, contents, base, MONDAY) for contents in others), return_exceptions=True
    )
    assert [type(one) for one in said].count(Stale) == 1
    assert len(await history(store)) == 2


async def test_rolling_back_goes_further_back_each_time(store: Store) -> None:
    for contents in (FIRST, SECOND, THIRD):
        await deploy(store, contents, await deployed(store), MONDAY)
    for expected in (SECOND, FIRST):
        target = await before(store)
        await rollback(store, target, await deployed(store), MONDAY + DAY)
        assert (await load_published(store)).active.keys() == expected.active.keys()
        assert (await deployed(store)).digest == expected.digest()
    with pytest.raises(StoreError, match="nothing to go back to"):
        await before(store)
    assert [(entry.how, entry.restores) for entry in await history(store)] == [
        ("rollback", 1),
        ("rollback", 2),
        ("deploy", None),
        ("deploy", None),
        ("deploy", None),
    ]
    assert (await before(store, 3)).digest == THIRD.digest()
    with pytest.raises(StoreError, match="no deployment 9"):
        await before(store, 9)


async def test_a_rollback_after_a_new_deploy_goes_to_what_was_in_force_before_it(store: Store) -> None:
    for contents in (FIRST, SECOND):
        await deploy(store, contents, await deployed(store), MONDAY)
    await rollback(store, await before(store), await deployed(store), MONDAY)
    await deploy(store, THIRD, await deployed(store), MONDAY)
    assert (await before(store)).digest == FIRST.digest()


async def test_words_alone_are_deployed_and_taken_back(store: Store) -> None:
    old, new = _worded("Add 10"), _worded("Add ten points")
    await deploy(store, old, await deployed(store), MONDAY)
    await deploy(store, new, await deployed(store), MONDAY)
    assert (await deployed(store)).contents.active["Newsletter"].steps[0].text == "Add ten points"
    assert (await load_published(store)).active["Newsletter"].steps[0].text == "Add ten points"
    await rollback(store, await before(store), await deployed(store), MONDAY)
    store.plans.clear()
    store.sets.clear()
    assert (await load_published(store)).active["Newsletter"].steps[0].text == "Add 10"


async def test_the_same_again_is_no_deployment(store: Store) -> None:
    await publish(store, DEFINITIONS, FIRST.active.values(), MONDAY)
    base = await deployed(store)
    assert base.digest == FIRST.digest()
    assert await deploy(store, FIRST, base, MONDAY) == base.number


async def test_people_are_counted_where_they_stand(store: Store) -> None:
    await populate(store)
    for contact in ("cnt_1", "cnt_2"):
        entered = await enter_journey(store, "Newsletter", contact, MONDAY)
        await take_turn(store, entered.id, 0, MONDAY)  # type: ignore[union-attr]
    await enter_journey(store, "Newsletter", "cnt_3", MONDAY)
    (one,) = await standing(store)
    assert (one.plan.journey, one.people, dict(one.places)) == ("Newsletter", 3, {"wait:open": 2})
