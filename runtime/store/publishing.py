"""Publishing: the definitions and plans in force, and the older plans that open runs are pinned to."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Definitions, Plan, Texts, without_places, wording_hash
from runtime.published import Published
from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.store.texts import keep_texts, texts_of
from runtime.store.upserts import upsert

log = logging.getLogger("nurture.store")

# The row in force, as a part of other statements: each transaction routes against exactly one set (row 33).
_runs = schema.runs
in_force = select(func.max(schema.published.c.id)).scalar_subquery()


async def publish(
    store: Store, definitions: Definitions, plans: Iterable[Plan], at: int, texts: Texts | None = None
) -> Published:
    """Put definitions and the active plan of each journey in force; the same ones twice change nothing.

    `texts`: the emails; without them each worker sends its own.

    Raises:
        StoreError: two plans are of one journey, or a plan has no hash.
    """
    contents = Contents.of(definitions, plans, texts)

    async def work(connection: AsyncConnection) -> int:
        return await put_in_force(store, connection, contents, at, "publish")

    await store.transact(work)
    return await load_published(store)


@dataclass(frozen=True, slots=True)
class Contents:
    """What one published set is made of. Equal digests: nothing that anybody could notice differs.

    `texts`: None in a set from before emails were deployed; each worker sends its own then.
    """

    definitions: Definitions
    active: Mapping[str, Plan]
    texts: Texts | None = None

    @classmethod
    def of(cls, definitions: Definitions, plans: Iterable[Plan], texts: Texts | None = None) -> Contents:
        """Collect the plans by journey. Raises `StoreError` if two are of one journey, or one has no hash."""
        active: dict[str, Plan] = {}
        for plan in plans:
            if not plan.hash or active.setdefault(plan.journey, plan) is not plan:
                raise StoreError(
                    f'Journey "{plan.journey}" cannot be published: give one compiled plan for each journey.'
                )
        return cls(definitions, dict(sorted(active.items())), texts)

    def hashes(self) -> dict[str, str]:
        """Return the hash of each journey's plan."""
        return {journey: plan.hash for journey, plan in self.active.items()}

    def words(self) -> dict[str, str]:
        """Return a hash of each journey's plan that counts its texts too."""
        return {journey: wording_hash(plan) for journey, plan in self.active.items()}

    def digest(self) -> str:
        """Return a digest of it all."""
        parts: list[Any] = [without_places(self.definitions), self.hashes(), self.words()]
        if self.texts is not None:
            letterhead = self.texts.letterhead
            parts += [self.texts.digests(), None if letterhead is None else letterhead.model_dump()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


async def put_in_force(
    store: Store,
    connection: AsyncConnection,
    contents: Contents,
    at: int,
    how: str,
    restores: int | None = None,
    base: int | None = None,
) -> int:
    """Put a set in force within the caller's transaction, and return its number; the same again, the same.

    `base`: what the caller has seen in force. INVARIANT: the new set follows it, and not what another
    transaction has put in force since: the unique key must refuse one of the two.
    """
    table = schema.published
    last = (
        await connection.execute(select(table.c.id, table.c.digest).order_by(table.c.id.desc()).limit(1))
    ).first()
    digest = contents.digest()
    texts = await keep_texts(store, connection, contents.texts)  # also mends what is damaged of this set
    if last is not None and last.digest == digest:
        return int(last.id)
    await _keep_plans(store, connection, contents, at)
    values = {
        "definitions": contents.definitions.model_dump_json(),
        "active": contents.hashes(),
        "words": contents.words(),
        "texts": texts,
        "at": at,
        "digest": digest,
        "follows": base if base is not None else last.id if last is not None else 0,
        "how": how,
        "restores": restores,
    }
    added = await connection.execute(insert(table).values(values).returning(table.c.id))
    return int(added.scalar_one())


async def _keep_plans(store: Store, connection: AsyncConnection, contents: Contents, at: int) -> None:
    """Write the plans down, each in its newest words; people inside are not touched by those."""
    plans = contents.active.values()
    await hold_plans(store, connection, (plan.hash for plan in plans))
    rows = [
        # Defaults are written out: a later version may have others, and a run keeps its plan.
        {"hash": plan.hash, "journey": plan.journey, "plan": plan.model_dump_json(), "at": at}
        for plan in plans
        if plan.hash not in store.plans or wording_hash(store.plans[plan.hash]) != wording_hash(plan)
    ]
    await upsert(connection, schema.plans, rows, ("plan",))
    words = [{"words": wording_hash(plan), "plan": plan.model_dump_json()} for plan in plans]
    await upsert(connection, schema.plan_words, words, ())
    for plan in plans:
        if plan.hash in store.plans:
            store.plans[plan.hash] = plan  # only words may differ, so it does no harm if this is rolled back


def _used() -> Any:
    """Select the plans that open runs have, one look into the index for each plan."""
    plan, open_ = _runs.c.plan, _runs.c.status == "open"
    first = select(plan).where(open_).order_by(plan).limit(1).scalar_subquery()
    used = select(first.label("plan")).cte("used", recursive=True)
    after = select(plan).where(open_, plan > used.c.plan).order_by(plan).limit(1)
    more = select(after.correlate(used).scalar_subquery()).where(used.c.plan.is_not(None))
    used = used.union_all(more)
    return select(used.c.plan).where(used.c.plan.is_not(None))


_USED = _used()


async def known_plans(store: Store, connection: AsyncConnection) -> None:
    """Load every plan that an open run is pinned to, unless it is in memory."""
    await hold_plans(store, connection, await connection.scalars(_USED))


async def find_published(store: Store) -> Published | None:
    """Return what is in force, from memory if it was used before; None if nothing was published yet."""
    async with store.reading() as connection:
        number = await connection.scalar(select(in_force))
        return None if number is None else await published_set(store, connection, number)


async def load_published(store: Store) -> Published:
    """Return what is in force, with every plan that an open run needs.

    Raises:
        StoreError: nothing was published yet.
    """
    async with store.reading() as connection:
        found = await published_set(store, connection, await connection.scalar(select(in_force)))
        await known_plans(store, connection)
    return found


async def load_carried(store: Store) -> Published:
    """Return what is in force with the plans that open runs have, and with no others that are in memory.

    Raises:
        StoreError: nothing was published yet.
    """
    async with store.reading() as connection:
        found = await published_set(store, connection, await connection.scalar(select(in_force)))
        used = set(await connection.scalars(_USED))
        await hold_plans(store, connection, used)
    older = [store.plans[hash_] for hash_ in used & store.plans.keys()]
    return Published.of(found.definitions, found.active.values(), older)


async def published_set(store: Store, connection: AsyncConnection, number: int | None) -> Published:
    """Return one published set by its row's id, from memory if it was used before."""
    if number is None:
        raise StoreError(
            "No journey is published in this database. Publish some: `nurture deploy --workspace FOLDER`."
        )
    if number not in store.sets:
        table = schema.published
        row = (await connection.execute(select(table).where(table.c.id == number))).one()
        await hold_plans(store, connection, row.active.values())
        damaged = sorted(journey for journey, hash_ in row.active.items() if hash_ not in store.plans)
        if damaged:
            raise StoreError(
                f"The plan of “{damaged[0]}” that is in force is damaged in the database. Bring the table "
                "`plans` back from a copy of the database; until then nothing is lost, and all runs wait."
            )
        active = {journey: store.plans[hash_] for journey, hash_ in row.active.items()}
        definitions = Definitions.model_validate_json(row.definitions)
        texts = await texts_of(store, connection, row.texts)
        found = Published(definitions, active, store.plans, texts)
        if texts is not None and len(texts.emails) < len(row.texts["emails"]):
            return found  # one is damaged: it is looked for again
        store.sets[number] = found
    return store.sets[number]


async def hold_plans(store: Store, connection: AsyncConnection, hashes: Iterable[str]) -> None:
    """Load the plans with these hashes, unless they are in memory. A damaged one is left out, and told."""
    missing = set(hashes) - store.plans.keys()
    if not missing:
        return
    table = schema.plans
    for row in await connection.execute(select(table).where(table.c.hash.in_(missing))):
        plan = _read(row.plan)
        if plan is None or plan.hash != row.hash:
            log.error(
                "Plan %s of the journey “%s” is damaged in the database. Its runs wait; deploy the workspace "
                "version that it was made from, and they go on.",
                row.hash,
                row.journey,
            )
            continue
        store.plans[plan.hash] = plan


def _read(text: str) -> Plan | None:
    try:
        return Plan.from_json(text)
    except ValueError:  # no JSON, or no plan
        return None


async def load_plans(store: Store, hashes: Iterable[str]) -> list[Plan]:
    """Return those of these plans that are in the database."""
    wanted = set(hashes)
    async with store.reading() as connection:
        await hold_plans(store, connection, wanted)
    return [store.plans[hash_] for hash_ in wanted & store.plans.keys()]
