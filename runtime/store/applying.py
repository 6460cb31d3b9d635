"""Applying: the writes of a pure decision, in the transaction whose snapshot they were decided on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime import intake, routing, scoring
from runtime.facts import Happened
from runtime.machine import start_state
from runtime.scoring import Standing
from runtime.store import schema
from runtime.store.collecting import Rows
from runtime.store.handoffs import accept_all, reject
from runtime.store.open import Store
from runtime.store.opportunities import write_opportunity
from runtime.store.publishing import hold_plans
from runtime.store.snapshot import Snapshot, of_contact
from runtime.store.upserts import upsert
from runtime.suppression import PERMANENT
from runtime.writes import (
    ConsentChanged,
    ContactSuppressed,
    EntryRefused,
    FieldChanged,
    GoalReached,
    HandoffAccepted,
    HandoffOpened,
    HandoffRejected,
    InboxPut,
    ListChanged,
    OpportunityChanged,
    RunEntered,
    ScoreChanged,
    StageChanged,
    SuppressionLifted,
    TagChanged,
    TriggerReplaced,
    Write,
    about_account,
)

_OF_CONTACT = schema.runs.c.subject_kind == "contact"  # a run of the account hears for each of its contacts


async def apply(
    store: Store,
    connection: AsyncConnection,
    snapshot: Snapshot,
    writes: Sequence[Write],
    *,
    event: int | None = None,
    spread: bool = True,
    rows: Rows | None = None,
) -> int:
    """Apply writes about the contact of the snapshot; return how many handoffs they answered.

    Args:
        event: the row of the event that led to them, if one did.
        rows: what the caller writes later. Then nothing is spread.
        spread: tell runs of the account's other contacts what changed about the account. Not for an event
            about the account: that is taken in for each of them.
    """
    applying = _Applying(connection, snapshot, event, Rows(connection) if rows is None else rows)
    for write in writes:
        await applying.one(write)
    if rows is not None:
        return applying.answered
    await applying.rows.write()
    account = snapshot.facts.account_id
    if spread and account is not None and (keys := about_account(writes)):
        at = max(w.at for w in writes)
        others = schema.contacts.c.account_id == account, schema.contacts.c.id != snapshot.facts.contact_id
        await tell_watchers(store, connection, snapshot, (*others, _OF_CONTACT), keys, at)
        if snapshot.published.definitions.fit or snapshot.facts.model.segments:
            await _settle_others(store, connection, others, writes, at)
    return applying.answered


async def tell_peers(store: Store, connection: AsyncConnection, snapshot: Snapshot, event: Happened) -> None:
    """Tell runs of the account's other contacts of an event, if any of them counts such events."""
    facts, keys = snapshot.facts, (intake.in_account(event),)
    news = intake.is_news(event, snapshot.published.definitions)
    if facts.account_id is None or not news or not routing.watched(keys, snapshot.published):
        return
    others = schema.contacts.c.account_id == facts.account_id, schema.contacts.c.id != facts.contact_id
    await tell_watchers(store, connection, snapshot, (*others, _OF_CONTACT), keys, event.at)


async def _settle_others(
    store: Store, connection: AsyncConnection, others: Sequence[Any], writes: Sequence[Write], at: int
) -> None:
    """Let what changed about the account change fit and segments of its other contacts."""
    concerned = select(schema.contacts.c.id).where(*others).order_by(schema.contacts.c.id)
    for contact in (await connection.scalars(concerned)).all():
        snapshot = await of_contact(store, connection, contact)
        was = scoring.before_account_changed(writes, snapshot.facts)
        before = scoring.standing(was, at, "follows")
        await settle(store, connection, snapshot, before, at)


async def settle(
    store: Store, connection: AsyncConnection, snapshot: Snapshot, before: Standing, at: int
) -> None:
    """Tell what a change of facts, made otherwise than by a run or an event, has made of how it stands."""
    writes = intake.take_in_change([], before, snapshot.facts.stage, snapshot.facts, snapshot.published, at)
    if keys := intake.score_key(writes):
        told = routing.changed(keys, snapshot.facts, snapshot.published)
        writes += [InboxPut(run, at, interests) for run, interests in told]
    await apply(store, connection, snapshot, writes, spread=False)


async def tell_watchers(
    store: Store,
    connection: AsyncConnection,
    snapshot: Snapshot,
    contacts: Sequence[Any],
    keys: Iterable[str],
    at: int,
) -> None:
    """Tell the open runs of these contacts (conditions on the contacts' table) that facts have changed."""
    runs, keys = schema.runs, tuple(keys)
    found = await connection.execute(
        select(runs.c.id, runs.c.plan)
        .join(schema.contacts, runs.c.contact_id == schema.contacts.c.id)
        .where(runs.c.status == "open", *contacts)
        .order_by(runs.c.id)
    )
    rows = found.all()
    await hold_plans(store, connection, (row.plan for row in rows))
    puts = Rows(connection)
    for row in rows:
        if interests := routing.watching(snapshot.published.plan(row.plan), keys):
            puts.put(InboxPut(row.id, at, interests), None)
    await puts.write()


async def put(connection: AsyncConnection, write: InboxPut, event: int | None) -> None:
    """Give a run the next number of its inbox, and leave word for its workflow."""
    rows = Rows(connection)
    rows.put(write, event)
    await rows.write()


