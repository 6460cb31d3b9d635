"""Events: each taken in once, whole, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime import intake, routing, scoring
from runtime.dispatch import ERASED
from runtime.facts import Happened
from runtime.published import Published
from runtime.routing import OPPORTUNITY
from runtime.scoring import Standing
from runtime.store import schema
from runtime.store.applying import apply, settle, tell_peers, write_opportunity
from runtime.store.coercion import coerce
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.store.publishing import hold_plans, in_force, published_set
from runtime.store.snapshot import Snapshot, of_contact
from runtime.store.tombstones import turn_away
from runtime.store.upserts import inserting
from runtime.writes import EntryRefused, OpportunityChanged, RunEntered, Write


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of an event. `entered`: runs it started; `refused`: (journey, reason) of those it did not.

    Refused as a whole is an event of a contact that was erased: nothing of it is kept (row 38).
    """

    status: Literal["recorded", "duplicate", "refused"]
    entered: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


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
    if (contact is None) == (account is None):
        raise StoreError(f'Event "{name}" is about one contact or one account; name one of them.')
    happened = Happened(name, at, at if occurred is None else occurred, dict(properties or {}), machine)

    async def work(connection: AsyncConnection) -> Recorded:
        recording = _Recording(store, connection, message_id, happened)
        if contact is not None:
            return await recording.about_contact(contact)
        assert account is not None
        return await recording.about_account(account)

    return await store.transact(work)


async def enter_journey(store: Store, journey: str, contact: str, at: int) -> RunEntered | EntryRefused:
    """Start a journey for a contact without an event, or say why it did not start.

    Raises:
        StoreError: nobody is known by that id, or nothing is published.
    """

    async def work(connection: AsyncConnection) -> RunEntered | EntryRefused:
        snapshot = await of_contact(store, connection, contact)
        writes = intake.start_journey(journey, snapshot.facts, snapshot.published, at)
        await apply(store, connection, snapshot, writes)
        (made,) = (write for write in writes if isinstance(write, RunEntered | EntryRefused))
        return made

    return await store.transact(work)


