"""Rescoring: what an import of contacts or accounts makes of scores and of segments that are watched.

Note how those stand whom rows change (`standings`), change them, and `rescore` them, all in one transaction.
A contact that is brought in new begins at nothing: it reaches what its fit gives it, and enters its
segments. Where nothing is published yet, nobody has a score, and nobody enters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime import routing, scoring
from runtime.intake import SCORE_CHANGED
from runtime.published import Published
from runtime.scoring import Role, Standing
from runtime.store import schema
from runtime.store.applying import settle
from runtime.store.open import Store
from runtime.store.publishing import in_force, known_plans, published_set
from runtime.store.snapshot import of_contact


@dataclass(frozen=True, slots=True)
class Before:
    """How a contact stood. `scored`: what has become of its score is told, too."""

    standing: Standing
    scored: bool


async def standings(
    store: Store,
    connection: AsyncConnection,
    contacts: Iterable[str],
    at: int,
    *,
    of_account: bool = False,
) -> dict[str, Before]:
    """Return how these contacts stand; nothing where nothing follows from it.

    `of_account`: they are of one account, which changes; the first of them speaks for it.
    """
    published = await _published(store, connection)
    if published is None or not _follows(published):
        return {}
    found: dict[str, Before] = {}
    for contact in sorted(contacts):
        snapshot = await of_contact(store, connection, contact)
        role: Role = "silent" if not of_account else "follows" if found else "speaks"
        found[contact] = Before(scoring.standing(snapshot.facts, at, role), bool(published.definitions.fit))
    return found


async def newcomers(
    store: Store, connection: AsyncConnection, contacts: Mapping[str, str | None]
) -> dict[str, Before]:
    """Return how new contacts stand, by the account of each: at nothing, if a journey may begin so."""
    published = await _published(store, connection)
    if published is None or not _follows(published):
        return {}
    heard = any(SCORE_CHANGED in routing.index(plan).starts for plan in published.active.values())
    scored = bool(published.definitions.fit and heard)
    watched = dict.fromkeys(routing.watched_segments(published), False)
    if not scored and not watched:
        return {}
    table = schema.contacts
    known = select(table.c.account_id).where(table.c.account_id.in_({a for a in contacts.values() if a}))
    # A company that is known has been in its segments before: only the first contact brings one in.
    settled = set(await connection.scalars(known.distinct()))
    found: dict[str, Before] = {}
    for contact, account in sorted(contacts.items()):
        role: Role = "speaks" if account and account not in settled else "silent"
        settled.add(account)
        found[contact] = Before(Standing(0.0, 0.0, watched, role), scored)
    return found


async def rescore(store: Store, connection: AsyncConnection, before: Mapping[str, Before], at: int) -> None:
    """Compare scores and segments with what they were, and tell the difference."""
    for contact, was in sorted(before.items(), key=lambda one: one[0]):
        snapshot = await of_contact(store, connection, contact)
        stood = was.standing
        if not was.scored:
            now = scoring.standing(snapshot.facts, at)
            stood = replace(stood, score=now.score, fit=now.fit)
        await settle(store, connection, snapshot, stood, at)


def _follows(published: Published) -> bool:
    """Whether anything follows from a change of fields: points, or who is in a segment that is watched."""
    return bool(published.definitions.fit or routing.watched_segments(published))


async def _published(store: Store, connection: AsyncConnection) -> Published | None:
    number = await connection.scalar(select(in_force))
    if number is None:
        return None
    await known_plans(store, connection)  # older plans may watch segments, too
    return await published_set(store, connection, number)
