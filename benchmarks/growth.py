"""How admission, the routing of events and `show` grow with the number of open runs."""

from __future__ import annotations

import asyncio
import math
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import text, update

import benchmarks.filling as filling
from benchmarks.filling import MORNING, postgres, sqlite
from benchmarks.measure import Row
from runtime.reporting import tell
from runtime.reporting.from_store import person
from runtime.store import (
    Arrived,
    Store,
    doubts,
    enter_journey,
    list_handoffs,
    list_runs,
    pending,
    record_events,
    schema,
    take_turn,
)
from runtime.store.standing import standing

_TIMES = 40


def measure(sizes: tuple[int, ...], name: str = "SQLite") -> list[Row]:
    """Measure each of these with so many open runs, and state the exponent of the growth."""
    opened: Any = sqlite if name == "SQLite" else postgres
    found = [asyncio.run(_at(opened(), size)) for size in sizes]
    shown = " / ".join(f"{size:,}" for size in sizes)
    clock = " (processor time)" if name == "SQLite" else ""
    return [
        Row(
            f"{name}{clock}: {what}, with {shown} runs open",
            " / ".join(f"{one[what] * 1000:.2f}" for one in found) + " ms",
            goal,
            f"exponent {_exponent(sizes, [one[what] for one in found]):.2f}",
        )
        for what, goal in _GOALS.items()
    ]


_GOALS = {
    "admission of a contact": "0",
    "an event that wakes a run": "0",
    "a turn of a run": "0",
    "show of a contact": "0",
    "words that wait for Temporal": "0",
    "figures of all (metrics, status)": "1",
}


def _exponent(sizes: tuple[int, ...], taken: list[float]) -> float:
    """Fit time = a · size^b by least squares of the logarithms, and return b."""
    found = statistics.linear_regression([math.log(n) for n in sizes], [math.log(t) for t in taken])
    return found.slope


async def _at(opening: AbstractAsyncContextManager[Store], size: int) -> dict[str, float]:
    async with opening as store:
        await filling.fill(store, size)
        outbox = schema.outbox
        async with store.writing() as connection:
            await connection.execute(update(outbox).values(delivered_at=MORNING))
        now = MORNING + 7_200
        if store.postgres:
            await _settle(store)

        async def wake(n: int) -> None:
            about = (f"wake-{n}", "Page Viewed", now, f"c{n}")
            await record_events(store, [Arrived(*about, properties={"page": "/docs"})])

        async def show(n: int) -> None:
            contact = f"c{n}"
            tell(await person(store, contact, "UTC", now))
            await list_handoffs(store, contact)
            await list_runs(store, contact=contact)
            await doubts(store, contact)

        steps: dict[str, Callable[[int], Awaitable[object]]] = {
            "admission of a contact": lambda n: enter_journey(store, "Monthly newsletter", f"c{n}", now),
            "an event that wakes a run": wake,
            "a turn of a run": lambda n: take_turn(store, filling.run_of(n), 0, now, frozenset({"send"})),
            "show of a contact": show,
            "words that wait for Temporal": lambda _: pending(store),
            "figures of all (metrics, status)": lambda _: standing(store, now),
        }
        # SQLite works in this process, so that what others do on the machine can be left out.
        clock = time.perf_counter if store.postgres else time.process_time
        return {what: await _median(step, size, clock) for what, step in steps.items()}


async def _settle(store: Store) -> None:
    """Do what the server does by itself within minutes: gather statistics, and write out what is new."""
    async with store.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
            await alone.execute(text(statement))


async def _median(step: Callable[[int], Awaitable[object]], size: int, clock: Callable[[], float]) -> float:
    """Return the time of one step, in seconds, over contacts that lie far apart."""
    taken = []
    for number in range(_TIMES):
        start = clock()
        await step(number * 7_919 % size)
        taken.append(clock() - start)
    return statistics.median(taken)
