"""Moving: runs that go on under another version of their journey, one transaction a run.

The run's row gets the new plan and the mapped state; the workflow learns it from the transcript of its next
turn, in which the move is a happening, and is woken by a row of the run's inbox that tells of nothing. A run
with something under way is left for later: what is in flight is never cut off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Plan
from runtime import turn as turns
from runtime.machine import State, Unmovable, move, read, take_over
from runtime.machine.happenings import Moved
from runtime.machine.migration import Mapped
from runtime.store import ledger, schema
from runtime.store.applying import put
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.store.publishing import hold_plans
from runtime.versions.aligning import align
from runtime.writes import InboxPut

_runs, _moves, _moved = schema.runs, schema.moves, schema.moved_runs
_COLUMNS = tuple(
    _runs.c[name]
    for name in ("id", "journey", "plan", "status", "state", "partial", "in_flight", "inbox_next", "due")
)
_HARMLESS = ("waiting", "block moved", "block skipped")
"""What a run may write after a move that can still be undone: it has looked again at what it waits for."""


@dataclass(frozen=True, slots=True)
class Move:
    """People on their way to one version. `targets`: where those go whose step is gone."""

    id: int
    journey: str
    plan: str
    targets: Mapping[str, str]
    at: int
    undone: int | None


@dataclass(slots=True)
class Outlook:
    """What a move would do, or has done.

    `moved`: runs. `stay`: (why, step) to how many cannot go. `busy`: runs that have something under way.
    """

    moved: int = 0
    busy: int = 0
    stay: Counter[tuple[str, str]] = field(default_factory=Counter)


async def begin_move(store: Store, journey: str, plan: str, targets: Mapping[str, str], at: int) -> Move:
    """Write a move down, so that it can be taken up again and undone."""

    async def work(connection: AsyncConnection) -> int:
        values = {"journey": journey, "plan": plan, "targets": dict(targets), "at": at}
        added = await connection.execute(insert(_moves).values(values).returning(_moves.c.id))
        return int(added.scalar_one())

    return Move(await store.transact(work), journey, plan, dict(targets), at, None)


async def get_move(store: Store, id_: int) -> Move:
    """Return a move. Raises `StoreError` if there is none with this number."""
    async with store.reading() as connection:
        row = (await connection.execute(select(_moves).where(_moves.c.id == id_))).mappings().first()
    if row is None:
        raise StoreError(f"There is no migration {id_}. `nurture migrate --list` lists them.")
    return Move(row["id"], row["journey"], row["plan"], row["targets"], row["at"], row["undone"])


async def list_moves(store: Store) -> list[tuple[Move, int]]:
    """Return all moves, the newest first, and how many runs each has moved."""
    query = (
        select(_moves, func.count(_moved.c.run_id).label("runs"))
        .select_from(_moves.outerjoin(_moved, _moved.c.move_id == _moves.c.id))
        .group_by(_moves.c.id)
        .order_by(_moves.c.id.desc())
    )
    async with store.reading() as connection:
        rows = (await connection.execute(query)).mappings()
        return [
            (Move(r["id"], r["journey"], r["plan"], r["targets"], r["at"], r["undone"]), r["runs"])
            for r in rows
        ]


async def behind(store: Store, journey: str, plan: str) -> list[str]:
    """Return the open runs of a journey that are on another version, by entry."""
    query = (
        select(_runs.c.id)
        .where(_runs.c.journey == journey, _runs.c.status == "open", _runs.c.plan != plan)
        .order_by(_runs.c.entered, _runs.c.id)
    )
    async with store.reading() as connection:
        return list(await connection.scalars(query))


async def plans_behind(store: Store, journey: str, plan: str) -> list[Plan]:
    """Return the versions of a journey, other than this one, that people are inside of."""
    query = (
        select(_runs.c.plan)
        .where(_runs.c.journey == journey, _runs.c.status == "open", _runs.c.plan != plan)
        .distinct()
    )
    async with store.reading() as connection:
        hashes = sorted(await connection.scalars(query))
        await hold_plans(store, connection, hashes)
    return [store.plans[hash_] for hash_ in hashes]


async def foresee(
    store: Store, runs: Sequence[str], new: Plan, targets: Mapping[str, str], now: int
) -> Outlook:
    """Say what a move would do to these runs, and change nothing."""
    outlook = Outlook()
    async with store.reading() as connection:
        for run in runs:
            row = await _row(connection, run, locked=False)
            if row is not None and row["plan"] != new.hash and row["status"] == "open":
                await hold_plans(store, connection, (row["plan"],))
                _try(store, row, new, targets, now, outlook)
    return outlook


async def move_run(store: Store, one: Move, run: str, now: int) -> Outlook:
    """Move one run, if it can go as it stands. One that is there already counts as nothing."""

    async def work(connection: AsyncConnection) -> Outlook:
        outlook = Outlook()
        row = await _row(connection, run, locked=True)
        if row is None or row["status"] != "open" or row["plan"] == one.plan:
            return outlook
        await hold_plans(store, connection, (row["plan"], one.plan))
        new = store.plans[one.plan]
        mapped = _try(store, row, new, one.targets, now, outlook)
        if mapped is not None:
            for step, visit in mapped.dropped:
                await ledger.drop_one(connection, run, step, visit, now)
            await _count_on(connection, run, new, mapped.state)
            state = await _go_on(connection, run, new, mapped.state, now)
            kept = {"move_id": one.id, "run_id": run, "plan": row["plan"], "state": row["state"]}
            await connection.execute(insert(_moved).values({**kept, "n": state.n, "at": now}))
        return outlook

    return await store.transact(work)


async def undo_run(store: Store, one: Move, run: str, now: int) -> bool:
    """Bring one run back to the version and the place it had; False if it has gone on since.

    Nothing may have followed but another look at what the run waits for.
    """

    async def work(connection: AsyncConnection) -> bool:
        row = await _row(connection, run, locked=True)
        mine = _moved.c.move_id == one.id, _moved.c.run_id == run
        kept = (await connection.execute(select(_moved).where(*mine))).mappings().first()
        if row is None or kept is None or kept["undone"] is not None or row["plan"] != one.plan:
            return False
        if row["status"] != "open" or _under_way(row, now) or await _has_gone_on(connection, run, kept):
            return False
        await hold_plans(store, connection, (kept["plan"],))
        state = State.from_json(kept["state"])
        now_is = State.from_json(row["state"])
        state.n, state.inbox = now_is.n, now_is.inbox
        await _go_on(connection, run, store.plans[kept["plan"]], state, now)
        await connection.execute(update(_moved).where(*mine).values(undone=now))
        await connection.execute(update(_moves).where(_moves.c.id == one.id).values(undone=now))
        return True

    return await store.transact(work)


async def moved_by(store: Store, one: Move) -> list[str]:
    """Return the runs that a move has moved and that were not brought back."""
    query = select(_moved.c.run_id).where(_moved.c.move_id == one.id, _moved.c.undone.is_(None))
    async with store.reading() as connection:
        return sorted(await connection.scalars(query))


async def _row(connection: AsyncConnection, run: str, *, locked: bool) -> RowMapping | None:
    query = select(*_COLUMNS).where(_runs.c.id == run)
    if locked:
        query = query.with_for_update()
    return (await connection.execute(query)).mappings().first()


def _try(
    store: Store, row: RowMapping, new: Plan, targets: Mapping[str, str], now: int, outlook: Outlook
) -> Mapped | None:
    """Map a run's state, or count why it cannot go."""
    if _under_way(row, now):
        outlook.busy += 1
        return None
    old = store.plans[row["plan"]]
    known = {step.id for step in old.steps}
    steps = align(old, new, {one: to for one, to in targets.items() if one in known})
    try:
        mapped = move(old, new, State.from_json(row["state"]), steps)
    except Unmovable as problem:
        if problem.why == "busy":
            outlook.busy += 1
        else:
            outlook.stay[problem.why, problem.step] += 1
        return None
    outlook.moved += 1
    return mapped


