"""Inventing: contacts who fit the start of a journey, and the event with which they come in.

Contact `n` of a seed is always the same one, whoever else there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dsl.plan import AccountCount, Definitions, EventDefinition, FieldDefinition, Plan, Ref, Start
from runtime.dispatch import MARKETING
from runtime.evaluate import truth
from runtime.facts import Facts
from runtime.needs import parts
from runtime.people import Account, Contact, RecordedEvent
from runtime.populations.behaviour import HOUR, Behaviour, Group
from runtime.populations.fitting import Draft
from runtime.populations.luck import pick, rolls
from runtime.populations.vocabulary import DAY, Vocabulary, moment

_FIRST = ("Ana", "Ben", "Carla", "Deepa", "Emil", "Farah", "Greta", "Hugo", "Ines", "Jun", "Kofi", "Lena")
_LAST = ("Moreau", "Okafor", "Nunes", "Rao", "Larsen", "Haddad", "Vogel", "Silva", "Castro", "Tanaka")
_COMPANIES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Iris", "Juniper")
_KINDS = ("Systems", "Logistics", "Works", "Finance", "Software", "Trading", "Machines", "Foods", "Health")
_ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Paris",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Singapore",
)
_OLDEST = 400 * DAY


@dataclass(frozen=True, slots=True)
class Invented:
    """A contact with what is known of it. `entry`: the event that starts `journey`, if one does.

    `by_hand`: it is started by hand as the contact arrives. `fits`: whether the start's condition holds.
    `draft`: what is to be put into its facts. `keen`: a factor on all shares of emails.
    """

    contact: Contact
    arrives: int
    journey: str
    entry: RecordedEvent | None
    by_hand: bool
    fits: bool
    draft: Draft
    keen: float = 1.0


@dataclass(frozen=True, slots=True)
class Inventor:
    """Invents contacts for some journeys.

    `plans`: those by which they come in; `span`: seconds over which they arrive; `per_account`: contacts of
    one company; `named`: first name, name, time zone and company of the first ones.
    """

    definitions: Definitions
    plans: Sequence[Plan]
    behaviour: Behaviour
    seed: int
    start: int
    span: int
    vocabulary: Vocabulary
    per_account: int
    named: Sequence[tuple[str, str, str, str]] = ()
    _chances: list[tuple[float, Plan]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        definitions: Definitions,
        plans: Sequence[Plan],
        known: Sequence[Plan],
        behaviour: Behaviour,
        seed: int,
        start: int,
        span: int,
        named: Sequence[tuple[str, str, str, str]] = (),
    ) -> Inventor:
        """Build one. `known`: all plans of the workspace; `named`: (first name, name, zone, company)."""
        counts = [part.at_least for part in parts([*known, definitions]) if isinstance(part, AccountCount)]
        per_account = behaviour.per_account or max(2, *counts, 0)
        words = Vocabulary.of(known, definitions)
        made = cls(definitions, plans, behaviour, seed, start, span, words, per_account, named)
        made._chances.extend(_chances(plans, behaviour.starts))
        return made

    def account(self, number: int) -> Account:
        """Invent a company."""
        id_ = f"a{number}" if number >= len(self.named) else self.named[number][3].split()[0].lower()
        luck = rolls(self.seed, "account", number)
        name = f"{pick(_COMPANIES, luck[0])} {pick(_KINDS, luck[1])} {number}"
        if number < len(self.named):
            name = self.named[number][3]
        fields = self._fields("account", self.definitions.account_fields, f"account {number}", self.start)
        return Account(
            id_, {**fields, **({"name": name} if "name" in self.definitions.account_fields else {})}
        )

    def contact(self, number: int, account: Account) -> Invented:
        """Invent a contact of a company; the company's fields change where the start asks for it."""
        luck = rolls(self.seed, "contact", number)
        group = self._group(luck[0])
        arrives = self.start + int(luck[1] * self.span)
        plan = self._plan(luck[2])
        person = self._person(number, luck, group)
        fields = self._fields("contact", self.definitions.contact_fields, f"contact {number}", arrives)
        fields |= {"first_name": person[0], "last_name": person[1], "email": f"{person[2]}@example.com"}
        consent = self.behaviour.consent if group is None or group.consent is None else group.consent
        draft = Draft(arrives, luck[3], self.definitions, self.vocabulary)
        draft.contact, draft.account = fields, account.fields
        draft.consents = {MARKETING} if luck[4] < consent else set()
        draft.known_since = arrives - int(luck[5] * _OLDEST)
        if group is not None:
            draft.contact.update(group.contact)
            draft.account.update(group.account)
        start = self._start(plan, luck[6])
        entry = self._entry(plan, start, draft, person[2], account.id, number)
        known = min(draft.known_since, arrives)
        contact = Contact(person[2], draft.contact, account.id, person[3], known, frozenset(draft.consents))
        fits = _fits(plan, start, draft, contact)
        by_hand = entry is None and (start is None or start.everyone is None)
        keen = 1.0 if group is None else group.keen
        return Invented(contact, arrives, plan.journey, entry, by_hand, fits, draft, keen)

    def given(self, number: int, contact: Contact) -> Invented:
        """Let a contact who is there already come in; nothing but the event is made to fit."""
        luck = rolls(self.seed, "given", contact.id)
        arrives = self.start + int(luck[1] * self.span)
        plan = self._plan(luck[2])
        draft = Draft(arrives, luck[3], self.definitions, self.vocabulary)
        draft.contact, draft.consents = dict(contact.fields), set(contact.consents)
        start = self._start(plan, luck[6])
        entry = self._entry(plan, start, draft, contact.id, contact.account_id or "", number)
        as_is = Draft(arrives, luck[3], self.definitions, self.vocabulary)
        as_is.contact, as_is.properties = dict(contact.fields), draft.properties
        fits = _fits(plan, start, as_is, contact)
        by_hand = entry is None and (start is None or start.everyone is None)
        return Invented(contact, arrives, plan.journey, entry, by_hand, fits, as_is)

    def _group(self, luck: float) -> Group | None:
        for group in self.behaviour.groups:
            if luck < group.share:
                return group
            luck -= group.share
        return None

    def _plan(self, luck: float) -> Plan:
        for share, plan in self._chances:
            if luck < share:
                return plan
            luck -= share
        return self._chances[-1][1]

    def _person(self, number: int, luck: Sequence[float], group: Group | None) -> tuple[str, str, str, str]:
        """Return first name, name, id and time zone."""
        if number < len(self.named):
            first, last, zone, _ = self.named[number]
            return first, last, first.lower(), zone
        zones = (group.time_zones if group is not None else ()) or self.behaviour.time_zones or _ZONES
        more = rolls(self.seed, "name", number)
        return pick(_FIRST, more[0]), pick(_LAST, more[1]), f"c{number}", pick(zones, luck[7])

    def _fields(self, of: str, fields: Mapping[str, FieldDefinition], whose: str, at: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, declared in fields.items():
            luck = rolls(self.seed, whose, name)
            value = self.vocabulary.invent(of, name, declared, luck[0], luck[1], at)
            if value is not None:
                found[name] = value
        return found

    def _start(self, plan: Plan, luck: float) -> Start | None:
        ways = [start for start in plan.starts if not start.by_hand]
        return pick(ways, luck) if ways else None

    def _entry(
        self, plan: Plan, start: Start | None, draft: Draft, contact: str, account: str, number: int
    ) -> RecordedEvent | None:
        """Make the facts fit the start, and return the event that it waits for, if it waits for one."""
        if start is None:
            return None
        if start.everyone is not None:
            draft.fit(start.everyone.members)
            draft.fit(start.condition)
            return None
        told = start.event.startswith("nurture:")
        if told:
            self._as_if(start, draft)
        else:
            draft.event = start.event
            draft.properties.update(self.properties(start.event, f"entry {number}", draft.at))
            draft.properties.update(start.args)
            _key(plan, draft, number)
        draft.fit(start.where)
        draft.fit(start.condition)
        if told:
            return None
        of_account = self.definitions.events.get(start.event, EventDefinition()).subject == "account"
        return RecordedEvent(
            id=f"invented/{plan.journey}/{contact}",
            name=start.event,
            at=draft.at,
            contact=None if of_account else contact,
            account=account if of_account else None,
            properties=draft.properties,
        )

    def _as_if(self, start: Start, draft: Draft) -> None:
        """Let the contact stand as one to whom a change has happened, with which a journey starts."""
        segment = start.args.get("segment", "")
        if segment in self.definitions.segments:
            draft.fit(self.definitions.segments[segment], want=start.event.endswith("entered"))
        if "stage" in start.args:
            draft.stage = start.args["stage"]
        if start.event == "nurture:score changed":
            draft.score = max(self.definitions.thresholds.values(), default=50.0)

    def properties(self, event: str, whose: str, at: int) -> dict[str, Any]:
        """Invent the properties of an event as it is declared."""
        declared = self.definitions.events.get(event, EventDefinition()).fields
        found, last = self._fields("event", declared, whose, at), 0
        for name, field_ in declared.items():  # what ends is written below what begins
            if field_.type == "date and time" and name in found:
                last = max(int(datetime.fromisoformat(found[name]).timestamp()), last + HOUR)
                found[name] = moment(last, field_)
        return found


def _key(plan: Plan, draft: Draft, number: int) -> None:
    """Give the field by which runs are counted a value of its own."""
    key = plan.runs.key
    if isinstance(key, Ref) and not draft.properties.get(key.field):
        draft.properties[key.field] = f"k{number % 7}"


def _chances(plans: Sequence[Plan], shares: Mapping[str, float]) -> list[tuple[float, Plan]]:
    named = [(shares[plan.journey], plan) for plan in plans if plan.journey in shares]
    others = [plan for plan in plans if plan.journey not in shares]
    left = max(0.0, 1 - sum(share for share, _ in named))
    return [*named, *((left / len(others), plan) for plan in others)] or [(1.0, plans[0])]


def _fits(plan: Plan, start: Start | None, draft: Draft, contact: Contact) -> bool:
    """Whether everything that the start asks for holds."""
    if start is None:
        return True
    facts = standing(draft, contact)
    zone = draft.definitions.time_zone
    asked = [start.where, start.condition, start.everyone.members if start.everyone is not None else None]
    return all(
        truth(condition, facts, None, draft.at, zone, draft.properties)
        for condition in asked
        if condition is not None
    )


def standing(draft: Draft, contact: Contact, facts: Facts | None = None) -> Facts:
    """Put what was drafted into facts, those of the contact or new ones."""
    if facts is None:
        facts = Facts(
            contact_id=contact.id,
            account_id=contact.account_id,
            contact=contact.fields,
            account=draft.account,
            time_zone=contact.time_zone,
            known_since=contact.known_since,
            consents=set(contact.consents),
        )
    facts.tags |= draft.tags
    facts.lists |= draft.lists
    facts.stage, facts.score = draft.stage, draft.score
    facts.seen = draft.score or None
    for event in draft.events:
        facts.events.setdefault(event.name, []).append(event)
    facts.sent += draft.sent
    if draft.open_opportunity:
        facts.open_opportunities.add("invented")
    return facts
