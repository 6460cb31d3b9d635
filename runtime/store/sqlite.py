"""SQLite behind a thread, with as few trips to it as can be.

The driver makes a trip for each of cursor, execute, fetch and close. A statement of ours takes a tenth of
what a trip takes, so all of it is done in one. A transaction that writes makes two: to begin, for another
process may hold the file, and to commit, for the disk may be slow. What it does between them are short
statements that wait for nobody, so they are executed at once. What only reads may read much, and stays
behind the thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import aiosqlite

BEGIN_WRITING = "BEGIN IMMEDIATE"


def connect(database: str, **options: Any) -> aiosqlite.Connection:
    """Return a connection that is opened when it is awaited."""

    def connector() -> sqlite3.Connection:
        # One task has the connection at a time; its statements are never executed beside each other.
        opened: sqlite3.Connection = sqlite3.connect(database, **options | {"check_same_thread": False})
        return opened

    connection: aiosqlite.Connection = _Connection(connector, iter_chunk_size=64)
    connection._thread.daemon = True  # a forgotten connection must not keep the process alive
    return connection


class _Connection(aiosqlite.Connection):
    writing = False

    def cursor(self) -> Any:
        """Return a cursor; nothing is done yet."""
        return _Cursor(self)

    async def carry_out(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """Do `work` with the connection: at once in a transaction that writes, else on the thread."""
        if self.writing:
            return work(self._conn)
        return await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]

    async def commit(self) -> None:
        """Commit on the thread."""
        self.writing = False
        await super().commit()

    async def rollback(self) -> None:
        """Roll back on the thread."""
        self.writing = False
        await super().rollback()


class _Cursor:
    """What SQLAlchemy needs of a cursor. Results are small: they are always fetched whole."""

    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> _Cursor:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> _Cursor:
        """Execute one statement and fetch what it returns."""

        def work(connection: sqlite3.Connection) -> None:
            self._keep(connection.execute(sql, tuple(parameters)))

        await self._connection.carry_out(work)
        if sql == BEGIN_WRITING:
            self._connection.writing = True
        return self

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> _Cursor:
        """Execute one statement for each set of parameters."""
        await self._connection.carry_out(lambda c: self._keep(c.executemany(sql, parameters)))
        return self

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else ()
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid
        cursor.close()

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows, fetched already."""
        return self._rows

    async def close(self) -> None:
        """Let the rows go."""
        self._rows = ()
