"""A plan that is damaged in the database: its runs wait and are told of, and all others go on."""

from __future__ import annotations

import asyncio
import logging

import pytest
from sqlalchemy import update

from dsl.plan import After
from runtime.cli.app import run
from runtime.published import PlanMissing
from runtime.store import (
    Store,
    StoreError,
    enter_journey,
    load_published,
    open_store,
    publish,
    schema,
    take_turn,
)
from runtime.store.deploying import deployed, standing
from tests.runtime.store.world import DEFINITIONS, MONDAY, populate, quiet

OLDER = quiet()
NEWER = quiet(instants=(After(amount=3, unit="day"),))


async def damage(store: Store, hash_: str, text: str) -> None:
    async with store.writing() as connection:
        plans = schema.plans
        await connection.execute(update(plans).where(plans.c.hash == hash_).values(plan=text))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"journey": "Newsletter"}', NEWER.model_dump_json()])
async def test_an_older_damaged_plan_stops_its_own_runs_alone(
    store: Store, url: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    await populate(store, OLDER)
    await enter_journey(store, "Newsletter", "cnt_1", MONDAY)
    await publish(store, DEFINITIONS, [NEWER], MONDAY)
    await enter_journey(store, "Newsletter", "cnt_2", MONDAY)
    await damage(store, OLDER.hash, text)
    fresh = await open_store(url)
    try:
        with caplog.at_level(logging.ERROR, "nurture.store"):
            assert (await load_published(fresh)).active == {"Newsletter": NEWER}
        assert f"Plan {OLDER.hash} of the journey “Newsletter” is damaged" in caplog.text
        await take_turn(fresh, "newsletter/cnt_2/-/1", 0, MONDAY)
        with pytest.raises(PlanMissing, match="nothing is lost"):
            await take_turn(fresh, "newsletter/cnt_1/-/1", 0, MONDAY)
        assert [one.plan for one in await standing(fresh)] == [NEWER]
        # Whoever deploys the version again writes its plan anew.
        await publish(fresh, DEFINITIONS, [OLDER], MONDAY)
        await take_turn(fresh, "newsletter/cnt_1/-/1", 0, MONDAY)
    finally:
        await fresh.close()


async def test_the_story_of_its_contact_says_so(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await populate(store, OLDER)
    await enter_journey(store, "Newsletter", "cnt_1", MONDAY)
    await publish(store, DEFINITIONS, [NEWER], MONDAY)
    await damage(store, OLDER.hash, "{")
    monkeypatch.setenv("NURTURE_DATABASE_URL", url)
    assert await asyncio.to_thread(run, ["show", "cnt_1"]) == 0
    assert "(waits, for its plan is damaged in the database;" in " ".join(capsys.readouterr().out.split())


async def test_a_damaged_plan_in_force_is_refused_with_a_sentence(store: Store, url: str) -> None:
    await populate(store, OLDER)
    await damage(store, OLDER.hash, "{")
    fresh = await open_store(url)
    try:
        with pytest.raises(StoreError, match="The plan of “Newsletter” that is in force is damaged"):
            await load_published(fresh)
        # To look and to deploy another version goes on: its words are kept beside it.
        assert (await deployed(fresh)).contents.hashes() == {"Newsletter": OLDER.hash}
    finally:
        await fresh.close()
