"""Every test that touches a database runs on a SQLite file and on PostgreSQL, by these fixtures."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runtime.store import Store, open_store
from tests.databases import Databases, migrated, serving
from tests.postgres import Server, binaries

NEEDED = "NURTURE_TESTS_NEED_POSTGRESQL"
MISSING = "no PostgreSQL server is installed"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this session. Without one its tests are skipped, or fail where it is needed."""
    programs = binaries()
    if programs is None:
        if os.environ.get(NEEDED):
            pytest.fail(f"{MISSING}, and {NEEDED} is set")
        pytest.skip(MISSING)
    with serving(programs) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to copy. It is in WAL mode, and its log is empty."""
    file = tmp_path_factory.mktemp("migrated") / "nurture.db"
    migrated(f"sqlite:///{file}?synchronous=normal")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, migrated_file: Path, tmp_path: Path) -> Iterator[Databases]:
    """Each call makes a database and returns its URL."""
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    databases = Databases(server, migrated_file, tmp_path)
    yield databases
    databases.drop()


@pytest.fixture
def url(databases: Databases) -> str:
    """The URL of a migrated database of its own."""
    return databases()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An open database that is empty."""
    store = await open_store(url)
    yield store
    await store.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it where a whole database was left out."""
    skipped = [r for r in terminalreporter.stats.get("skipped", []) if MISSING in str(r.longrepr)]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} tests ran on SQLite alone: {MISSING}. `apt-get install postgresql` brings one.",
            yellow=True,
        )
