"""Recording: what comes of events, decided and written down within one transaction.

Most events concern one contact alone. Such ones are taken in together: the facts of all these contacts are
loaded at once, each event is decided upon in its turn, on facts as the ones before have left them, and what
follows is written at once. An event of an account, or one that other contacts of the account hear of, is
taken in alone. Either way the outcome is that of one event after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime import intake, routing, scoring
from runtime.facts import Happened
from runtime.published import Published
from runtime.remarks import came_of
from runtime.routing import OPPORTUNITY
from runtime.scoring import Standing
from runtime.store import schema
from runtime.store.applying import apply, settle, tell_peers
from runtime.store.coercion import read_properties
from runtime.store.collecting import Rows
from runtime.store.errors import StoreError
from runtime.store.holding import hold
from runtime.store.open import Store
from runtime.store.opportunities import write_opportunity
from runtime.store.publishing import hold_plans, in_force, known_plans, published_set
from runtime.store.snapshot import Snapshot, of_contacts
from runtime.store.tombstones import turn_away
from runtime.store.upserts import inserting
from runtime.suppression import ERASED
from runtime.writes import EntryRefused, OpportunityChanged, RunEntered, Write


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of an event. `entered`: runs it started; `refused`: (journey, reason) of those it did not.

    `notes`: what came otherwise than its sender may think. Refused as a whole is an event of a contact that
    was erased: nothing of it is kept (row 38).
    """

    status: Literal["recorded", "duplicate", "refused"]
    entered: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event to take in: see `record_event`."""

    message_id: str
    name: str
    at: int
    contact: str | None = None
    account: str | None = None
    occurred: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    machine: bool = False

    def happened(self) -> Happened:
        """Return it as decisions see it; what is changed of that is changed there alone."""
        occurred = self.at if self.occurred is None else self.occurred
        return Happened(self.name, self.at, occurred, dict(self.properties), self.machine)


async def record(store: Store, connection: AsyncConnection, events: Sequence[Arrived]) -> list[Recorded]:
    """Take events in, in their order.

    Raises:
        StoreError: one of them cannot be taken in; the transaction must not be committed.
    """
    published = await published_set(store, connection, await connection.scalar(select(in_force)))
    await known_plans(store, connection)
    events = await _in_order(connection, events)
    parts = list(_parts(events, published, await _accounts(connection, events, published)))
    if len(parts) > 1 or any(alone for alone, _ in parts):
        # A part holds its contacts by itself; several do so in one order only if it is done here.
        wide = [event for alone, some in parts if alone for event in some]
        await hold(
            connection,
            contacts=[event.contact for event in events if event.contact is not None],
            peers_of=[event.contact for event in wide if event.contact is not None],
            accounts=[event.account for event in wide if event.account is not None],
        )
    found: list[Recorded] = []
    for alone, some in parts:
        if not alone:
            found += await _together(store, connection, some)
            continue
        (event,) = some
        recording = _Recording(store, connection, event, event.happened())
        if event.contact is not None:
            found.append(await recording.about_contact(event.contact))
        else:
            assert event.account is not None
            found.append(await recording.about_account(event.account))
    return found


_PUT_BACK = 86_400
"""Seconds by which a clock may have been put back, and a contact's events still come one after the other."""


async def _in_order(connection: AsyncConnection, events: Sequence[Arrived]) -> list[Arrived]:
    """Let no event come before one of its contact that is on record: a clock may have been put back.

    Else a run would be asked about what is to come yet, and would never hear of it again.
    """
    table = schema.events.c
    contacts = {event.contact for event in events if event.contact is not None}
    query = select(table.contact_id, func.max(table.at)).where(table.contact_id.in_(contacts))
    latest: dict[str | None, int] = dict((await connection.execute(query.group_by(table.contact_id))).all())
    found = []
    for event in events:
        last = latest.get(event.contact, event.at) if event.contact is not None else event.at
        if event.at < last <= event.at + _PUT_BACK:
            event = replace(event, at=last)
        found.append(event)
        if event.contact is not None:
            latest[event.contact] = max(last, event.at)
    return found


