"""Intake with matching and scoring, beside bare inserts of the same rows; and how soon a run reacts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from random import Random
from typing import Any

import httpx2
from sqlalchemy import Table, func, insert, select, update
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from benchmarks.filling import MORNING, compiled, fill, postgres, run_of, sqlite
from benchmarks.measure import Row
from runtime.embedded import server_path
from runtime.hosting import Connections, build_host
from runtime.receiving import Receiver
from runtime.relay import Relay
from runtime.store import Store, record_events, schema
from runtime.store.events import AT_ONCE, Arrived
from runtime.worker import working

OPEN = 10_000
_EVENTS = 5_000
_IN_A_REQUEST = 100
_AT_ONCE = 4  # requests
_PROMPT_TIMERS = ["--dynamic-config-value", 'history.timerProcessorMaxTimeShift="1ms"']
_SERVER = [*_PROMPT_TIMERS, "--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1"]


def measure() -> list[Row]:
    """Measure both databases."""
    return [*_database("SQLite", sqlite, 500), *_database("PostgreSQL", postgres, 2_000)]


def _database(name: str, opened: Any, goal: int) -> list[Row]:
    return asyncio.run(_rates(name, opened(), goal))


async def _rates(name: str, opening: AbstractAsyncContextManager[Store], goal: int) -> list[Row]:
    async with opening as store:
        await fill(store, OPEN)
        await _received(store, "warm", 500)
        marks = {table: await _last(store, table) for table in _TABLES}
        used = time.process_time()
        rate = await _received(store, "many", _EVENTS)
        used = (time.process_time() - used) / _EVENTS
        rows = {table: await _since(store, table, mark) for table, mark in marks.items()}
        bare = await _inserted(store, rows, together=False)
        together = await _inserted(store, rows, together=True)
        one = await _one_by_one(store)
        alone = await _received(store, "alone", 2_000, size=1, at_once=50)
    what = f"{name}, {OPEN:,} runs open"
    asked = f"{_IN_A_REQUEST} a request, {_AT_ONCE} requests at once"
    return [
        Row(
            f"{what}: events taken in, matched and scored, {asked}",
            f"{rate:,.0f} events/s, {used * 1e6:.0f} µs of Python each",
            f"{goal:,} events/s, 0.5 of bare inserts",
            f"{rate / bare:.2f} of the same rows inserted one by one in transactions of {AT_ONCE}",
        ),
        Row(f"{what}: the same rows by executemany, for comparison", f"{together:,.0f} events/s", "", ""),
        Row(f"{what}: one event a transaction", f"{one:,.0f} events/s", "", f"{rate / one:.1f} × together"),
        Row(f"{what}: one event a request, 50 requests at once", f"{alone:,.0f} events/s", "", ""),
    ]


_TABLES = (schema.events, schema.score_changes, schema.outbox)


def _event(number: int, luck: Random, prefix: str) -> dict[str, Any]:
    """Make an event: of ten, one wakes a run, five bring points, four are matched and change nothing."""
    contact = f"c{luck.randrange(OPEN)}"
    if number % 10 == 0:
        name, properties = "Page Viewed", {"page": "/docs"}
    elif number % 2:
        name, properties = "Page Viewed", {"page": "/pricing"}
    else:
        name, properties = "Email Clicked", {"email": "Case study"}
    return {"id": f"{prefix}-{number}", "event": name, "contact": contact, "properties": properties}


async def _received(
    store: Store, prefix: str, number: int, size: int = _IN_A_REQUEST, at_once: int = _AT_ONCE
) -> float:
    """Take events in as requests bring them, and return how many a second."""
    luck = Random(prefix)
    events = [_event(n, luck, prefix) for n in range(number)]
    receiver = Receiver(store, lambda: MORNING + 3_600, _nothing)
    bodies = [json.dumps(events[start : start + size]).encode() for start in range(0, number, size)]
    waiting = iter(bodies)

    async def post() -> None:
        for body in waiting:
            reply = await receiver(body)
            assert reply.status == 202, reply.text

    start = time.perf_counter()
    await asyncio.gather(*(post() for _ in range(at_once)))
    return number / (time.perf_counter() - start)


async def _nothing() -> None:
    return


async def _last(store: Store, table: Table) -> int:
    async with store.reading() as connection:
        return int(await connection.scalar(select(func.max(table.c.id))) or 0)


async def _since(store: Store, table: Table, mark: int) -> list[dict[str, Any]]:
    columns = [column for column in table.c if column.name != "id"]
    async with store.reading() as connection:
        found = await connection.execute(select(*columns).where(table.c.id > mark).order_by(table.c.id))
        return [dict(row) for row in found.mappings()]


async def _inserted(store: Store, rows: dict[Table, list[dict[str, Any]]], *, together: bool) -> float:
    """Insert the rows that events have left, and nothing else; return how many events a second that is.

    They go where the others went, in transactions of as many events, one statement for each or together.
    """
    mark = f"bare {together} "
    events = [{**row, "message_id": mark + row["message_id"]} for row in rows[schema.events]]
    pages = -(-len(events) // AT_ONCE)
    all_ = {**rows, schema.events: events}
    start = time.perf_counter()
    for page in range(pages):
        async with store.writing() as connection:
            for table, given in all_.items():
                size = -(-len(given) // pages)
                some = given[page * size : (page + 1) * size]
                if together and some:
                    await connection.execute(insert(table), some)
                for row in some if not together else ():
                    await connection.execute(insert(table), row)
    return len(events) / (time.perf_counter() - start)


async def _one_by_one(store: Store) -> float:
    luck, number = Random(7), 300
    events = [_event(n, luck, "one") for n in range(number)]
    start = time.perf_counter()
    for event in events:
        about = (event["id"], event["event"], MORNING + 3_600, event["contact"])
        await record_events(store, [Arrived(*about, properties=event["properties"])])
    return number / (time.perf_counter() - start)


_WOKEN, _TICKS, _TICK = 500, 100, 0.1


def reactions() -> list[Row]:
    """Measure how long it takes from an event that wakes a run to the end of the run's turn."""
    return asyncio.run(_reactions())


