"""Records from a database: people and companies as they are now, and every event that came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.backtest.records import Before, Recorded
from runtime.people import Account, Contact, RecordedEvent
from runtime.store import Store, schema
from runtime.suppression import strongest

_NOTE = (
    "The database keeps no former values: contacts and accounts are taken with the fields that they have "
    "now. Scores and stages begin empty and follow from the events."
)


async def read(store: Store, since: int | None) -> Recorded:
    """Read everything on record. `since`: when the replay begins; None: with the first event.

    Erased contacts are left out. Tags, lists, suppressions, opportunities and consents are taken as they
    were at the beginning, as far as the database tells when they changed.
    """
    async with store.reading() as connection:
        events = await _events(connection)
        start = since if since is not None else min((event.at for event in events), default=0)
        consents = await _consents(connection, start)
        contacts = [
            Contact(
                id=row["id"],
                fields={**row["fields"], **({"email": row["email"]} if row["email"] else {})},
                account_id=row["account_id"],
                time_zone=row["time_zone"],
                known_since=row["known_since"],
                consents=frozenset(consents[row["id"]]),
            )
            for row in await _rows(connection, schema.contacts)
            if row["erased_at"] is None
        ]
        accounts = [Account(row["id"], row["fields"]) for row in await _rows(connection, schema.accounts)]
        return Recorded(
            contacts,
            accounts,
            events,
            notes=[_NOTE],
            before=await _before(connection, start),
            opportunities=await _opportunities(connection, start),
        )


async def _rows(connection: AsyncConnection, table: Any) -> Iterable[Any]:
    return (await connection.execute(select(table).order_by(table.c.id))).mappings().all()


async def _events(connection: AsyncConnection) -> list[RecordedEvent]:
    table = schema.events
    rows = (await connection.execute(select(table).order_by(table.c.at, table.c.id))).mappings()
    return [
        RecordedEvent(
            id=row["message_id"],
            name=row["name"],
            at=row["at"],
            contact=row["contact_id"],
            account=None if row["contact_id"] else row["account_id"],
            properties=row["properties"],
            machine=row["machine"],
            occurred=None if row["occurred"] == row["at"] else row["occurred"],
        )
        for row in rows
    ]


async def _consents(connection: AsyncConnection, start: int) -> defaultdict[str, set[str]]:
    """What each contact had agreed to then: what was withdrawn later had been given before."""
    table, found = schema.consents, defaultdict[str, set[str]](set)
    rows = await connection.execute(select(table.c.contact_id, table.c.consent, table.c.granted, table.c.at))
    for contact, consent, granted, at in rows:
        if granted or at > start:
            found[contact].add(consent)
    return found


async def _before(connection: AsyncConnection, start: int) -> dict[str, Before]:
    tags, lists = (
        await _named(connection, schema.tags, "tag", start),
        await _named(connection, schema.list_members, "list", start),
    )
    reasons = await _named(connection, schema.suppressions, "reason", start)
    return {
        contact: Before(frozenset(tags[contact]), frozenset(lists[contact]), strongest(reasons[contact]))
        for contact in {*tags, *lists, *reasons}
    }


async def _named(
    connection: AsyncConnection, table: Any, column: str, start: int
) -> defaultdict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    rows = await connection.execute(select(table.c.contact_id, table.c[column]).where(table.c.at <= start))
    for contact, name in rows:
        found[contact].add(name)
    return found


async def _opportunities(connection: AsyncConnection, start: int) -> dict[str, set[str]]:
    table, found = schema.opportunities, defaultdict[str, set[str]](set)
    known = table.c.account_id.is_not(None), table.c.open, table.c.at <= start
    for account, opportunity in await connection.execute(
        select(table.c.account_id, table.c.id).where(*known)
    ):
        found[account].add(opportunity)
    return dict(found)
