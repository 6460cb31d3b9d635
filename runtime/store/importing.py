"""Importing: rows of a file page by page, each row judged alone, and the good ones taken in.

A page is one transaction. A row that changes nothing is left alone, so an import that was interrupted is
simply given again: what it had done is unchanged now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl import civil
from dsl.plan import Definitions
from runtime.store import schema
from runtime.store.contacts import account_row, bring_accounts, bring_contacts, changes, contact_row
from runtime.store.errors import StoreError
from runtime.store.identifying import former
from runtime.store.open import Store
from runtime.store.tombstones import buried, erased, turn_away

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")

Kind = Literal["contact", "account"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of a row. `reason`: why it was refused; `fields`: what it changes, if it changes one.

    `erased`: the contact that it is about, if that was erased. `notes`: what to look at though it goes in.
    """

    what: Literal["new", "changed", "unchanged", "refused"]
    reason: str = ""
    fields: tuple[str, ...] = ()
    erased: str = ""
    notes: tuple[str, ...] = ()


async def import_page(
    store: Store,
    kind: Kind,
    rows: Sequence[Mapping[str, Any]],
    definitions: Definitions,
    at: int,
    *,
    dry_run: bool = False,
) -> list[Judged]:
    """Take rows in, in one transaction, and say of each what became of it.

    Args:
        rows: as `import_contacts` and `import_accounts` take them, no id twice.
        dry_run: judge alone; change nothing.
    """
    read = _READ[kind]
    refused: dict[int, Judged] = {}
    taken: dict[int, dict[str, Any]] = {}
    notes: dict[int, list[str]] = {}
    for number, row in enumerate(rows):
        try:
            taken[number] = read(row, definitions, at)
            notes[number] = _without_odd_zone(taken[number], definitions) if kind == "contact" else []
        except StoreError as problem:
            refused[number] = Judged("refused", str(problem))

    async def work(connection: AsyncConnection) -> dict[int, Judged]:
        judged = await _judge(store, connection, kind, taken)
        if kind == "contact":
            shared = await _shared(connection, taken, judged)
            for number, one in judged.items():
                said = () if one.what == "refused" else (*notes[number], *shared.get(number, ()))
                judged[number] = replace(one, notes=said)
        if not dry_run:
            for one in judged.values():
                if one.erased:
                    await turn_away(connection, one.erased, "import", at)
        wanted = [taken[number] for number, one in judged.items() if one.what in ("new", "changed")]
        if not dry_run and wanted:
            await _BRING[kind](store, connection, wanted, at)
        return judged

    if dry_run:
        async with store.reading() as connection:
            judged = await work(connection)
    else:
        judged = await store.transact(work)
    return [refused.get(number) or judged[number] for number in range(len(rows))]


def _contact(row: Mapping[str, Any], definitions: Definitions, at: int) -> dict[str, Any]:
    found = contact_row(row, definitions, at)
    email = found["fields"].get("email")
    if email is not None and not _ADDRESS.fullmatch(str(email)):
        raise StoreError(f'email of contact {found["id"]} is an address, not "{email}".')
    stage = found["stage"]
    if stage and definitions.stages and stage not in definitions.stages:
        raise StoreError(f"stage of contact {found['id']} is one of {', '.join(definitions.stages)}.")
    return found


def _without_odd_zone(row: dict[str, Any], definitions: Definitions) -> list[str]:
    """Leave a time zone out that is none (row 13): without the note nobody would see it until a mail goes."""
    zone = row["fields"].get("time_zone")
    if zone is None or civil.is_zone(str(zone)):
        return []
    del row["fields"]["time_zone"]
    return [
        f"“{zone}” is not a time zone and was left out; without one, {definitions.time_zone} counts. Write "
        "a name such as America/New_York."
    ]


