"""Reports: what happened, counted and told, from the database alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Plan
from runtime.store import schema
from runtime.store.open import Store
from runtime.store.publishing import hold_plans

_runs, _ledger, _journal = schema.runs, schema.ledger, schema.journal


@dataclass(frozen=True, slots=True)
class SendCount:
    """How many of an email (or notice, or sync) came out one way."""

    kind: str
    name: str
    outcome: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of a journey, or of all."""

    contacts: int
    entered: int
    open: int
    ended: dict[tuple[str, str], int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    effects: list[SendCount] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    scores: list[float] = field(default_factory=list)
    stages: dict[str, int] = field(default_factory=dict)
    handoffs: dict[str, int] = field(default_factory=dict)
    goals: dict[str, int] = field(default_factory=dict)

    def outcomes(self, kind: str = "send") -> dict[str, int]:
        """Sum one kind of effect by outcome."""
        found: dict[str, int] = {}
        for row in self.effects:
            if row.kind == kind:
                found[row.outcome] = found.get(row.outcome, 0) + row.count
        return found


@dataclass(frozen=True, slots=True)
class Reached:
    """A step (or block) of a journey's plan, and how many runs came to it."""

    step: str
    text: str
    runs: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a contact's story. `journey` is empty for what concerns the contact itself."""

    at: int
    journey: str
    what: str
    name: str
    reason: str = ""
    due: int | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """An effect of which nobody knows whether the provider took it. It was not repeated."""

    run: str
    step: str
    visit: int
    kind: str
    name: str
    contact: str
    message_id: str | None
    offered_at: int | None
    settled_at: int | None
    detail: str | None


async def counts(store: Store, journey: str | None = None) -> Counts:
    """Count what happened in one journey, or in all."""

    def of(query: Select[Any], table: Any) -> Select[Any]:
        return query if journey is None else query.where(table.c.journey == journey)

    async with store.reading() as connection:
        number = func.count()
        status = await _pairs(connection, of(_grouped(_runs.c.status), _runs))
        ended = of(select(_runs.c.end_kind, _runs.c.end_reason, number), _runs)
        ended = ended.where(_runs.c.status == "ended").group_by(_runs.c.end_kind, _runs.c.end_reason)
        ways = (_ledger.c.kind, _ledger.c.name, _ledger.c.outcome, _ledger.c.reason)
        settled = of(select(*ways, number), _ledger).where(_ledger.c.status == "settled")
        effects = await connection.execute(settled.group_by(*ways).order_by(*ways))
        # Each hold writes a row of the journal, the ledger keeps only how it came out.
        holds = select(_journal.c.reason, number).join(_runs, _runs.c.id == _journal.c.run_id)
        holds = of(holds, _runs).where(_journal.c.kind == "held").group_by(_journal.c.reason)
        handoffs = _grouped(schema.handoffs.c.status)
        if journey is not None:
            handoffs = handoffs.join(_runs).where(_runs.c.journey == journey)
        people = select(func.count(schema.contacts.c.id))
        scores = select(schema.contacts.c.score).order_by(schema.contacts.c.score.desc())
        stages = _grouped(schema.contacts.c.stage).where(schema.contacts.c.stage.is_not(None))
        return Counts(
            contacts=int(await connection.scalar(people) or 0),
            entered=sum(status.values()),
            open=status.get("open", 0),
            ended={(k, r): n for k, r, n in await connection.execute(ended)},
            refused=await _pairs(
                connection, of(_grouped(schema.entries_refused.c.reason), schema.entries_refused)
            ),
            effects=[SendCount(*row) for row in effects],
            held=await _pairs(connection, holds),
            scores=list(await connection.scalars(scores)),
            stages=await _pairs(connection, stages),
            handoffs=await _pairs(connection, handoffs),
            goals=await _pairs(connection, of(_grouped(schema.goals.c.goal), schema.goals)),
        )


async def funnel(store: Store, journey: str) -> list[Reached]:
    """Count, for each step and block of the journey's latest plan, the runs that came to it, in file order.

    Steps of older plans count where their id is still there: ids are stable across edits elsewhere.
    """
    latest = (
        select(_runs.c.plan)
        .where(_runs.c.journey == journey)
        .order_by(_runs.c.entered.desc(), _runs.c.id)
        .limit(1)
    )
    async with store.reading() as connection:
        hash_ = await connection.scalar(latest)
        if hash_ is None:
            return []
        await hold_plans(store, connection, (hash_,))
        places = _places(store.plans[hash_])
        # A block that the run only waits for, or leaves out, has rows of its own and is not reached.
        blocks = [place.step for place in places if place.block]
        counts_as_reached = (_journal.c.kind == "block") | _journal.c.step.not_in(blocks)
        query = (
            select(_journal.c.step, func.count(_journal.c.run_id.distinct()))
            .join(_runs, _runs.c.id == _journal.c.run_id)
            .where(_runs.c.journey == journey, counts_as_reached)
            .group_by(_journal.c.step)
        )
        reached = {row[0]: row[1] for row in await connection.execute(query)}
    entered = Reached("", "entered", reached.get("", 0))
    return [entered] + [Reached(place.step, place.text, reached.get(place.step, 0)) for place in places]


class _Place(NamedTuple):
    line: int
    step: str
    text: str
    block: bool


def _places(plan: Plan) -> list[_Place]:
    """List a plan's steps and blocks in file order."""
    places = []
    for step in plan.steps:
        if step.op != "schedule":
            places.append(_Place(step.line, step.id, step.text, False))
            continue
        for block in step.blocks:
            # A block has no line in the plan; it stands above its first step.
            line = step.line if block.body is None else plan.steps[block.body].line - 1
            places.append(_Place(line, block.label, block.label, True))
    return sorted(places, key=lambda place: place.line)


async def timeline(store: Store, contact: str) -> list[Moment]:
    """Tell a contact's story in order of time: events, points, stages, and every run's steps."""
    async with store.reading() as connection:
        moments = [*await _story(connection, contact), *await _steps(store, connection, contact)]
    # Python's sort is stable: within a second, what happened stands before what runs did about it.
    return sorted(moments, key=lambda moment: moment.at)


async def doubts(store: Store) -> list[Doubt]:
    """Return every effect that was settled as in doubt, for a person to look into."""
    names = ("run_id", "step", "visit", "kind", "name", "contact_id", "message_id")
    columns = [_ledger.c[name] for name in (*names, "offered_at", "settled_at", "detail")]
    query = select(*columns).where(_ledger.c.outcome == "in doubt").order_by(_ledger.c.at, _ledger.c.run_id)
    async with store.reading() as connection:
        return [Doubt(*row) for row in await connection.execute(query)]


def _grouped(column: Any) -> Select[Any]:
    return select(column, func.count()).group_by(column)


async def _pairs(connection: AsyncConnection, query: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in sorted((await connection.execute(query)).all())}


async def _story(connection: AsyncConnection, contact: str) -> list[Moment]:
    events, points, stages = schema.events, schema.score_changes, schema.stage_changes
    account = select(schema.contacts.c.account_id).where(schema.contacts.c.id == contact).scalar_subquery()
    mine = (events.c.contact_id == contact) | (events.c.account_id == account)
    happened = await connection.execute(
        select(events.c.at, events.c.name, events.c.machine).where(mine).order_by(events.c.at, events.c.id)
    )
    moments = [
        Moment(at, "", "event", name, "by a machine" if machine else "") for at, name, machine in happened
    ]
    scored = await connection.execute(
        select(points.c.at, points.c.points, points.c.total, points.c.source)
        .where(points.c.contact_id == contact)
        .order_by(points.c.id)
    )
    moments += [
        Moment(at, "", "score", f"{number:+g} = {total:g}", source.removeprefix("event:"))
        for at, number, total, source in scored
    ]
    staged = await connection.execute(
        select(stages.c.at, stages.c.stage).where(stages.c.contact_id == contact).order_by(stages.c.id)
    )
    moments += [Moment(at, "", "stage", stage) for at, stage in staged]
    refused = schema.entries_refused
    not_entered = await connection.execute(
        select(refused.c.at, refused.c.journey, refused.c.reason).where(refused.c.contact_id == contact)
    )
    return moments + [
        Moment(at, journey, "not entered", journey, reason) for at, journey, reason in not_entered
    ]


async def _steps(store: Store, connection: AsyncConnection, contact: str) -> Sequence[Moment]:
    """Tell each row of the contact's runs' journals in the words of its plan."""
    rows = await connection.execute(
        select(
            *(_journal.c[name] for name in ("at", "step", "kind", "reason", "due")),
            _runs.c.journey,
            _runs.c.plan,
            _ledger.c.detail,
        )
        .join(_runs, _runs.c.id == _journal.c.run_id)
        .outerjoin(
            _ledger,
            (_ledger.c.run_id == _journal.c.run_id)
            & (_ledger.c.step == _journal.c.step)
            & (_ledger.c.visit == _journal.c.visit)
            & (_ledger.c.outcome == _journal.c.kind),
        )
        .where(_runs.c.contact_id == contact)
        .order_by(_runs.c.entered, _runs.c.id, _journal.c.n)
    )
    found = rows.all()
    await hold_plans(store, connection, {row.plan for row in found})
    texts = {hash_: _texts(store, hash_) for hash_ in {row.plan for row in found}}
    return [
        Moment(
            row.at,
            row.journey,
            row.kind,
            texts[row.plan].get(row.step, row.step) or row.journey,
            ": ".join(part for part in (row.reason, row.detail) if part),
            row.due,
        )
        for row in found
    ]


def _texts(store: Store, hash_: str) -> dict[str, str]:
    plan = store.plans[hash_]
    texts = {step.id: step.text for step in plan.steps}
    texts |= {ending.id: ending.text for ending in plan.endings}
    return texts | {handler.id: handler.text for handler in plan.handlers}
