"""Loading: the facts of contacts, in a number of statements that does not grow with how many they are.

Of events and emails only those are read that a decision can see (`runtime.needs`). Each statement has one
shape whatever it is asked for, so that the databases prepare it once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.entry import CHAIN
from runtime.facts import Facts, Happened, Override, RunFact, Sent, Waiting
from runtime.needs import FOR_EVER, Needs, Reach
from runtime.store import schema
from runtime.store.publishing import in_force
from runtime.suppression import strongest

_contacts, _accounts, _runs = schema.contacts, schema.accounts, schema.runs
_events, _ledger = schema.events, schema.ledger

_HAPPENED = tuple(_events.c[name] for name in ("name", "at", "occurred", "properties", "machine"))
_SENT = tuple(_ledger.c[name] for name in ("run_id", "journey", "name", "at", "service"))
_ARRIVED = _ledger.c.outcome.in_(("sent", "in doubt"))


@dataclass(frozen=True, slots=True)
class Horizon:
    """Until when each kind of thing is looked back at, as parameters of the statements below."""

    parameters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, needs: Needs, base: int, entered: int, daily: Mapping[str, int]) -> Horizon:
        """Work it out.

        Args:
            base: the earliest moment at which anything is decided.
            entered: when the first of the runs that are concerned was entered.
            daily: events that are about to be scored, and when the first of each name happened.
        """
        capped = {name: at for name, at in daily.items() if name in needs.daily}
        seen = {**_names("event", needs.events), **_names("email", needs.emails)}
        seen["event_all"] = sorted({*needs.events, *capped})
        for kind, reaches in (("event", needs.events), ("email", needs.emails)):
            recent = (one.seconds for one in reaches.values() if one.seconds < FOR_EVER)
            seen[f"{kind}_recent_from"] = base - max(recent, default=0)
        seen |= {"from_entry": entered, "mail_from": base - needs.mail}
        seen |= {"daily": sorted(capped), "daily_from": min(capped.values(), default=0) - 2 * 86_400}
        seen |= {"counted": sorted(needs.counted), "counted_emails": sorted(needs.counted_emails)}
        return cls(seen)


def _names(kind: str, reaches: Mapping[str, Reach]) -> dict[str, Any]:
    return {
        f"{kind}_ever": sorted(name for name, one in reaches.items() if one.seconds >= FOR_EVER),
        f"{kind}_recent": sorted(name for name, one in reaches.items() if 0 < one.seconds < FOR_EVER),
        f"{kind}_run": sorted(name for name, one in reaches.items() if one.run),
    }


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements, in the words of one database."""

    people: Select[Any]
    standing: Any
    runs: Select[Any]
    events: Select[Any]
    sent: Select[Any]
    awards: Select[Any]
    latest: Any
    counted_events: Select[Any]
    counted_emails: Select[Any]


def person(*more: Any) -> Select[Any]:
    """Select contacts with their accounts, and what is in force. `more`: other columns."""
    return select(
        _contacts.c.id.label("contact_id"),
        *(_contacts.c[name] for name in ("account_id", "fields", "time_zone", "known_since")),
        *(_contacts.c[name] for name in ("score", "score_seen", "stage")),
        _accounts.c.fields.label("account_fields"),
        in_force.label("published"),
        *more,
    )


