"""Overriding: what a person decides about the suppression of one contact; see `runtime.suppression`.

The decision is a row that every dispatch reads in its own transaction, so it holds from the next one on.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime import intake, routing, scoring
from runtime.dispatch import MARKETING
from runtime.facts import Override
from runtime.store import schema
from runtime.store.applying import apply
from runtime.store.errors import StoreError
from runtime.store.interventions import note
from runtime.store.open import Store
from runtime.store.snapshot import of_contact
from runtime.store.tombstones import erased
from runtime.store.upserts import upsert
from runtime.suppression import BY_HAND, ERASED, LET_THROUGH, beyond, suppressed
from runtime.writes import InboxPut

_table = schema.overrides


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of it. `changed`: whether it was not so before; `remains`: why nothing of marketing goes."""

    contact: str
    changed: bool
    remains: str | None


async def suppress(
    store: Store, contact: str, by: str, at: int, until: int | None = None, reason: str = ""
) -> Decided:
    """Let nothing of marketing reach one contact, for ever or until an instant. Service mail goes."""
    return await _decide(store, contact, BY_HAND, by, at, until, reason)


async def let_through(
    store: Store, contact: str, by: str, at: int, until: int | None = None, reason: str = ""
) -> Decided:
    """Let one contact be mailed although a journey has suppressed it, or a rule by facts or lists skips it.

    Raises:
        StoreError: it has unsubscribed, complained or bounced, or has not agreed: no person overrides that.
    """
    return await _decide(store, contact, LET_THROUGH, by, at, until, reason)


async def lift(store: Store, contact: str, by: str, at: int, what: str = BY_HAND) -> Decided:
    """Take back that a contact was suppressed by hand, or let through."""
    return await _decide(store, contact, None, by, at, None, "", what)


async def _decide(
    store: Store,
    contact: str,
    what: str | None,
    by: str,
    at: int,
    until: int | None,
    reason: str,
    lifted: str = "",
) -> Decided:
    if until is not None and until <= at:
        raise StoreError("That moment is past. Name one that is to come; nothing was done.")

    async def work(connection: AsyncConnection) -> Decided:
        snapshot = await of_contact(store, connection, contact)
        facts = snapshot.facts
        if facts.suppressed == ERASED:
            raise erased(contact)
        if what == LET_THROUGH and (said := beyond(facts.suppressed, MARKETING in facts.consents)):
            raise StoreError(f"The contact {contact} {said}, and no person overrides that. Nothing was done.")
        before, was = scoring.standing(facts, at), facts.override
        if what is None and (was is None or was.what != lifted):
            return Decided(contact, False, suppressed(facts, at))
        await connection.execute(delete(_table).where(_table.c.contact_id == contact))
        facts.override = None if what is None else Override(what, until)
        if what is not None:
            row = {"contact_id": contact, "what": what, "until": until, "reason": reason, "at": at, "by": by}
            await upsert(connection, _table, [row], ())
        await note(connection, at, by, _SAID[what or f"not {lifted}"], "contact", contact)
        # Runs and segments that ask whether the contact is suppressed hear of it.
        writes = intake.take_in_change([], before, facts.stage, facts, snapshot.published, at)
        told = routing.changed({"suppression"} | intake.score_key(writes), facts, snapshot.published)
        writes += [InboxPut(run, at, interests) for run, interests in told]
        await apply(store, connection, snapshot, writes, spread=False)
        return Decided(contact, facts.override != was, suppressed(facts, at))

    return await store.transact(work)


_SAID = {
    BY_HAND: "suppress",
    LET_THROUGH: "let through",
    f"not {BY_HAND}": "lift",
    f"not {LET_THROUGH}": "let through no more",
}
