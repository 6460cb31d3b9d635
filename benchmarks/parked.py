"""Thousands of runs that wait: the worker's memory with a bounded cache, and what a run takes to keep."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
from sqlalchemy import func, select, text
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from benchmarks import filling
from benchmarks.intake import _SERVER
from benchmarks.measure import Row
from runtime.embedded import server_path
from runtime.hosting import Connections, build_host
from runtime.relay import Relay
from runtime.store import Store, schema
from runtime.worker import working

_CACHED = 200


def measure(runs: int = 5_000) -> list[Row]:
    """Park so many runs, and look at the worker's memory on the way."""
    return asyncio.run(_parked(runs))


async def _parked(runs: int) -> list[Row]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = folder / "temporal.db"
        env = await WorkflowEnvironment.start_local(
            dev_server_existing_path=server_path("temporal"),
            dev_server_extra_args=_SERVER,
            dev_server_database_filename=str(file),
        )
        await stack.enter_async_context(env)
        store = await stack.enter_async_context(filling.sqlite())
        empty = await _size(store), _bytes(file)
        await filling.fill(store, runs, int(time.time()) - 60)
        http = await stack.enter_async_context(httpx2.AsyncClient())
        relay = Relay(store, env.client, lambda: int(time.time()))
        connections = Connections(
            "smtp://127.0.0.1:1", b"a key for measuring", lambda _: "http://127.0.0.1:1"
        )
        host = build_host(filling.compiled(), store, http, connections, relay.nudge)
        began = time.perf_counter()
        async with working(env.client, host, relay, max_cached=_CACHED):
            marks = [await _when(store, runs * part // 5) for part in range(1, 6)]
        taken = time.perf_counter() - began
        history, events = await _history(env.client)
        kept = (await _size(store) - empty[0]) / runs, (_bytes(file) - empty[1]) / runs
    first, last = marks[0], marks[-1]
    return [
        Row(
            f"worker's memory while {runs:,} runs are parked, {_CACHED} of them cached",
            " / ".join(f"{mark / 1e6:.0f}" for mark in marks) + " MB at each fifth",
            "flat",
            f"{last / first:.2f} × after the first fifth; {runs / taken:.0f} runs/s",
        ),
        Row("a parked run in Temporal's history", f"{events} events, {history:,} bytes", "stated"),
        Row(
            "a parked run in the databases, indexes included",
            f"{kept[0]:,.0f} bytes of ours, contact and event included; {kept[1]:,.0f} of Temporal's SQLite",
            "stated",
        ),
    ]


async def _when(store: Store, number: int) -> int:
    """Wait until so many runs have taken their first turn; return the memory of this process in bytes."""
    runs = schema.runs
    while True:
        async with store.reading() as connection:
            if int(await connection.scalar(select(func.count()).where(runs.c.turn_no > 0)) or 0) >= number:
                break
        await asyncio.sleep(0.5)
    return _resident()


def _resident() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


async def _size(store: Store) -> int:
    async with store.reading() as connection:
        pages = await connection.scalar(text("PRAGMA page_count"))
        return int(pages or 0) * int(await connection.scalar(text("PRAGMA page_size")) or 0)


def _bytes(file: Path) -> int:
    return sum(one.stat().st_size for one in file.parent.glob(f"{file.name}*"))


async def _history(client: Client) -> tuple[int, int]:
    """Return the size of one parked run's history, and its events."""
    found = await client.get_workflow_handle(filling.run_of(1)).describe()
    info = found.raw_description.workflow_execution_info
    return int(info.history_size_bytes), int(info.history_length)
