"""A run on Temporal: the database is never more than one answer ahead of its history."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from activities.host import Host
from activities.message import Sender
from activities.smtp import SmtpSettings
from dsl.plan import Arm, Arms
from runtime.embedded import server_path
from runtime.relay import Relay
from runtime.store import Store, enter_journey, get_run, open_store, record_event, take_turn
from runtime.worker import working
from tests.runtime.store.world import populate, quiet
from workflows.journey import JourneyRun

RUN = "newsletter/cnt_1/-/1"
_BOUNDARY = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_MARKER = EventType.EVENT_TYPE_MARKER_RECORDED


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    steps = (
        Arms(id="first", line=1, text="wait", arms=(Arm(interest=0, to=1),), until=None, timeout=None),
        Arms(id="second", line=2, text="wait", arms=(Arm(interest=0, to=None),), until=None, timeout=None),
    )
    try:
        await populate(store, quiet(steps=steps))
        yield store
    finally:
        await store.close()


def bookkeeper(store: Store, http: httpx2.AsyncClient, relay: Relay) -> Host:
    """A host of a journey that needs the database alone."""
    server = SmtpSettings.parse("smtp://127.0.0.1:25")
    sender = Sender("Acme", "news@acme.example")
    return Host(store, {}, {}, {}, {}, sender, server, http, b"secret", relay=relay.nudge)


async def at_rest(store: Store, turns: int) -> None:
    async with asyncio.timeout(20):
        while (await get_run(store, RUN)).turn_no < turns:  # noqa: ASYNC110  another task moves it
            await asyncio.sleep(0.02)


async def answered(store: Store, message_id: str, at: int) -> None:
    await record_event(store, message_id=message_id, name="Answered", at=at, contact="cnt_1")


async def completed(env: WorkflowEnvironment) -> WorkflowHistory:
    """Wait until the run has ended, and return its history."""
    async with asyncio.timeout(20):
        while True:
            history = await env.client.get_workflow_handle(RUN).fetch_history()
            if history.events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
                return history
            await asyncio.sleep(0.05)


async def test_a_turn_is_in_the_history_before_the_next_one_is_taken(store: Store) -> None:
    path = server_path("temporal-test-server")
    async with (
        await WorkflowEnvironment.start_time_skipping(test_server_existing_path=path) as env,
        httpx2.AsyncClient() as http,
    ):
        now = int((await env.get_current_time()).timestamp())
        relay = Relay(store, env.client, lambda: now)
        await enter_journey(store, "Newsletter", "cnt_1", now)
        async with working(env.client, bookkeeper(store, http, relay), relay, max_cached=0):
            await at_rest(store, 1)

        # A worker takes a turn and dies before Temporal hears of it; then there is more to tell.
        await answered(store, "m1", now + 1)
        await take_turn(store, RUN, 1, now + 1)
        await answered(store, "m2", now + 2)
        await relay.pump()
        async with working(env.client, bookkeeper(store, http, relay), relay, max_cached=0):
            history = await completed(env)
    kinds = [event.event_type for event in history.events]
    # Only the last answer is kept. Were two of them lost with one workflow task, the run would stand still.
    await Replayer(workflows=[JourneyRun], workflow_runner=UnsandboxedWorkflowRunner()).replay_workflow(
        history
    )
    tasks = "".join("m" if k == _MARKER else "|" for k in kinds if k in (_MARKER, _BOUNDARY)).split("|")
    assert [len(task) for task in tasks if task] == [1, 1, 1]
