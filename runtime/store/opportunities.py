"""Opportunities: each account's own, or a contact's that has no account. Two CRMs may give one id twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.upserts import inserting
from runtime.writes import OpportunityChanged

_table = schema.opportunities


async def write_opportunity(
    connection: AsyncConnection, write: OpportunityChanged, account: str | None, contact: str | None
) -> None:
    """Open or close an opportunity of an account, or of a contact that has none.

    One that a contact had before it came to its account is the account's, by its id: it closes with it.
    """
    values = {"open": write.open, "at": write.at}
    row: dict[str, Any] = {"id": write.opportunity, "account_id": account, **values}
    row["contact_id"] = None if account is not None else contact
    whose, where = (_table.c.account_id, True) if account is not None else (_table.c.contact_id, False)
    statement = inserting(connection, _table).values(row)
    condition = _table.c.account_id.is_not(None) if where else _table.c.account_id.is_(None)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[whose, _table.c.id], index_where=condition, set_=values
        )
    )
    if account is not None and not write.open:
        people = select(schema.contacts.c.id).where(schema.contacts.c.account_id == account)
        earlier = _table.c.id == write.opportunity, _table.c.contact_id.in_(people)
        await connection.execute(update(_table).where(*earlier).values(values))


async def join_opportunities(connection: AsyncConnection, from_: str, into: str) -> None:
    """Give a contact the opportunities of another that goes. Of two with one id, the open one stays."""
    own = select(_table).where(_table.c.account_id.is_(None), _table.c.contact_id.in_((from_, into)))
    found: dict[str, list[Any]] = {}
    for row in await connection.execute(own):
        found.setdefault(row.id, []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.open, row.at))
        if len(rows) == 2:
            await connection.execute(delete(_table).where(_table.c.number == rows[0].number))
    await connection.execute(update(_table).where(_table.c.contact_id == from_).values(contact_id=into))
