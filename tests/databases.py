"""Databases for tests: a migrated SQLite file or PostgreSQL database, a fresh one for each."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from runtime.store import open_store
from tests.postgres import Server


@dataclass(slots=True)
class Databases:
    """Makes databases of one kind. They are copies of one that is migrated already, which takes longer.

    `server`: None for SQLite. `template`: a SQLite file to copy; `folder`: where the copies go.
    """

    server: Server | None
    template: Path
    folder: Path
    made: list[str] = field(default_factory=list)

    def __call__(self) -> str:
        """Make one and return its URL."""
        self.made.append(self._sqlite() if self.server is None else self.server.database())
        return self.made[-1]

    def _sqlite(self) -> str:
        file = self.folder / f"nurture-{len(self.made)}.db"
        shutil.copyfile(self.template, file)
        return f"sqlite:///{file}?synchronous=normal"

    def empty(self) -> str:
        """Make one without a schema, and return its URL."""
        if self.server is None:
            return f"sqlite:///{self.folder / 'empty.db'}?synchronous=normal"
        self.made.append(self.server.database("template1"))
        return self.made[-1]

    def drop(self) -> None:
        """Let those on the server go; files go with their folder."""
        if self.server is not None:
            for url in self.made:
                self.server.drop(url)


@contextmanager
def serving(programs: Path) -> Iterator[Server]:
    """Let PostgreSQL run while the block lasts. New databases are copies of one that is migrated."""
    server = Server(programs).start()
    try:
        migrated(server.create("migrated"))
        server.template = "migrated"
        yield server
    finally:
        server.stop()


def migrated(url: str) -> None:
    """Bring a database to the newest schema."""

    async def migrate() -> None:
        await (await open_store(url)).close()

    asyncio.run(migrate())


def execute(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Execute a statement and return its rows."""

    async def done() -> list[tuple[Any, ...]]:
        store = await open_store(url)
        try:
            async with store.writing() as connection:
                found = await connection.execute(text(statement))
                return [tuple(row) for row in found] if found.returns_rows else []
        finally:
            await store.close()

    return asyncio.run(done())
