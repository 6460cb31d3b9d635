"""Many cases on one time-skipping server: one virtual clock, one set of workers, a database for each case,
on SQLite or on PostgreSQL.

Each case has a *lane*: its own store, relay, mail server and settings. The ids of its workflows begin with
the lane's mark, so that the activities, which all lanes share, know whose they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import httpx2
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.host import Host
from activities.turning import Activities
from runtime.embedded import server_path
from runtime.messages import QUEUE, channel_queue
from runtime.sink import MailSink
from runtime.sites import Sites
from runtime.store import (
    StoreError,
    get_run,
    import_accounts,
    import_contacts,
    list_handoffs,
    list_runs,
    open_store,
    publish,
    trace,
)
from runtime.store.runs import unsettled
from runtime.virtual import Happening, NotAtRest
from runtime.worker import WORKFLOWS
from tests.databases import Databases
from tests.equality import remains
from tests.equality.case import Case
from tests.equality.drivers import SECRET, PausableRelay, Stage
from tests.postgres import Server
from workflows import plans

_LEAD = 0.9  # as in `runtime.virtual`: what happens at a second comes before what is due at it
_SLICE = 86_400.0
_LOOK = 0.05
_PATIENCE = 60.0
_MARK = ":"
_CONNECTIONS = 2  # of a case, so that fifty are not too many for a server of PostgreSQL


@dataclass(frozen=True, slots=True)
class Left:
    """What a case has left behind, as lines, and what was noticed on the way.

    `late`: by how many seconds at most the server's clock had run past a moment before it could happen; such
    a case has not been played as written. `wrong`: what must not be, apart from the comparison. `impossible`:
    what a person cannot do, such as to stop a run that is not.
    """

    lines: list[str]
    late: float
    wrong: list[str]
    impossible: list[str]


async def play(cases: Sequence[Case], folder: Path, postgres: Server | None = None) -> list[Left]:
    """Run cases beside each other on a server of their own. Raises `NotAtRest` if a worker is stuck.

    `postgres`: where their databases are made, as copies of its template; files in `folder` without it.
    """
    async with AsyncExitStack() as stack:
        path = server_path("temporal-test-server")
        env = await stack.enter_async_context(
            await WorkflowEnvironment.start_time_skipping(test_server_existing_path=path)
        )
        client = await stack.enter_async_context(httpx2.AsyncClient(timeout=5))
        sites = stack.enter_context(Sites())
        databases = await _databases(postgres, folder)
        stack.callback(databases.drop)
        lanes = [
            await stack.enter_async_context(_lane(number, case, folder, databases, env.client, client, sites))
            for number, case in enumerate(cases)
        ]
        await stack.enter_async_context(_workers(env.client, {lane.mark: lane.hosted for lane in lanes}))
        await _Clock(env, lanes).run()
        return [lane.left for lane in lanes if lane.left is not None]


async def _databases(postgres: Server | None, folder: Path) -> Databases:
    blank = folder / "blank.db"
    if postgres is None:
        await (await open_store(f"sqlite:///{blank}?synchronous=normal")).close()
    return Databases(postgres, blank, folder)


@dataclass(slots=True)
class Lane:
    """One case among others. `script`: what happens at which second, in order."""

    mark: str
    stage: Stage
    relay: PausableRelay
    hosted: Host
    script: list[tuple[int, int, Happening]] = field(default_factory=list)
    late: float = 0.0
    left: Left | None = None
    impossible: list[str] = field(default_factory=list)

    async def let(self, happenings: Sequence[Happening]) -> None:
        """Let things of one second happen, before anyone hears of them. What is refused is noted."""
        async with self.relay.holding():
            for happens in happenings:
                try:
                    await happens()
                except StoreError as refused:
                    self.impossible.append(str(refused))

    def at(self, when: int, happening: Happening) -> None:
        """Let something happen at a second (epoch)."""
        if when <= self.stage.case.until:
            self.script.append((when, len(self.script), happening))

    async def busy(self, now: float) -> bool:
        """Hand over what waits, and return whether a run still has something to do."""
        if self.relay.paused:
            return False
        await self.relay.pump()
        return bool(await unsettled(self.stage.store, int(now)))

    async def stuck(self, now: float) -> str:
        """Say who does not come to rest."""
        ids = await unsettled(self.stage.store, int(now))
        runs = [await get_run(self.stage.store, id_) for id_ in ids]
        stand = ", ".join(
            f"{run.id} at {run.position} due {run.due} after {run.turn_no} turns" for run in runs
        )
        return f"Runs of lane {self.mark} do not come to rest at {now:.1f}: {stand}"

    async def end(self, client: Client) -> None:
        """Keep what the case has left behind, and end its workflows: nobody waits for them any more."""
        store = self.stage.store
        lines = await remains.of_store(store, self.stage.case, self.stage.turned_away)
        wrong = [f"delivered twice: {id_}" for id_ in self.stage.sink.duplicates()]
        open_ = []
        for run in await list_runs(store):
            handle = client.get_workflow_handle(self.mark + run.id)
            shown = await asyncio.wait_for(handle.query("timeline"), 20)
            rows = await trace(store, run.id)
            if [tuple(row) for row in shown] != [tuple(row) for row in rows[-200:]]:
                wrong.append(f"the workflow of {run.id} tells another trace than the journal")
            if run.status == "open":
                open_.append(handle)
        open_ += [
            client.get_workflow_handle(f"{self.mark}handoff/{handoff.id}")
            for handoff in await list_handoffs(store)
        ]
        for handle in open_:
            with suppress(RPCError):  # a handoff that is over
                await handle.terminate()
        self.left = Left(lines, self.late, wrong, self.impossible)


class _Marked:
    """A client for one lane: the ids of its workflows begin with the lane's mark."""

    def __init__(self, client: Client, mark: str) -> None:
        self._client, self._mark = client, mark

    async def start_workflow(self, workflow: str, arg: object, *, id: str, **more: Any) -> object:
        return await self._client.start_workflow(workflow, arg, id=self._mark + id, **more)

    def get_workflow_handle(self, id_: str) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(self._mark + id_)


