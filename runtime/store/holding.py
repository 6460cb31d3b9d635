"""Holding: in which order transactions lock rows, so that no two of them wait for each other.

INVARIANT: contacts before runs, handoffs and accounts, and contacts in the order of their ids. Whoever may
touch others of an account than its own contact holds all contacts of the account before anything else.
SQLite has one writer at a time and needs none of this.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Do, Plan, SetField
from runtime.store import schema
from runtime.store.open import Store

_contacts, _runs = schema.contacts, schema.runs


async def hold(
    connection: AsyncConnection,
    *,
    contacts: Collection[str] = (),
    peers_of: Collection[str] = (),
    accounts: Collection[str] = (),
    run: str | None = None,
) -> None:
    """Lock contacts, in the order of their ids.

    Args:
        contacts: these. `peers_of`: these and all others of their accounts. `accounts`: those of these.
        run: the contact of this run, and all others of its account; then nobody's peers.
    """
    if connection.dialect.name != "postgresql":
        return
    ids = {*contacts, *peers_of}
    wide: ColumnElement[bool] = _contacts.c.id.in_(sorted(set(peers_of)))
    if run is not None:
        wide = _contacts.c.id == select(_runs.c.contact_id).where(_runs.c.id == run).scalar_subquery()
    if peers_of or run is not None:
        found = await connection.execute(select(_contacts.c.id, _contacts.c.account_id).where(wide))
        rows = found.all()
        ids |= {row.id for row in rows}
        accounts = {*accounts, *(row.account_id for row in rows if row.account_id is not None)}
    if accounts:
        theirs = select(_contacts.c.id).where(_contacts.c.account_id.in_(sorted(set(accounts))))
        ids |= set(await connection.scalars(theirs))
    if ids:
        meant = select(_contacts.c.id).where(_contacts.c.id.in_(sorted(ids)))
        await connection.execute(meant.order_by(_contacts.c.id).with_for_update())


async def hold_run(store: Store, connection: AsyncConnection, run: str) -> None:
    """Lock what a turn of this run may touch beside itself, if any plan here changes what accounts share."""
    if store.postgres and any(map(_changes_accounts, store.plans.values())):
        await hold(connection, run=run)


# By hash, for what a hash stands for never changes.
_changing: dict[str, bool] = {}


def _changes_accounts(plan: Plan) -> bool:
    if plan.hash not in _changing:
        effects = (step.effect for step in plan.steps if isinstance(step, Do))
        _changing[plan.hash] = any(isinstance(e, SetField) and e.ref.of == "account" for e in effects)
    return _changing[plan.hash]
