"""Rounds: which of them are open, a row for each, and who opens it.

A round is named by its journey, its way in and its moment, so it is opened once, whoever is asked to and
however often. Temporal's schedules ask at each moment (`runtime.schedules`); the workers open the first
round of a journey, as it is published, and what no schedule has opened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Plan, Start
from runtime import admitting
from runtime.published import Published
from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.store.publishing import in_force, published_set
from runtime.store.upserts import inserting

OPENED, KNOWN, NOT_DUE, WITHDRAWN = "opened", "opened before", "not due", "withdrawn"

_table = schema.admissions
_NOBODY = {"cursor": "", "looked": 0, "admitted": 0, "refused": 0}

Ways = Collection[tuple[str, str]]
"""Ways into journeys: (journey, way), as `admitting.ways` names them."""


async def open_due(store: Store, now: int, late: int = 0, paused: Ways = ()) -> list[tuple[str, str, int]]:
    """Open the rounds that are due and not known yet; return all that are open.

    Args:
        late: seconds that recurring rounds are left to the schedules.
        paused: ways whose recurring rounds nobody is to open.
    """
    async with store.reading() as connection:
        number = await connection.scalar(select(in_force))
        if number is None:
            return []
        published = await published_set(store, connection, number)
        plans = [plan for plan in published.active.values() if any(admitting.ways(plan))]
        if not plans:
            return []
        since = await _since(connection, number)
        standing = await _standing(store, connection, number, now - late)
        columns = (_table.c[name] for name in ("journey", "way", "round", "at", "done_at"))
        # What is over stays on record for years, and this is asked up to four times a second.
        needed = or_(
            _table.c.round == 0,
            _table.c.round >= now - late - 2 * admitting.MAKE_UP,
            _table.c.done_at.is_(None),
        )
        known = select(*columns).where(_table.c.journey.in_([plan.journey for plan in plans]), needed)
        rows = (await connection.execute(known)).mappings().all()
    began = {(row["journey"], row["way"], row["round"]): row["at"] for row in rows}
    new = [
        row
        for plan in plans
        for row in _first_rounds(plan, began, since)
        + _recurring(plan, began, standing, now - late, published, paused)
    ]
    if new:

        async def begin(connection: AsyncConnection) -> None:
            await connection.execute(inserting(connection, _table).values(new).on_conflict_do_nothing())

        await store.transact(begin)
    everything: list[Any] = [*rows, *new]
    # Starts that differ in their conditions alone are one way, and of one round.
    under_way = [(row["journey"], row["way"], row["round"]) for row in everything if row["done_at"] is None]
    return list(dict.fromkeys(under_way))


async def open_round(store: Store, journey: str, way: str, at: int, now: int) -> tuple[str, int]:
    """Open the round that a schedule asks for; return what came of it, and the round's moment.

    At a moment of the schedule it is the round that is due. At any other moment a person has set the schedule
    off: that is a round of its own, out of turn.

    Args:
        at: when the schedule asked.
        now: at or after it. Of rounds that were missed, the last one is made up for, within a day.

    Returns:
        `OPENED`; `KNOWN`: it is open or over; `NOT_DUE`: the way in was published after it, or it was due
        days ago; `WITHDRAWN`: the journey no longer starts so.
    """

    async def work(connection: AsyncConnection) -> tuple[str, int]:
        number = await connection.scalar(select(in_force))
        if number is None:
            return WITHDRAWN, at
        published = await published_set(store, connection, number)
        starts = starts_of(published.active.get(journey), way)
        everyone = starts[0].everyone if starts else None
        if everyone is None or everyone.clock is None:
            return WITHDRAWN, at
        first = select(_table.c.at).where(
            _table.c.journey == journey, _table.c.way == way, _table.c.round == 0
        )
        began = await connection.scalar(first)
        since = (await _standing(store, connection, number, now))[journey, way]
        due = admitting.due_round(everyone, max(began or 0, since), now, published.definitions)
        if not admitting.shows(everyone, at, published.definitions):
            due = at  # INVARIANT: what is asked for twice names the same round
        elif due is None:
            return NOT_DUE, at
        row = inserting(connection, _table).values(_open(journey, way, due))
        made = await connection.execute(row.on_conflict_do_nothing())
        return (OPENED if made.rowcount else KNOWN), due

    return await store.transact(work)


def starts_of(plan: Plan | None, way: str) -> list[Start]:
    """Return the starts of a plan that this way is, which differ in their conditions; none: no longer so."""
    return [start for name, start, _ in admitting.ways(plan) if name == way] if plan else []


def _first_rounds(plan: Plan, known: Iterable[tuple[str, str, int]], since: int) -> list[dict[str, Any]]:
    """Return the rows of beginnings: where a start recurs nobody comes in by it, but it counts from there."""
    return [
        {"journey": plan.journey, "way": way, "round": 0, "at": since, **_NOBODY}
        | {"done_at": None if everyone.clock is None else since}
        for way, _start, everyone in admitting.ways(plan)
        if (plan.journey, way, 0) not in known
    ]


def _recurring(
    plan: Plan,
    known: dict[tuple[str, str, int], int],
    standing: dict[tuple[str, str], int],
    now: int,
    published: Published,
    paused: Ways,
) -> list[dict[str, Any]]:
    rows = []
    for way, _start, everyone in admitting.ways(plan):
        since = max(known.get((plan.journey, way, 0), 0), standing[plan.journey, way])
        due = admitting.due_round(everyone, since, now, published.definitions)
        if due is None or (plan.journey, way, due) in known or (plan.journey, way) in paused:
            continue
        rows.append(_open(plan.journey, way, due))
    return rows


async def _standing(
    store: Store, connection: AsyncConnection, number: int, now: int
) -> dict[tuple[str, str], int]:
    """Return since when each way in has been in force without a break, in the zone of now.

    What was due while it was not, or by the clock of another zone, is none of its rounds. It is looked at no
    further back than to the set that was in force a day ago: what was due before that is left out anyway.
    """
    table = schema.published
    eldest = select(func.max(table.c.id)).where(table.c.at <= now - admitting.MAKE_UP).scalar_subquery()
    sets = select(table.c.id, table.c.at).where(table.c.id <= number, table.c.id >= func.coalesce(eldest, 0))
    found: dict[tuple[str, str], int] = {}
    present = await published_set(store, connection, number)
    left = _ways(present)
    for row in await connection.execute(sets.order_by(table.c.id.desc())):
        try:
            then = await published_set(store, connection, row.id)
        except (StoreError, ValueError):  # it is damaged; the one in force is not
            break
        if then.definitions.time_zone != present.definitions.time_zone:
            break
        left &= _ways(then)
        found |= dict.fromkeys(left, row.at)
    return found


def _ways(published: Published) -> set[tuple[str, str]]:
    return {(plan.journey, way) for plan in published.active.values() for way, _, _ in admitting.ways(plan)}


async def _since(connection: AsyncConnection, number: int) -> int:
    """Return when a published set was put in force."""
    found = await connection.scalar(select(schema.published.c.at).where(schema.published.c.id == number))
    return int(found or 0)


def _open(journey: str, way: str, moment: int) -> dict[str, Any]:
    return {"journey": journey, "way": way, "round": moment, "at": moment, "done_at": None, **_NOBODY}
