"""Reports: what happened, counted. Stories and funnels are in `runtime.reporting`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.open import Store

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
        score = func.coalesce(schema.contacts.c.score_seen, schema.contacts.c.score)
        scores = select(score).order_by(score.desc())
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


def _grouped(column: Any) -> Select[Any]:
    return select(column, func.count()).group_by(column)


async def _pairs(connection: AsyncConnection, query: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in sorted((await connection.execute(query)).all())}
