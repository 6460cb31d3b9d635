"""Tombstones: who was erased does not come back, by an import or an event (semantics row 38).

A tombstone is a digest of an address with the workspace's key: it says whether an address that comes in was
erased, and nobody can read the address from it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.errors import ErasedError, StoreError
from runtime.store.open import Store
from runtime.store.secret import check_secret
from runtime.store.upserts import upsert

_table = schema.tombstones


def digest(secret: bytes, address: str) -> str:
    """Return the digest of an address, in small letters."""
    return hmac.new(secret, f"erased:{address.strip().lower()}".encode(), hashlib.sha256).hexdigest()


async def bury(
    connection: AsyncConnection, secret: bytes, contact: str, addresses: Iterable[str], at: int
) -> None:
    """Keep the digests of a contact's addresses."""
    rows = [{"digest": digest(secret, one), "contact_id": contact, "at": at} for one in addresses]
    await upsert(connection, _table, rows, ())


async def buried(
    store: Store, connection: AsyncConnection, ids: Collection[str], addresses: Collection[str]
) -> dict[str, str]:
    """Return which of these ids and addresses were erased, each with the id of the contact.

    Raises:
        StoreError: contacts were erased, and this process has no key, or another one, to tell whether an
            address is theirs.
    """
    contacts = schema.contacts
    erased = select(contacts.c.id).where(contacts.c.id.in_(ids), contacts.c.erased_at.is_not(None))
    found = {id_: id_ for id_ in await connection.scalars(erased)} if ids else {}
    if addresses and await connection.scalar(select(_table.c.digest).limit(1)) is not None:
        if store.secret is None:
            raise StoreError(
                "Contacts were erased here, and their addresses are known by digests alone. Set "
                "NURTURE_SECRET to the one that the workers have, so that nobody comes back."
            )
        await check_secret(connection, store.secret)
        digests = {digest(store.secret, address): address for address in addresses}
        rows = select(_table.c.digest, _table.c.contact_id).where(_table.c.digest.in_(digests))
        found |= {digests[row.digest]: row.contact_id for row in await connection.execute(rows)}
    return found


async def turn_away(connection: AsyncConnection, contact: str, what: str, at: int) -> None:
    """Note that something came for an erased contact, and was not taken in."""
    await connection.execute(insert(schema.turned_away).values(contact_id=contact, what=what, at=at))


async def note_turned_away(store: Store, contact: str, what: str, at: int) -> None:
    """Do the same in a transaction of its own."""

    async def work(connection: AsyncConnection) -> None:
        await turn_away(connection, contact, what, at)

    await store.transact(work)


def erased(contact: str) -> ErasedError:
    """Return the refusal of what comes for an erased contact."""
    return ErasedError(
        f"The contact {contact} was erased. What comes for it is not taken in; that it came is on record.",
        contact,
    )
