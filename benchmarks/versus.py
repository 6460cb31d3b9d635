"""The whitepaper journey against the same written by hand, on Temporal's development server.

Both sides take the longest way, in virtual time (each workflow skips by its own clock), with the same store,
mail server, queues and sandbox, in one process and in turns. Each has workers of its own, which stand idle
in the other's rounds. What the journey starts at its end is left in the outbox on both sides.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowExecutionStatus,
    WorkflowHistory,
)
from temporalio.testing import TimeSkipper, WorkflowEnvironment
from temporalio.worker import Worker

from activities.host import Host
from activities.smtp import Patience
from benchmarks.by_hand import JOURNEY, Whitepaper
from benchmarks.by_hand_activities import ByHand
from benchmarks.mailbox import Mailbox
from benchmarks.measure import EXAMPLE, Row
from benchmarks.sampling import Sampler
from dsl import Compiled, compile_workspace
from runtime.embedded import server_path
from runtime.evaluate import score
from runtime.hosting import Connections, build_host
from runtime.messages import channel_queue
from runtime.people import Contact
from runtime.relay import Relay
from runtime.sites import Sites
from runtime.store import Store, Word, import_contacts, open_store, publish, record_event
from runtime.store.snapshot import of_contact
from runtime.worker import sandboxed, working
from runtime.workspace import read_workspace

_RUNS, _ROUNDS = 20, 5
_EVENTS_GOAL, _RATE_GOAL = 0.7, 1.3
_SERVER = [
    *("--dynamic-config-value", 'history.timerProcessorMaxTimeShift="1ms"'),
    *("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"),
]
_ZONE = "Europe/Berlin"
_AFTER = 90 * 86_400

Workers = Callable[[Client, Host, Relay, str], AbstractAsyncContextManager[None]]


def measure() -> list[Row]:
    """Measure both sides."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    compiled = compile_workspace(read_workspace(EXAMPLE).files)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = await WorkflowEnvironment.start_local(
            dev_server_existing_path=server_path("temporal"),
            dev_server_extra_args=_SERVER,
            dev_server_log_level="never",
        )
        env = await stack.enter_async_context(server)
        ours = await stack.enter_async_context(side("ours", env, folder, compiled, working))
        hand = await stack.enter_async_context(side("by-hand", env, folder, compiled, by_hand))
        for one in (ours, hand):
            await one.play(_RUNS // 6, 0)
        rounds = [(await ours.play(_RUNS, n), await hand.play(_RUNS, n)) for n in range(1, _ROUNDS + 1)]
    return _rows(rounds)


def _rows(rounds: list[tuple[Round, Round]]) -> list[Row]:
    for mine, theirs in rounds:
        assert (mine.mails, mine.synced, mine.scores) == (theirs.mails, theirs.synced, theirs.scores)
    mine, theirs = zip(*rounds, strict=True)
    events = [min(one.events for one in side) for side in (mine, theirs)]
    rates = [median(_RUNS / one.seconds for one in side) for side in (mine, theirs)]
    ratio = median(t.seconds / m.seconds for m, t in rounds)
    cpu = [[1000 * median(one.cpu[n] for one in side) / _RUNS for n in (0, 1)] for side in (mine, theirs)]
    spent = sum(cpu[0]) / sum(cpu[1])
    what = "whitepaper journey, longest way, against one written by hand"
    profile = "where the worker's time goes"
    return [
        Row(
            f"{what}: events of a run",
            f"{events[0]} and {events[1]}",
            f"at most {_EVENTS_GOAL} ×",
            f"{events[0] / events[1]:.2f} ×",
        ),
        Row(
            f"the same: runs a second, {_ROUNDS} rounds of {_RUNS} in turns",
            f"{rates[0]:.1f} and {rates[1]:.1f} runs/s",
            f"at least {_RATE_GOAL} ×",
            f"{ratio:.2f} × (median of the rounds' ratios)",
        ),
        Row(
            "the same: processor time of a run, worker and server",
            f"{cpu[0][0]:.0f} + {cpu[0][1]:.0f} and {cpu[1][0]:.0f} + {cpu[1][1]:.0f} ms",
            "",
            f"{spent:.2f} ×, so {1 / spent:.2f} × the runs",
        ),
        Row(f"{profile}: the journey", Sampler.told(one.samples for one in mine), ""),
        Row(f"{profile}: by hand", Sampler.told(one.samples for one in theirs), ""),
    ]


@dataclass(slots=True)
class Round:
    """What one round came to. `events`: of a run, at the least; `cpu`: worker and server, in seconds.

    What was done for the contacts, to be compared: `mails` and `scores` by contact, `synced` contacts.
    """

    seconds: float
    cpu: tuple[float, float]
    events: int
    mails: Counter[tuple[str, str]]
    scores: dict[str, float]
    synced: set[str]
    samples: Counter[str]


class _Alone(Relay):
    """Leaves in the outbox what starts other journeys, and begins when it is told to."""

    held = True

    async def pump(self) -> int:
        return 0 if self.held else await super().pump()

    async def _say(self, word: Word) -> None:
        if word.kind != "start" or word.payload["journey"] == JOURNEY:
            await super()._say(word)


@dataclass(slots=True)
class Side:
    """One side: its name, and all that it works with."""

    name: str
    client: Client
    store: Store
    relay: _Alone
    mailbox: Mailbox
    sites: Sites
    compiled: Compiled
    begin: int

    async def play(self, runs: int, number: int) -> Round:
        """Let so many contacts go through the journey, all at once, and wait until the last has left it."""
        names = [f"r{number}-{n}" for n in range(runs)]
        ids = {name: f"{self.name}-{name}" for name in names}
        await import_contacts(self.store, [_person(ids[n], n) for n in names], self.compiled.definitions, 0)
        for id_ in ids.values():
            await record_event(
                self.store,
                message_id=id_,
                name="Form Submitted",
                at=self.begin,
                contact=id_,
                properties={"form": "Whitepaper"},
            )
        self.relay.held = False
        sampler = Sampler()
        before, start = _cpu(), time.perf_counter()
        with sampler:
            await self.relay.pump()
            histories = await asyncio.gather(*(self._ended(id_) for id_ in ids.values()))
        taken, after = time.perf_counter() - start, _cpu()
        self.relay.held = True
        return Round(
            taken,
            (after[0] - before[0], after[1] - before[1]),
            min(map(_own, histories)),  # a machine that is busy adds to some
            await self._mails(set(names)),
            {name: await self._score(ids[name]) for name in names},
            {name for name in names if ids[name] in self.sites.contacts},
            sampler.seen,
        )

    async def _ended(self, contact: str) -> WorkflowHistory:
        handle = self.client.get_workflow_handle(f"whitepaper-nurture/{contact}/-/1")
        await handle.result()
        assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
        return await handle.fetch_history()

    async def _mails(self, names: set[str]) -> Counter[tuple[str, str]]:
        received = await self.mailbox.received()
        found = {(who.partition("@")[0], subject): n for (who, subject), n in received.items()}
        return Counter({what: n for what, n in found.items() if what[0] in names})

    async def _score(self, contact: str) -> float:
        async with self.store.reading() as connection:
            facts = (await of_contact(self.store, connection, contact)).facts
        return score(facts, self.begin + _AFTER)


@asynccontextmanager
async def side(
    name: str, env: WorkflowEnvironment, folder: Path, compiled: Compiled, workers: Workers
) -> AsyncIterator[Side]:
    """Set up one side, with workers on queues of its own."""
    begin = _monday()
    config = env.client.config()
    config["interceptors"] = [*config["interceptors"], _Later(begin)]
    client = TimeSkipper(Client(**config)).client
    async with AsyncExitStack() as stack:
        store = await open_store(f"sqlite:///{folder / name}.db?synchronous=normal")
        stack.push_async_callback(store.close)
        mailbox = await stack.enter_async_context(Mailbox())
        sites = stack.enter_context(Sites())
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=5))
        await publish(store, compiled.definitions, compiled.plans.values(), 0)
        relay = _Alone(store, client, lambda: int(time.time()), queue=name)
        urls = {"${NURTURE_CRM_URL}": sites.crm_url, "${NURTURE_CHAT_SDR}": sites.chat_url("sdr")}
        patience = Patience(pauses=())
        connections = Connections(mailbox.url, b"benchmark", lambda s: urls.get(s, s), patience=patience)
        host = build_host(compiled, store, http, connections, relay.nudge)
        await stack.enter_async_context(workers(client, host, relay, name))
        yield Side(name, client, store, relay, mailbox, sites, compiled, begin)


