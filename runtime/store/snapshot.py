"""Snapshots: the facts of one contact, loaded inside the transaction that decides on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, and_, bindparam, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.plan import Plan
from runtime import routing
from runtime.evaluate import RunView
from runtime.facts import Facts, Happened, Model, RunFact, Sent, Waiting
from runtime.intake import strongest
from runtime.policies import rank
from runtime.published import Published
from runtime.store import schema
from runtime.store.errors import StoreError
from runtime.store.open import Store
from runtime.store.publishing import hold_plans, in_force, published_set

_contacts, _accounts, _runs = schema.contacts, schema.accounts, schema.runs
_CONTACT = bindparam("contact", type_=schema.contacts.c.id.type)
_ACCOUNT = bindparam("account", type_=schema.accounts.c.id.type)


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


def _person(*more: Any) -> Select[Any]:
    return select(
        _contacts.c.id.label("contact_id"),
        _contacts.c.account_id,
        _contacts.c.fields,
        _contacts.c.time_zone,
        _contacts.c.known_since,
        _contacts.c.score,
        _contacts.c.score_seen,
        _contacts.c.stage,
        _accounts.c.fields.label("account_fields"),
        in_force.label("published"),
        *more,
    )


# INVARIANT: whoever decides about a contact holds its row. On SQLite the whole transaction is exclusive.
_OF_CONTACT = (
    _person()
    .select_from(_contacts.outerjoin(_accounts))
    .where(_contacts.c.id == _CONTACT)
    .with_for_update(of=_contacts)
)
_OF_RUN = (
    _person(
        *(_runs.c[name] for name in ("journey", "plan", "entered", "trigger", "status", "state", "turn_no")),
        *(_runs.c[name] for name in ("transcript", "partial", "in_flight", "by_hand")),
    )
    .select_from(_runs.join(_contacts, _runs.c.contact_id == _contacts.c.id).outerjoin(_accounts))
    .where(_runs.c.id == bindparam("run"))
    .with_for_update(of=(_contacts, _runs))
)


def _standing() -> Any:
    """Everything about a contact that is a set of names, in one statement."""
    tags, consents, lists = schema.tags, schema.consents, schema.list_members
    suppressions, opportunities = schema.suppressions, schema.opportunities
    owned = or_(opportunities.c.contact_id == _CONTACT, opportunities.c.account_id == _ACCOUNT)
    return union_all(
        select(literal("tag").label("kind"), tags.c.tag.label("name")).where(tags.c.contact_id == _CONTACT),
        select(literal("consent"), consents.c.consent).where(
            consents.c.contact_id == _CONTACT, consents.c.granted
        ),
        select(literal("list"), lists.c.list).where(lists.c.contact_id == _CONTACT),
        select(literal("suppression"), suppressions.c.reason).where(suppressions.c.contact_id == _CONTACT),
        select(literal("opportunity"), opportunities.c.id).where(owned, opportunities.c.open),
    )


_STANDING = _standing()
_EVENTS = (
    select(*(schema.events.c[name] for name in ("name", "at", "occurred", "properties", "machine")))
    .where(or_(schema.events.c.contact_id == _CONTACT, schema.events.c.account_id == _ACCOUNT))
    .order_by(schema.events.c.at, schema.events.c.id)
)
_SENT = (
    select(
        *(schema.ledger.c[name] for name in ("run_id", "journey", "name", "at", "service")),
        *(schema.ledger.c[name] for name in ("status", "step", "visit", "until")),
    )
    .where(
        schema.ledger.c.contact_id == _CONTACT,
        schema.ledger.c.kind == "send",
        or_(
            schema.ledger.c.outcome.in_(("sent", "in doubt")),
            schema.ledger.c.status.in_(("claimed", "offered", "held")),
        ),
    )
    .order_by(schema.ledger.c.at)
)
_AWARDS = (
    select(schema.score_changes.c.points, schema.score_changes.c.occurred)
    .where(schema.score_changes.c.contact_id == _CONTACT, schema.score_changes.c.kind == "fading")
    .order_by(schema.score_changes.c.id)
)
_RUNS = (
    select(
        *(_runs.c[name] for name in ("id", "journey", "plan", "entry_key", "ordinal")),
        *(_runs.c[name] for name in ("entered", "ended", "trigger")),
    )
    # A run of the account is a run of each of its contacts.
    .where(
        or_(
            _runs.c.contact_id == _CONTACT,
            and_(_runs.c.subject_kind == "account", _runs.c.subject == _ACCOUNT),
        )
    )
    .order_by(_runs.c.entered, _runs.c.id)
)


_NAMES: Any = bindparam("names", expanding=True)
# An event about the account is one of each of its contacts.
_COUNTED_EVENTS = (
    select(
        _contacts.c.id,
        *(schema.events.c[name] for name in ("name", "at", "occurred", "properties", "machine")),
    )
    .join(
        schema.events,
        or_(
            schema.events.c.contact_id == _contacts.c.id,
            schema.events.c.account_id == _contacts.c.account_id,
        ),
    )
    .where(_contacts.c.account_id == _ACCOUNT, schema.events.c.name.in_(_NAMES))
    .order_by(schema.events.c.at, schema.events.c.id)
)
_COUNTED_EMAILS = (
    select(
        _contacts.c.id, *(schema.ledger.c[name] for name in ("run_id", "journey", "name", "at", "service"))
    )
    .join(schema.ledger, schema.ledger.c.contact_id == _contacts.c.id)
    .where(
        _contacts.c.account_id == _ACCOUNT,
        schema.ledger.c.kind == "send",
        schema.ledger.c.outcome.in_(("sent", "in doubt")),
        schema.ledger.c.name.in_(_NAMES),
    )
)


async def of_contact(store: Store, connection: AsyncConnection, contact: str) -> Snapshot:
    """Lock a contact and load its facts.

    Raises:
        StoreError: there is no such contact.
    """
    row = (await connection.execute(_OF_CONTACT, {"contact": contact})).mappings().first()
    if row is None:
        raise StoreError(f"There is no contact {contact}. Import it first, or look at how its id is written.")
    facts = await _facts(connection, row)
    published = await _published(store, connection, row, facts)
    await _count(connection, facts, published)
    return Snapshot(facts, published)


async def of_run(store: Store, connection: AsyncConnection, run: str) -> RunSnapshot:
    """Lock a run and its contact, and load the contact's facts.

    Raises:
        StoreError: there is no such run.
        PlanMissing: the run is pinned to a plan that is not in the database.
    """
    row = (await connection.execute(_OF_RUN, {"run": run})).mappings().first()
    if row is None:
        raise StoreError(f"There is no run {run} in this database. Is the worker on the right database?")
    facts = await _facts(connection, row, run)
    published = await _published(store, connection, row, facts)
    await hold_plans(store, connection, (row["plan"],))
    await _count(connection, facts, published)
    view = RunView(run, row["journey"], row["plan"], row["entered"], row["trigger"])
    return RunSnapshot(facts, published, row, published.plan(row["plan"]), view)


async def _published(store: Store, connection: AsyncConnection, row: RowMapping, facts: Facts) -> Published:
    found = await published_set(store, connection, row["published"])
    await hold_plans(store, connection, (run.plan for run in facts.runs if run.ended is None))
    facts.model = Model.of(found.definitions, routing.watched_segments(found))
    if facts.model.half_life is not None:
        awards = await connection.execute(_AWARDS, {"contact": facts.contact_id})
        facts.awards = [(points, earned) for points, earned in awards]
    plans = {run.id: run.plan for run in facts.runs}
    for mail in facts.waiting:
        plan = store.plans.get(plans.get(mail.run, ""))
        effects = (s.effect for s in plan.steps if s.id == mail.step and s.op == "do") if plan else ()
        mail.rank = next((rank(plan, effect) for effect in effects if plan), mail.rank)
    return found


async def _count(connection: AsyncConnection, facts: Facts, published: Published) -> None:
    """Load what the contacts of the account have done and got, as far as it is counted."""
    counted = routing.counted(published)
    if facts.account_id is None or not (counted.events or counted.emails):
        return
    peers: dict[str, Facts] = {}
    about = {"account": facts.account_id}
    events = await connection.execute(_COUNTED_EVENTS, {**about, "names": sorted(counted.events)})
    for contact, *event in events:
        _peer(peers, contact, facts).events.setdefault(event[0], []).append(Happened(*event))
    sent = await connection.execute(_COUNTED_EMAILS, {**about, "names": sorted(counted.emails)})
    for contact, *email in sent:
        _peer(peers, contact, facts).sent.append(Sent(*email))
    facts.peers = [peer for id_, peer in peers.items() if id_ != facts.contact_id]


def _peer(peers: dict[str, Facts], contact: str, facts: Facts) -> Facts:
    if contact not in peers:
        peers[contact] = Facts(contact, facts.account_id, {}, {}, None, 0)
    return peers[contact]


async def _facts(connection: AsyncConnection, row: RowMapping, run: str | None = None) -> Facts:
    """Load everything else about the contact of `row`. `run`: the run that decides, if one does."""
    facts = Facts(
        contact_id=row["contact_id"],
        account_id=row["account_id"],
        contact=row["fields"],
        account=row["account_fields"] or {},
        time_zone=row["time_zone"],
        known_since=row["known_since"],
        score=row["score"],
        seen=row["score_seen"],
        stage=row["stage"],
    )
    about = {"contact": facts.contact_id, "account": facts.account_id}
    sets: dict[str, set[str]] = {"suppression": set()}
    sets |= {"tag": facts.tags, "consent": facts.consents, "opportunity": facts.open_opportunities}
    sets["list"] = facts.lists
    for kind, name in await connection.execute(_STANDING, about):
        sets[kind].add(name)
    facts.suppressed = strongest(sets["suppression"])
    for event in await connection.execute(_EVENTS, about):
        facts.events.setdefault(event.name, []).append(Happened(*event))
    for *sent, status, step, visit, until in await connection.execute(_SENT, about):
        mail = Sent(*sent)
        if status == "settled":
            facts.sent.append(mail)
        elif status == "held":
            if until is not None and not mail.service:
                facts.waiting.append(Waiting(mail.run, mail.journey, step, visit, until))
        elif mail.run != run:
            facts.sending.append(mail)
    facts.runs = [RunFact(*run) for run in await connection.execute(_RUNS, about)]
    return facts
