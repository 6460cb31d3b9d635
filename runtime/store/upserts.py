"""Inserting rows that may be there already, in the words of either database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def inserting(connection: AsyncConnection, table: Table) -> Any:
    """Return an insert statement that knows `on_conflict_do_…` on this database."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


async def upsert(
    connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]], changes: Sequence[str]
) -> None:
    """Insert rows; where the primary key is there already, take over the columns `changes` instead."""
    if not rows:
        return
    statement = inserting(connection, table)
    key = [column.name for column in table.primary_key]
    if changes:
        values = {name: statement.excluded[name] for name in changes}
        statement = statement.on_conflict_do_update(index_elements=key, set_=values)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    await connection.execute(statement, list(rows))
