"""A worker that is told to stop finishes what it has offered, and leaves the rest to the next one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from runtime.embedded import server_path
from runtime.people import Contact
from runtime.relay import Relay
from runtime.sink import MailSink
from runtime.store import (
    Store,
    enter_journey,
    import_contacts,
    list_runs,
    open_store,
    publish,
    schema,
)
from runtime.worker import working
from tests.faults.stage import until
from tests.faults.workspace import compiled, host

JOURNEY = "Mails"


class SlowSink(MailSink):
    """A mail server that takes its time before it takes a message (`door`), or says so (`word`)."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.at_door, self.door = asyncio.Event(), asyncio.Event()
        self.at_word, self.word = asyncio.Event(), asyncio.Event()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.at_door.set()
        await self.door.wait()
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.at_word.set()
        await self.word.wait()
        return await super().handle_DATA(server, session, envelope)


@dataclass(slots=True)
class Scene:
    """A contact who has just entered a journey of two mails, and all that a worker needs."""

    client: Client
    store: Store
    sink: SlowSink
    http: httpx2.AsyncClient

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        relay = Relay(self.store, self.client, lambda: int(time.time()))
        names = ("CRM", "CHAT", "SMS", "WAREHOUSE")
        urls = {"SMTP": self.sink.url} | dict.fromkeys(names, "http://127.0.0.1:1/")
        made = host(JOURNEY, self.store, self.http, urls, relay.nudge)
        async with working(self.client, made, relay):
            yield

    async def until_stopped(self, moment: Awaitable[Any], goes_on: asyncio.Event) -> None:
        """Tell a worker to stop at a moment, and let the mail server go on only after that."""
        told, stopping = asyncio.Event(), asyncio.Event()

        async def work() -> None:
            async with self.worker():
                await told.wait()
                stopping.set()

        task = asyncio.create_task(work())
        async with asyncio.timeout(20):
            await asyncio.wait({task, asyncio.ensure_future(moment)}, return_when=asyncio.FIRST_COMPLETED)
            told.set()
            await asyncio.wait(
                {task, asyncio.ensure_future(stopping.wait())}, return_when=asyncio.FIRST_COMPLETED
            )
        # The workers are told in the same turn of the loop in which the block ends.
        for _ in range(20):
            await asyncio.sleep(0)
        assert not task.done()
        goes_on.set()
        async with asyncio.timeout(20):
            await task

    async def effects(self) -> list[tuple[str, str, str | None]]:
        ledger = schema.ledger
        async with self.store.reading() as connection:
            rows = await connection.execute(
                select(ledger.c.name, ledger.c.status, ledger.c.outcome).order_by(ledger.c.at, ledger.c.step)
            )
            return [tuple(row) for row in rows]


@asynccontextmanager
async def scene(folder: Path, url: str) -> AsyncIterator[Scene]:
    workspace, now = compiled(JOURNEY), int(time.time())
    fields = {"email": "ana@people.example.com", "first_name": "Ana"}
    person = Contact("ana", fields, None, None, 0, frozenset({"Marketing"}))
    async with AsyncExitStack() as stack:
        env = await WorkflowEnvironment.start_local(dev_server_existing_path=server_path("temporal"))
        await stack.enter_async_context(env)
        http = await stack.enter_async_context(httpx2.AsyncClient())
        sink = await stack.enter_async_context(SlowSink(folder / "mail"))
        store = await open_store(url)
        stack.push_async_callback(store.close)
        await publish(store, workspace.definitions, workspace.plans.values(), now)
        await import_contacts(store, [person], workspace.definitions, now)
        await enter_journey(store, JOURNEY, "ana", now)
        yield Scene(env.client, store, sink, http)


def ended(store: Store) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return (await list_runs(store))[0].status == "ended"

    return look


async def test_what_is_offered_is_finished(tmp_path: Path, url: str) -> None:
    async with scene(tmp_path, url) as on:
        on.sink.door.set()
        await on.until_stopped(on.sink.at_word.wait(), on.sink.word)
        assert (await on.effects())[0] == ("First", "settled", "sent")
        # The second may have been claimed by then, and is not offered.
        assert [mail.subject for mail in on.sink.received] == ["First"]
        async with on.worker():
            await until("the run has ended", ended(on.store))
        assert sorted(mail.subject for mail in on.sink.received) == ["First", "Last"]


async def test_what_is_not_offered_yet_is_left_to_the_next_worker(tmp_path: Path, url: str) -> None:
    async with scene(tmp_path, url) as on:
        on.sink.word.set()
        await on.until_stopped(on.sink.at_door.wait(), on.sink.door)
        assert await on.effects() == [("First", "claimed", None)]
        assert on.sink.received == []
        async with on.worker():
            await until("the run has ended", ended(on.store))
        assert sorted(mail.subject for mail in on.sink.received) == ["First", "Last"]
        assert on.sink.duplicates() == []