async def _reactions() -> list[Row]:
    async with AsyncExitStack() as stack:
        env = await WorkflowEnvironment.start_local(
            dev_server_existing_path=server_path("temporal"), dev_server_extra_args=_SERVER
        )
        await stack.enter_async_context(env)
        store = await stack.enter_async_context(sqlite())
        await fill(store, OPEN, int(time.time()) - 3_600)
        await _only_some(store)
        taken, rate = await _react(store, env.client, stack)
    taken.sort()
    middle, late = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    return [
        Row(
            f"SQLite and Temporal, {rate:.0f} events/s, of which {_WOKEN / (_TICKS * _TICK):.0f} wake a run: "
            "from the event to the end of the run's turn",
            f"p50 {middle:.2f} s, p99 {late:.2f} s",
            "p99 1 s",
            f"{len(taken)} of {_WOKEN} runs have reacted",
        )
    ]


async def _only_some(store: Store) -> None:
    """Cross off the starts of all runs but those that will be woken: the others stay in the database."""
    outbox = schema.outbox
    woken = [run_of(n) for n in range(_WOKEN)]
    async with store.writing() as connection:
        others = update(outbox).where(outbox.c.target.not_in(woken))
        await connection.execute(others.values(delivered_at=MORNING))


async def _react(store: Store, client: Client, stack: AsyncExitStack) -> tuple[list[float], float]:
    http = await stack.enter_async_context(httpx2.AsyncClient())

    def clock() -> int:
        return int(time.time())

    relay = Relay(store, client, clock)
    connections = Connections("smtp://127.0.0.1:1", b"a key for measuring", lambda _: "http://127.0.0.1:1")
    host = build_host(compiled(), store, http, connections, relay.nudge)
    await stack.enter_async_context(working(client, host, relay))
    receiver = Receiver(store, clock, relay.nudge)
    turns = await _turns(store, 0)
    while len(turns) < _WOKEN:
        await asyncio.sleep(0.2)
        turns = await _turns(store, 0)
    sent: dict[str, float] = {}
    watching = asyncio.create_task(_watched(store, sent, turns))
    luck, began = Random(3), time.perf_counter()
    posts = []
    for tick in range(_TICKS):
        share = _WOKEN // _TICKS
        contacts = range(tick * share, (tick + 1) * share)
        events = [
            {"id": f"wake-{n}", "event": "Page Viewed", "contact": f"c{n}", "properties": {"page": "/docs"}}
            for n in contacts
        ]
        # Ten times as many besides, that wake nobody.
        events += [_event(9 * n + 1 + n % 2, luck, f"t{tick}-{n}") for n in range(9 * share)]
        luck.shuffle(events)
        now = time.perf_counter()
        sent |= {run_of(n): now for n in contacts}
        posts.append(asyncio.create_task(_posted(receiver, events)))
        await asyncio.sleep(max(0.0, began + (tick + 1) * _TICK - time.perf_counter()))
    rate = _TICKS * 50 / (time.perf_counter() - began)
    await asyncio.gather(*posts)
    return await watching, rate


async def _posted(receiver: Receiver, events: list[dict[str, Any]]) -> None:
    reply = await receiver(json.dumps(events).encode())
    assert reply.status == 202, reply.text


async def _turns(store: Store, after: int) -> dict[str, int]:
    runs = schema.runs
    woken = [run_of(n) for n in range(_WOKEN)]
    async with store.reading() as connection:
        query = select(runs.c.id, runs.c.turn_no).where(runs.c.id.in_(woken), runs.c.turn_no > after)
        return {row.id: row.turn_no for row in await connection.execute(query)}


async def _watched(store: Store, sent: dict[str, float], before: dict[str, int]) -> list[float]:
    """Look all the time which runs have taken their next turn."""
    taken: dict[str, float] = {}
    end = time.perf_counter() + 120
    while len(taken) < _WOKEN and time.perf_counter() < end:
        await asyncio.sleep(0.02)
        turns = await _turns(store, min(before.values()))
        now = time.perf_counter()
        for run, turn in turns.items():
            if run in sent and run not in taken and turn > before[run]:
                taken[run] = now - sent[run]
    return list(taken.values())


__all__: Sequence[str] = ["measure", "reactions"]
