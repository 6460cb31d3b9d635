"""Rescoring: what an import of contacts or accounts makes of scores, where fit follows from fields.

Note how those stand whom rows change (`standings`), change them, and `rescore` them, all in one transaction.
A contact that is brought in new begins at nothing: it reaches what its fit gives it. Where nothing is
published yet, nobody has a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime import routing, scoring
from runtime.intake import SCORE_CHANGED
from runtime.published import Published
from runtime.scoring import Standing
from runtime.store.applying import settle
from runtime.store.open import Store
from runtime.store.publishing import in_force, published_set
from runtime.store.snapshot import of_contact


async def standings(
    store: Store, connection: AsyncConnection, contacts: Iterable[str], at: int
) -> dict[str, Standing]:
    """Return how these contacts stand; nothing where no fit is published."""
    published = await _published(store, connection)
    if published is None or not published.definitions.fit:
        return {}
    found = {}
    for contact in sorted(contacts):
        snapshot = await of_contact(store, connection, contact)
        found[contact] = scoring.standing(snapshot.facts, at)
    return found


async def newcomers(
    store: Store, connection: AsyncConnection, contacts: Iterable[str]
) -> dict[str, Standing]:
    """Return how new contacts stand: at nothing, if a journey may begin when a score is reached."""
    published = await _published(store, connection)
    if published is None or not published.definitions.fit:
        return {}
    heard = any(SCORE_CHANGED in routing.index(plan).starts for plan in published.active.values())
    return {contact: Standing(0.0, 0.0) for contact in contacts} if heard else {}


async def rescore(store: Store, connection: AsyncConnection, before: Mapping[str, Standing], at: int) -> None:
    """Compare scores with what they were, and tell the difference."""
    for contact, stood in sorted(before.items()):
        snapshot = await of_contact(store, connection, contact)
        await settle(store, connection, snapshot, stood, at)


async def _published(store: Store, connection: AsyncConnection) -> Published | None:
    number = await connection.scalar(select(in_force))
    return None if number is None else await published_set(store, connection, number)