@dataclass(slots=True)
class _Applying:
    connection: AsyncConnection
    snapshot: Snapshot
    event: int | None
    rows: Rows
    answered: int = 0

    @property
    def contact(self) -> str:
        return self.snapshot.facts.contact_id

    async def one(self, write: Write) -> None:
        """Apply one write."""
        match write:
            case ScoreChanged() | StageChanged():
                self.standing(write)
            case TagChanged():
                await self.member(schema.tags, "tag", write.tag, write.present, write.at)
            case FieldChanged():
                await self.field_(write)
            case ConsentChanged():
                row = {"contact_id": self.contact, "consent": write.consent, "granted": write.granted}
                await upsert(self.connection, schema.consents, [row | {"at": write.at}], ("granted", "at"))
            case ContactSuppressed():
                row = {"contact_id": self.contact, "reason": write.reason, "at": write.at}
                await upsert(self.connection, schema.suppressions, [row], ())
            case SuppressionLifted():
                table = schema.suppressions
                imposed = table.c.contact_id == self.contact, table.c.reason.not_in(PERMANENT)
                await self.connection.execute(delete(table).where(*imposed))
            case ListChanged():
                await self.member(schema.list_members, "list", write.list, write.present, write.at)
            case OpportunityChanged():
                facts = self.snapshot.facts
                owner = None if facts.account_id else facts.contact_id
                await write_opportunity(self.connection, write, facts.account_id, owner)
            case RunEntered():
                self.enter(write)
            case TriggerReplaced():
                await self.rows.write()  # the run may have begun just now
                run = schema.runs.c.id == write.run
                await self.connection.execute(update(schema.runs).where(run).values(trigger=write.trigger))
            case EntryRefused():
                self.add(
                    schema.entries_refused,
                    journey=write.journey,
                    entry_key=write.key,
                    reason=write.reason,
                    at=write.at,
                )
            case InboxPut():
                self.rows.put(write, self.event)
            case HandoffOpened():
                self.hand_off(write)
            case HandoffAccepted():
                self.answered += await accept_all(self.connection, self.contact, write.at)
            case HandoffRejected():
                definitions = self.snapshot.published.definitions
                about = write.properties, definitions, write.at
                self.answered += await reject(self.connection, self.contact, *about)
            case GoalReached():
                self.add(schema.goals, run_id=write.run, journey=write.journey, goal=write.goal, at=write.at)

    def add(self, table: Table, **values: Any) -> None:
        self.rows.add(table, contact_id=self.contact, **values)

    def change(self, **values: Any) -> None:
        self.rows.change(self.contact, values)

    def standing(self, write: ScoreChanged | StageChanged) -> None:
        if isinstance(write, ScoreChanged):
            self.change(score=self.snapshot.facts.score, score_seen=write.total)
            self.add(
                schema.score_changes,
                points=write.points,
                total=write.total,
                source=write.source,
                at=write.at,
                kind=write.kind,
                occurred=write.occurred,
            )
        else:
            self.change(stage=write.stage)
            self.add(schema.stage_changes, stage=write.stage, at=write.at)

    async def member(self, table: Table, column: str, name: str, present: bool, at: int) -> None:
        """Give the contact a name of a set (a tag, a list), or take it away."""
        if present:
            await upsert(self.connection, table, [{"contact_id": self.contact, column: name, "at": at}], ())
        else:
            here = table.c.contact_id == self.contact, table.c[column] == name
            await self.connection.execute(delete(table).where(*here))

    async def field_(self, write: FieldChanged) -> None:
        if write.of == "contact":
            self.change(fields=self.snapshot.facts.contact)
            if write.field == "time_zone":
                self.snapshot.facts.time_zone = write.value
                self.change(time_zone=write.value)
            elif write.field == "email":
                self.change(email=str(write.value).lower() if write.value else None)
            return
        # Another contact's transaction may be changing the same company: read it again, held.
        accounts = schema.accounts
        here = accounts.c.id == self.snapshot.facts.account_id
        held = await self.connection.execute(
            select(accounts.c.fields).where(here).with_for_update(key_share=True)
        )
        for fields in held.scalars():
            merged = {**fields, write.field: write.value}
            await self.connection.execute(update(accounts).where(here).values(fields=merged))

    def enter(self, write: RunEntered) -> None:
        facts = self.snapshot.facts
        plan = self.snapshot.published.plan(write.plan)
        self.add(
            schema.runs,
            id=write.id,
            journey=write.journey,
            subject_kind=plan.subject,
            subject=facts.contact_id if plan.subject == "contact" else facts.account_id,
            entry_key=write.key,
            ordinal=write.ordinal,
            plan=write.plan,
            entered=write.at,
            trigger=write.trigger,
            state=start_state(write.at).to_json(),
        )
        payload = {"journey": write.journey, "plan": write.plan, "entered": write.at}
        self.rows.leave_word("start", write.id, 0, payload, write.at)

    def hand_off(self, write: HandoffOpened) -> None:
        self.add(
            schema.handoffs,
            id=write.id,
            run_id=write.run,
            handoff=write.handoff,
            priority=write.priority,
            status="open",
            opened_at=write.at,
            due_at=write.due,
            half_at=write.half,
        )
        payload = {
            "run": write.run,
            "handoff": write.handoff,
            "priority": write.priority,
            "opened": write.at,
            "due": write.due,
        }
        self.rows.leave_word("handoff", write.id, 0, payload, write.at)
