"""A worker moves who could not go with the deploy, where a journey says that people inside move."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import server_path
from runtime.relay import Relay
from runtime.store import enter_journey, get_run, open_store, publish
from runtime.store.moving import list_moves
from runtime.worker import working
from tests.runtime.store.test_moving import newer
from tests.runtime.store.world import DEFINITIONS, populate, quiet
from tests.workflows.test_journey import RUN, at_rest, bookkeeper


async def test_a_worker_lets_people_follow(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.worker._FOLLOW", 0.05)
    store = await open_store(url)
    path = server_path("temporal-test-server")
    try:
        await populate(store, quiet())
        async with (
            await WorkflowEnvironment.start_time_skipping(test_server_existing_path=path) as env,
            httpx2.AsyncClient() as http,
        ):
            now = int((await env.get_current_time()).timestamp())
            relay = Relay(store, env.client, lambda: now)
            async with working(env.client, bookkeeper(store, http, relay), relay):
                await enter_journey(store, "Newsletter", "cnt_1", now)
                await at_rest(store, 1)
                new = newer(inside="move")
                await publish(store, DEFINITIONS, [new], now)
                await at_rest(store, 2)
                handle = env.client.get_workflow_handle(RUN)
                timeline = await asyncio.wait_for(handle.query("timeline"), 20)
        assert (await get_run(store, RUN)).plan == new.hash
        assert [row[4] for row in timeline][-1] == "moved"
        assert len(await list_moves(store)) == 1
    finally:
        await store.close()
