"""Deploying: put exactly what was reviewed in force, tell what was in force when, and go back.

INVARIANT: each published set follows one other, and a unique key sees to it that no two follow the same. So
of two who deploy at once, one has seen what is really in force, and the other is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Definitions, Plan
from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.store.publishing import Contents, hold_plans, put_in_force
from runtime.store.texts import texts_of
from runtime.versions.needing import Standing

_published = schema.published


class Stale(StoreError):
    """What is deployed is no longer what was looked at. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What is in force: its number (0: nothing yet), digest and contents."""

    number: int
    digest: str
    contents: Contents


@dataclass(frozen=True, slots=True)
class Deployment:
    """One line of the history. `restores`: the set that a rollback has put in force again."""

    number: int
    at: int
    how: str
    restores: int | None
    active: dict[str, str]
    digest: str


NOTHING = Deployed(0, "", Contents(Definitions(workspace="", time_zone="UTC"), {}))


async def deployed(store: Store) -> Deployed:
    """Return what is in force; `NOTHING` if nothing was published yet."""
    async with store.reading() as connection:
        row = (
            (await connection.execute(select(_published).order_by(_published.c.id.desc()).limit(1)))
            .mappings()
            .first()
        )
        return NOTHING if row is None else await _read(store, connection, row)


async def deploy(store: Store, contents: Contents, base: Deployed, at: int) -> int:
    """Put a set in force, if what is in force is still `base`. Return its number.

    Raises:
        Stale: somebody else has deployed in the meantime.
    """

    async def work(connection: AsyncConnection) -> int:
        await _unchanged(connection, base.number)
        return await put_in_force(store, connection, contents, at, "deploy", base=base.number)

    return await store.transact(work)


async def history(store: Store) -> list[Deployment]:
    """Return what was put in force, the newest first."""
    names = ("id", "at", "how", "restores", "active", "digest")
    query = select(*(_published.c[name] for name in names)).order_by(_published.c.id.desc())
    async with store.reading() as connection:
        return [Deployment(*row) for row in await connection.execute(query)]


async def before(store: Store, to: int | None = None) -> Deployed:
    """Return the set that a rollback puts in force: number `to`, or the one before what is in force.

    What a rollback has put in force counts as the set it restored, so a second one goes further back.

    Raises:
        StoreError: there is none.
    """
    entries = {entry.number: entry for entry in await history(store)}
    if not entries:
        raise StoreError("Nothing was deployed yet, so there is nothing to go back to.")
    if to is None:
        to = _before(entries)
    if to not in entries:
        raise StoreError(f"There is no deployment {to}. `nurture plan --history` lists them.")
    async with store.reading() as connection:
        row = (await connection.execute(select(_published).where(_published.c.id == to))).mappings().one()
        return await _read(store, connection, row)


def _before(entries: dict[int, Deployment]) -> int:
    """Return the newest set older than the one whose contents are in force, with other contents."""
    standing = entries[max(entries)]
    while standing.restores in entries:
        standing = entries[standing.restores]
    older = [n for n, e in entries.items() if n < standing.number and e.digest != standing.digest]
    if not older:
        raise StoreError(
            f"Nothing was in force before deployment {standing.number}, so there is nothing to go back to. "
            "`nurture plan --history` lists what was deployed when."
        )
    found = entries[max(older)]
    while found.restores in entries:
        found = entries[found.restores]
    return found.number


async def rollback(store: Store, target: Deployed, base: Deployed, at: int) -> int:
    """Put the contents of an earlier set in force again. Return the new number.

    Raises:
        Stale: somebody else has deployed in the meantime.
    """

    async def work(connection: AsyncConnection) -> int:
        await _unchanged(connection, base.number)
        return await put_in_force(
            store, connection, target.contents, at, "rollback", target.number, base.number
        )

    return await store.transact(work)


async def _unchanged(connection: AsyncConnection, number: int) -> None:
    found = await connection.scalar(select(func.max(_published.c.id))) or 0
    if found != number:
        raise Stale(
            f"Somebody has deployed in the meantime: deployment {found} is in force, and this was made for "
            f"{number or 'the first one'}. Nothing was changed; run `nurture plan` and look again."
        )


async def _read(store: Store, connection: AsyncConnection, row: RowMapping) -> Deployed:
    """Read a set, in the words that it had then if they were kept."""
    plans = schema.plan_words
    texts = row["words"] or {}
    found = await connection.execute(select(plans).where(plans.c.words.in_(texts.values())))
    worded = {words: Plan.from_json(text) for words, text in found.all()}
    await hold_plans(store, connection, row["active"].values())
    found_plans = {
        journey: worded.get(texts.get(journey, "")) or store.plans.get(hash_)
        for journey, hash_ in row["active"].items()
    }
    # One that is damaged is left out, so that looking and deploying go on, which is how it is mended.
    active = {journey: plan for journey, plan in found_plans.items() if plan is not None}
    definitions = Definitions.model_validate_json(row["definitions"])
    contents = Contents(definitions, active, await texts_of(store, connection, row["texts"]))
    return Deployed(row["id"], contents.digest(), contents)


async def standing(store: Store) -> list[Standing]:
    """Return the versions that people are inside of, and how many stand where; no version that is damaged."""
    runs = schema.runs
    query = select(runs.c.plan, runs.c.position).where(runs.c.status == "open")
    people: Counter[str] = Counter()
    places: dict[str, Counter[str]] = {}
    async with store.reading() as connection:
        for hash_, position in await connection.execute(query):
            people[hash_] += 1
            places.setdefault(hash_, Counter()).update(set(position or ()))
        await hold_plans(store, connection, people)
    known = sorted(people.keys() & store.plans.keys())
    return [Standing(store.plans[hash_], people[hash_], places[hash_]) for hash_ in known]
