"""Importing: rows of a file page by page, each row judged alone, and the good ones taken in.

A page is one transaction. A row that changes nothing is left alone, so an import that was interrupted is
simply given again: what it had done is unchanged now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

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

    `erased`: the contact that it is about, if that was erased.
    """

    what: Literal["new", "changed", "unchanged", "refused"]
    reason: str = ""
    fields: tuple[str, ...] = ()
    erased: str = ""


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
    for number, row in enumerate(rows):
        try:
            taken[number] = read(row, definitions, at)
        except StoreError as problem:
            refused[number] = Judged("refused", str(problem))

    async def work(connection: AsyncConnection) -> dict[int, Judged]:
        judged = await _judge(store, connection, kind, taken)
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
