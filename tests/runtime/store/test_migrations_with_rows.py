"""Every migration goes down and up again with rows in every table, one step at a time, on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Float, Integer, Table, inspect, select, table, text
from sqlalchemy import column as named

from runtime.store import Store, open_store, schema
from runtime.store.migrate import move, revisions
from tests.databases import Databases

Rows = dict[str, list[dict[str, Any]]]

# Values that code of every version reads, where a made-up one would be none.
_REAL = {("runs", "status"): "open", ("ledger", "status"): "settled", ("published", "how"): "publish"}


def _described(connection: Connection) -> dict[str, Any]:
    """Return the schema: columns with type, nullability and default, keys, and indexes."""
    found = inspect(connection)
    return {
        name: {
            "columns": {
                c["name"]: (str(c["type"]), c["nullable"], str(c["default"]).partition("::")[0])
                for c in found.get_columns(name)
            },
            "key": found.get_pk_constraint(name)["constrained_columns"],
            "refers": sorted(
                (key["constrained_columns"], key["referred_table"]) for key in found.get_foreign_keys(name)
            ),
            "indexes": sorted(
                (str(i["name"]), [str(c) for c in i["column_names"]], bool(i["unique"]))
                for i in found.get_indexes(name)
            ),
        }
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def _value(table: Table, column: Column[Any], number: int) -> Any:
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return _value(key.column.table, key.column, number)
    if (real := _REAL.get((table.name, column.name))) is not None:
        return real
    match column.type:
        case Boolean():
            return True
        case Float():
            return number + 0.5
        case Integer():
            return number
        case JSON():
            return {"of": [table.name, number, "é"]}
        case _:
            return f"{table.name} {column.name} {number}"


def _fill(connection: Connection) -> None:
    """Put two rows into every table, with a value in every column."""
    for one in schema.metadata.sorted_tables:
        rows = [{c.name: _value(one, c, number) for c in one.c} for number in (1, 2)]
        connection.execute(one.insert(), rows)


def _rows(connection: Connection) -> Rows:
    """Return the rows of all tables that there are now, in the columns that the code knows."""
    there = inspect(connection)
    found: Rows = {}
    for one in schema.metadata.sorted_tables:
        if there.has_table(one.name):
            names = {c["name"] for c in there.get_columns(one.name)}
            columns = [named(c.name, c.type) for c in one.c if c.name in names]
            key = [named(c.name) for c in one.primary_key if c.name in names] or [named("id")]
            rows = connection.execute(select(*columns).select_from(table(one.name)).order_by(*key))
            found[one.name] = [dict(row._mapping) for row in rows]
    return found


def _kept(before: Rows, now: Rows) -> None:
    """Hold that what is still there is what was there."""
    for name, rows in now.items():
        assert len(rows) == len(before[name]), name
        for was, is_ in zip(before[name], rows, strict=True):
            assert is_ == {column: was[column] for column in is_}, name


async def test_each_step_down_leaves_the_schema_it_was_made_from_and_every_row(databases: Databases) -> None:
    all_ = revisions()
    store = await open_store(databases.empty())
    async with store.writing() as connection:
        await connection.run_sync(move, "base")
        assert await connection.run_sync(_described) == {}
        was = {}
        for revision in all_:
            await connection.run_sync(move, revision)
            was[revision] = await connection.run_sync(_described)
        await connection.run_sync(_fill)
        before = await connection.run_sync(_rows)
        assert set(before) == set(schema.metadata.tables)
        for revision in reversed(all_[:-1]):
            await connection.run_sync(move, revision)
            assert await connection.run_sync(_described) == was[revision], revision
            _kept(before, await connection.run_sync(_rows))
        lost = await connection.run_sync(_rows)
        await connection.run_sync(move, "head")
        assert await connection.run_sync(_described) == was[all_[-1]]
        again = await connection.run_sync(_rows)
        for name, rows in lost.items():
            known = [{column: row[column] for column in rows[0]} for row in again[name]]
            assert known == rows, name
    await store.close()


async def test_what_went_down_and_up_is_opened_and_goes_on(store: Store, url: str) -> None:
    async with store.writing() as connection:
        await connection.run_sync(_fill)
        await connection.run_sync(move, revisions()[-2])
    again = await open_store(url)
    async with again.reading() as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == revisions()[-1]
        assert await connection.scalar(text("SELECT count(*) FROM runs")) == 2
    await again.close()
