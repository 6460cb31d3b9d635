"""The worker: three Temporal workers, one for each task queue, and the relay beside them."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.host import Host
from activities.turning import Activities
from runtime.beside import beside
from runtime.builds import Build
from runtime.messages import QUEUE, channel_queue
from runtime.migrating import follow
from runtime.relay import Relay
from runtime.schedules import Schedules
from runtime.store import Store, load_published
from runtime.store.admissions import admit_due
from runtime.store.publishing import find_published, load_plans
from workflows import plans
from workflows.again import SendAgain
from workflows.handoff import HandoffRun
from workflows.journey import JourneyRun
from workflows.round import RoundStart

log = logging.getLogger("nurture.worker")

# INVARIANT: only modules without I/O and without state of their own, and the plans, which all runs share.
_SHARED = ("dsl", "runtime.machine", "runtime.messages", "runtime.trace", "workflows.plans")
_LOOK_FOR_PLANS = 1.0
_LEAST_GRACE = 30.0
# Else a beat may be told 12 seconds late, and a restart of Temporal would let another worker take over.
_BEAT = timedelta(seconds=5)
_LOOK_FOR_ROUNDS = 5.0
_PACE = 0.25  # seconds between two pages of people who are let in
_FOLLOW = 20.0  # seconds between two looks for people who are to follow to a newer version

WORKFLOWS: list[type] = [JourneyRun, HandoffRun, SendAgain, RoundStart]


def sandboxed() -> SandboxedWorkflowRunner:
    """Return what workflow code runs in, here and where recorded histories are replayed."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*_SHARED)
    )


@asynccontextmanager
async def working(
    client: Client,
    host: Host,
    relay: Relay,
    queue: str = QUEUE,
    max_cached: int = 1_000,
    *,
    admits: bool = False,
    build: Build | None = None,
) -> AsyncIterator[None]:
    """Run workers on all queues while the block lasts.

    `admits`: let in everyone whom journeys start with, when it is time. `build`: which build they are, where
    old and new ones run side by side.

    The plans of all open runs are loaded before the first poll; one that was deployed since is loaded while
    the task that needs it waits, and one that is not there is looked for again and again.
    """
    published = await load_published(host.store)
    plans.hold(published.plans.values())
    activities = Activities(host)
    # What is offered is answered within the server's time; no more is offered once the worker stops.
    graceful = timedelta(seconds=max(_LEAST_GRACE, host.server.timeout + 10))
    deployment = build.config() if build is not None else None
    workers = [
        Worker(
            client,
            task_queue=queue,
            workflows=WORKFLOWS,
            activities=activities.bookkeeping(),
            workflow_runner=sandboxed(),
            max_cached_workflows=max_cached,
            graceful_shutdown_timeout=graceful,
            deployment_config=deployment,
        ),
        Worker(
            client,
            task_queue=channel_queue(queue, "send"),
            activities=activities.email(),
            graceful_shutdown_timeout=graceful,
            deployment_config=deployment,
            max_heartbeat_throttle_interval=_BEAT,
        ),
        Worker(
            client,
            task_queue=channel_queue(queue, "sync"),
            activities=activities.webhooks(),
            graceful_shutdown_timeout=graceful,
            deployment_config=deployment,
            max_heartbeat_throttle_interval=_BEAT,
        ),
    ]
    async with AsyncExitStack() as stack:
        stack.enter_context(plans.beside(host.store.plans))
        stack.push_async_callback(host.closing)
        asked = asyncio.Event()
        stack.enter_context(plans.asking(_from_a_task(asked)))
        await stack.enter_async_context(beside(_load_wanted(host.store, asked)))
        await stack.enter_async_context(beside(_follow(host.store, relay.clock)))
        if admits:
            schedules = Schedules(client, queue)
            await stack.enter_async_context(beside(_admit(host.store, relay.clock, schedules)))
        for worker in workers:
            await stack.enter_async_context(worker)
        task = asyncio.create_task(relay.run())
        try:
            yield
        finally:
            # All at once: none of them takes work that another one's drain has to wait for.
            await asyncio.gather(*(worker.shutdown() for worker in workers))
            relay.stop()
            await task


def _from_a_task(asked: asyncio.Event) -> Callable[[], None]:
    """Return what sets an event of this loop from the thread of a workflow task, in no context of its own."""
    loop = asyncio.get_running_loop()

    def ask() -> None:
        with suppress(RuntimeError):  # the loop is closed: the worker has ended, and another one is asked
            loop.call_soon_threadsafe(asked.set, context=contextvars.Context())

    return ask


async def _load_wanted(store: Store, asked: asyncio.Event) -> None:
    """Load plans that runs ask for: at once, and again until they are published."""
    while True:
        asked.clear()
        if missing := plans.wanted():
            try:
                plans.hold(await load_plans(store, missing))
            except Exception as error:  # the database may be away: this must outlive it, or the runs wait on
                log.warning("Plans cannot be loaded now (%s); it is tried again.", type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), _LOOK_FOR_PLANS)


async def _follow(store: Store, clock: Callable[[], int]) -> None:
    """Where people inside move to a new version, move those who could not go when it was deployed."""
    while True:
        await asyncio.sleep(_FOLLOW)
        try:
            await follow(store, (await load_published(store)).active.values(), clock, passes=1)
        except Exception as error:  # as above: it must outlive trouble of the database
            log.warning("People cannot be moved now (%s); it is tried again.", type(error).__name__)


async def _admit(store: Store, clock: Callable[[], int], schedules: Schedules) -> None:
    """Let in everyone whom journeys start with, page by page; keep the schedules that open the rounds."""
    while True:
        looked = 0
        try:
            if (published := await find_published(store)) is not None:
                late, paused = await schedules.keep(published)
                looked = await admit_due(store, clock(), late, paused)
        except Exception as error:  # as above
            log.warning("People cannot be let in now (%s); it is tried again.", type(error).__name__)
        await asyncio.sleep(_PACE if looked else _LOOK_FOR_ROUNDS)
