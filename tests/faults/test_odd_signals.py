"""Signals that nobody of ours has sent: of another shape, for rows that do not exist, by unknown names."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx2
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import server_path
from runtime.messages import TOLD
from runtime.relay import Relay
from runtime.store import Store, enter_journey, get_run
from runtime.worker import working
from tests.runtime.store.world import populate, quiet
from tests.workflows.test_journey import RUN, answered, at_rest, bookkeeper, completed

ODD: list[tuple[str, list[Any]]] = [
    (TOLD, []),
    (TOLD, ["three"]),
    (TOLD, [None]),
    (TOLD, [{"n": 3}]),
    (TOLD, [[1, 2]]),
    (TOLD, [2.5]),
    (TOLD, [True]),
    (TOLD, [-7]),
    (TOLD, [1, 2, 3]),
    (TOLD, [10**12]),
    ("no-such-signal", ["x"]),
]


_PROMPT = ["--dynamic-config-value", 'history.timerProcessorMaxTimeShift="1ms"']


async def comes_to_rest(store: Store) -> None:
    """Wait until the run takes no more turns; one that looks for what is not there never stops."""
    async with asyncio.timeout(30):
        before = -1
        while (now := (await get_run(store, RUN)).turn_no) != before:
            before = now
            await asyncio.sleep(1)


@pytest.mark.parametrize(
    "signals", [ODD, [(TOLD, [10**12])]], ids=["of every shape", "of a row that is not there"]
)
async def test_odd_signals_do_no_harm_and_the_run_goes_on(
    store: Store, signals: list[tuple[str, list[Any]]]
) -> None:
    await populate(store, quiet())
    now = int(time.time())
    path = server_path("temporal")
    async with (
        await WorkflowEnvironment.start_local(
            dev_server_existing_path=path, dev_server_extra_args=_PROMPT
        ) as env,
        httpx2.AsyncClient() as http,
    ):
        relay = Relay(store, env.client, lambda: now)
        async with working(env.client, bookkeeper(store, http, relay), relay):
            await enter_journey(store, "Newsletter", "cnt_1", now)
            await at_rest(store, 1)
            handle = env.client.get_workflow_handle(RUN)
            for name, arguments in signals:
                await handle.signal(name, args=arguments)
            await comes_to_rest(store)
            await answered(store, "a-1", now + 1)
            history = await completed(env)
    assert (await get_run(store, RUN)).end_kind == "completed"
    troubles = [
        event.workflow_task_failed_event_attributes.failure.message
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    ]
    assert set(troubles) <= {"UnhandledCommand"}  # a signal came while it wanted to end
