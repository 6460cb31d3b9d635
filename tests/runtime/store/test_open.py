"""Opening a database: made, migrated, or refused with one clear sentence."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from runtime.store import Store, StoreError, open_store
from runtime.store import schema as described
from runtime.store.migrate import scripts
from runtime.store.open import REVISION
from tests.databases import Databases
from tests.postgres import Server


def test_the_code_names_the_newest_migration() -> None:
    assert scripts().get_current_head() == REVISION


async def test_migrating_makes_exactly_the_described_schema(store: Store) -> None:
    async with store.reading() as connection:
        differences = await connection.run_sync(
            lambda c: compare_metadata(MigrationContext.configure(c), described.metadata)
        )
    assert differences == []


async def test_opening_twice_at_once_migrates_once(databases: Databases) -> None:
    url = databases.empty()
    stores = await asyncio.gather(*(open_store(url) for _ in range(3)))
    async with stores[0].reading() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    for store in stores:
        await store.close()


async def test_a_newer_database_is_refused_and_left_alone(url: str) -> None:
    store = await open_store(url)
    async with store.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await store.close()
    with pytest.raises(StoreError, match=r"newer version of Nurture.*9999.*Upgrade Nurture"):
        await open_store(url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://nobody:secret@127.0.0.1:1/none", "cannot be used.*Check that it runs"),
        ("sqlite:////no/such/folder/nurture.db", "folder.*does not exist"),
        ("sqlite://", "in memory"),
        ("mysql://host/name", "SQLite or PostgreSQL"),
        ("nurture.db", "not a database URL"),
        ("sqlite:///x.db?synchronous=off", "synchronous must be"),
        ("postgresql://nobody:secret@127.0.0.1:1/none?connections=0", "connections must be a whole number"),
        ("postgresql://nobody:secret@127.0.0.1:1/none?connections=few", "from 1 up, not few"),
    ],
)
async def test_a_database_that_cannot_be_used_is_named_with_the_remedy(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as refused:
        await open_store(url)
    assert "secret" not in str(refused.value)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all, " * 200)
    with pytest.raises(StoreError, match="cannot be used"):
        await open_store(f"sqlite:///{tmp_path / 'letter.txt'}")


async def test_sqlite_is_durable_unless_told_otherwise(tmp_path: Path) -> None:
    for query, level in (("", 2), ("?synchronous=normal", 1)):
        store = await open_store(f"sqlite:///{tmp_path / 'x.db'}{query}")
        async with store.reading() as connection:
            assert await connection.scalar(text("PRAGMA synchronous")) == level
            assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
            assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
        await store.close()


async def test_no_more_connections_are_opened_than_the_url_allows(postgres: Server) -> None:
    url = postgres.database()
    store = await open_store(f"{url}?connections=2")
    together = asyncio.Barrier(2)

    async def look() -> int:
        async with store.reading() as connection:
            async with asyncio.timeout(20):
                await together.wait()  # two at a time, so both are open
            counted = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(await connection.scalar(counted) or 0)

    assert await asyncio.gather(*(look() for _ in range(8))) == [2] * 8
    await store.close()
    postgres.drop(url)
