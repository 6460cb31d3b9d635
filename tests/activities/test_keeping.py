"""What a provider has answered is written down though the database is away, or Temporal cancels."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from temporalio.activity import ActivityCancellationDetails
from temporalio.testing import ActivityEnvironment

from activities.keeping import finished, kept
from runtime.store import Store, StoreError, open_store
from runtime.store.errors import code, may_pass
from tests.faults.storm.servers import Postgres
from tests.postgres import binaries, let_in

needs_postgres = pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server is installed")


async def _count(store: Store) -> int:
    async with store.writing() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM contacts")) or 0)


@needs_postgres
# The driver leaves a connection unclosed that dies under it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_an_answer_outlives_a_killed_postgresql(tmp_path: Path) -> None:
    let_in(tmp_path)
    server = Postgres(tmp_path / "postgres")
    server.prepare()
    try:
        await server.start()
        store = await open_store(server.url)
        await _count(store)
        server.kill()
        failed = asyncio.Event()

        async def counted() -> int:
            try:
                return await _count(store)
            except Exception:
                failed.set()
                raise

        keeping = asyncio.create_task(kept(counted, within=60))
        await failed.wait()
        assert not keeping.done()
        await server.start()
        assert await keeping == 0
        await store.close()
    finally:
        server.stop()


async def test_what_time_does_not_mend_is_raised_at_once() -> None:
    asked = 0

    async def refuse() -> None:
        nonlocal asked
        asked += 1
        raise StoreError("Somebody else was faster.")

    with pytest.raises(StoreError):
        await kept(refuse, within=60)
    assert asked == 1
    assert not may_pass(IntegrityError("", {}, Exception()))


async def test_a_full_disk_is_told_by_its_code_and_may_pass(tmp_path: Path) -> None:
    """Only SQLite can be told how large it may become: the storm (`tests/faults`) fills PostgreSQL's disk."""
    store = await open_store(f"sqlite:///{tmp_path / 'test.db'}")

    async def fill() -> None:
        async with store.writing() as connection:
            await connection.execute(text("PRAGMA max_page_count = 1"))
            await connection.execute(text("CREATE TABLE filling (content BLOB)"))
            await connection.execute(text("INSERT INTO filling VALUES (zeroblob(10000000))"))

    with pytest.raises(OperationalError) as trouble:
        await fill()
    assert may_pass(trouble.value)
    assert code(trouble.value) == "OperationalError (SQLITE_FULL)"
    await store.close()


@pytest.mark.parametrize(
    ("why", "ends"),
    [
        (ActivityCancellationDetails(not_found=True), "written down"),
        (ActivityCancellationDetails(worker_shutdown=True), "dropped"),
    ],
)
async def test_what_is_offered_is_finished_unless_the_worker_ends(
    why: ActivityCancellationDetails, ends: str
) -> None:
    came: list[str] = []
    begun, answered = asyncio.Event(), asyncio.Event()

    async def deliver() -> None:
        begun.set()
        try:
            await answered.wait()
        except asyncio.CancelledError:
            came.append("dropped")
            raise
        came.append("written down")

    async def activity() -> None:
        await finished(deliver())

    env = ActivityEnvironment()
    running = asyncio.create_task(env.run(activity))
    await begun.wait()
    env.cancel(why)
    for _ in range(5):
        await asyncio.sleep(0)
    answered.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert came == [ends]
