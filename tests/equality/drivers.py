"""The two drivers of a case: the simulator, and real Temporal on virtual time."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx2
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from activities.host import Host
from activities.smtp import Patience
from runtime import admitting
from runtime.embedded import server_path
from runtime.evaluate import score
from runtime.hosting import Connections, build_host, preview
from runtime.published import Published
from runtime.relay import Relay
from runtime.simulator import Outage, Provider, Simulator, World
from runtime.simulator.by_hand import ByHand
from runtime.simulator.sales import Sales
from runtime.sink import MailSink
from runtime.sites import HookCall, Sites
from runtime.store import (
    Handoff,
    Store,
    StoreError,
    find_contact,
    import_accounts,
    import_contacts,
    list_handoffs,
    list_runs,
    open_store,
    publish,
    record_event,
    trace,
)
from runtime.store.admissions import admit_all
from runtime.store.erasing import erase
from runtime.store.merging import merge
from runtime.store.overriding import let_through, lift, suppress
from runtime.store.snapshot import of_contact
from runtime.store.switches import Scope, pause, resume, resume_sends, stop, stop_sends
from runtime.suppression import BY_HAND, LET_THROUGH
from runtime.trace import TraceRow
from runtime.virtual import Happening, VirtualDriver
from runtime.worker import working
from tests.equality import remains
from tests.equality.case import Case, Step

SECRET = b"equality"
SECRETS = {"${WAREHOUSE_SECRET}": "a secret of the warehouse", "${SMS_SECRET}": "whsec_YSBzZWNyZXQgb2Ygc21z"}
HOOKS = {
    "message": ("SMS", "IN_APP", "CHAT", "LETTERS", "SURVEYS"),
    "webhook": ("WAREHOUSE",),
    "audience": ("RETARGETING",),
    "task": ("TASKS",),
}
_BY_MAIL = ("send", "notify")
Traces = dict[str, list[TraceRow]]


class Clock(Protocol):
    """Whoever lets something happen at a second."""

    def at(self, when: int, happening: Happening) -> None:
        """Let something happen at a second (epoch)."""


def simulate(case: Case) -> Traces:
    """Run the case on the simulator; return each run's trace."""
    return {id_: record.rows for id_, record in simulated(case).runs.items()}


def simulated(case: Case, driver: Callable[..., Simulator] = Simulator) -> World:
    """Run the case on the simulator."""
    compiled = case.compiled
    published = Published.of(compiled.definitions, compiled.plans.values())
    world = World(published, sales=Sales.of(compiled.settings))
    world.populate(case.contacts, case.accounts)
    simulator = driver(world, Provider(case.outages, case.refused, preview(compiled)))
    for step in case.steps:
        if step.event is not None:
            simulator.schedule([step.event])
        elif step.by_hand is not None:
            simulator.intervene(step.at, step.by_hand)
    simulator.admit(case.published)
    simulator.run(case.until)
    return world


@dataclass(slots=True)
class Outcome:
    """What a case left behind on real Temporal."""

    traces: Traces
    timelines: dict[str, list[Any]]
    histories: dict[str, WorkflowHistory]
    duplicates: list[str]
    mails: int
    calls: list[HookCall] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)
    handoffs: list[Handoff] = field(default_factory=list)
    turned_away: list[tuple[str, str]] = field(default_factory=list)
    remains: list[str] = field(default_factory=list)


class PausableRelay(Relay):
    """A relay whose delivery can be held back, as a slow network would."""

    paused: bool = False

    async def pump(self) -> int:
        return 0 if self.paused else await super().pump()


@dataclass(slots=True)
class _Driving(VirtualDriver):
    """Rests although told-of events are undelivered, while the relay is held back."""

    asleep: bool = field(default=False)

    async def rest(self) -> None:
        assert isinstance(self.relay, PausableRelay)
        if not self.relay.paused:
            await VirtualDriver.rest(self)


