"""The activities of the workflow written by hand: one for each read of facts and each effect.

They stand on what a good house library would give: the same store, ledger, rules of dispatch, templates and
mail client as the worker's own. An effect on our records has a row in the ledger too, so that one that is
tried again is not done twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import and_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.calling import crm_contact
from activities.host import Host
from activities.keys import EffectKey, effect_id
from activities.noticing import Telling, about, tell
from activities.sending import send_email
from activities.turning import heartbeats, settled
from benchmarks.by_hand import Closing, Order, Question, Sent, Who
from dsl.plan import (
    AddScore,
    AddTag,
    Effect,
    HasDone,
    HasEngaged,
    Notify,
    Ref,
    Scope,
    SendEmail,
    SetStage,
    Sync,
)
from runtime import dispatch, handoffs, intake, records, scoring
from runtime.evaluate import score, truth
from runtime.machine import Done
from runtime.store import ledger, schema
from runtime.store.applying import apply
from runtime.store.ledger import Claim
from runtime.store.snapshot import RunSnapshot, of_run
from runtime.store.upserts import inserting
from runtime.turn import Outer
from runtime.writes import GoalReached, HandoffOpened, Write

_ENGAGED = ("Email Clicked", "Email Replied", "Page Viewed", "Form Submitted", "Asset Downloaded")
_MQL = 65


class ByHand:
    """The activities of one worker."""

    def __init__(self, host: Host) -> None:
        self.host, self.store = host, host.store

    def main(self) -> list[Callable[..., Any]]:
        """Return those of the workflow's own queue."""
        reads = [self.read_contact, self.has_opened, self.is_qualified, self.has_engaged]
        return [*reads, self.add_tag, self.add_score, self.set_stage, self.close_run]

    def email(self) -> list[Callable[..., Any]]:
        """Return those of the email queue."""
        return [self.send_email]

    def webhooks(self) -> list[Callable[..., Any]]:
        """Return those of the webhooks queue."""
        return [self.sync_crm, self.notify_team]

    # ------------------------------------------------------------------------------------------- reads

    @activity.defn
    async def read_contact(self, question: Question) -> Who:
        found = await self._read(question.run)
        return Who(found.facts.time_zone or "", bool(found.facts.open_opportunities))

    @activity.defn
    async def has_opened(self, question: Question) -> bool:
        scope, args = Scope(kind="run"), {"email": question.name}
        return await self._true(question, HasDone(event="Email Opened", args=args, scope=scope))

    @activity.defn
    async def is_qualified(self, question: Question) -> bool:
        return score((await self._read(question.run)).facts, question.clock) >= _MQL

    @activity.defn
    async def has_engaged(self, question: Question) -> bool:
        scope = Scope(kind="last", amount=question.days)
        return await self._true(question, HasEngaged(events=_ENGAGED, scope=scope))

    async def _read(self, run: str) -> RunSnapshot:
        async with self.store.reading() as connection:
            return await of_run(self.store, connection, run)

    async def _true(self, question: Question, condition: HasDone | HasEngaged) -> bool:
        found = await self._read(question.run)
        zone = found.published.definitions.time_zone
        return truth(condition, found.facts, found.view, question.clock, zone)

    # ------------------------------------------------------------------------------- effects on records

    @activity.defn
    async def add_tag(self, order: Order) -> None:
        await self._record(order, AddTag(tag=order.name))

    @activity.defn
    async def add_score(self, order: Order) -> None:
        await self._record(order, AddScore(points=order.points))

    @activity.defn
    async def set_stage(self, order: Order) -> None:
        await self._record(order, SetStage(stage=order.name))

    async def _record(self, order: Order, effect: Effect) -> None:
        async def work(connection: AsyncConnection) -> None:
            found = await of_run(self.store, connection, order.run)
            facts, published, at = found.facts, found.published, order.clock
            row = {"run_id": order.run, "step": order.step, "visit": 1, "contact_id": facts.contact_id}
            row |= {"journey": found.view.journey, "kind": effect.kind, "name": effect.kind, "at": at}
            row |= {"status": "settled", "attempt": 1, "outcome": "sent", "settled_at": at, "service": False}
            once = inserting(connection, schema.ledger).values(**row).on_conflict_do_nothing()
            if not (await connection.execute(once)).rowcount:
                return
            before, stage = scoring.standing(facts, at), facts.stage
            written, _ = records.change(effect, facts, order.step, at, found.view)
            told = intake.take_in_change([written], before, stage, facts, published, at)
            await apply(self.store, connection, found, [written, *told])

        await self.store.transact(work)

    @activity.defn
    async def close_run(self, end: Closing) -> None:
        async def work(connection: AsyncConnection) -> None:
            found, at = await of_run(self.store, connection, end.run), end.clock
            if found.row["status"] == "ended":
                return
            writes: list[Write] = []
            if end.kind == "goal":
                writes.append(GoalReached(end.run, found.view.journey, end.reason, at))
            if end.hand_off:
                rule = found.published.definitions.handoffs.get(end.hand_off)
                by = handoffs.deadline(rule, "normal", at)
                id_ = f"{end.run}/handoff/1"
                writes.append(HandoffOpened(id_, end.run, end.hand_off, "normal", at, by.due, by.half))
            if end.start:
                writes += intake.start_journey(end.start, found.facts, found.published, at)
            await apply(self.store, connection, found, writes)
            await ledger.drop_held(connection, found.view, at)
            values = {"status": "ended", "ended": at, "end_kind": end.kind, "end_reason": end.reason}
            runs = schema.runs
            await connection.execute(update(runs).where(runs.c.id == end.run).values(**values, due=None))

        await self.store.transact(work)
        await self.host.relay()

    # ------------------------------------------------------------------------------ effects on the world

    @activity.defn
    async def send_email(self, order: Order) -> Sent:
        effect = SendEmail(
            email=order.email,
            service=order.service,
            ignore_hours=order.any_time,
            subject=order.subject,
            version_by=Ref(of="contact", field=order.version_by) if order.version_by else None,
        )
        return await self._perform(order, effect, send_email)

    @activity.defn
    async def sync_crm(self, order: Order) -> Sent:
        async def sync(host: Host, claim: Claim, _clock: int) -> Any:
            key = effect_id(host.secret, EffectKey(claim.run.id, claim.outer.step_id, 1))
            return await host.crms["CRM"].upsert(crm_contact(claim), key)

        return await self._perform(order, Sync(target="CRM"), sync)

    @activity.defn
    async def notify_team(self, order: Order) -> Sent:
        async def notify(host: Host, claim: Claim, clock: int) -> Any:
            notice = about(claim.facts, "On the pricing page", clock, why=f'"{claim.run.journey}"', high=True)
            telling = Telling(
                host.teams[order.name],
                notice,
                claim.run.id,
                order.step,
                1,
                claim.contact_id,
                claim.run.journey,
                clock,
                clock,
            )
            return await tell(host, telling)

        effect = Notify(team=order.name, message="On the pricing page", priority="high")
        return await self._perform(order, effect, notify)

    async def _perform(
        self, order: Order, effect: Effect, carry_out: Callable[[Host, Claim, int], Awaitable[Any]]
    ) -> Sent:
        clock = max(order.clock, int(activity.info().started_time.timestamp()))
        async with heartbeats():
            claim = await self._claim(order, effect, clock)
            if isinstance(claim, Sent):
                return claim
            outcome = await carry_out(self.host, claim, clock)
            done = settled(claim, outcome)

            async def work(connection: AsyncConnection) -> None:
                await ledger.settle(connection, claim, done, order.clock, clock, outcome.detail or None)

            await self.store.transact(work)
        return Sent(done.kind, done.until)

    async def _claim(self, order: Order, effect: Effect, clock: int) -> Claim | Sent:
        """Decide whether the effect may go, and claim it, in one transaction."""
        rows = schema.ledger
        row = and_(rows.c.run_id == order.run, rows.c.step == order.step, rows.c.visit == 1)

        async def work(connection: AsyncConnection) -> Claim | Sent:
            found = await of_run(self.store, connection, order.run)
            facts, published, plan = found.facts, found.published, found.plan
            zone, rules = published.definitions.time_zone, published.definitions.policies
            outer = Outer(0, order.step, 1, 1, effect, order.clock)
            claim = Claim(found.view, 0, plan, outer, 0, frozenset(), facts, published)
            here = (
                await connection.execute(select(rows.c.status, rows.c.attempt, rows.c.outcome).where(row))
            ).first()
            if here is not None and here.status == "settled":
                return Sent(here.outcome)
            if here is not None and here.status == "offered":
                doubt = Done("in doubt")
                claim = replace(claim, attempt=here.attempt)
                await ledger.settle(connection, claim, doubt, order.clock, clock, None)
                return Sent("in doubt")
            verdict = dispatch.decide(plan, effect, facts, found.view, order.clock, zone, rules)
            if isinstance(verdict, dispatch.Hold):
                return Sent("held", verdict.until)
            if isinstance(verdict, dispatch.Skip):
                values = {"status": "settled", "outcome": "skipped", "reason": verdict.reason, "attempt": 0}
                contact = {"contact_id": facts.contact_id, "journey": found.view.journey, "kind": effect.kind}
                about_ = {"run_id": order.run, "step": order.step, "visit": 1, "name": order.email}
                about_ |= {"at": order.clock, "service": order.service, "settled_at": clock}
                await connection.execute(insert(rows).values(**values, **contact, **about_))
                return Sent("skipped")
            attempt = await ledger.claim(connection, found.view, facts.contact_id, outer, clock)
            return replace(claim, attempt=attempt)

        return await self.store.transact(work)
