"""Snapshots: the facts of contacts, loaded inside the transaction that decides on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import RowMapping, bindparam
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Plan
from runtime import routing
from runtime.evaluate import RunView
from runtime.facts import Facts
from runtime.policies import rank
from runtime.published import Published
from runtime.store import schema
from runtime.store.errors import StoreError, UnknownContact
from runtime.store.loading import Loading, in_json, person, statements
from runtime.store.open import Store
from runtime.store.publishing import hold_plans, published_set

_contacts, _runs = schema.contacts, schema.runs


@dataclass(slots=True)
class Snapshot:
    """A contact's facts, and the published set that this transaction decides with."""

    facts: Facts
    published: Published


@dataclass(slots=True)
class RunSnapshot(Snapshot):
    """The same, for one run of the contact. `row`: the run as it is stored."""

    row: RowMapping
    plan: Plan
    view: RunView


# Whoever decides about a run holds its contact, too: see `loading.statements`.
_OF_RUN = (
    person(
        *(_runs.c[name] for name in ("journey", "plan", "entered", "trigger", "status", "state", "turn_no")),
        *(_runs.c[name] for name in ("transcript", "partial", "in_flight", "by_hand")),
    )
    .select_from(_runs.join(_contacts, _runs.c.contact_id == _contacts.c.id).outerjoin(schema.accounts))
    .where(_runs.c.id == bindparam("run"))
    .with_for_update(of=(_contacts, _runs))
)


async def of_contact(
    store: Store, connection: AsyncConnection, contact: str, since: int | None = None
) -> Snapshot:
    """Lock a contact and load its facts. See `of_contacts`."""
    return (await of_contacts(store, connection, (contact,), since))[contact]


async def of_contacts(
    store: Store,
    connection: AsyncConnection,
    contacts: Iterable[str],
    since: int | None = None,
    scored: Mapping[str, int] | None = None,
    named: Iterable[str] = (),
) -> dict[str, Snapshot]:
    """Lock contacts and load their facts, as far as decisions can see them.

    Args:
        since: the earliest moment at which anything is decided on them; None: any.
        scored: events that are about to be scored, by name, and when the first of each happened.
        named: runs that events about to be taken in name as theirs.

    Raises:
        UnknownContact: one of them is not known.
    """
    wanted = sorted(set(contacts))
    given = {"contacts": wanted if store.postgres else in_json(wanted)}
    rows = (await connection.execute(statements(store.postgres).people, given)).mappings().all()
    for contact in wanted if len(rows) < len(wanted) else ():
        if all(row["contact_id"] != contact for row in rows):
            raise UnknownContact(
                f"There is no contact {contact}. Import it first, or look at how its id is written.", contact
            )
    if not rows:
        return {}
    loading = Loading(connection, rows, named)
    published = await _load(store, connection, loading, rows[0], since, scored or {})
    return {contact: Snapshot(facts, published) for contact, facts in loading.facts.items()}


async def of_run(store: Store, connection: AsyncConnection, run: str) -> RunSnapshot:
    """Lock a run and its contact, and load the contact's facts.

    Raises:
        StoreError: there is no such run.
        PlanMissing: the run is pinned to a plan that is not in the database.
    """
    row = (await connection.execute(_OF_RUN, {"run": run})).mappings().first()
    if row is None:
        raise StoreError(f"There is no run {run} in this database. Is the worker on the right database?")
    loading = Loading(connection, (row,), (run,))
    # A run's time never goes back, and what others decide on the way is decided at its time or later.
    published = await _load(store, connection, loading, row, row["state"]["at"], {}, run)
    await hold_plans(store, connection, (row["plan"],))
    (facts,) = loading.facts.values()
    view = RunView(run, row["journey"], row["plan"], row["entered"], row["trigger"])
    return RunSnapshot(facts, published, row, published.plan(row["plan"]), view)


async def _load(
    store: Store,
    connection: AsyncConnection,
    loading: Loading,
    row: RowMapping,
    since: int | None,
    scored: Mapping[str, int],
    run: str | None = None,
) -> Published:
    """Load what is left. `row`: of the contacts or the run; `run`: which decides, if one does."""
    published = await published_set(store, connection, row["published"])
    await loading.runs()
    people = loading.facts.values()
    pinned = {one.plan for facts in people for one in facts.runs if one.ended is None}
    await hold_plans(store, connection, pinned | ({row["plan"]} if run is not None else set()))
    seen = routing.overview(published)
    await loading.rest(seen.needs, since, scored, run)
    for facts in people:
        facts.model = seen.model
    if seen.model.half_life is not None:
        await loading.awards()
    if seen.segments:
        await loading.latest()
    for facts in people:
        if facts.waiting:
            _rank(store, facts)
    return published


def _rank(store: Store, facts: Facts) -> None:
    """Say who goes first of those who wait for a slot."""
    plans = {run.id: run.plan for run in facts.runs}
    for mail in facts.waiting:
        plan = store.plans.get(plans.get(mail.run, ""))
        effects = (s.effect for s in plan.steps if s.id == mail.step and s.op == "do") if plan else ()
        mail.rank = next((rank(plan, effect) for effect in effects if plan), mail.rank)
