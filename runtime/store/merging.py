"""Merging two contacts into one, in one transaction (semantics row 24); see `runtime.merging`.

The id that goes becomes another name of the contact that stays: what comes for it later goes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Definitions
from runtime import intake, merging, routing, scoring
from runtime.facts import Facts, Happened, Override
from runtime.machine import MERGED, PAUSED, STOPPED
from runtime.store import schema
from runtime.store.applying import apply, put
from runtime.store.errors import StoreError
from runtime.store.handoffs import close_doubled
from runtime.store.interventions import note
from runtime.store.open import Store
from runtime.store.opportunities import join_opportunities
from runtime.store.rescoring import rescore, standings
from runtime.store.snapshot import Snapshot, of_contact
from runtime.store.tombstones import erased
from runtime.store.upserts import upsert
from runtime.suppression import ERASED
from runtime.writes import InboxPut

_contacts, _runs = schema.contacts, schema.runs

# Rows of these are the other contact's from now on.
_MOVED: Sequence[Table] = (
    *(schema.events, schema.score_changes, schema.stage_changes, schema.goals),
    *(schema.runs, schema.ledger, schema.handoffs, schema.entries_refused, schema.aliases),
)
# Rows of these are joined with those that the other has.
_JOINED: Sequence[Table] = (schema.tags, schema.list_members, schema.suppressions)


@dataclass(frozen=True, slots=True)
class Merge:
    """What came of a merge. `ended`: runs that leave, for an older one of the same key goes on.

    `runs`: runs that came along. `changed`: False if the two were one before.
    """

    from_: str
    into: str
    changed: bool = True
    runs: int = 0
    ended: tuple[str, ...] = ()


async def merge(store: Store, from_: str, into: str, by: str, at: int) -> Merge:
    """Let the contact `into` be both. Done again, it changes nothing.

    Raises:
        StoreError: they are one, one of them is not known, or was erased.
    """

    async def work(connection: AsyncConnection) -> Merge:
        aliases = schema.aliases
        known = await connection.scalar(select(aliases.c.contact_id).where(aliases.c.alias == from_))
        if known == into:
            return Merge(from_, into, changed=False)
        if from_ == into:
            raise StoreError(f"{into} is one contact; name two. Nothing was done.")
        # In the order of ids, so that two merges wait for each other and do not lock each other out.
        both = select(_contacts.c.id).where(_contacts.c.id.in_((from_, into))).order_by(_contacts.c.id)
        await connection.execute(both.with_for_update())
        parts = [await of_contact(store, connection, one) for one in (into, from_)]
        for part in parts:
            if part.facts.suppressed == ERASED:
                raise erased(part.facts.contact_id)
        return await _Merging(store, connection, parts[0], parts[1], at).done(by)

    return await store.transact(work)


@dataclass(slots=True)
class _Merging:
    store: Store
    connection: AsyncConnection
    into: Snapshot
    from_: Snapshot
    at: int

    @property
    def ids(self) -> tuple[str, str]:
        """The contact that goes, and the one that stays."""
        return self.from_.facts.contact_id, self.into.facts.contact_id

    async def done(self, by: str) -> Merge:
        from_, into = self.ids
        ended = merging.superseded(self.into.facts.runs, self.from_.facts.runs, self.into.published)
        mine = select(_runs.c.id).where(_runs.c.contact_id == from_, _runs.c.status == "open")
        theirs = list(await self.connection.scalars(mine))
        number = await self.connection.scalar(select(func.count()).where(_runs.c.contact_id == from_))
        parts = (self.into.facts, self.from_.facts)
        brought = [await _scoring(self.connection, one, self.into.published.definitions) for one in parts]
        others = await standings(self.store, self.connection, await self.others(), self.at, of_account=True)
        await self.contact()
        await self.rows()
        await join_opportunities(self.connection, *self.ids)
        await self.consents()
        await self.by_hand(by)
        await self.connection.execute(delete(_contacts).where(_contacts.c.id == from_))
        await close_doubled(self.connection, into, self.at)
        for run in ended:
            await put(self.connection, InboxPut(run, self.at, (MERGED, STOPPED)), None)
            await self.connection.execute(update(_runs).where(_runs.c.id == run).values(by_hand="stopped"))
        await self.follow(theirs, brought)
        await rescore(self.store, self.connection, others, self.at)
        await note(self.connection, self.at, by, "merge", "contact", into)
        return Merge(from_, into, True, int(number or 0), tuple(ended))

    async def others(self) -> list[str]:
        """Return the other contacts of their accounts: what is counted over them may change."""
        accounts = {a for a in (self.into.facts.account_id, self.from_.facts.account_id) if a}
        here = _contacts.c.account_id.in_(accounts), _contacts.c.id.not_in(self.ids)
        return list(
            await self.connection.scalars(select(_contacts.c.id).where(*here).order_by(_contacts.c.id))
        )

    async def contact(self) -> None:
        """Write what the contact that stays is now, but for what follows from rows."""
        into, from_ = self.into.facts, self.from_.facts
        fields = merging.fields(into.contact, from_.contact)
        email = fields.get("email")
        values = {
            "fields": fields,
            "email": str(email).lower() if email else None,
            "account_id": into.account_id or from_.account_id,
            "time_zone": into.time_zone or from_.time_zone,
            "known_since": min(into.known_since, from_.known_since),
            "score": into.score + from_.score,
            "stage": into.stage or from_.stage,
        }
        await self.connection.execute(
            update(_contacts).where(_contacts.c.id == into.contact_id).values(values)
        )

    async def rows(self) -> None:
        """Give the contact that stays all rows of the one that goes."""
        from_, into = self.ids
        for table in _MOVED:
            await self.connection.execute(
                update(table).where(table.c.contact_id == from_).values(contact_id=into)
            )
        for table in _JOINED:
            found = await self.connection.execute(select(table).where(table.c.contact_id == from_))
            rows = [{**row, "contact_id": into} for row in found.mappings()]
            await upsert(self.connection, table, rows, ())
            await self.connection.execute(delete(table).where(table.c.contact_id == from_))

    async def consents(self) -> None:
        """Keep what both have given; who has taken it back in one place has taken it back."""
        table, (_from, into) = schema.consents, self.ids
        found: dict[str, list[Any]] = {}
        for row in await self.connection.execute(select(table).where(table.c.contact_id.in_(self.ids))):
            found.setdefault(row.consent, []).append(row)
        await self.connection.execute(delete(table).where(table.c.contact_id.in_(self.ids)))
        kept = []
        for name, rows in found.items():
            # One of whom nothing is known has not agreed, and may still do so.
            if len(rows) == 2 or not all(row.granted for row in rows):
                granted, at = all(row.granted for row in rows), max(row.at for row in rows)
                kept.append({"contact_id": into, "consent": name, "granted": granted, "at": at})
        await upsert(self.connection, table, kept, ())

    async def by_hand(self, by: str) -> None:
        """Keep what people have decided about either of them, and the id that goes as another name."""
        (from_, into), switches = self.ids, schema.switches
        found = await self.connection.execute(
            select(switches).where(switches.c.scope == "contact", switches.c.name == from_)
        )
        await upsert(self.connection, switches, [{**row, "name": into} for row in found.mappings()], ())
        mine = switches.c.scope == "contact", switches.c.name == from_
        await self.connection.execute(delete(switches).where(*mine))
        await _overrides(self.connection, from_, into, self.at)
        email = select(_contacts.c.email).where(_contacts.c.id == from_)
        row = {"alias": from_, "contact_id": into, "email": await self.connection.scalar(email)}
        await self.connection.execute(insert(schema.aliases).values(**row, at=self.at, by=by))

    async def follow(self, theirs: Sequence[str], brought: Sequence[dict[int, Happened]]) -> None:
        """Correct the score, and tell runs and journeys what is different now.

        `brought`: the events that score, of the one that stays and of the other, by number.
        """
        _gone, into = self.ids
        snapshot = await of_contact(self.store, self.connection, into)
        facts, before = snapshot.facts, self.into.facts
        definitions = snapshot.published.definitions
        parts = (_with(before, brought[0]), _with(self.from_.facts, brought[1]))
        points = merging.points(_with(facts, brought[0] | brought[1]), parts, definitions)
        writes = merging.corrected(facts, points, self.at)
        stood = scoring.standing(before, self.at, "silent")
        told = intake.take_in_change(writes, stood, before.stage, facts, snapshot.published, self.at)
        heard: dict[str, set[int]] = {}
        for was in (before, self.from_.facts):
            keys = merging.changes(was, facts) | intake.score_key([*writes, *told])
            for run, interests in routing.changed(keys, facts, snapshot.published):
                if (run in theirs) == (was is not before):
                    heard.setdefault(run, set()).update(interests)
        puts = [InboxPut(run, self.at, tuple(sorted(interests))) for run, interests in heard.items()]
        await apply(self.store, self.connection, snapshot, [*writes, *told, *puts], spread=False)
        await self._pause(into)

    async def _pause(self, into: str) -> None:
        """Let runs that came together stand still, if a person paused either contact."""
        switches = schema.switches
        paused = exists().where(
            switches.c.what == "pause", switches.c.scope == "contact", switches.c.name == into
        )
        open_ = select(_runs.c.id).where(
            _runs.c.contact_id == into, _runs.c.status == "open", _runs.c.by_hand.is_(None), paused
        )
        for run in (await self.connection.scalars(open_.order_by(_runs.c.id))).all():
            await put(self.connection, InboxPut(run, self.at, (PAUSED,)), None)
            await self.connection.execute(update(_runs).where(_runs.c.id == run).values(by_hand="paused"))


async def _scoring(
    connection: AsyncConnection, facts: Facts, definitions: Definitions
) -> dict[int, Happened]:
    """Load all events that score, of which a snapshot has only those that decisions see."""
    events, names = schema.events, {rule.event for rule in definitions.scoring}
    columns = (events.c[name] for name in ("id", "name", "at", "occurred", "properties", "machine"))
    mine = events.c.contact_id == facts.contact_id
    if facts.account_id is not None:
        mine = or_(mine, events.c.account_id == facts.account_id)
    rows = await connection.execute(select(*columns).where(mine, events.c.name.in_(names)))
    return {row.id: Happened(*row[1:]) for row in rows}


def _with(facts: Facts, events: dict[int, Happened]) -> Facts:
    found: dict[str, list[Happened]] = {}
    for _number, event in sorted(events.items()):
        found.setdefault(event.name, []).append(event)
    return replace(facts, events=found)


async def _overrides(connection: AsyncConnection, from_: str, into: str, at: int) -> None:
    """Keep the stricter of what people have decided."""
    table = schema.overrides
    found = await connection.execute(select(table).where(table.c.contact_id.in_((from_, into))))
    rows = {row["contact_id"]: row for row in found.mappings()}
    decided = {contact: Override(row["what"], row["until"]) for contact, row in rows.items()}
    await connection.execute(delete(table).where(table.c.contact_id.in_((from_, into))))
    kept = merging.stricter(decided.get(into), decided.get(from_), at)
    if kept is not None:
        whose = next(contact for contact, one in sorted(decided.items()) if one == kept)
        await connection.execute(insert(table).values({**rows[whose], "contact_id": into}))