@asynccontextmanager
async def by_hand(client: Client, host: Host, relay: Relay, queue: str) -> AsyncIterator[None]:
    """Run the workers of the side written by hand: three as well, with the same sandbox and cache."""
    hand = ByHand(host)
    async with AsyncExitStack() as stack:
        for name, workflows, activities in (
            (queue, [Whitepaper], hand.main()),
            (channel_queue(queue, "send"), [], hand.email()),
            (channel_queue(queue, "sync"), [], hand.webhooks()),
        ):
            worker = Worker(
                client,
                task_queue=name,
                workflows=workflows,
                activities=activities,
                workflow_runner=sandboxed(),
                max_cached_workflows=1_000,
            )
            await stack.enter_async_context(worker)
        task = asyncio.create_task(relay.run())
        try:
            yield
        finally:
            relay.stop()
            await task


class _Later(Interceptor):
    """Lets runs begin on a monday morning, whenever the measurement is made."""

    def __init__(self, begin: int) -> None:
        self.begin = begin

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _Delaying(next, self.begin)


class _Delaying(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, begin: int) -> None:
        super().__init__(next)
        self.begin = begin

    async def start_workflow(self, input: StartWorkflowInput) -> Any:
        input.start_delay = timedelta(seconds=self.begin - time.time())
        return await super().start_workflow(input)


def _person(id_: str, name: str) -> Contact:
    fields = {"email": f"{name}@people.example.com", "first_name": name.title(), "industry": "Software"}
    return Contact(id_, fields, None, _ZONE, 0, frozenset({"Marketing"}))


def _monday() -> int:
    now = datetime.now(ZoneInfo(_ZONE))
    day = (now + timedelta(days=7 - now.weekday())).replace(hour=10, minute=0, second=0, microsecond=0)
    return int(day.timestamp())


def _own(history: WorkflowHistory) -> int:
    """Count a history's events, without those that the server adds because it skips time."""
    skips = "workflow_execution_time_skipping_transitioned_event_attributes"
    return sum(not event.HasField(skips) for event in history.events)


def _cpu() -> tuple[float, float]:
    """Return the processor time of this process and of the server that it has started, in seconds."""
    own = time.process_time()
    found = 0.0
    for children in Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            if b"start-dev" in Path(f"/proc/{child}/cmdline").read_bytes():
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                found = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own, found
