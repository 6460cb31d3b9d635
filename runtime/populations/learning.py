"""Learning: a behaviour measured on a record, and contacts drawn from it.

The record is replayed through the workspace, so that it is known which reaction answers which email. Shares
are those of the record, delays are drawn from it; where an email was sent to few, those of all emails count.
Contacts are drawn from those who did anything, whole companies at a time, with what they did of themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from dsl import Compiled
from runtime.backtest.playing import REACTIONS, replay
from runtime.backtest.records import Recorded
from runtime.facts import Facts
from runtime.handoffs import ACCEPTED, REJECTED
from runtime.people import Account, Contact, FileError, RecordedEvent
from runtime.populations.behaviour import Answers, Behaviour, Delay, Mail, SalesHabits
from runtime.populations.fitting import Draft
from runtime.populations.inventing import Invented, Inventor
from runtime.populations.luck import roll
from runtime.simulator import World
from runtime.simulator.provider import Preview

FEW = 20
"""An email that was sent less often has no shares of its own."""

_MANY = 500
"""Of more delays than these, so many evenly among them are kept: each process has its own."""

KINDS = {
    "open": "Email Opened",
    "click": "Email Clicked",
    "reply": "Email Replied",
    "unsubscribe": "Unsubscribed",
    "complain": "Complained",
}
"""Which event tells of which share of `Mail`."""

_OWN = REACTIONS | {"Email Bounced", ACCEPTED, REJECTED}


@dataclass(slots=True)
class _Seen:
    """What became of some emails; delays in seconds."""

    sent: int = 0
    machine: int = 0
    opened: list[int] = field(default_factory=list)
    clicked: list[int] = field(default_factory=list)
    replied: list[int] = field(default_factory=list)
    unsubscribed: int = 0
    complained: int = 0

    def mail(self, otherwise: Mail, said: Mapping[str, float]) -> Mail:
        """Give it as shares and delays.

        Args:
            otherwise: the delays of what never happened. `said`: shares of what the record cannot tell.
        """
        sent = max(1, self.sent)
        openers = max(1.0, len(self.opened), sent * said.get("open", 0.0))
        measured = Mail(
            open=min(1.0, len(self.opened) / sent),
            open_after=_drawn_from(self.opened, otherwise.open_after),
            machine=min(1.0, self.machine / sent),
            click=min(1.0, len(self.clicked) / openers),
            click_after=_drawn_from(self.clicked, otherwise.click_after),
            reply=min(1.0, len(self.replied) / openers),
            reply_after=_drawn_from(self.replied, otherwise.reply_after),
            unsubscribe=min(1.0, self.unsubscribed / openers),
            complain=min(1.0, self.complained / openers),
        )
        return replace(measured, **said)  # type: ignore[arg-type]


def learn(
    compiled: Compiled, recorded: Recorded, preview: Preview | None, given: Behaviour
) -> tuple[Behaviour, int]:
    """Measure a record; return the behaviour, and how many emails it was measured on.

    `given`: what the record cannot tell (segments, groups, habits, and shares that are said of kinds of
    events which it does not hold). Raises `FileError` for an empty record.
    """
    world, _ = replay(compiled, recorded, recorded.start, recorded.end, preview)
    emails: dict[str, _Seen] = defaultdict(_Seen)
    for facts in world.facts.values():
        _look(facts, emails)
    total = sum(seen.sent for seen in emails.values())
    if not total:
        raise FileError(
            "In this record nobody comes to an email of the workspace, so no behaviour can be measured. "
            "Check the names of its events, and the workspace."
        )
    untold = [share for share in never_recorded(recorded) if share in given.said]
    general = _all(emails.values()).mail(given.mail, _said(given.mail, untold))
    single = {
        name: seen.mail(general, _said(given.emails.get(name, given.mail), untold))
        for name, seen in emails.items()
        if seen.sent >= FEW
    }
    mailed = [facts for facts in world.facts.values() if facts.sent]
    bounced = sum(_bounced(facts) for facts in mailed) / len(mailed)
    behaviour = replace(
        given,
        mail=general,
        emails={**given.emails, **single},
        bounce=given.bounce if "bounce" in given.said and not _holds(recorded, "Email Bounced") else bounced,
        answers=Answers({}, otherwise=0, unprompted=0, asked=0),
        sales=_sales(world, given.sales),
    )
    return behaviour, total


def never_recorded(recorded: Recorded) -> list[str]:
    """Return the shares of `Mail` of which a record holds no event at all: of those it measures nothing."""
    names = {event.name for event in recorded.events}
    return [share for share, name in KINDS.items() if name not in names]


def overruled(recorded: Recorded, given: Behaviour) -> list[str]:
    """Return what a behaviour says and a record tells itself, by its place in the file."""
    measured = [share for share in KINDS if share in given.said and _holds(recorded, KINDS[share])]
    tables = [place for place in given.said if place.startswith("[")]
    bounce = ["[contacts] bounce"] if "bounce" in given.said and _holds(recorded, "Email Bounced") else []
    return sorted([*tables, *bounce, *(f"[emails] {share}" for share in measured)])


def _holds(recorded: Recorded, name: str) -> bool:
    return any(event.name == name for event in recorded.events)


def _said(mail: Mail, shares: Iterable[str]) -> dict[str, float]:
    return {share: getattr(mail, share) for share in shares}


def _look(facts: Facts, emails: dict[str, _Seen]) -> None:
    """Give each reaction to the last email of its name before it, and count it once."""
    for sent in facts.sent:
        seen = emails[sent.email]
        seen.sent += 1
        until = min((s.at for s in facts.sent if s.email == sent.email and s.at > sent.at), default=2**62)

        first = partial(_first, facts, sent.email, sent.at, until)
        opened, clicked, replied = (first(f"Email {what}") for what in ("Opened", "Clicked", "Replied"))
        seen.machine += first("Email Opened", machine=True) is not None
        opened = opened if opened is not None else clicked if clicked is not None else replied
        if opened is None:
            continue
        seen.opened.append(opened - sent.at)
        if clicked is not None:
            seen.clicked.append(max(0, clicked - opened))
        if replied is not None:
            seen.replied.append(max(0, replied - opened))
        seen.unsubscribed += first("Unsubscribed") is not None
        seen.complained += first("Complained") is not None


def _first(facts: Facts, email: str, since: int, until: int, name: str, machine: bool = False) -> int | None:
    """Return when an event about an email came first between two moments."""
    for event in facts.events.get(name, ()):
        named = event.properties.get("email")
        if named == email and event.machine == machine and since <= event.at < until:
            return event.at
    return None


def _bounced(facts: Facts) -> bool:
    return any(event.properties.get("kind") == "hard" for event in facts.events.get("Email Bounced", ()))


def _all(some: Iterable[_Seen]) -> _Seen:
    total = _Seen()
    for seen in some:
        total.sent += seen.sent
        total.machine += seen.machine
        total.opened += seen.opened
        total.clicked += seen.clicked
        total.replied += seen.replied
        total.unsubscribed += seen.unsubscribed
        total.complained += seen.complained
    return total


def _drawn_from(delays: Sequence[int], otherwise: Delay) -> Delay:
    """Return delays to draw from, as they are spread in the record."""
    if not delays:
        return otherwise
    ordered = sorted(delays)
    if len(ordered) <= _MANY:
        return tuple(ordered)
    return tuple(ordered[place * (len(ordered) - 1) // (_MANY - 1)] for place in range(_MANY))


def _sales(world: World, given: SalesHabits) -> SalesHabits:
    """Measure the answers of sales; where the record has none, what is given counts."""
    all_ = list(world.sales.handoffs.values())
    answered = [one for one in all_ if one.answer]
    if not answered:
        return given
    moments = [(one.accepted_at or one.rejected_at or 0) - one.opened_at for one in answered]
    return replace(
        given,
        accept=sum(one.answer == "accepted" for one in answered) / len(all_),
        reject=sum(one.answer == "rejected" for one in answered) / len(all_),
        answer_after=_drawn_from(moments, given.answer_after),
        opportunity=0.0,  # opportunities are events of the record
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """Contacts drawn from a record: a `runtime.populations.crowd.Source`. `inventor`: when they arrive."""

    inventor: Inventor
    companies: Sequence[Sequence[Contact]]
    accounts: Mapping[str, Account]
    events_of: Mapping[str, Sequence[RecordedEvent]]
    events_about: Mapping[str, Sequence[RecordedEvent]]

    @classmethod
    def of(cls, inventor: Inventor, recorded: Recorded) -> Drawn:
        """Sort a record by company. Raises `FileError` if nobody did anything."""
        own: dict[str, list[RecordedEvent]] = defaultdict(list)
        about: dict[str, list[RecordedEvent]] = defaultdict(list)
        for event in recorded.events:
            if event.contact is None:
                about[event.account or ""].append(event)
            elif event.name not in _OWN:
                own[event.contact].append(event)
        companies: dict[str, list[Contact]] = defaultdict(list)
        for contact in recorded.contacts:
            if contact.id in own:
                companies[contact.account_id or f"\x00{contact.id}"].append(contact)
        if not companies:
            raise FileError(
                "In this record nobody did anything besides reacting to mail: nobody can be drawn."
            )
        accounts = {account.id: account for account in recorded.accounts}
        return cls(inventor, [companies[name] for name in sorted(companies)], accounts, own, about)

    def members(self) -> int:
        """How many contacts a company has, on average."""
        return max(1, round(sum(map(len, self.companies)) / len(self.companies)))

    def account(self, number: int) -> Account:
        """Draw a company."""
        drawn = self._company(number)[0].account_id
        known = self.accounts.get(drawn or "")
        return Account(f"a{number}", {} if known is None else dict(known.fields))

    def contact(self, number: int, account: Account) -> Invented:
        """Draw a contact of that company."""
        found, inventor = self._drawn(number), self.inventor
        arrives = self._arrives(number)
        id_ = f"c{number}"
        fields = (
            {**found.fields, "email": f"{id_}@example.com"} if found.fields.get("email") else found.fields
        )
        known = arrives - max(0, self.events_of[found.id][0].at - found.known_since)
        draft = Draft(arrives, 0.0, inventor.definitions, inventor.vocabulary)
        draft.contact, draft.account, draft.consents = dict(fields), account.fields, set(found.consents)
        of = account.id if found.account_id is not None else None
        contact = Contact(id_, draft.contact, of, found.time_zone, known, found.consents)
        return Invented(contact, arrives, "", None, by_hand=False, fits=True, draft=draft)

    def events(self, number: int, invented: Invented, until: int) -> Iterator[RecordedEvent]:
        """Let the contact do what the drawn one did, as much later as it arrives later."""
        found = self._drawn(number)
        events, id_ = self.events_of[found.id], invented.contact.id
        move = invented.arrives - events[0].at
        for event in events:
            yield replace(event.moved(move), id=f"{id_}/{event.id}", contact=id_)
        account = invented.contact.account_id
        if account is not None and number % self.inventor.per_account == 0:
            for event in self.events_about.get(found.account_id or "", ()):
                yield replace(event.moved(move), id=f"{id_}/{event.id}", account=account)

    def _company(self, number: int) -> Sequence[Contact]:
        drawn = int(roll(self.inventor.seed, "company", number) * len(self.companies))
        return self.companies[drawn]

    def _drawn(self, number: int) -> Contact:
        company, place = divmod(number, self.inventor.per_account)
        members = self._company(company)
        return members[place % len(members)]

    def _arrives(self, number: int) -> int:
        inventor = self.inventor
        return inventor.start + int(roll(inventor.seed, "arrives", number) * inventor.span)
