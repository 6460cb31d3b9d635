"""Backfilling: events of the past, page by page, each page one transaction with the line that was reached.

An event is on record as of when it happened, so that facts that look back see it there. Those since a given
moment may be taken in as if they came now: they start journeys and wake runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Definitions
from runtime import past
from runtime.facts import Happened
from runtime.published import Published
from runtime.remarks import came_of
from runtime.routing import OPPORTUNITY
from runtime.store import schema
from runtime.store.applying import apply
from runtime.store.arrivals import Arrival, judge
from runtime.store.importing import Judged
from runtime.store.open import Store
from runtime.store.opportunities import write_opportunity
from runtime.store.recording import Arrived, append, record
from runtime.store.snapshot import of_contacts
from runtime.store.tombstones import turn_away
from runtime.store.upserts import upsert
from runtime.writes import OpportunityChanged

_table = schema.backfills


@dataclass(frozen=True, slots=True)
class Backfill:
    """How far a file is. `line`: the last one that is done; `known`: events that were on record already."""

    digest: str
    file: str
    line: int
    recorded: int
    known: int
    refused: int
    started: int
    at: int
    done_at: int | None


async def begin(store: Store, digest: str, file: str, at: int) -> Backfill:
    """Begin with a file, or take it up where it was left. `digest`: of its bytes and how it is read."""
    counts = {"line": 0, "recorded": 0, "known": 0, "refused": 0, "started": 0}

    async def work(connection: AsyncConnection) -> Backfill:
        row = {"digest": digest, "file": file, "at": at, "done_at": None, **counts}
        await upsert(connection, _table, [row], ())
        found = await connection.execute(select(_table).where(_table.c.digest == digest))
        return Backfill(**found.mappings().one())

    return await store.transact(work)


async def backfills(store: Store) -> list[Backfill]:
    """Return all, the latest first."""
    async with store.reading() as connection:
        rows = await connection.execute(select(_table).order_by(_table.c.at.desc(), _table.c.digest))
        return [Backfill(**row) for row in rows.mappings()]


async def finish(store: Store, digest: str, at: int) -> None:
    """Note that the end of the file was reached."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(update(_table).where(_table.c.digest == digest).values(done_at=at))

    await store.transact(work)


async def backfill_page(
    store: Store,
    digest: str,
    rows: Sequence[Mapping[str, Any]],
    definitions: Definitions,
    now: int,
    *,
    line: int,
    refused: int = 0,
    since: int | None = None,
    published: Published | None = None,
) -> tuple[list[Judged], int]:
    """Bring a page of events on record.

    Args:
        rows: no id twice. `line`: the last line of the page. `refused`: rows of it that could not be read.
        since: events from this moment on are taken in as if they came now. None: none.
        published: as of `judge`.

    Returns:
        What became of each row, and how many runs were started.
    """

    async def work(connection: AsyncConnection) -> tuple[list[Judged], int]:
        judged = await judge(store, connection, rows, definitions, now, published)
        arrivals = [one for one in judged if isinstance(one, Arrival)]
        recent = [one for one in arrivals if since is not None and one.occurred >= since]
        await _Bringing(store, connection, now).bring([one for one in arrivals if one not in recent])
        said = await record(store, connection, [_at(one, now) for one in recent]) if recent else []
        started = sum(len(one.entered) for one in said)
        found = [one if isinstance(one, Judged) else Judged("new", notes=_notes(one)) for one in judged]
        for one in found:
            if one.erased:
                await turn_away(connection, one.erased, "event", now)
        ways = [one.what for one in found]
        values = {
            "line": line,
            "recorded": _table.c.recorded + ways.count("new"),
            "known": _table.c.known + ways.count("unchanged"),
            "refused": _table.c.refused + ways.count("refused") + refused,
            "started": _table.c.started + started,
        }
        await connection.execute(update(_table).where(_table.c.digest == digest).values(values))
        return found, started

    return await store.transact(work)