class _Hosts:
    """What activities share, of the lane whose workflow asks."""

    def __init__(self, hosts: Mapping[str, Host]) -> None:
        self._hosts = hosts

    def __getattr__(self, name: str) -> object:
        mark, sign, _run = (activity.info().workflow_id or "").partition(_MARK)
        return getattr(self._hosts[mark + sign], name)


@asynccontextmanager
async def _lane(
    number: int,
    case: Case,
    folder: Path,
    databases: Databases,
    temporal: Client,
    client: httpx2.AsyncClient,
    shared: Sites,
) -> AsyncIterator[Lane]:
    mark = f"{number}{_MARK}"
    definitions = case.compiled.definitions
    async with AsyncExitStack() as stack:
        store = await open_store(_url(databases))
        stack.push_async_callback(store.close)
        await import_accounts(store, case.accounts, definitions, 0)
        await import_contacts(store, case.contacts, definitions, 0)
        await publish(store, definitions, case.compiled.plans.values(), case.published)
        sink = await stack.enter_async_context(MailSink(folder / f"mail-{number}"))
        down = any(outage.kind not in ("send", "notify") for outage in case.outages)
        sites = stack.enter_context(Sites()) if down else shared
        secret = SECRET + mark.encode()
        stage = Stage(case, store, sink, sites, client, secret=secret, mark=f"-{number}")
        for contact, reason in case.refused.items():
            stage.refuse(contact, reason)
        relay = PausableRelay(store, cast("Client", _Marked(temporal, mark)), lambda: 0, limit=case.limit)
        hosted = stage.host(relay)
        stack.push_async_callback(hosted.closing)
        lane = Lane(mark, stage, relay, hosted)
        stage.script(lane, relay, case.steps, case.until)
        plans.hold(case.compiled.plans.values())
        yield lane


def _url(databases: Databases) -> str:
    return databases() if databases.server is None else f"{databases()}?connections={_CONNECTIONS}"


@asynccontextmanager
async def _workers(client: Client, hosts: Mapping[str, Host]) -> AsyncIterator[None]:
    """Run workers on all queues, as `runtime.worker` does, for all lanes."""
    activities = Activities(cast("Host", _Hosts(hosts)))
    workers = [
        Worker(
            client,
            task_queue=QUEUE,
            workflows=WORKFLOWS,
            activities=activities.bookkeeping(),
            workflow_runner=UnsandboxedWorkflowRunner(),  # a quarter of the time; cases go in the sandbox
            max_cached_workflows=2_000,
            debug_mode=True,  # fifty at once on a busy machine: nobody takes slowness for a deadlock
        ),
        Worker(client, task_queue=channel_queue(QUEUE, "send"), activities=activities.email()),
        Worker(client, task_queue=channel_queue(QUEUE, "sync"), activities=activities.webhooks()),
    ]
    async with AsyncExitStack() as stack:
        for worker in workers:
            await stack.enter_async_context(worker)
        yield


@dataclass(slots=True)
class _Clock:
    """The virtual clock that all lanes share: as `runtime.virtual` has it, for many databases."""

    env: WorkflowEnvironment
    lanes: Sequence[Lane]

    async def run(self) -> None:
        """Let virtual time pass to the end of all lanes, everything scripted happening on the way."""
        first = min(lane.stage.case.start for lane in self.lanes)
        await self.env.sleep(timedelta(seconds=first - 60 - await self.now()))
        for when, happening in self._moments():
            lanes = [lane for lane, _ in happening]
            await self._leap(when - _LEAD)
            now = await self.rest(lanes)
            for lane, happenings in happening:
                if any(happenings):
                    lane.late = max(lane.late, now - when + _LEAD)
                await lane.let(happenings)
            await self.rest(lanes)
            for lane in lanes:
                if when > lane.stage.case.until:
                    await lane.end(self.env.client)

    def _moments(self) -> Iterator[tuple[int, list[tuple[Lane, list[Happening]]]]]:
        """Yield each second at which something happens, with what it is in which lane; and the ends."""
        entries = [
            (when, n, order, does) for n, lane in enumerate(self.lanes) for when, order, does in lane.script
        ]
        ends = [(lane.stage.case.until + 1, n, 0, None) for n, lane in enumerate(self.lanes)]
        ordered = sorted([*entries, *ends], key=lambda entry: entry[:3])
        for when, group in groupby(ordered, key=lambda entry: entry[0]):
            yield (
                when,
                [
                    (self.lanes[n], [does for *_, does in found if does is not None])
                    for n, found in groupby(group, key=lambda entry: entry[1])
                ],
            )

    async def now(self) -> float:
        return (await self.env.get_current_time()).timestamp()

    async def _leap(self, to: float) -> None:
        while (left := to - await self.now()) > 0:
            await self.env.sleep(timedelta(seconds=min(left, _SLICE)))

    async def rest(self, lanes: Sequence[Lane]) -> float:
        """Wait until no run of these lanes has anything left to do now; return the time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _PATIENCE
        now = await self.now()
        waiting = list(lanes)
        while True:
            for lane in waiting:
                lane.relay.nudged.clear()
            waiting = [lane for lane in waiting if await lane.busy(now)]
            if not waiting:
                return await self.now()
            if loop.time() > end:
                raise NotAtRest(await waiting[0].stuck(now))
            with suppress(TimeoutError):
                await asyncio.wait_for(waiting[0].relay.nudged.wait(), _LOOK)