@dataclass(slots=True)
class _Recording:
    store: Store
    connection: AsyncConnection
    message_id: str
    event: Happened

    async def about_contact(self, contact: str) -> Recorded:
        # The contact is held from here on, so a second copy of the event waits for the first.
        snapshot = await of_contact(self.store, self.connection, contact)
        if snapshot.facts.suppressed == ERASED:
            await turn_away(self.connection, contact, "event", self.event.at)
            return Recorded("refused")
        before = await self.others(snapshot)
        number = await self.append(snapshot.published, contact, None)
        if number is None:
            return Recorded("duplicate")
        writes = await self.take_in(snapshot, number, spread=True)
        for other, stood in before.items():
            counting = await of_contact(self.store, self.connection, other)
            await settle(self.store, self.connection, counting, stood, self.event.at)
        return _said(writes)

    async def about_account(self, account: str) -> Recorded:
        accounts, contacts = schema.accounts, schema.contacts
        held = select(accounts.c.id).where(accounts.c.id == account).with_for_update()
        if await self.connection.scalar(held) is None:
            raise StoreError(
                f"There is no account {account}. Import it first, or look at how its id is written."
            )
        published = await published_set(
            self.store, self.connection, await self.connection.scalar(select(in_force))
        )
        inside = select(schema.runs.c.plan).join(contacts, schema.runs.c.contact_id == contacts.c.id)
        running = inside.where(contacts.c.account_id == account, schema.runs.c.status == "open").distinct()
        await hold_plans(self.store, self.connection, await self.connection.scalars(running))
        concerned = await self.connection.scalars(
            select(contacts.c.id)
            .where(contacts.c.account_id == account, *self.concerned(published))
            .order_by(contacts.c.id)
        )
        ids = concerned.all()
        before = await self.standings(ids, published)
        number = await self.append(published, None, account)
        if number is None:
            return Recorded("duplicate")
        writes: list[Write] = []
        for contact in ids:
            snapshot = await of_contact(self.store, self.connection, contact)
            # The snapshot was loaded after the append, so it holds the event already.
            snapshot.facts.events[self.event.name].remove(self.event)
            writes += await self.take_in(snapshot, number, spread=False, before=before.get(contact))
        await self.opportunity(account)
        return _said(writes)

    async def standings(self, ids: Sequence[str], published: Published) -> dict[str, Standing]:
        """Note how all stand before the event changes what they share, where anything may follow from it.

        The first of them speaks for the account.
        """
        fit = published.definitions.fit and self.event.name in OPPORTUNITY
        if not fit and not routing.watched_segments(published):
            return {}
        found: dict[str, Standing] = {}
        for contact in ids:
            loaded = await of_contact(self.store, self.connection, contact)
            found[contact] = scoring.standing(loaded.facts, self.event.at, "follows" if found else "speaks")
        return found

    async def others(self, snapshot: Snapshot) -> dict[str, Standing]:
        """Note how the other contacts of the account stand, if segments count what this one does."""
        facts = snapshot.facts
        if not routing.counts_for_others(self.event, facts, snapshot.published):
            return {}
        contacts = schema.contacts
        here = contacts.c.account_id == facts.account_id, contacts.c.id != facts.contact_id
        ids = await self.connection.scalars(select(contacts.c.id).where(*here).order_by(contacts.c.id))
        loaded = [await of_contact(self.store, self.connection, contact) for contact in ids.all()]
        return {one.facts.contact_id: scoring.standing(one.facts, self.event.at, "follows") for one in loaded}

    def concerned(self, published: Published) -> list[Any]:
        """Limit the account's contacts to those with open runs, unless the event may start or score."""
        name = self.event.name
        fit = published.definitions.fit and name in OPPORTUNITY
        if fit or routing.watched_segments(published):
            return []
        starts = any(name in routing.index(plan).starts for plan in published.active.values())
        if starts or any(rule.event == name for rule in published.definitions.scoring):
            return []
        runs = schema.runs
        running = select(runs.c.id).where(runs.c.contact_id == schema.contacts.c.id, runs.c.status == "open")
        return [running.exists()]

    async def opportunity(self, account: str) -> None:
        """Keep an opportunity of an account that has no contact to take it in for."""
        if self.event.name in OPPORTUNITY:
            name = str(self.event.properties.get("opportunity", ""))
            write = OpportunityChanged(name, self.event.name == OPPORTUNITY[0], self.event.at)
            await write_opportunity(self.connection, write, account, None)

    async def append(self, published: Published, contact: str | None, account: str | None) -> int | None:
        """Append the event and return its number; None if its message id is there already."""
        event, table = self.event, schema.events
        declared = published.definitions.events.get(event.name)
        if declared is not None:
            event.properties = coerce(event.properties, declared.fields, f'event "{event.name}"')
        row: dict[str, Any] = {"message_id": self.message_id, "contact_id": contact, "account_id": account}
        row |= {"name": event.name, "at": event.at, "occurred": event.occurred}
        row |= {"properties": event.properties, "machine": event.machine}
        statement = (
            inserting(self.connection, table)
            .values(row)
            .on_conflict_do_nothing(index_elements=["message_id"])
            .returning(table.c.id)
        )
        number: int | None = (await self.connection.execute(statement)).scalar()
        return number

    async def take_in(
        self, snapshot: Snapshot, number: int, *, spread: bool, before: Standing | None = None
    ) -> list[Write]:
        writes = intake.take_in(self.event, snapshot.facts, snapshot.published, before)
        await apply(self.store, self.connection, snapshot, writes, event=number, spread=spread)
        if spread:
            await tell_peers(self.store, self.connection, snapshot, self.event)
        return writes


def _said(writes: list[Write]) -> Recorded:
    return Recorded(
        "recorded",
        tuple(write.id for write in writes if isinstance(write, RunEntered)),
        tuple((write.journey, write.reason) for write in writes if isinstance(write, EntryRefused)),
    )