async def _accounts(
    connection: AsyncConnection, events: Sequence[Arrived], published: Published
) -> dict[str, str]:
    """Return the accounts of contacts, if runs may be of accounts: those are runs of several contacts."""
    if len(events) == 1 or all(plan.subject == "contact" for plan in published.plans.values()):
        return {}
    table = schema.contacts
    ids = {event.contact for event in events if event.contact is not None}
    rows = await connection.execute(select(table.c.id, table.c.account_id).where(table.c.id.in_(ids)))
    return {row.id: row.account_id for row in rows if row.account_id is not None}


def _parts(
    events: Sequence[Arrived], published: Published, accounts: Mapping[str, str]
) -> Iterator[tuple[bool, list[Arrived]]]:
    """Part events, in their order, into those that are taken in alone and those that go together."""
    some: list[Arrived] = []
    speaking: dict[str, str] = {}
    for event in events:
        alone = _is_wide(event, published)
        account = accounts.get(event.contact or "")
        another = account is not None and speaking.get(account, event.contact) != event.contact
        if some and (alone or another):
            yield False, some
            some, speaking = [], {}
        if alone:
            yield True, [event]
            continue
        some.append(event)
        if account is not None and event.contact is not None:
            speaking[account] = event.contact
    if some:
        yield False, some


def _is_wide(event: Arrived, published: Published) -> bool:
    """Whether other contacts than its own may be concerned."""
    if event.contact is None or event.name in OPPORTUNITY:
        return True
    if event.name in routing.overview(published).needs.counted:
        return True
    return routing.watched((intake.in_account(event.happened()),), published)


def _named(*events: Happened) -> set[str]:
    """Return the runs that events name as those whose emails they answer."""
    runs = (event.properties.get("run") for event in events)
    return {run for run in runs if isinstance(run, str)}


async def _together(store: Store, connection: AsyncConnection, events: Sequence[Arrived]) -> list[Recorded]:
    """Take events in that concern each its own contact alone."""
    happened = [event.happened() for event in events]
    scored: dict[str, int] = {}
    for one in happened:
        scored[one.name] = min(one.occurred, scored.get(one.name, one.occurred))
    contacts = {event.contact for event in events if event.contact is not None}
    # The contacts are held from here on, so a second copy of an event waits for the first.
    since, named = min(one.at for one in happened), _named(*happened)
    snapshots = await of_contacts(store, connection, contacts, since, scored, named)
    published = next(iter(snapshots.values())).published
    gone = {contact for contact, one in snapshots.items() if one.facts.suppressed == ERASED}
    taken = [(e, h) for e, h in zip(events, happened, strict=True) if e.contact not in gone]
    numbers = await append(connection, published, taken)
    rows, found = Rows(connection), []
    for event, one in zip(events, happened, strict=True):
        if event.contact in gone:
            await turn_away(connection, event.contact or "", "event", one.at)
            found.append(Recorded("refused"))
            continue
        number = numbers.pop(event.message_id, None)
        if number is None:
            found.append(Recorded("duplicate"))
            continue
        snapshot = snapshots[event.contact or ""]
        writes = intake.take_in(one, snapshot.facts, snapshot.published)
        answered = await apply(store, connection, snapshot, writes, event=number, rows=rows)
        found.append(_said(writes, came_of(one, answered, account=snapshot.facts.account_id)))
    await rows.write()
    return found


async def append(
    connection: AsyncConnection, published: Published | None, events: Sequence[tuple[Arrived, Happened]]
) -> dict[str, int]:
    """Append events and return their numbers by message id, without those that were there already.

    `published`: by whose declarations properties are read; None: they are read already.
    """
    if not events:
        return {}
    table, rows = schema.events, []
    for arrived, event in events:
        if published is not None:
            declared = published.definitions.events.get(event.name)
            event.properties = read_properties(event.name, event.properties, declared)
        row: dict[str, Any] = {"message_id": arrived.message_id, "name": event.name}
        row |= {"contact_id": arrived.contact, "account_id": arrived.account}
        row |= {"at": event.at, "occurred": event.occurred}
        rows.append(row | {"properties": event.properties, "machine": event.machine})
    statement = (
        inserting(connection, table)
        .on_conflict_do_nothing(index_elements=["message_id"])
        .returning(table.c.message_id, table.c.id)
    )
    return {row.message_id: row.id for row in await connection.execute(statement, rows)}


