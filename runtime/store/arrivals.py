"""Arrivals: events of a file, judged page by page before they are taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Definitions
from dsl.spelling import nearest
from runtime.people import FUTURE, in_future
from runtime.published import Published
from runtime.remarks import unknown_names
from runtime.store import schema
from runtime.store.coercion import read_properties
from runtime.store.errors import ErasedError, StoreError
from runtime.store.events import record_each
from runtime.store.identifying import identify
from runtime.store.importing import Judged
from runtime.store.open import Store
from runtime.store.recording import Arrived, Recorded
from runtime.store.tombstones import buried, erased, note_turned_away

DAY = 86_400
LATE = 7 * DAY
"""What happened longer ago than this, in seconds, is no news: it is brought on record as the past.

Where the workspace declares no `late_events`.
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that can be taken in. `contact`, `account`: ids; one of them. `notes`: what to look at."""

    message_id: str
    name: str
    contact: str | None
    account: str | None
    occurred: int
    properties: dict[str, Any]
    machine: bool
    notes: tuple[str, ...] = ()


async def judge(
    store: Store,
    connection: AsyncConnection,
    rows: Sequence[Mapping[str, Any]],
    definitions: Definitions,
    now: int,
    published: Published | None = None,
) -> list[Arrival | Judged]:
    """Say of each row what it is: an event to take in, one that is on record, or why it is none.

    Args:
        rows: `id`, `event`, `contact` (id or address), `account`, `occurred`, `properties`, `machine`.
        published: with it, each event is looked at for names that nothing knows.
    """
    whom = await identify(store, connection, {row["contact"] for row in rows if row["contact"]})
    contacts = {one for one in whom.values() if isinstance(one, str)}
    gone = await buried(store, connection, contacts, ())
    events, accounts = schema.events, schema.accounts
    ids = {row["id"] for row in rows}
    known = set(await connection.scalars(select(events.c.message_id).where(events.c.message_id.in_(ids))))
    named = {row["account"] for row in rows if row["account"]}
    there = set(await connection.scalars(select(accounts.c.id).where(accounts.c.id.in_(named))))
    found: list[Arrival | Judged] = []
    for row in rows:
        if row["id"] in known:
            found.append(Judged("unchanged"))
            continue
        try:
            arrival = _arrival(row, whom, there, definitions, now)
            if arrival.contact in gone:
                raise erased(arrival.contact)
            if published is not None:
                notes = tuple(unknown_names(arrival.name, arrival.properties, published))
                arrival = replace(arrival, notes=notes)
            found.append(arrival)
        except ErasedError as problem:
            found.append(Judged("refused", str(problem), erased=problem.contact))
        except StoreError as problem:
            found.append(Judged("refused", str(problem)))
    return found


def _arrival(
    row: Mapping[str, Any],
    whom: Mapping[str, str | StoreError],
    accounts: set[str],
    definitions: Definitions,
    now: int,
) -> Arrival:
    name, contact, account = row["event"], row["contact"], row["account"]
    declared = definitions.events.get(name)
    if declared is None:
        guess = nearest(name, definitions.events)
        advice = f" Did you mean “{guess}”?" if guess else ""
        raise StoreError(f"There is no event “{name}” in what is published.{advice}")
    if account and account not in accounts:
        raise StoreError(f"Account {account} is not known. Import it first.")
    if contact:
        found = whom[contact]
        if isinstance(found, StoreError):
            raise found
        contact = found
    if in_future(row["occurred"], now):
        raise StoreError(f"It {FUTURE}.")
    properties = read_properties(name, row["properties"], declared)
    return Arrival(row["id"], name, contact, account, row["occurred"], properties, row["machine"])


async def import_events(
    store: Store,
    rows: Sequence[Mapping[str, Any]],
    definitions: Definitions,
    now: int,
    *,
    late: int | None = None,
    dry_run: bool = False,
    published: Published | None = None,
) -> tuple[list[Judged], int]:
    """Take events in as if they came now: each scores, starts journeys and wakes runs, once.

    Args:
        late: seconds; what happened longer ago is refused. What the workspace declares, unless given.
        published: as of `judge`.

    Returns:
        What became of each, and how many runs they have started.
    """
    if late is None:
        late = LATE if definitions.lateness is None else definitions.lateness
    async with store.reading() as connection:
        found = await judge(store, connection, rows, definitions, now, published)
    judged: list[Judged] = []
    new: list[int] = []
    for number, one in enumerate(found):
        if isinstance(one, Judged):
            judged.append(one)
            if one.erased and not dry_run:
                await note_turned_away(store, one.erased, "event", now)
        elif one.occurred < now - late:
            judged.append(Judged("refused", _too_late(one, now, late)))
        else:
            judged.append(Judged("new", notes=one.notes))
            new.append(number)
    if dry_run:
        return judged, 0
    taken = await record_each(store, [_arrived(found[number], now) for number in new])
    for number, came in zip(new, taken, strict=True):
        if isinstance(came, StoreError):
            judged[number] = Judged("refused", str(came))
        elif came.status != "recorded":
            judged[number] = Judged("unchanged")
        else:
            judged[number] = replace(judged[number], notes=(*came.notes, *judged[number].notes))
    return judged, sum(len(came.entered) for came in taken if isinstance(came, Recorded))


def _arrived(one: Arrival | Judged, now: int) -> Arrived:
    assert isinstance(one, Arrival)
    about = one.contact, one.account, one.occurred, one.properties, one.machine
    return Arrived(one.message_id, one.name, now, *about)


def _too_late(one: Arrival, now: int, late: int) -> str:
    days = (now - one.occurred) // DAY
    return (
        f"It happened {days:,} days ago, more than {late // DAY:,}. Bring the past on record with "
        "`nurture backfill`, or let it count as news with --late DAYS."
    )