def database(folder: Path) -> str:
    """Return the URL of a database for a case, where a test names none."""
    return f"sqlite:///{folder / 'case.db'}?synchronous=normal"


async def on_temporal(
    case: Case, folder: Path, stage: type[Stage] | None = None, url: str | None = None
) -> Outcome:
    """Run the case on the time-skipping server, with a real worker, mail server and database.

    `url`: of the database; a SQLite file in `folder` unless given.
    """
    store = await open_store(url or database(folder), SECRET)
    try:
        await import_accounts(store, case.accounts, case.compiled.definitions, 0)
        await import_contacts(store, case.contacts, case.compiled.definitions, 0)
        await publish(store, case.compiled.definitions, case.compiled.plans.values(), case.published)
        async with MailSink(folder / "mail") as sink, httpx2.AsyncClient(timeout=5) as client:
            with Sites() as sites:
                playing = (stage or Stage)(case, store, sink, sites, client)
                for contact, reason in case.refused.items():
                    playing.refuse(contact, reason)
                return await playing.play()
    finally:
        await store.close()


@dataclass(slots=True)
class Stage:
    """A case on real Temporal. What is looked at at the end, and whom webhooks reach, can be extended."""

    case: Case
    store: Store
    sink: MailSink
    sites: Sites
    client: httpx2.AsyncClient
    timelines: dict[str, list[Any]] = field(default_factory=dict)
    histories: dict[str, WorkflowHistory] = field(default_factory=dict)
    turned_away: list[tuple[str, str]] = field(default_factory=list)
    secret: bytes = SECRET
    mark: str = ""

    async def play(self) -> Outcome:
        acts: list[list[Step]] = [[]]
        for step in self.case.steps:
            if step.kind == "forget":
                acts.append([])
            else:
                acts[-1].append(step)
        for number, act in enumerate(acts):
            last = number == len(acts) - 1
            await self._act(act, self.case.until if last else acts[number + 1][0].at - 3600)
        return await self.outcome()

    def refuse(self, contact: str, reason: str) -> None:
        """Let the mail server refuse a contact's address."""
        address = next(c.fields["email"] for c in self.case.contacts if c.id == contact)
        code = reason.removeprefix("smtp ")
        self.sink.refuse(address, f"{code} 5.1.1 <{address}>: Recipient address rejected")

    async def outcome(self) -> Outcome:
        """Return what is left behind."""
        runs = await list_runs(self.store)
        return Outcome(
            {run.id: await trace(self.store, run.id) for run in runs},
            self.timelines,
            self.histories,
            self.sink.duplicates(),
            len(self.sink.received),
            self.sites.calls,
            await self.scores(),
            await list_handoffs(self.store),
            self.turned_away,
            await remains.of_store(self.store, self.case, self.turned_away),
        )

    async def scores(self) -> dict[str, float]:
        """Return the score of each contact at the end."""
        ids = {await find_contact(self.store, contact.id) for contact in self.case.contacts}
        async with self.store.reading() as connection:
            found = [await of_contact(self.store, connection, id_) for id_ in sorted(ids)]
        return {one.facts.contact_id: score(one.facts, self.case.until) for one in found}

    async def _act(self, steps: list[Step], until: int) -> None:
        """Play steps on one server. The next act has a new one, which has forgotten everything."""
        async with self._server() as (env, relay):
            driver = _Driving(env, self.store, relay)
            await env.sleep(timedelta(seconds=steps[0].at - 60 - await driver.now()))
            self.script(driver, relay, steps, until)
            await driver.run(until)
            await self.collect(env)

    def script(self, driver: Clock, relay: PausableRelay, steps: Iterable[Step], until: int) -> None:
        """Let everything that happens be done at its second."""
        for step in steps:
            if step.by_hand is not None:
                driver.at(step.at, functools.partial(self._intervene, step.by_hand, step.at))
            else:
                self._script(driver, relay, step)
        plans = Published.of(self.case.compiled.definitions, self.case.compiled.plans.values())
        for moment in admitting.rounds(plans, self.case.published, until):
            driver.at(moment, functools.partial(admit_all, self.store, moment))
        for outage in self.case.outages:
            driver.at(outage.start, functools.partial(self._down, outage))
            driver.at(outage.end, functools.partial(self._up, outage))

    async def _intervene(self, act: ByHand, at: int) -> None:
        if act.what == "erase":
            await erase(self.store, act.name, "ana", at)
            return
        if act.what == "merge":
            await merge(self.store, act.name, act.into, "ana", at)
            return
        if act.what in ("suppress", "let through"):
            decide = suppress if act.what == "suppress" else let_through
            await decide(self.store, act.name, "ana", at, act.until)
            return
        if act.what in ("lift", "let through no more"):
            await lift(self.store, act.name, "ana", at, BY_HAND if act.what == "lift" else LET_THROUGH)
            return
        do = {"pause": pause, "resume": resume, "stop": stop}
        do |= {"stop sends": stop_sends, "resume sends": resume_sends}
        await do[act.what](self.store, Scope(act.scope, act.name), "ana", at)

    async def _down(self, outage: Outage) -> None:
        if outage.kind in _BY_MAIL:
            await self.sink.down()
            return
        for url in self._urls(outage.kind):
            self.sites.answer(url, 503, retry_after=outage.retry_after, times=10**9)

    async def _up(self, outage: Outage) -> None:
        if outage.kind in _BY_MAIL:
            await self.sink.up()
            return
        for url in self._urls(outage.kind):
            self.sites.recover(url)

    def _urls(self, kind: str) -> list[str]:
        return [self.sites.crm_url] if kind == "sync" else [self.hook(name) for name in HOOKS[kind]]

    def hook(self, name: str) -> str:
        """Return the address of one of this case's hooks."""
        return self.sites.hook_url(f"{name}{self.mark}")

    def _script(self, driver: Clock, relay: PausableRelay, step: Step) -> None:
        event = step.event
        assert event is not None

        async def record() -> None:
            relay.paused = step.delivered is not None or relay.paused
            try:
                await record_event(
                    self.store,
                    message_id=event.id,
                    name=event.name,
                    at=event.at,
                    occurred=event.occurred,
                    contact=event.contact,
                    account=event.account,
                    properties=event.properties,
                    machine=event.machine,
                )
            except StoreError as refused:
                self.turned_away.append((event.id, str(refused)))

        async def deliver() -> None:
            relay.paused = False

        driver.at(step.at, record)
        if step.delivered is not None:
            driver.at(step.delivered, deliver)

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[tuple[WorkflowEnvironment, PausableRelay]]:
        path = server_path("temporal-test-server")
        async with await WorkflowEnvironment.start_time_skipping(test_server_existing_path=path) as env:
            relay = PausableRelay(self.store, env.client, lambda: 0, limit=self.case.limit)
            host = self.host(relay)
            async with working(env.client, host, relay):
                yield env, relay

    def host(self, relay: Relay) -> Host:
        """Return what the activities of this case share."""
        connections = Connections(self.sink.url, self.secret, self.resolve, patience=Patience(pauses=()))
        return build_host(self.case.compiled, self.store, self.client, connections, relay.nudge)

    def resolve(self, setting: str) -> str | None:
        """Return what a `${NAME}` of the workspace's settings stands for."""
        urls = {f"${{{name}}}": self.hook(name) for names in HOOKS.values() for name in names}
        return ({"${CRM}": self.sites.crm_url} | SECRETS | urls).get(setting)

    async def collect(self, env: WorkflowEnvironment) -> None:
        """Keep what is to be seen of the workflows, while there is a server that knows them."""
        for run in await list_runs(self.store):
            if run.id in self.timelines:
                continue
            handle = env.client.get_workflow_handle(run.id)
            self.timelines[run.id] = await asyncio.wait_for(handle.query("timeline"), 20)
            self.histories[run.id] = await handle.fetch_history()
