"""A scenario on stage: a worker that dies at one point, then an unpatched one, and what is left behind.

Everything is real: the development server, the database, a mail server, webhooks. Scenarios run side by
side, each with its own queue, database and mail server, for the server takes its time to notice a death.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import select
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import server_path
from runtime.people import Contact
from runtime.relay import Relay
from runtime.sink import MailSink
from runtime.sites import Sites
from runtime.store import (
    Store,
    accept,
    doubts,
    import_contacts,
    list_handoffs,
    list_runs,
    open_store,
    publish,
    record_event,
    schema,
    trace,
)
from runtime.worker import working
from tests.faults.doomed import CONTINUED, GO_ON, STALLED, Spec
from tests.faults.workspace import compiled, host

PATIENCE = 60.0
_ROOT = Path(__file__).parents[2]
# Without it, each timer of the development server takes about a second more.
_PROMPT_TIMERS = ["--dynamic-config-value", 'history.timerProcessorMaxTimeShift="1ms"']


@dataclass(frozen=True, slots=True)
class Scenario:
    """A point at which the worker dies while it runs a journey."""

    journey: str
    point: str

    @property
    def name(self) -> str:
        return f"{self.journey.lower()}: {self.point}"


@dataclass(slots=True)
class Left:
    """What a scenario left behind. `ended`: the exit code of the doomed worker, negative for a signal."""

    ended: int
    result: str
    mails: dict[str, int]
    duplicates: list[str]
    chats: int
    upserts: int
    repeated: int
    calls: int
    score: float
    score_changes: list[float]
    tags: list[str]
    journal: list[int]
    kinds: list[str]
    doubts: list[tuple[str, str]]
    undelivered: int
    continued: str | None = None
    handoff: str | None = None


async def until(what: str, condition: Callable[[], Awaitable[Any]]) -> Any:
    """Wait for a condition to hold, and return what it gave. Raises `TimeoutError` that says what for."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while not (found := await condition()):
        if asyncio.get_running_loop().time() > end:
            raise TimeoutError(f"In {PATIENCE:.0f} s it never came to this: {what}.")
        await asyncio.sleep(0.05)
    return found


async def play(
    scenarios: Sequence[Scenario], folder: Path, databases: Callable[[], str]
) -> dict[Scenario, Left | Exception]:
    """Play scenarios side by side, each on a database of its own."""
    env = await WorkflowEnvironment.start_local(
        dev_server_existing_path=server_path("temporal"), dev_server_extra_args=_PROMPT_TIMERS
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(env)
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=5))
        stages = []
        for number, scenario in enumerate(scenarios):
            stage = _Stage(scenario, env.client, http, folder / str(number), f"ana-{number}", databases())
            await stack.enter_async_context(stage.set())
            stages.append(stage)
        target = env.client.service_client.config.target_host
        await stack.enter_async_context(_doomed([stage.spec(target) for stage in stages], stages))
        found = await asyncio.gather(*(stage.play() for stage in stages), return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, Exception):
            raise one
    return dict(zip(scenarios, found, strict=True))  # type: ignore[arg-type]


