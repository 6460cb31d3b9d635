"""Every test of the store runs on a SQLite file and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runtime.store import Store, open_store
from tests.runtime.store.postgres import Server, binaries


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL server is installed under /usr/lib/postgresql")
    server = Server.start(found)

    async def migrate() -> None:
        await (await open_store(server.create("migrated"))).close()

    try:
        asyncio.run(migrate())
        server.template = "migrated"
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'nurture.db'}?synchronous=normal"
    server: Server = request.getfixturevalue("server")
    return server.database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    yield store
    await store.close()
