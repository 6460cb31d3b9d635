"""The demo: a workspace's sample contacts go through ninety days on real Temporal, in seconds.

Everything is real but the clock: the time-skipping server, workflows, worker, SQLite, SMTP to a local mail
sink, webhooks to a local receiver. What the sample says happened is moved by whole weeks, to begin on the
Monday after the server's now: its clock only goes forward.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx2
from temporalio.testing import WorkflowEnvironment

from activities.smtp import Patience
from dsl import Compiled
from runtime import admitting
from runtime.embedded import server_path
from runtime.hosting import Connections, build_host, preview
from runtime.people import Account, Contact, RecordedEvent
from runtime.published import Published
from runtime.relay import Relay
from runtime.simulator import Provider, Simulator, World
from runtime.simulator.sales import Sales
from runtime.sink import MailSink
from runtime.sites import Sites
from runtime.stand_ins import stand_ins
from runtime.store import (
    Store,
    import_accounts,
    import_contacts,
    list_runs,
    open_store,
    publish,
    trace,
)
from runtime.store.admissions import admit_all
from runtime.trace import TraceRow
from runtime.virtual import VirtualDriver
from runtime.worker import working

WEEK = 7 * 86_400
_MONDAY = 4 * 86_400  # the first Monday after the epoch
_OURS = ".nurture-demo"
_SECRET = b"only the demo's; a worker has one of its own"


class DemoError(Exception):
    """The demo cannot run here. The message names the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part, and what happens to them."""

    contacts: Sequence[Contact]
    accounts: Sequence[Account]
    events: Sequence[RecordedEvent]

    def moved(self, by: int) -> Cast:
        """Return the same, so many seconds later."""
        return replace(self, events=[event.moved(by) for event in self.events])


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo left behind.

    `foretold`: runs whose whole trace the simulator had foretold to the second; `different`: the others.
    """

    store: Store
    world: World
    database: Path
    mails: Path
    start: int
    until: int
    runs: int
    foretold: int
    different: tuple[str, ...]
    delivered: int
    duplicates: tuple[str, ...]
    chats: int
    synced: int


Progress = Callable[[int, int, int], None]
"""Called with virtual time, its start and its end."""


async def run_demo(
    stack: AsyncExitStack,
    compiled: Compiled,
    cast: Cast,
    out: Path,
    days: int,
    progress: Progress,
    mail_port: int = 0,
) -> DemoResult:
    """Run a checked workspace's journeys over its sample.

    `stack` closes the database, which the result still reads. `mail_port`: where the mail sink listens; 0
    takes a free port. Raises `DemoError` if `out` holds something that is not a demo's, `PortTaken`.
    """
    _clear(out)
    database = out / "nurture.db"
    store = await open_store(f"sqlite+aiosqlite:///{database}?synchronous=normal")
    stack.push_async_callback(store.close)
    async with AsyncExitStack() as servers:
        env = await servers.enter_async_context(
            await WorkflowEnvironment.start_time_skipping(
                test_server_existing_path=server_path("temporal-test-server")
            )
        )
        sites = servers.enter_context(Sites())
        sink = await servers.enter_async_context(MailSink(out / "mails", mail_port))
        client = await servers.enter_async_context(httpx2.AsyncClient(timeout=10))
        now = int((await env.get_current_time()).timestamp())
        cast = cast.moved(_shift(cast.events, now))
        start = cast.events[0].at
        until = start + days * 86_400
        await import_accounts(store, cast.accounts, compiled.definitions, start)
        await import_contacts(store, cast.contacts, compiled.definitions, start)
        await publish(store, compiled.definitions, compiled.plans.values(), start, compiled.texts())
        relay = Relay(store, env.client, lambda: start)
        addresses = stand_ins(compiled, sites)
        connections = Connections(
            sink.url,
            _SECRET,
            lambda text: addresses.get(text, text),
            patience=Patience(pauses=()),
            private=True,
        )
        host = build_host(compiled, store, client, connections, relay.nudge)
        await servers.enter_async_context(working(env.client, host, relay))
        driver = VirtualDriver(env, store, relay, on_time=lambda at: progress(at, start, until))
        await env.sleep(timedelta(seconds=start - 60 - await driver.now()))
        driver.schedule(cast.events)
        published = Published.of(compiled.definitions, compiled.plans.values())
        for moment in admitting.rounds(published, start, until):
            driver.at(moment, functools.partial(admit_all, store, moment))
        await driver.run(until)
    world = _simulate(compiled, cast, until)
    different = await _different(store, world)
    runs = len(await list_runs(store))
    return DemoResult(
        store=store,
        world=world,
        database=database,
        mails=out / "mails",
        start=start,
        until=until,
        runs=runs,
        foretold=runs - len(different),
        different=different,
        delivered=len(sink.received),
        duplicates=tuple(sink.duplicates()),
        chats=len(sites.chats),
        synced=len(sites.contacts),
    )


def _clear(out: Path) -> None:
    """Make room: a former demo's folder is replaced, anything else is left alone."""
    if out.exists() and any(out.iterdir()):
        if not (out / _OURS).exists():
            raise DemoError(
                f"The folder {out} is not empty and not a former demo's. Name another one with --out."
            )
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / _OURS).touch()


def _shift(events: Sequence[RecordedEvent], now: int) -> int:
    """Return by how much the sample is moved: whole weeks, so that its weekdays stay."""
    if not events:
        raise DemoError(
            "The workspace has no sample events. Add sample/events.jsonl, or use `nurture simulate`."
        )
    first_monday = (events[0].at - _MONDAY) // WEEK * WEEK + _MONDAY
    next_monday = (now + 3_600 - _MONDAY) // WEEK * WEEK + WEEK + _MONDAY
    return next_monday - first_monday


def _simulate(compiled: Compiled, cast: Cast, until: int) -> World:
    published = Published.of(compiled.definitions, compiled.plans.values())
    world = World(published, sales=Sales.of(compiled.settings))
    world.populate(cast.contacts, cast.accounts)
    simulator = Simulator(world, Provider(preview=preview(compiled)))
    simulator.schedule(cast.events)
    simulator.admit(cast.events[0].at)
    simulator.run(until)
    return world


async def _different(store: Store, world: World) -> tuple[str, ...]:
    """Return the runs whose trace is not what the simulator makes of the same sample."""
    real = {run.id: await trace(store, run.id) for run in await list_runs(store)}
    return tuple(sorted(id_ for id_ in real.keys() | world.runs.keys() if not _equal(real, world, id_)))


def _equal(real: dict[str, list[TraceRow]], world: World, id_: str) -> bool:
    record = world.runs.get(id_)
    rows: Iterable[TraceRow] = record.rows if record else ()
    return list(rows) == real.get(id_, [])
