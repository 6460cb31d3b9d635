"""Events: each taken in once, whole; many share a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime import intake
from runtime.store.applying import apply
from runtime.store.errors import StoreError, UnknownContact
from runtime.store.identifying import former
from runtime.store.open import Store
from runtime.store.recording import Arrived, Recorded, record
from runtime.store.snapshot import of_contact
from runtime.writes import EntryRefused, RunEntered

AT_ONCE = 100
"""Events in one transaction: as long as it lasts, runs of the contacts wait, on SQLite all others do."""


class Unrecorded(StoreError):
    """An event is not taken in. `recorded`: what came of those before it, which are on record."""

    def __init__(self, problem: StoreError, recorded: list[Recorded]) -> None:
        super().__init__(str(problem))
        self.recorded = recorded


async def record_event(
    store: Store,
    *,
    message_id: str,
    name: str,
    at: int,
    contact: str | None = None,
    account: str | None = None,
    occurred: int | None = None,
    properties: dict[str, Any] | None = None,
    machine: bool = False,
) -> Recorded:
    """Take an event in: append it, score it, tell runs, start journeys. All of it, or nothing.

    Args:
        message_id: the sender's name for the event; a second one with the same changes nothing.
        at: when it was received. `occurred`: when it happened, the same unless given.
        contact, account: ids; exactly one of them.
        machine: no human did it: it is kept, and neither scores nor starts nor tells anything (row 28).

    Raises:
        StoreError: nobody is known by that id, nothing is published, or a property is not of its type.
    """
    event = Arrived(message_id, name, at, contact, account, occurred, properties or {}, machine)
    (recorded,) = await record_events(store, (event,))
    return recorded


async def record_events(store: Store, events: Sequence[Arrived]) -> list[Recorded]:
    """Take events in, one after the other, as `record_event` does; some share a transaction.

    Raises:
        Unrecorded: one of them cannot be taken in. Those before it are on record, those after it are not.
    """
    found: list[Recorded] = []
    for start in range(0, len(events), AT_ONCE):
        some = events[start : start + AT_ONCE]
        try:
            found += await record_together(store, some)
        except StoreError as problem:
            if len(some) == 1:
                raise Unrecorded(problem, found) from problem
            # Nothing of these is on record. One at a time, it shows which of them it is.
            for event in some:
                try:
                    found += await record_together(store, (event,))
                except StoreError as trouble:
                    raise Unrecorded(trouble, found) from trouble
    return found


async def record_each(store: Store, events: Sequence[Arrived]) -> list[Recorded | StoreError]:
    """Take events in as `record_events` does, but for those that cannot be; these say why in their place."""
    found: list[Recorded | StoreError] = []
    for start in range(0, len(events), AT_ONCE):
        some = events[start : start + AT_ONCE]
        try:
            found += await record_together(store, some)
            continue
        except StoreError as problem:
            if len(some) == 1:
                found.append(problem)
                continue
        # Nothing of these is on record: one at a time, so that only those are left out that must be.
        for event in some:
            try:
                found += await record_together(store, (event,))
            except StoreError as problem:
                found.append(problem)
    return found


async def record_together(store: Store, events: Sequence[Arrived]) -> list[Recorded]:
    """Take events in within one transaction.

    Raises:
        StoreError: one of them cannot be taken in. None of them is on record.
    """
    for event in events:
        if (event.contact is None) == (event.account is None):
            raise StoreError(f'Event "{event.name}" is about one contact or one account; name one of them.')

    try:
        return await store.transact(lambda connection: record(store, connection, events))
    except UnknownContact as unknown:
        # Under an id of former times? Nearly nobody has one, so it is looked for only now.
        async with store.reading() as connection:
            known = await former(connection, {event.contact for event in events if event.contact is not None})
        if unknown.contact not in known:
            raise
        renamed = [replace(event, contact=known.get(event.contact or "", event.contact)) for event in events]
        return await store.transact(lambda connection: record(store, connection, renamed))


async def database_clock(store: Store) -> int | None:
    """Return the time of the database's machine in whole seconds; None where that is this machine."""
    if not store.postgres:
        return None
    async with store.reading() as connection:
        return int(await connection.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0)


async def enter_journey(store: Store, journey: str, contact: str, at: int) -> RunEntered | EntryRefused:
    """Start a journey for a contact without an event, or say why it did not start.

    Raises:
        StoreError: nobody is known by that id, or nothing is published.
    """

    async def work(connection: AsyncConnection) -> RunEntered | EntryRefused:
        snapshot = await of_contact(store, connection, contact, at)
        writes = intake.start_journey(journey, snapshot.facts, snapshot.published, at)
        await apply(store, connection, snapshot, writes)
        (made,) = (write for write in writes if isinstance(write, RunEntered | EntryRefused))
        return made

    return await store.transact(work)


__all__ = [
    "Arrived",
    "Recorded",
    "Unrecorded",
    "database_clock",
    "enter_journey",
    "record_event",
    "record_events",
    "record_together",
]