@cache
def statements(postgres: bool) -> Statements:
    """Return the statements for a database."""

    def among(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
        if postgres:
            return column == any_(bindparam(name, type_=ARRAY(Text)))
        values = func.json_each(bindparam(name, type_=Text)).table_valued("value")
        return column.in_(select(type_coerce(values.c.value, Text)))

    return Statements(
        # INVARIANT: whoever decides about a contact holds its row. On SQLite the whole transaction is
        # exclusive. In one order, so that two who hold several do not wait for each other.
        people=person()
        .select_from(_contacts.outerjoin(_accounts))
        .where(among(_contacts.c.id, "contacts"))
        .order_by(_contacts.c.id)
        .with_for_update(of=_contacts),
        standing=_standing(among),
        runs=_select_runs(among),
        events=_select_events(among),
        sent=_select_sent(among),
        awards=_select_awards(among),
        latest=_select_latest(among),
        counted_events=_select_counted_events(among),
        counted_emails=_select_counted_emails(among),
    )


def _standing(among: Any) -> Any:
    """Everything about contacts that is a set of names, in one statement."""
    tags, consents, lists = schema.tags, schema.consents, schema.list_members
    suppressions, opportunities = schema.suppressions, schema.opportunities
    overrides = schema.overrides
    decided = overrides.c.what + literal("|") + func.coalesce(cast(overrides.c.until, Text), "")
    whose = select(tags.c.contact_id, literal("tag").label("kind"), tags.c.tag.label("name"))
    return union_all(
        whose.where(among(tags.c.contact_id, "contacts")),
        select(consents.c.contact_id, literal("consent"), consents.c.consent).where(
            among(consents.c.contact_id, "contacts"), consents.c.granted
        ),
        select(lists.c.contact_id, literal("list"), lists.c.list).where(
            among(lists.c.contact_id, "contacts")
        ),
        select(suppressions.c.contact_id, literal("suppression"), suppressions.c.reason).where(
            among(suppressions.c.contact_id, "contacts")
        ),
        select(overrides.c.contact_id, literal("override"), decided).where(
            among(overrides.c.contact_id, "contacts")
        ),
        select(opportunities.c.contact_id, literal("opportunity"), opportunities.c.id).where(
            among(opportunities.c.contact_id, "contacts"), opportunities.c.open
        ),
        select(opportunities.c.account_id, literal("of account"), opportunities.c.id).where(
            among(opportunities.c.account_id, "accounts"), opportunities.c.open
        ),
    )


def _select_runs(among: Any) -> Select[Any]:
    """The runs that decisions can see: the open ones, and of each journey and key the last that have ended.

    Entry asks for the last one, and how many began at one moment; an answer may name an older one by its id.
    """
    # A run of the account is a run of each of its contacts.
    theirs = or_(
        among(_runs.c.contact_id, "contacts"),
        and_(_runs.c.subject_kind == "account", among(_runs.c.subject, "accounts")),
    )
    key = [_runs.c[name] for name in ("journey", "subject_kind", "subject", "entry_key")]
    last = func.max(_runs.c.ordinal).over(partition_by=key).label("last")
    ranked = select(_runs.c.id, last).where(theirs).subquery("ranked")
    # What started an ended one, nobody asks.
    trigger = case((_runs.c.status == "open", _runs.c.trigger))
    recent = _runs.c.ordinal > ranked.c.last - CHAIN
    return (
        select(
            _runs.c.contact_id,
            _runs.c.subject_kind,
            _runs.c.subject,
            *(_runs.c[name] for name in ("id", "journey", "plan", "entry_key", "ordinal")),
            *(_runs.c.entered, _runs.c.ended, type_coerce(trigger, _runs.c.trigger.type)),
        )
        .join_from(ranked, _runs, ranked.c.id == _runs.c.id)
        .where(or_(_runs.c.status == "open", recent, among(_runs.c.id, "named")))
        .order_by(_runs.c.entered, _runs.c.id)
    )


def _within(among: Any, table: Any, kind: str) -> ColumnElement[bool]:
    name, at = table.c.name, table.c.at
    return or_(
        among(name, f"{kind}_ever"),
        and_(among(name, f"{kind}_recent"), at >= bindparam(f"{kind}_recent_from")),
        and_(among(name, f"{kind}_run"), at >= bindparam("from_entry")),
    )


def _select_events(among: Any) -> Select[Any]:
    named = among(_events.c.name, "event_all")
    happened_then = _events.c.occurred >= bindparam("daily_from")
    return (
        select(_events.c.contact_id, _events.c.account_id, *_HAPPENED)
        .where(
            or_(
                and_(among(_events.c.contact_id, "contacts"), named),
                and_(among(_events.c.account_id, "accounts"), named),
            ),
            or_(_within(among, _events, "event"), and_(among(_events.c.name, "daily"), happened_then)),
        )
        .order_by(_events.c.at, _events.c.id)
    )


def _select_sent(among: Any) -> Select[Any]:
    under_way = _ledger.c.status.in_(("claimed", "offered", "held"))
    counts = or_(_ledger.c.at >= bindparam("mail_from"), _within(among, _ledger, "email"))
    return (
        select(_ledger.c.contact_id, *_SENT, *(_ledger.c[n] for n in ("status", "step", "visit", "until")))
        .where(
            among(_ledger.c.contact_id, "contacts"),
            _ledger.c.kind == "send",
            or_(and_(_ARRIVED, counts), under_way),
        )
        .order_by(_ledger.c.at)
    )


def _select_awards(among: Any) -> Select[Any]:
    changes = schema.score_changes
    return (
        select(changes.c.contact_id, changes.c.points, changes.c.occurred)
        .where(among(changes.c.contact_id, "contacts"), changes.c.kind == "fading")
        .order_by(changes.c.id)
    )


def _select_latest(among: Any) -> Any:
    """Select when the last event of each contact came, and of each account, whatever its name."""
    of_contact = select(_events.c.contact_id.label("whose"), func.max(_events.c.at))
    of_account = select(_events.c.account_id, func.max(_events.c.at))
    return union_all(
        of_contact.where(among(_events.c.contact_id, "contacts")).group_by(_events.c.contact_id),
        of_account.where(among(_events.c.account_id, "accounts")).group_by(_events.c.account_id),
    )


def _select_counted_events(among: Any) -> Select[Any]:
    # An event about the account is one of each of its contacts.
    mine = or_(_events.c.contact_id == _contacts.c.id, _events.c.account_id == _contacts.c.account_id)
    return (
        select(_contacts.c.account_id, _contacts.c.id, *_HAPPENED)
        .join(_events, mine)
        .where(among(_contacts.c.account_id, "accounts"), among(_events.c.name, "counted"))
        .where(_within(among, _events, "event"))
        .order_by(_events.c.at, _events.c.id)
    )


def _select_counted_emails(among: Any) -> Select[Any]:
    return (
        select(_contacts.c.account_id, _contacts.c.id, *_SENT)
        .join(_ledger, _ledger.c.contact_id == _contacts.c.id)
        .where(
            among(_contacts.c.account_id, "accounts"),
            _ledger.c.kind == "send",
            _ARRIVED,
            among(_ledger.c.name, "counted_emails"),
            _within(among, _ledger, "email"),
        )
    )


class Loading:
    """Fills in the facts of some contacts, who are held. First `runs`, then, with what they need, `rest`.

    `named`: runs that are looked at by their ids, long over or not.
    """

    def __init__(
        self, connection: AsyncConnection, rows: Iterable[Mapping[str, Any]], named: Iterable[str] = ()
    ) -> None:
        self.facts = {row["contact_id"]: _of(row) for row in rows}
        self._members: dict[str, list[Facts]] = {}
        for facts in self.facts.values():
            if facts.account_id is not None:
                self._members.setdefault(facts.account_id, []).append(facts)
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"
        self._statements = statements(self._postgres)
        given = {"contacts": list(self.facts), "accounts": list(self._members), "named": list(named)}
        self._given = self._written(given)

    async def runs(self) -> None:
        """Load the runs of each."""
        for contact, kind, account, *run in await self._ask(self._statements.runs):
            fact = RunFact(*run)
            fact.contact = contact
            for facts in self._members.get(account, ()) if kind == "account" else ():
                facts.runs.append(fact)
            mine = self.facts.get(contact)
            # A run of an account is of whoever is in it now, and of the contact by whom it came in.
            if mine is not None and (kind == "contact" or mine.account_id != account):
                mine.runs.append(fact)

    async def rest(
        self, needs: Needs, base: int | None, daily: Mapping[str, int], deciding: str | None
    ) -> None:
        """Load all else. `deciding`: the run that decides, if one does; for the rest, see `Horizon.of`."""
        begun = [run.entered for one in self.facts.values() for run in one.runs if _goes_on(run, deciding)]
        begins = -FOR_EVER if base is None else base
        horizon = Horizon.of(needs, begins, min(begun, default=FOR_EVER), daily)
        self._given |= self._written(horizon.parameters)
        await self._names()
        if needs.events or daily:
            for contact, account, *event in await self._ask(self._statements.events):
                for facts in self._whose(contact, account):
                    facts.events.setdefault(event[0], []).append(Happened(*event))
        await self._mail(deciding)
        if needs.counted or needs.counted_emails:
            await self._peers(needs)

    async def awards(self) -> None:
        """Load the points that fade."""
        for contact, points, earned in await self._ask(self._statements.awards):
            self.facts[contact].awards.append((points, earned))

    async def latest(self) -> None:
        """Load when the last event came."""
        for whose, at in await self._ask(self._statements.latest):
            for facts in self._whose(whose, whose):
                facts.latest = max(facts.latest, at)

    async def _ask(self, statement: Any) -> Sequence[Any]:
        return (await self._connection.execute(statement, self._given)).all()

    def _written(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Write lists as SQLite takes them."""
        if self._postgres:
            return dict(parameters)
        return {n: in_json(value) if isinstance(value, list) else value for n, value in parameters.items()}

    def _whose(self, contact: str | None, account: str | None) -> Iterable[Facts]:
        if contact in self.facts:
            yield self.facts[contact]
        yield from self._members.get(account or "", ())

    async def _names(self) -> None:
        suppressed: dict[str, set[str]] = {}
        for whose, kind, name in await self._ask(self._statements.standing):
            if kind == "of account":
                for facts in self._members[whose]:
                    facts.open_opportunities.add(name)
            elif kind == "suppression":
                suppressed.setdefault(whose, set()).add(name)
            elif kind == "override":
                what, _, until = name.partition("|")
                self.facts[whose].override = Override(what, int(until) if until else None)
            else:
                _set_of(self.facts[whose], kind).add(name)
        for contact, reasons in suppressed.items():
            self.facts[contact].suppressed = strongest(reasons)

    async def _mail(self, deciding: str | None) -> None:
        for contact, *sent, status, step, visit, until in await self._ask(self._statements.sent):
            facts, mail = self.facts[contact], Sent(*sent)
            if status == "settled":
                facts.sent.append(mail)
            elif status == "held":
                if until is not None and not mail.service:
                    facts.waiting.append(Waiting(mail.run, mail.journey, step, visit, until))
            elif mail.run != deciding:
                facts.sending.append(mail)

    async def _peers(self, needs: Needs) -> None:
        """Load what the contacts of the accounts have done and got, as far as it is counted."""
        peers: dict[str, dict[str, Facts]] = {account: {} for account in self._members}

        def peer(account: str, contact: str) -> Facts:
            empty = Facts(contact, account, {}, {}, None, 0)
            return peers[account].setdefault(contact, empty)

        if needs.counted:
            for account, contact, *event in await self._ask(self._statements.counted_events):
                peer(account, contact).events.setdefault(event[0], []).append(Happened(*event))
        if needs.counted_emails:
            for account, contact, *email in await self._ask(self._statements.counted_emails):
                peer(account, contact).sent.append(Sent(*email))
        for account, members in self._members.items():
            for facts in members:
                facts.peers = [one for id_, one in peers[account].items() if id_ != facts.contact_id]


def in_json(names: Sequence[str]) -> str:
    """Write a list as a parameter of the statements for SQLite."""
    return json.dumps(names)


def _goes_on(run: RunFact, deciding: str | None) -> bool:
    return run.ended is None or run.id == deciding


def _set_of(facts: Facts, kind: str) -> set[str]:
    match kind:
        case "tag":
            return facts.tags
        case "consent":
            return facts.consents
        case "list":
            return facts.lists
        case _:
            return facts.open_opportunities


def _of(row: Mapping[str, Any]) -> Facts:
    return Facts(
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


__all__ = ["Loading", "in_json", "person", "statements"]