@asynccontextmanager
async def _doomed(specs: Sequence[Spec], stages: Sequence[_Stage]) -> AsyncIterator[None]:
    """Start the workers that die, and tell their stages when they do."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.doomed",
        *(json.dumps(asdict(spec)) for spec in specs),
        cwd=_ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    by_name = {stage.scenario.name: stage for stage in stages}

    async def listen() -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            if not line.startswith(b"{"):  # the SDK's own log
                continue
            said = json.loads(line)
            by_name[said["name"]].ended.set_result(said["ended"])

    listening = asyncio.create_task(listen())
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # a session of its own: it and its children
        await process.wait()
        await listening


def _soon() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True)
class _Stage:
    scenario: Scenario
    client: Client
    http: httpx2.AsyncClient
    folder: Path
    contact: str
    database: str
    ended: asyncio.Future[int] = field(default_factory=_soon)
    store: Store = field(init=False)
    sink: MailSink = field(init=False)
    sites: Sites = field(init=False)
    urls: dict[str, str] = field(init=False)

    @property
    def address(self) -> str:
        return f"{self.contact}@people.example.com"

    @property
    def queue(self) -> str:
        return f"faults-{self.contact}"

    @asynccontextmanager
    async def set(self) -> AsyncIterator[None]:
        """Prepare the database with a contact who has just entered, and the world around it."""
        self.folder.mkdir(parents=True)
        journeys, now = compiled(self.scenario.journey), int(time.time())
        person = Contact(
            self.contact,
            {"email": self.address, "first_name": "Ana"},
            account_id=None,
            time_zone=None,
            known_since=0,
            consents=frozenset({"Marketing"}),
        )
        self.store = await open_store(self.database)
        try:
            await import_contacts(self.store, [person], journeys.definitions, now)
            await publish(self.store, journeys.definitions, journeys.plans.values(), now)
            await record_event(
                self.store,
                message_id="event-1",
                name="Form Submitted",
                at=now,
                contact=self.contact,
                properties={"form": "Whitepaper"},
            )
            async with MailSink(self.folder / "mail") as self.sink:
                with Sites() as self.sites:
                    self.urls = {
                        "SMTP": self.sink.url,
                        "CRM": self.sites.crm_url,
                        "CHAT": self.sites.chat_url("sdr"),
                        "SMS": self.sites.hook_url("sms"),
                        "WAREHOUSE": self.sites.hook_url("warehouse"),
                    }
                    yield
        finally:
            await self.store.close()

    def spec(self, target: str) -> Spec:
        scenario = self.scenario
        return Spec(
            scenario.name,
            scenario.point,
            scenario.journey,
            target,
            # A workflow's queue is fixed at its start, so the worker that follows serves the same one.
            self.queue,
            self.database,
            str(self.folder),
            self.urls,
        )

    async def play(self) -> Left:
        """Wait for the death, let another worker go on, and look at what is left."""
        stalls = self.scenario.point == "stalled"
        if stalls:
            await until("an attempt stands still", self._said(STALLED))
        else:
            await asyncio.wait_for(asyncio.shield(self.ended), PATIENCE)
        relay = Relay(self.store, self.client, lambda: int(time.time()), self.queue)
        worker = host(self.scenario.journey, self.store, self.http, self.urls, relay.nudge)
        async with working(self.client, worker, relay, self.queue):
            run = (await list_runs(self.store))[0].id
            result = await asyncio.wait_for(self._handle(run).result(), PATIENCE)
            handoff = await self._accept() if self.scenario.journey == "Handoff" else None
            await until("the outbox is empty", self._outbox_is_empty)
            continued = await self._continue() if stalls else None
        left = await self._look(run, f"{result['kind']} {result['reason']}".strip())
        left.continued, left.handoff = continued, handoff
        return left

    def _handle(self, id_: str) -> Any:
        return self.client.get_workflow_handle(id_)

    async def _continue(self) -> str:
        """Let the attempt that stands still go on, and return what became of its offer."""
        (self.folder / GO_ON).touch()
        await until("it has gone on", self._said(CONTINUED))
        return (self.folder / CONTINUED).read_text("utf-8")

    def _said(self, name: str) -> Callable[[], Awaitable[bool]]:
        async def said() -> bool:
            return (self.folder / name).exists()

        return said

    async def _accept(self) -> str:
        async def told() -> bool:
            return len(self.sites.chats) > 0

        handoff = (await list_handoffs(self.store))[0].id
        await until("sales has been told", told)
        await accept(self.store, handoff, int(time.time()))
        return str(await asyncio.wait_for(self._handle(f"handoff/{handoff}").result(), PATIENCE))

    async def _outbox_is_empty(self) -> bool:
        return not await self._rows(schema.outbox.c.id, schema.outbox.c.delivered_at.is_(None))

    async def _rows(self, column: Any, *where: Any) -> list[Any]:
        async with self.store.reading() as connection:
            return list(await connection.scalars(select(column).where(*where)))

    async def _look(self, run: str, result: str) -> Left:
        rows = await trace(self.store, run)
        mails: dict[str, int] = {}
        for mail in self.sink.received:
            name = mail.subject if mail.recipient == self.address else mail.recipient.partition("@")[0]
            mails[name] = mails.get(name, 0) + 1
        return Left(
            ended=await self.ended,
            result=result,
            mails=mails,
            duplicates=self.sink.duplicates(),
            chats=len(self.sites.chats),
            upserts=self.sites.upserts,
            repeated=self.sites.repeated,
            calls=len(self.sites.calls),
            score=(await self._rows(schema.contacts.c.score))[0],
            score_changes=await self._rows(schema.score_changes.c.points),
            tags=await self._rows(schema.tags.c.tag),
            journal=[row.n for row in rows],
            kinds=[f"{row.kind} {row.reason}".strip() for row in rows],
            doubts=[(doubt.kind, doubt.name) for doubt in await doubts(self.store)],
            undelivered=len(await self._rows(schema.outbox.c.id, schema.outbox.c.delivered_at.is_(None))),
        )