def _under_way(row: RowMapping, now: int) -> bool:
    """Whether the run has still to do something at this moment, or to tell its workflow of it."""
    state: dict[str, Any] = row["state"]
    if row["in_flight"] is not None or row["partial"] is not None or not state["started"]:
        return True
    overdue = row["due"] is not None and row["due"] <= now
    return state["inbox"] < row["inbox_next"] or overdue


async def _count_on(connection: AsyncConnection, run: str, plan: Plan, state: State) -> None:
    """Let visits go on from what the run has done under versions before the last one.

    INVARIANT: (run, step, visit) names one effect for ever: it is the key of the ledger and of handoffs.
    """
    numbers = {step.id: number for number, step in enumerate(plan.steps)}
    for table in (schema.journal, schema.ledger):
        query = select(table.c.step, func.max(table.c.visit)).where(table.c.run_id == run)
        for step, visit in await connection.execute(query.group_by(table.c.step)):
            if step in numbers:
                state.visits[numbers[step]] = max(visit, state.visits.get(numbers[step], 0))


async def _go_on(connection: AsyncConnection, run: str, plan: Plan, state: State, now: int) -> State:
    """Let the run go on under a plan from a state, and tell its workflow. Return the state."""
    state.at = max(state.at, now)
    state.n += 1
    happening = ["moved", plan.hash, state.to_json()]
    happened = read(happening)
    assert isinstance(happened, Moved)
    state, row = take_over(happened)
    await connection.execute(insert(schema.journal).values({"run_id": run, **row._asdict()}))
    values = {
        "plan": plan.hash,
        "state": state.to_json(),
        "partial": [happening],  # the transcript of the next turn begins with it
        "position": turns.position(plan, state),
        "due": state.due(),
    }
    await connection.execute(update(_runs).where(_runs.c.id == run).values(values))
    await put(connection, InboxPut(run, now, ()), None)
    return state


async def _has_gone_on(connection: AsyncConnection, run: str, kept: RowMapping) -> bool:
    """Whether anything has followed: a row of the journal, or an effect that came out or was dropped."""
    journal, effects = schema.journal, schema.ledger
    told = select(func.count()).where(
        journal.c.run_id == run, journal.c.n > kept["n"], journal.c.kind.not_in(_HARMLESS)
    )
    settled = select(func.count()).where(effects.c.run_id == run, effects.c.settled_at >= kept["at"])
    return bool(await connection.scalar(told) or await connection.scalar(settled))