@dataclass(slots=True)
class _Recording:
    store: Store
    connection: AsyncConnection
    arrived: Arrived
    event: Happened
    answered: int = 0

    async def load(self, contact: str) -> Snapshot:
        scored = {self.event.name: self.event.occurred}
        about = self.event.at, scored, _named(self.event)
        return (await of_contacts(self.store, self.connection, (contact,), *about))[contact]

    async def about_contact(self, contact: str) -> Recorded:
        # The contact is held from here on, so a second copy of the event waits for the first.
        snapshot = await self.load(contact)
        if snapshot.facts.suppressed == ERASED:
            await turn_away(self.connection, contact, "event", self.event.at)
            return Recorded("refused")
        before = await self.others(snapshot)
        number = await self.append(snapshot.published, contact, None)
        if number is None:
            return Recorded("duplicate")
        writes = await self.take_in(snapshot, number, spread=True)
        # INVARIANT: one event is routed by one set, whatever is deployed meanwhile (row 33).
        for other, stood in before.items():
            counting = await self.load(other)
            counting.published = snapshot.published
            await settle(self.store, self.connection, counting, stood, self.event.at)
        account = snapshot.facts.account_id
        return _said(writes, came_of(self.event, self.answered, account=account))

    async def about_account(self, account: str) -> Recorded:
        accounts, contacts = schema.accounts, schema.contacts
        held = select(accounts.c.id).where(accounts.c.id == account).with_for_update(key_share=True)
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
            snapshot = await self.load(contact)
            snapshot.published = published
            known = snapshot.facts.events.get(self.event.name, [])
            if self.event in known:  # loaded after the append, if anybody asks for such events
                known.remove(self.event)
            elsewhere = routing.heard_elsewhere(snapshot.facts, ids, published)
            writes += await self.take_in(
                snapshot, number, spread=False, before=before.get(contact), elsewhere=elsewhere
            )
        await self.opportunity(account)
        return _said(writes, came_of(self.event, self.answered, account=account))

    async def standings(self, ids: Sequence[str], published: Published) -> dict[str, Standing]:
        """Note how all stand before the event changes what they share, where anything may follow from it.

        The first of them speaks for the account.
        """
        fit = published.definitions.fit and self.event.name in OPPORTUNITY
        if not fit and not routing.watched_segments(published):
            return {}
        found: dict[str, Standing] = {}
        for contact in ids:
            loaded = await self.load(contact)
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
        loaded = [await self.load(contact) for contact in ids.all()]
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
        if any(plan.subject == "account" for plan in published.plans.values()):
            return []  # such a run is of each contact, also of those who have none of their own
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
        event = replace(self.arrived, contact=contact, account=account), self.event
        return (await append(self.connection, published, [event])).get(self.arrived.message_id)

    async def take_in(
        self,
        snapshot: Snapshot,
        number: int,
        *,
        spread: bool,
        before: Standing | None = None,
        elsewhere: Collection[str] = (),
    ) -> list[Write]:
        writes = intake.take_in(self.event, snapshot.facts, snapshot.published, before, elsewhere)
        applied = apply(self.store, self.connection, snapshot, writes, event=number, spread=spread)
        self.answered += await applied
        if spread:
            await tell_peers(self.store, self.connection, snapshot, self.event)
        return writes


def _said(writes: list[Write], notes: tuple[str, ...]) -> Recorded:
    return Recorded(
        "recorded",
        tuple(write.id for write in writes if isinstance(write, RunEntered)),
        tuple((write.journey, write.reason) for write in writes if isinstance(write, EntryRefused)),
        notes,
    )


__all__ = ["Arrived", "Recorded", "append", "record"]
