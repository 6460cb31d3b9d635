"""Migrations go up and down again, on both databases, and keep what was there."""

from __future__ import annotations

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import Connection, inspect, text

from runtime.store import Store, schema
from runtime.store.migrate import scripts


def _move(connection: Connection, to: str, down: bool) -> None:
    directory = scripts()
    step = directory._downgrade_revs if down else directory._upgrade_revs
    context = EnvironmentContext(Config(), directory)
    context.configure(connection=connection, fn=lambda found, _: step(to, found), transactional_ddl=False)
    context.run_migrations()


def _columns(connection: Connection, table: str) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(table)}


async def test_scores_and_handoffs_go_back_to_what_they_were(store: Store) -> None:
    async with store.writing() as connection:
        await connection.execute(
            text("INSERT INTO contacts (id, fields, known_since, score) VALUES ('c', '{}', 0, 40)")
        )
        await connection.run_sync(_move, "0002", True)
        assert "score_seen" not in await connection.run_sync(_columns, "contacts")
        assert "rejected_as" not in await connection.run_sync(_columns, "handoffs")
        await connection.run_sync(_move, "0003", False)
        assert "kind" in await connection.run_sync(_columns, "score_changes")
        row = (await connection.execute(text("SELECT score, score_seen FROM contacts"))).one()
    assert tuple(row) == (40, None)


async def test_what_people_do_by_hand_goes_back_to_what_it_was(store: Store) -> None:
    async with store.writing() as connection:
        await connection.run_sync(_move, "0005", True)
        assert "by_hand" not in await connection.run_sync(_columns, "runs")
        assert "answer" not in await connection.run_sync(_columns, "ledger")
        assert not await connection.run_sync(lambda c: inspect(c).has_table("switches"))
        await connection.run_sync(_move, "0006", False)
        assert "answered_by" in await connection.run_sync(_columns, "ledger")
        # The schema in the code is the one that the migrations make.
        for table in (schema.switches, schema.interventions, schema.runs, schema.ledger):
            assert await connection.run_sync(_columns, table.name) == set(table.c.keys())


async def test_versions_go_back_to_what_they_were(store: Store) -> None:
    async with store.writing() as connection:
        await connection.execute(
            text("INSERT INTO published (definitions, active, at, digest) VALUES ('{}', '{}', 0, 'd')")
        )
        await connection.run_sync(_move, "0003", True)
        assert "follows" not in await connection.run_sync(_columns, "published")
        assert not await connection.run_sync(lambda c: inspect(c).has_table("moved_runs"))
        await connection.run_sync(_move, "head", False)
        row = (await connection.execute(text("SELECT digest, how, follows FROM published"))).one()
        for table in (schema.published, schema.plan_words, schema.moves, schema.moved_runs):
            assert await connection.run_sync(_columns, table.name) == set(table.c.keys())
    assert tuple(row) == ("d", "publish", None)


async def test_admissions_come_and_go(store: Store) -> None:
    async with store.writing() as connection:
        await connection.run_sync(_move, "0006", True)
        assert not await connection.run_sync(lambda c: inspect(c).has_table("admissions"))
        await connection.run_sync(_move, "0007", False)
        assert await connection.run_sync(_columns, "admissions") == set(schema.admissions.c.keys())


async def test_what_is_known_of_people_comes_and_goes(store: Store) -> None:
    tables = (schema.tombstones, schema.turned_away, schema.aliases, schema.overrides, schema.backfills)
    async with store.writing() as connection:
        await connection.execute(text("INSERT INTO contacts (id, fields, known_since) VALUES ('c', '{}', 0)"))
        await connection.run_sync(_move, "0007", True)
        assert "erased_at" not in await connection.run_sync(_columns, "contacts")
        assert not await connection.run_sync(lambda c: inspect(c).has_table("tombstones"))
        await connection.run_sync(_move, "0008", False)
        for table in (*tables, schema.contacts):
            assert await connection.run_sync(_columns, table.name) == set(table.c.keys())
        assert (await connection.execute(text("SELECT id, erased_at FROM contacts"))).one() == ("c", None)


async def test_indexes_go_back_to_what_they_were(store: Store) -> None:
    def indexes(connection: Connection) -> set[str | None]:
        tables = inspect(connection)
        return {index["name"] for name in tables.get_table_names() for index in tables.get_indexes(name)}

    async with store.writing() as connection:
        before = await connection.run_sync(indexes)
        assert {index.name for table in schema.metadata.sorted_tables for index in table.indexes} <= before
        await connection.run_sync(_move, "0008", True)
        assert "ix_ledger_doubts" not in await connection.run_sync(indexes)
        await connection.run_sync(_move, "head", False)
        assert await connection.run_sync(indexes) == before