async def _shared(
    connection: AsyncConnection, rows: Mapping[int, dict[str, Any]], judged: Mapping[int, Judged]
) -> dict[int, list[str]]:
    """Say of rows that bring an address whose it is already, among contacts and rows before."""
    given = {n: a for n, one in judged.items() if _brings_address(one) and (a := _address(rows[n]))}
    contacts = schema.contacts
    named = select(contacts.c.email, contacts.c.id).where(contacts.c.email.in_(set(given.values())))
    owners: dict[str, list[str]] = {}
    for email, id_ in await connection.execute(named.order_by(contacts.c.id)):
        owners.setdefault(email, []).append(id_)
    found: dict[int, list[str]] = {}
    for number, address in sorted(given.items()):
        mine = rows[number]["id"]
        others = [id_ for id_ in owners.get(address, ()) if id_ != mine]
        if others:
            found[number] = [
                f"Contact {mine} has the address of contact {others[0]}. If they are one person: "
                f"`nurture merge {mine} {others[0]}`."
            ]
        owners.setdefault(address, []).append(mine)
    return found


def _brings_address(one: Judged) -> bool:
    return one.what == "new" or "email" in one.fields


_READ: dict[Kind, Callable[[Mapping[str, Any], Definitions, int], dict[str, Any]]] = {
    "contact": _contact,
    "account": account_row,
}
_BRING: dict[Kind, Callable[..., Any]] = {"contact": bring_contacts, "account": bring_accounts}


async def _judge(
    store: Store, connection: AsyncConnection, kind: Kind, rows: Mapping[int, dict[str, Any]]
) -> dict[int, Judged]:
    ids = {row["id"] for row in rows.values()}
    table = schema.contacts if kind == "contact" else schema.accounts
    found = await connection.execute(select(table).where(table.c.id.in_(ids)))
    known: dict[str, Mapping[str, Any]] = {row["id"]: dict(row) for row in found.mappings()}
    if kind == "account":
        return {number: _compared(known.get(row["id"]), row, frozenset()) for number, row in rows.items()}
    accounts, has = await _accounts(connection, rows), await _sets(connection, ids)
    gone = await buried(store, connection, ids, {str(a) for row in rows.values() if (a := _address(row))})
    merged = await former(connection, ids)
    judged = {}
    for number, row in rows.items():
        account = row["account"]
        if whose := gone.get(row["id"]) or gone.get(_address(row) or ""):
            judged[number] = Judged("refused", str(erased(whose)), erased=whose)
        elif into := merged.get(row["id"]):
            reason = f"The contact {row['id']} was merged into {into}. Import it under that id."
            judged[number] = Judged("refused", reason)
        elif account and account not in accounts:
            reason = f"Account {account} of contact {row['id']} is not known. Import it first."
            judged[number] = Judged("refused", reason)
        else:
            judged[number] = _compared(known.get(row["id"]), row, has)
    return judged


def _address(row: Mapping[str, Any]) -> str | None:
    address = row["fields"].get("email")
    return None if address is None else str(address).lower()


def _compared(old: Mapping[str, Any] | None, row: Mapping[str, Any], has: frozenset[Any]) -> Judged:
    if old is None:
        return Judged("new")
    fields = changes(old["fields"], row["fields"])
    if row["account"] and row["account"] != old["account_id"]:
        fields.add("account_id")
    if row["stage"] and row["stage"] != old["stage"]:
        fields.add("stage")
    for name in ("consents", "tags"):
        if any((row["id"], name, one) not in has for one in row[name]):
            fields.add(name)
    return Judged("changed", fields=tuple(sorted(fields))) if fields else Judged("unchanged")


async def _accounts(connection: AsyncConnection, rows: Mapping[int, dict[str, Any]]) -> set[str]:
    named = {row["account"] for row in rows.values() if row["account"]}
    accounts = schema.accounts
    return set(await connection.scalars(select(accounts.c.id).where(accounts.c.id.in_(named))))


async def _sets(connection: AsyncConnection, ids: set[str]) -> frozenset[tuple[str, str, str]]:
    """Return the consents, given or withdrawn, and the tags of contacts."""
    consents, tags = schema.consents, schema.tags
    asked = {
        "consents": select(consents.c.contact_id, consents.c.consent).where(consents.c.contact_id.in_(ids)),
        "tags": select(tags.c.contact_id, tags.c.tag).where(tags.c.contact_id.in_(ids)),
    }
    return frozenset(
        [
            (contact, name, one)
            for name, query in asked.items()
            for contact, one in await connection.execute(query)
        ]
    )