def _notes(one: Arrival) -> tuple[str, ...]:
    """Say what to look at. Sales answered long ago, and an account may have come since."""
    happened = Happened(one.name, one.occurred, one.occurred, one.properties, one.machine)
    return (*came_of(happened, 1, account=one.account or ""), *one.notes)


def _at(one: Arrival, at: int) -> Arrived:
    return Arrived(
        one.message_id, one.name, at, one.contact, one.account, one.occurred, one.properties, one.machine
    )


@dataclass(slots=True)
class _Bringing:
    store: Store
    connection: AsyncConnection
    now: int

    async def bring(self, arrivals: Sequence[Arrival]) -> None:
        """Bring events on record, the oldest first, and what follows from them for their contacts."""
        if not arrivals:
            return
        arrivals = sorted(arrivals, key=lambda one: one.occurred)
        members = await self.members({one.account for one in arrivals if one.account is not None})
        contacts = {one.contact for one in arrivals if one.contact is not None}
        contacts |= {contact for of_account in members.values() for contact in of_account}
        scored: dict[str, int] = {}
        for one in arrivals:
            scored[one.name] = min(one.occurred, scored.get(one.name, one.occurred))
        snapshots = await of_contacts(self.store, self.connection, contacts, None, scored)
        writes: dict[str, list[Any]] = {contact: [] for contact in contacts}
        for one in arrivals:
            happened = Happened(one.name, one.occurred, one.occurred, dict(one.properties), one.machine)
            for contact in members[one.account] if one.account is not None else (str(one.contact),):
                snapshot = snapshots[contact]
                writes[contact] += past.bring(happened, snapshot.facts, snapshot.published, self.now)
        past_events = [_at(one, one.occurred) for one in arrivals]  # received when they occurred
        await append(self.connection, None, [(one, one.happened()) for one in past_events])
        for contact, of_contact in sorted(writes.items()):
            await apply(self.store, self.connection, snapshots[contact], of_contact, spread=False)
            known = {"known_since": snapshots[contact].facts.known_since}
            table = schema.contacts
            await self.connection.execute(update(table).where(table.c.id == contact).values(known))
        await self.opportunities(arrivals)

    async def members(self, accounts: set[str]) -> dict[str, list[str]]:
        """Return the contacts of accounts."""
        table, found = schema.contacts, {account: list[str]() for account in accounts}
        rows = select(table.c.account_id, table.c.id).where(table.c.account_id.in_(accounts))
        for account, contact in await self.connection.execute(rows.order_by(table.c.id)):
            found[account].append(contact)
        return found

    async def opportunities(self, arrivals: Sequence[Arrival]) -> None:
        """Open and close opportunities, unless something newer is known of them."""
        told = [one for one in arrivals if one.name in OPPORTUNITY and not one.machine]
        accounts = await self.accounts({one.contact for one in told if one.contact is not None})
        latest = {}
        for one in told:
            account = one.account or accounts.get(one.contact or "")
            owner = (account, None) if account is not None else (None, one.contact)
            latest[(str(one.properties.get("opportunity", "")), *owner)] = one
        table = schema.opportunities
        kept = table.c.id.in_({name for name, _, _ in latest})
        rows = await self.connection.execute(
            select(table.c.id, table.c.account_id, table.c.contact_id, table.c.at).where(kept)
        )
        known = {(row.id, row.account_id, None if row.account_id else row.contact_id): row.at for row in rows}
        for (name, account, contact), one in latest.items():
            if known.get((name, account, contact), one.occurred) > one.occurred:
                continue
            write = OpportunityChanged(name, one.name == OPPORTUNITY[0], one.occurred)
            await write_opportunity(self.connection, write, account, contact)

    async def accounts(self, contacts: set[str]) -> dict[str, str | None]:
        """Return the account of each of these contacts."""
        table = schema.contacts
        rows = await self.connection.execute(
            select(table.c.id, table.c.account_id).where(table.c.id.in_(contacts))
        )
        return {row.id: row.account_id for row in rows}
