"""A run whose plan a worker lacks waits: its workflow task fails with a sentence, the run does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from dsl.plan import AddTag, Do
from runtime.embedded import server_path
from runtime.relay import Relay
from runtime.store import Store, enter_journey, open_store, publish
from runtime.store.publishing import load_plans
from runtime.worker import working
from tests.runtime.store.world import DEFINITIONS, populate, quiet
from tests.workflows.test_journey import RUN, bookkeeper
from workflows import plans

NOW = 1_800_000_000


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    try:
        await populate(store, quiet())
        yield store
    finally:
        await store.close()


@pytest.fixture
async def other(url: str, store: Store) -> AsyncIterator[Store]:
    """The database as another process sees it."""
    other = await open_store(url)
    yield other
    await other.close()


async def test_the_run_waits_for_its_plan_and_goes_on_when_it_is_there(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()
    found = asyncio.Event()
    path = server_path("temporal")

    async def load_when_found(held: Store, hashes: frozenset[str]) -> list[object]:
        asked.set()
        return list(await load_plans(held, hashes)) if found.is_set() else []

    monkeypatch.setattr("runtime.worker.load_plans", load_when_found)
    async with (
        await WorkflowEnvironment.start_local(dev_server_existing_path=path) as env,
        httpx2.AsyncClient() as http,
    ):
        relay = Relay(store, env.client, lambda: NOW)
        async with working(env.client, bookkeeper(store, http, relay), relay):
            # Another worker publishes a workspace in which the journey has changed.
            # Plans are kept for the whole process, so each database has another one.
            effect = AddTag(tag=f"new on {store.engine.dialect.name}")
            changed = quiet(steps=(Do(id="tag", line=1, text="Add tag", effect=effect),))
            await publish(other, DEFINITIONS, [changed], NOW)
            await enter_journey(other, "Newsletter", "cnt_1", NOW)
            handle = env.client.get_workflow_handle(RUN)
            await asyncio.wait_for(asked.wait(), 30)
            assert plans.wanted() == {changed.hash}
            found.set()
            end = await asyncio.wait_for(handle.result(), 60)
            history = await handle.fetch_history()
    assert end == {"kind": "completed", "reason": ""}
    failed = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED]
    said = failed[0].workflow_task_failed_event_attributes.failure.message
    assert said.startswith(f"This worker has no plan {changed.hash} of the journey 'Newsletter'.")
    assert "nothing is lost" in said
    assert plans.wanted() == frozenset()


async def test_what_was_just_deployed_fails_no_task_of_a_worker_that_runs(store: Store, other: Store) -> None:
    path = server_path("temporal")
    contacts = ("cnt_1", "cnt_2", "cnt_3")
    async with (
        await WorkflowEnvironment.start_local(dev_server_existing_path=path) as env,
        httpx2.AsyncClient() as http,
    ):
        relay = Relay(store, env.client, lambda: NOW)
        async with working(env.client, bookkeeper(store, http, relay), relay):
            effect = AddTag(tag=f"deployed on {store.engine.dialect.name}")
            changed = quiet(steps=(Do(id="tag", line=1, text="Add tag", effect=effect),))
            await publish(other, DEFINITIONS, [changed], NOW)
            for contact in contacts:
                await enter_journey(other, "Newsletter", contact, NOW)
            handles = [env.client.get_workflow_handle(f"newsletter/{contact}/-/1") for contact in contacts]
            await relay.pump()
            ends = [await asyncio.wait_for(handle.result(), 60) for handle in handles]
            histories = [await handle.fetch_history() for handle in handles]
    assert ends == [{"kind": "completed", "reason": ""}] * len(contacts)
    kinds = {event.event_type for history in histories for event in history.events}
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in kinds
    assert plans.wanted() == frozenset()
