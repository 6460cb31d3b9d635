"""Contacts and accounts: bringing them in, and finding one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Definitions
from runtime.people import Account, Contact, wrong_id
from runtime.store import schema
from runtime.store.applying import tell_watchers
from runtime.store.coercion import coerce
from runtime.store.errors import StoreError
from runtime.store.holding import hold
from runtime.store.identifying import former
from runtime.store.open import Store
from runtime.store.rescoring import newcomers, rescore, standings
from runtime.store.snapshot import of_contact
from runtime.store.tombstones import buried, erased
from runtime.store.upserts import upsert

_PAGE = 500

# What is about the row itself; every other key of a row is a field.
_STANDING = ("id", "account", "account_id", "known_since", "consents", "tags", "stage", "score")


async def import_accounts(
    store: Store, rows: Iterable[Mapping[str, Any] | Account], definitions: Definitions, at: int
) -> int:
    """Add accounts, or change the fields given of those that are there; return how many rows there were.

    Raises:
        StoreError: a row has no id, or a value is not of its declared type. Then nothing was changed.
    """
    taken = [account_row(row, definitions, at) for row in rows]

    async def work(connection: AsyncConnection) -> None:
        for page in _pages(taken):
            await bring_accounts(store, connection, page, at)

    await store.transact(work)
    return len(taken)


async def import_contacts(
    store: Store, rows: Iterable[Mapping[str, Any] | Contact], definitions: Definitions, at: int
) -> int:
    """Add contacts, or change the fields given of those that are there; return how many rows there were.

    A row holds `id` and fields, and may hold `account` (an id), `consents` and `tags` (a list, or text
    with semicolons), `stage`, `score`, `time_zone` (an IANA name), `known_since`. Runs that watch a field
    that changes hear of it.

    Raises:
        StoreError: a row has no id, names no known account, or a value is not of its declared type. Then
            nothing was changed.
    """
    taken = [contact_row(row, definitions, at) for row in rows]

    async def work(connection: AsyncConnection) -> None:
        for page in _pages(taken):
            await _check_accounts(connection, page)
            addresses = {str(email).lower() for row in page if (email := row["fields"].get("email"))}
            for gone in (await buried(store, connection, {row["id"] for row in page}, addresses)).values():
                raise erased(gone)
            for merged, into in (await former(connection, {row["id"] for row in page})).items():
                raise StoreError(f"The contact {merged} was merged into {into}. Leave it out.")
            await bring_contacts(store, connection, page, at)

    await store.transact(work)
    return len(taken)


async def bring_accounts(
    store: Store, connection: AsyncConnection, page: Sequence[dict[str, Any]], at: int
) -> None:
    """Add or change the accounts of these rows (see `account_row`), and tell what follows."""
    await hold(connection, accounts=[row["id"] for row in page])
    known = await _known(connection, schema.accounts, page)
    new = []
    for row in page:
        old = known.get(row["id"])
        changed = changes(old, row["fields"])
        if old is None:
            new.append({key: row[key] for key in ("id", "fields", "known_since")})
        elif changed:
            await _change_account(store, connection, row, old, changed, at)
    await upsert(connection, schema.accounts, new, ("fields",))


async def bring_contacts(
    store: Store, connection: AsyncConnection, page: Sequence[dict[str, Any]], at: int
) -> None:
    """Add or change the contacts of these rows (see `contact_row`), and tell what follows."""
    known = await _known(connection, schema.contacts, page)
    before = await standings(store, connection, known, at)
    before |= await newcomers(
        store, connection, {row["id"]: row["account"] for row in page if row["id"] not in known}
    )
    new = [_new_contact(row) for row in page if row["id"] not in known]
    await upsert(connection, schema.contacts, new, ("fields",))
    for row in page:
        if row["id"] in known:
            await _change_contact(store, connection, row, known[row["id"]], at)
    await _standing(connection, page, at)
    await rescore(store, connection, before, at)


def account_row(row: Mapping[str, Any] | Account, definitions: Definitions, at: int) -> dict[str, Any]:
    """Return an account as it is stored, in its declared types. Raises `StoreError`."""
    values = {**row.fields, "id": row.id} if isinstance(row, Account) else row
    return _row(values, definitions.account_fields, "account", at)


def contact_row(row: Mapping[str, Any] | Contact, definitions: Definitions, at: int) -> dict[str, Any]:
    """Return a contact as it is stored, in its declared types. Raises `StoreError`."""
    if not isinstance(row, Contact):
        return _row(row, definitions.contact_fields, "contact", at)
    values = {**row.fields, "id": row.id, "account": row.account_id, "consents": sorted(row.consents)}
    taken = _row(values, definitions.contact_fields, "contact", at)
    taken["known_since"] = row.known_since
    if row.time_zone:
        taken["fields"]["time_zone"] = row.time_zone
    return taken


def _row(row: Mapping[str, Any], fields: Any, kind: str, at: int) -> dict[str, Any]:
    id_ = str(row.get("id") or "").strip()
    if not id_:
        raise StoreError(f"Every {kind} needs an id of its own; one row has none.")
    if wrong := wrong_id(id_):
        raise StoreError(f"The id {id_!r} of a {kind} {wrong}.")
    values = {name: value for name, value in row.items() if name not in _STANDING}
    taken: dict[str, Any] = {name: row.get(name) for name in _STANDING}
    taken |= {"id": id_, "fields": coerce(values, fields, f"{kind} {id_}")}
    taken["known_since"] = int(row.get("known_since") or at)
    taken["account"] = row.get("account") or row.get("account_id") or None
    for name in ("consents", "tags"):
        taken[name] = _names(row.get(name))
    return taken


def _names(value: Any) -> list[str]:
    parts = value.split(";") if isinstance(value, str) else value or ()
    return [str(part).strip() for part in parts if str(part).strip()]


def _pages(rows: Sequence[dict[str, Any]]) -> Iterable[Sequence[dict[str, Any]]]:
    return (rows[start : start + _PAGE] for start in range(0, len(rows), _PAGE))


async def _known(
    connection: AsyncConnection, table: Table, page: Sequence[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    ids = {row["id"] for row in page}
    found = await connection.execute(
        select(table.c.id, table.c.fields).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update()
    )
    return {row.id: row.fields for row in found}


async def _check_accounts(connection: AsyncConnection, page: Sequence[dict[str, Any]]) -> None:
    named = {row["account"]: row["id"] for row in page if row["account"]}
    accounts = schema.accounts
    found = set(await connection.scalars(select(accounts.c.id).where(accounts.c.id.in_(named))))
    for account in sorted(named.keys() - found):
        raise StoreError(
            f"Contact {named[account]} belongs to account {account}, which is not known. Import it first."
        )


def changes(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> set[str]:
    """Return the fields that differ from those of a row that is there."""
    return {name for name, value in new.items() if old is not None and old.get(name) != value}


def _columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that follow from fields."""
    email = fields.get("email")
    return {
        "fields": dict(fields),
        "email": str(email).lower() if email else None,
        "time_zone": fields.get("time_zone"),
    }


