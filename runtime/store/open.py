"""Opening a database: SQLite by default, PostgreSQL by its connection string, migrated as it is opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from runtime.store import sqlite
from runtime.store.errors import StoreError
from runtime.store.secret import check_secret, keep_secret

if TYPE_CHECKING:
    from dsl.plan import EmailDefinition, Plan
    from runtime.published import Published

T = TypeVar("T")

# The revision that this code is written for; the newest file in `migrations/versions`.
REVISION = "0014"

WORDS_LEFT = "nurture_words_left"
"""In a connection's `info`: this transaction leaves word for Temporal."""

_BUSY_MS = 30_000
_TRIES = 5
_RACES = {"40001", "40P01"}  # serialisation failure, deadlock
_WRITES = "nurture_writes"
# Seconds after which PostgreSQL ends a transaction whose worker has gone silent: it stands still, for nothing
# in a transaction waits for anybody outside. Until then others wait for the contact that it holds. Less than
# a lease (see `lease.SECONDS`), so that the contact is free when an effect is taken over.
IDLE = 60
_PG_MIGRATION_LOCK = 7_261_003_118


class Store:
    """A migrated database. Functions of this package take it as their first argument."""

    def __init__(self, engine: AsyncEngine, secret: bytes | None = None) -> None:
        self.engine = engine
        # The workspace's key, where this process has it: see `tombstones`.
        self.secret = secret
        self.postgres = engine.dialect.name == "postgresql"
        # Whether word for Temporal has been left here since the outbox was last looked at.
        self.words_left = True
        self._writing = asyncio.Lock()
        # What `publishing` keeps between transactions; all are immutable once they are in the database.
        self.sets: dict[int, Published] = {}
        self.plans: dict[str, Plan] = {}
        self.emails: dict[str, EmailDefinition] = {}

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads, on one snapshot."""
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes: committed when the block ends well, else rolled back.

        SQLite has one writer at a time. Waiting here is fair and costs nothing, SQLite's own waiting
        polls; between processes its busy timeout remains.
        """
        left = False
        if self.postgres:
            async with self.engine.begin() as connection:
                yield connection
                left = connection.info.pop(WORDS_LEFT, False)
        else:
            async with self._writing, self.engine.connect() as connection:
                await connection.execution_options(**{_WRITES: True})
                async with connection.begin():
                    yield connection
                    left = connection.info.pop(WORDS_LEFT, False)
        self.words_left = self.words_left or left

    async def transact(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work` in a writing transaction; again, if another transaction was in its way.

        Two of these race for one key (a message id, a run): the unique key decides, and the loser looks
        again and finds the winner's row. `work` must be repeatable: it keeps nothing outside.
        """
        for _ in range(_TRIES - 1):
            try:
                async with self.writing() as connection:
                    return await work(connection)
            except DBAPIError as problem:
                if not _is_race(problem):
                    raise
        async with self.writing() as connection:
            return await work(connection)

    async def keep_secret(self, at: int) -> None:
        """Begin to use the secret: the database knows it from now on. Raises `StoreError`: it has another."""
        secret = self.secret
        if secret is not None:
            await self.transact(lambda connection: keep_secret(connection, secret, at))

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


async def open_store(url: str, secret: bytes | None = None) -> Store:
    """Open the database, creating or migrating it.

    Args:
        url: `sqlite:///file.db` (with `?synchronous=normal` for speed: a power cut may then lose the last
            commits, a crash of the process never), or `postgresql://user:password@host/name` (with
            `?connections=4` to open no more than so many).
        secret: the workspace's key, by which erased contacts are known.

    Raises:
        StoreError: the database cannot be reached, a newer version of Nurture wrote it, or it has another
            secret.
    """
    engine, shown = _engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(**{_WRITES: True})
            async with connection.begin():
                await connection.run_sync(_bring_up_to_date, shown)
                if secret is not None:
                    await check_secret(connection, secret)
    except (OSError, DBAPIError) as problem:
        await engine.dispose()
        raise StoreError(_unreachable(shown, problem)) from problem
    except StoreError:
        await engine.dispose()
        raise
    return Store(engine, secret)


def _is_race(problem: DBAPIError) -> bool:
    state = getattr(problem.orig, "sqlstate", None)
    return isinstance(problem, IntegrityError) or state in _RACES


def _engine(url: str) -> tuple[AsyncEngine, str]:
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise StoreError(
            f'"{url}" is not a database URL. Write sqlite:///nurture.db or postgresql://user@host/name.'
        ) from problem
    shown = parsed.render_as_string(hide_password=True)
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite(parsed, shown), shown
        case "postgresql" | "postgres":
            return _postgres(parsed, shown), shown
        case other:
            raise StoreError(f"Nurture keeps its data in SQLite or PostgreSQL, not {other}: {shown}")


def _sqlite(url: URL, shown: str) -> AsyncEngine:
    synchronous = str(url.query.get("synchronous", "full")).lower()
    if synchronous not in {"normal", "full", "extra"}:
        raise StoreError(f"synchronous must be normal, full or extra, not {synchronous}: {shown}")
    if not url.database or url.database == ":memory:":
        raise StoreError("A database in memory cannot be shared by connections. Write sqlite:///nurture.db.")
    if not Path(url.database).parent.is_dir():
        raise StoreError(f"The folder of {shown} does not exist. Make it, or name another file.")
    url = url.difference_update_query(["synchronous"]).set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(url, connect_args={"async_creator_fn": sqlite.connect}, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: it would begin them as readers, and a reader
        # that turns into a writer can fail at once, whatever the timeout.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {_BUSY_MS}",
            "journal_mode = wal",
            f"synchronous = {synchronous}",
            "foreign_keys = on",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql(sqlite.BEGIN_WRITING if writes else "BEGIN")

    return engine


def _postgres(url: URL, shown: str) -> AsyncEngine:
    pool: dict[str, Any] = {}
    most = url.query.get("connections")
    if most is not None:
        if not (isinstance(most, str) and most.isdecimal() and int(most)):
            raise StoreError(f"connections must be a whole number from 1 up, not {most}: {shown}")
        url = url.difference_update_query(["connections"])
        pool = {"pool_size": int(most), "max_overflow": 0}
    mode = url.query.get("sslmode")
    if mode is not None:  # what libpq calls sslmode, asyncpg calls ssl
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"), pool_pre_ping=True, hide_parameters=True, **pool
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # Not as a parameter of the connection: poolers between here and the server refuse those.
        cursor = connection.cursor()
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE}s'")
        cursor.close()
        connection.commit()

    return engine


def _bring_up_to_date(connection: Connection, shown: str) -> None:
    if connection.dialect.name == "postgresql":
        # Several workers may start at once; the lock goes with the transaction.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_MIGRATION_LOCK})
    if _revision(connection) == REVISION:
        return
    # Importing alembic takes a tenth of a second, and nearly every opening finds nothing to do.
    from runtime.store.migrate import upgrade

    upgrade(connection, shown)


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _unreachable(shown: str, problem: BaseException) -> str:
    cause = getattr(problem, "orig", None) or problem
    return (
        f"The database {shown} cannot be used: {str(cause).strip() or type(cause).__name__}. "
        "Check that it runs, that the name and password are right, and that this user may write to it."
    )


__all__ = ["REVISION", "Store", "open_store"]
