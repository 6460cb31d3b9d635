"""While a mail server takes its time, no transaction is open and nothing of the contact is locked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from runtime.store import list_runs, record_event
from tests.databases import Databases
from tests.faults.stage import until
from tests.faults.test_draining import Scene, ended, scene


@pytest.mark.parametrize("moment", ["before the message", "before its reply"])
async def test_a_mail_server_that_hangs_holds_up_no_one_else(
    moment: str, tmp_path: Path, databases: Databases
) -> None:
    url = databases()
    async with scene(tmp_path, url) as on, on.worker():
        reached, goes_on = (
            (on.sink.at_door, on.sink.door)
            if moment == "before the message"
            else (
                on.sink.at_word,
                on.sink.word,
            )
        )
        for gate in (on.sink.door, on.sink.word):
            if gate is not goes_on:
                gate.set()
        async with asyncio.timeout(60):
            await reached.wait()
        await _no_transaction_lasts(databases, url)
        # The contact's own row and its run's are free: an event about it is taken in whole.
        async with asyncio.timeout(60):
            said = await _click(on)
        assert said == "recorded"
        assert on.sink.received == []
        goes_on.set()
        await until("the run has ended", ended(on.store))
        assert [run.status for run in await list_runs(on.store)] == ["ended"]


async def _click(on: Scene) -> str:
    done = await record_event(
        on.store,
        message_id="while-it-hangs",
        name="Email Clicked",
        at=4_000_000_000,
        contact="ana",
        properties={"email": "First"},
    )
    return done.status


async def _no_transaction_lasts(databases: Databases, url: str) -> None:
    """Hold that each transaction that is open now ends, although the mail server still hangs."""
    server = databases.server
    if server is None:
        return  # SQLite has one writer at a time: the event that is taken in shows that there is none
    name = url.rpartition("/")[2]
    query = (
        "SELECT pid || ' ' || xact_start FROM pg_stat_activity "
        f"WHERE datname = '{name}' AND xact_start IS NOT NULL"
    )
    left = set(server.say(query))

    async def over() -> bool:
        left.intersection_update(server.say(query))
        return not left

    await until("every transaction of that moment has ended", over)