def _new_contact(row: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": row["id"],
        "account_id": row["account"],
        "known_since": row["known_since"],
    }
    values |= {"score": float(row["score"] or 0), "stage": row["stage"] or None}
    return values | _columns({k: v for k, v in row["fields"].items() if v is not None})


async def _change_contact(
    store: Store, connection: AsyncConnection, row: Mapping[str, Any], old: Mapping[str, Any], at: int
) -> None:
    contacts = schema.contacts
    here = contacts.c.id == row["id"]
    changed = changes(old, row["fields"])
    values = _columns({**old, **row["fields"]})
    if row["account"]:
        values["account_id"] = row["account"]
    if row["stage"]:
        values["stage"] = row["stage"]
    if row["score"] not in (None, ""):
        values |= {"score": float(row["score"]), "score_seen": None}
    await connection.execute(update(contacts).where(here).values(values))
    keys = {f"field:contact.{name}" for name in changed}
    keys |= {name for name in ("stage", "score") if name in values}
    if keys and await connection.scalar(select(_open_runs(schema.runs.c.contact_id == row["id"]))):
        snapshot = await of_contact(store, connection, row["id"])
        await tell_watchers(store, connection, snapshot, (here,), keys, at)


async def _change_account(
    store: Store,
    connection: AsyncConnection,
    row: Mapping[str, Any],
    old: Mapping[str, Any],
    changed: set[str],
    at: int,
) -> None:
    accounts, contacts = schema.accounts, schema.contacts
    fields = {**old, **row["fields"]}
    here = contacts.c.account_id == row["id"]
    ids = await connection.scalars(select(contacts.c.id).where(here).order_by(contacts.c.id))
    before = await standings(store, connection, ids.all(), at, of_account=True)
    await connection.execute(update(accounts).where(accounts.c.id == row["id"]).values(fields=fields))
    await rescore(store, connection, before, at)
    mine = schema.runs.c.contact_id.in_(select(contacts.c.id).where(here))
    if await connection.scalar(select(_open_runs(mine))):
        someone = await connection.scalar(select(contacts.c.id).where(here).order_by(contacts.c.id).limit(1))
        snapshot = await of_contact(store, connection, str(someone))
        keys = {f"field:account.{name}" for name in changed}
        await tell_watchers(store, connection, snapshot, (here,), keys, at)


def _open_runs(where: Any) -> Any:
    return select(schema.runs.c.id).where(where, schema.runs.c.status == "open").exists()


async def _standing(connection: AsyncConnection, page: Sequence[dict[str, Any]], at: int) -> None:
    """Add the consents and tags of the rows. What a contact has withdrawn is not granted by an import."""
    consents = [
        {"contact_id": row["id"], "consent": consent, "granted": True, "at": at}
        for row in page
        for consent in row["consents"]
    ]
    tags = [{"contact_id": row["id"], "tag": tag, "at": at} for row in page for tag in row["tags"]]
    await upsert(connection, schema.consents, consents, ())
    await upsert(connection, schema.tags, tags, ())


__all__ = [
    "account_row",
    "bring_accounts",
    "bring_contacts",
    "changes",
    "contact_row",
    "import_accounts",
    "import_contacts",
]
