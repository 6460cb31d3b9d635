"""What is on record: people, companies and what they did, wherever it was read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from dsl.spelling import nearest
from runtime.people import Account, Contact, FileError, RecordedEvent


@dataclass(frozen=True, slots=True)
class Before:
    """How a contact stood when the record begins, where that is known."""

    tags: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    suppressed: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record, in order of time.

    `rejects`: a sentence for each row that could not be used. `notes`: what else is to be known of it.
    `before`: by contact. `opportunities`: those of each account that were open before. `places`: where a map
    says a value of all rows, by (event, "contact" or "account"; field; value), or the name of an event, by
    ("", "event", name).
    """

    contacts: Sequence[Contact]
    accounts: Sequence[Account]
    events: Sequence[RecordedEvent]
    rejects: Sequence[str] = ()
    notes: Sequence[str] = ()
    before: Mapping[str, Before] = field(default_factory=dict)
    opportunities: Mapping[str, Collection[str]] = field(default_factory=dict)
    places: Mapping[tuple[str, str, str], str] = field(default_factory=dict)

    @property
    def start(self) -> int:
        """When the first event came."""
        return self.events[0].at

    @property
    def end(self) -> int:
        """When the last event came."""
        return self.events[-1].at


def settled(found: Recorded, declared: Collection[str]) -> Recorded:
    """Put events in order, take each once, and leave out those about nobody who is known.

    Args:
        declared: the events that any version knows.

    Raises:
        FileError: nothing is left.
    """
    notes = [*found.notes]
    events = sorted(found.events, key=lambda event: event.at)
    behind = sum(after.at < before.at for before, after in zip(found.events, found.events[1:], strict=False))
    if behind:
        notes.append(f"The events were not in order of time ({behind:,} came too early); they were sorted.")
    events, twice = _once(events)
    if twice:
        have = "event has" if twice == 1 else "events have"
        notes.append(f"{twice:,} {have} an id that was there already; each was taken once.")
    events, strangers = _known(events, found)
    if strangers:
        one, alone = strangers.total() == 1, len(strangers) == 1
        whom = (
            "1 contact or account that is" if alone else f"{len(strangers):,} contacts or accounts that are"
        )
        notes.append(
            f"{strangers.total():,} {'event is' if one else 'events are'} about {whom} not in the files "
            f"({_some(strangers)}); {'it was' if one else 'they were'} left out."
        )
    unknown = Counter(event.name for event in events if event.name not in declared)
    if unknown:
        names = ", ".join(
            f"“{name}” ({n:,}{_meant(found, name, declared)})" for name, n in unknown.most_common(5)
        )
        have = "event has" if unknown.total() == 1 else "events have"
        notes.append(f"{unknown.total():,} {have} a name that is not declared: {names}.")
    if not events:
        raise FileError(_nothing_left(found, strangers))
    return replace(found, events=events, notes=notes)


def _meant(found: Recorded, name: str, declared: Collection[str]) -> str:
    """Say what a name of an event may be meant to be, and where a map says it."""
    guess, place = nearest(name, declared), found.places.get(("", "event", name))
    told = [f"did you mean “{guess}”?"] if guess else []
    told += [f"see {place}"] if place else []
    return "".join(f", {one}" for one in told)


def _nothing_left(found: Recorded, strangers: Counter[str]) -> str:
    """Say why no event can be replayed, with numbers and the remedy."""
    sentence = "No event is left to be replayed"
    if strangers:
        there = [contact.id for contact in found.contacts]
        known = (
            f"The {len(there):,} contacts there are {_some(there)}." if there else "No contact could be read."
        )
        return (
            f"{sentence}: all {strangers.total():,} are about contacts or accounts that are not in the files "
            f"({_some(strangers)}). {known} Where events name another id, such as that of a lead, [ids] in "
            "the map says whose it is."
        )
    if found.rejects:
        rows = f"{len(found.rejects):,} rows" if len(found.rejects) > 1 else "1 row"
        return f"{sentence}: {rows} could not be read. The first: {found.rejects[0]}"
    return " ".join([f"{sentence}: the record holds none.", *found.notes])


def _some(ids: Iterable[str]) -> str:
    first = list(islice(ids, 4))
    return ", ".join(first[:3]) + (", …" if len(first) > 3 else "")


def _once(events: Sequence[RecordedEvent]) -> tuple[list[RecordedEvent], int]:
    seen: dict[str, RecordedEvent] = {}
    for event in events:
        seen.setdefault(event.id, event)
    return list(seen.values()), len(events) - len(seen)


def _known(events: Sequence[RecordedEvent], found: Recorded) -> tuple[list[RecordedEvent], Counter[str]]:
    """Keep the events about people and companies that are there; a contact may be named by its address."""
    contacts = {contact.id for contact in found.contacts}
    accounts = {account.id for account in found.accounts}
    accounts |= {contact.account_id for contact in found.contacts if contact.account_id}
    addresses = {
        str(contact.fields["email"]).casefold(): contact.id
        for contact in found.contacts
        if contact.fields.get("email")
    }
    kept, strangers = [], Counter[str]()
    for event in events:
        if event.contact is None:
            whom = event.account if event.account in accounts else None
            changed = event
        else:
            whom = event.contact if event.contact in contacts else addresses.get(event.contact.casefold())
            changed = event if whom == event.contact else replace(event, contact=whom)
        if whom is None:
            strangers[event.contact or event.account or ""] += 1
        else:
            kept.append(changed)
    return kept, strangers
