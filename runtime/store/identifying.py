"""Identifying: which contact is meant by an id, an id of former times, or an address."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.store.tombstones import buried, erased


async def find_contact(store: Store, who: str) -> str:
    """Return the id of the contact with this id, former id or email address.

    Raises:
        StoreError: there is none, or several share the address.
        ErasedError: the address is that of a contact that was erased.
    """
    async with store.reading() as connection:
        found = (await identify(store, connection, {who}))[who]
    if isinstance(found, StoreError):
        raise found
    return found


async def find_contacts(store: Store, names: Collection[str]) -> dict[str, str | StoreError]:
    """Return for each name the contact's id, or why there is none: see `identify`."""
    async with store.reading() as connection:
        return await identify(store, connection, names)


async def identify(
    store: Store, connection: AsyncConnection, names: Collection[str]
) -> dict[str, str | StoreError]:
    """Return for each name the contact's id, or why there is none.

    An id comes before a former id (see `aliases`), that before an address.
    """
    contacts, aliases = schema.contacts, schema.aliases
    ids = set(await connection.scalars(select(contacts.c.id).where(contacts.c.id.in_(names))))
    renamed = await former(connection, names)
    known: dict[str, str] = renamed | {id_: id_ for id_ in ids}
    addresses = {name.lower() for name in names if name not in known and "@" in name}
    owners: dict[str, list[str]] = {}
    if addresses:
        for table, id_column in ((contacts, contacts.c.id), (aliases, aliases.c.contact_id)):
            rows = await connection.execute(
                select(table.c.email, id_column)
                .where(table.c.email.in_(addresses))
                .distinct()
                .order_by(id_column)
            )
            found: dict[str, list[str]] = {}
            for email, id_ in rows:
                found.setdefault(email, []).append(id_)
            owners = {**found, **owners}  # whose address it is comes before whose it was
    gone = await buried(store, connection, (), addresses - owners.keys())
    return {
        name: known.get(name) or _owner(name, owners.get(name.lower(), []), gone.get(name.lower()))
        for name in names
    }


async def former(connection: AsyncConnection, ids: Collection[str]) -> dict[str, str]:
    """Return which of these ids are those of contacts that were merged, each with the contact of now."""
    aliases = schema.aliases
    found = select(aliases.c.alias, aliases.c.contact_id).where(aliases.c.alias.in_(ids))
    return {row.alias: row.contact_id for row in await connection.execute(found)}


def _owner(name: str, ids: list[str], gone: str | None) -> str | StoreError:
    if gone is not None:
        return erased(gone)
    if len(ids) == 1:
        return ids[0]
    if ids:
        return StoreError(
            f"{len(ids)} contacts have the address {name}: {', '.join(ids[:5])}. Name one by its id."
        )
    return StoreError(f"There is no contact {name}. Import it first, or look at how its id is written.")
