"""Erasing a contact: its runs end, and personal data leaves every table, in one transaction (row 38).

What stays: the contact's id, which is no personal data; its runs with their journals, which hold none; and
of each message that it was sent. What a provider is being given in that moment is settled, and what it says
of it is not kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, Text, and_, cast, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.machine import ERASED as GONE
from runtime.machine import STOPPED
from runtime.store import schema, tombstones
from runtime.store.applying import put
from runtime.store.errors import StoreError
from runtime.store.handoffs import close_all
from runtime.store.interventions import note
from runtime.store.open import Store
from runtime.store.rescoring import rescore, standings
from runtime.store.secret import keep_secret
from runtime.store.snapshot import of_contact
from runtime.store.upserts import upsert
from runtime.suppression import ERASED
from runtime.writes import InboxPut

_contacts, _runs, _ledger = schema.contacts, schema.runs, schema.ledger

# Rows of these are about the contact and nothing else.
_OWN: Sequence[Table] = (
    *(schema.tags, schema.consents, schema.list_members, schema.suppressions, schema.overrides),
    *(schema.score_changes, schema.stage_changes, schema.entries_refused),
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure concerns. `runs`: open ones, which end; `sent`: effects that stay in the ledger.

    `erased_at`: when the contact was erased before, if it was.
    """

    contact: str
    runs: int
    events: int
    sent: int
    erased_at: int | None = None


async def look(store: Store, contact: str) -> Erasure:
    """Say what erasing a contact would mean. Raises `StoreError`: there is no such contact."""
    async with store.reading() as connection:
        return await _look(connection, contact)


async def erase(store: Store, contact: str, by: str, at: int) -> Erasure:
    """Erase a contact. Done again, it changes nothing.

    Raises:
        StoreError: there is no such contact, or this process does not have the workspace's key, or
            another one.
    """
    secret = store.secret
    if secret is None:
        raise StoreError(
            "NURTURE_SECRET is not set. A digest with it keeps the contact from coming back; set it to the "
            "one that the workers have. Nothing was erased."
        )

    async def work(connection: AsyncConnection) -> Erasure:
        found = await _look(connection, contact)
        if found.erased_at is not None:
            return found
        await keep_secret(connection, secret, at)
        snapshot = await of_contact(store, connection, contact)
        others = await _others(connection, contact, snapshot.facts.account_id)
        before = await standings(store, connection, others, at, of_account=True)
        await tombstones.bury(connection, secret, contact, await _addresses(connection, contact), at)
        await _end_runs(connection, contact, at)
        await _forget_effects(connection, contact)
        await close_all(connection, contact, "erased", at)
        await _forget_events(connection, contact)
        await _forget_rows(connection, contact)
        await _blank(connection, contact, at)
        await note(connection, at, by, "erase", "contact", contact)
        await rescore(store, connection, before, at)
        return found

    return await store.transact(work)


async def scrub(store: Store) -> bool:
    """Let no trace of deleted rows stay in the file of a SQLite database; False if it cannot be done now.

    PostgreSQL reuses the room by itself.
    """
    if store.postgres:
        return True
    async with store._writing, store.engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        try:
            await raw.execute("VACUUM")
            cursor = await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError:
            return False
        busy, _log, _checkpointed = await cursor.fetchone()
        return not busy


async def _look(connection: AsyncConnection, contact: str) -> Erasure:
    row = (await connection.execute(select(_contacts.c.erased_at).where(_contacts.c.id == contact))).first()
    if row is None:
        raise StoreError(f"There is no contact {contact}. Look at how its id is written; nothing was erased.")

    async def number(table: Table, *where: Any) -> int:
        query = select(func.count()).select_from(table).where(table.c.contact_id == contact, *where)
        return int(await connection.scalar(query) or 0)

    return Erasure(
        contact,
        await number(_runs, _runs.c.status == "open"),
        await number(schema.events),
        await number(_ledger, _ledger.c.outcome.in_(("sent", "in doubt"))),
        row.erased_at,
    )


async def _others(connection: AsyncConnection, contact: str, account: str | None) -> list[str]:
    """Return the other contacts of the account: what is counted over them may change."""
    here = _contacts.c.account_id == account, _contacts.c.id != contact
    return [] if account is None else list(await connection.scalars(select(_contacts.c.id).where(*here)))


async def _addresses(connection: AsyncConnection, contact: str) -> set[str]:
    aliases = schema.aliases
    found = set(await connection.scalars(select(_contacts.c.email).where(_contacts.c.id == contact)))
    found |= set(await connection.scalars(select(aliases.c.email).where(aliases.c.contact_id == contact)))
    return {address for address in found if address}


async def _end_runs(connection: AsyncConnection, contact: str, at: int) -> None:
    mine = _runs.c.contact_id == contact
    open_ = select(_runs.c.id).where(mine, _runs.c.status == "open").order_by(_runs.c.id).with_for_update()
    for run in (await connection.scalars(open_)).all():
        await put(connection, InboxPut(run, at, (GONE, STOPPED)), None)
        await connection.execute(update(_runs).where(_runs.c.id == run).values(by_hand="stopped"))
    await connection.execute(update(_runs).where(mine).values(trigger={}))


async def _forget_effects(connection: AsyncConnection, contact: str) -> None:
    mine = _ledger.c.contact_id == contact
    # INVARIANT: what is claimed and not offered yet is fenced, so that nothing is begun any more.
    claimed = update(_ledger).where(mine, _ledger.c.status == "claimed")
    await connection.execute(claimed.values(attempt=_ledger.c.attempt + 1))
    await connection.execute(update(_ledger).where(mine).values(detail=None))


async def _forget_events(connection: AsyncConnection, contact: str) -> None:
    """Leave of each event that there was one: inboxes point at it, and nobody could find all who do."""
    events = schema.events
    empty: dict[str, Any] = {"contact_id": None, "account_id": None, "name": "", "properties": {}}
    empty["message_id"] = literal("erased:") + cast(events.c.id, Text)
    await connection.execute(update(events).where(events.c.contact_id == contact).values(empty))


async def _forget_rows(connection: AsyncConnection, contact: str) -> None:
    for table in _OWN:
        await connection.execute(delete(table).where(table.c.contact_id == contact))
    opportunities, switches, aliases = schema.opportunities, schema.switches, schema.aliases
    await connection.execute(delete(opportunities).where(opportunities.c.contact_id == contact))
    runs = select(_runs.c.id).where(_runs.c.contact_id == contact)
    of_contact_ = and_(switches.c.scope == "contact", switches.c.name == contact)
    of_run = and_(switches.c.scope == "run", switches.c.name.in_(runs))
    await connection.execute(delete(switches).where(or_(of_contact_, of_run)))
    await connection.execute(update(aliases).where(aliases.c.contact_id == contact).values(email=None))


async def _blank(connection: AsyncConnection, contact: str, at: int) -> None:
    values: dict[str, Any] = {"fields": {}, "known_since": 0, "score": 0.0, "erased_at": at}
    values |= dict.fromkeys(("email", "time_zone", "account_id", "score_seen", "stage"))
    await connection.execute(update(_contacts).where(_contacts.c.id == contact).values(values))
    row = {"contact_id": contact, "reason": ERASED, "at": at}
    await upsert(connection, schema.suppressions, [row], ())
