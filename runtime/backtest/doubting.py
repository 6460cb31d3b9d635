"""Doubts about a record: values, consents, names and moments that the workspace does not know, counted.

Nothing is refused here: what is odd may be meant. But a record with it gives other figures than its people
expect, so each kind is told once, with the commonest values and the remedy.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from dsl import civil
from dsl.plan import Definitions, EventDefinition, FieldDefinition, Ref
from dsl.spelling import nearest
from runtime.backtest.records import Recorded
from runtime.dispatch import MARKETING
from runtime.needs import parts
from runtime.people import RecordedEvent
from runtime.published import Published
from runtime.remarks import unknown_names
from runtime.reporting.words import count, day
from runtime.routing import overview

_SHOWN = 3
_MOST_VALUES = 500  # of one property; a site has pages without number
_GAP = 3_660 * 86_400
_FEW = 0.05
"""A share of all events that is so small, and lies ten years from the others, is a slip in a date."""


def doubted(recorded: Recorded, versions: Sequence[Published]) -> Recorded:
    """Spell choices as they are declared, as an import does, and note what no version knows.

    Args:
        versions: workspaces that the record is for; the newest last.
    """
    spelled, notes = spelled_as_declared(recorded, [one.definitions for one in versions])
    notes += [*_zones(spelled, versions), *_accounts(spelled, versions)]
    notes += [*_consents(spelled, versions), *_names(spelled, versions)]
    notes += [*_unanswered(spelled.events, versions), *_far_off(spelled.events)]
    return replace(spelled, notes=[*spelled.notes, *notes])


def spelled_as_declared(recorded: Recorded, known: Sequence[Definitions]) -> tuple[Recorded, list[str]]:
    """Write choices as they are declared where capitals alone differ, and tell of the others."""
    spelling = _Spelling()
    contacts = [
        replace(contact, fields=spelling.of("contact", contact.fields, _contact_fields(known)))
        for contact in recorded.contacts
    ]
    accounts = [
        replace(account, fields=spelling.of("account", account.fields, _account_fields(known)))
        for account in recorded.accounts
    ]
    declared = {event.name: _event_fields(event.name, known) for event in recorded.events}
    events = [
        replace(event, properties=spelling.of(f"“{event.name}”", event.properties, declared[event.name]))
        if declared[event.name]
        else event
        for event in recorded.events
    ]
    return replace(recorded, contacts=contacts, accounts=accounts, events=events), list(spelling.notes())


_Choices = Mapping[str, tuple[str, ...]]
"""What a field may be, by its name; those of the newest version come first."""


def _choices(of_versions: Iterable[Mapping[str, FieldDefinition]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for fields in of_versions:
        for name, declared in fields.items():
            if declared.type == "choice" and declared.choices:
                found[name] = tuple(dict.fromkeys((*declared.choices, *found.get(name, ()))))
            else:
                found.pop(name, None)
    return found


def _contact_fields(known: Sequence[Definitions]) -> _Choices:
    return _choices(one.contact_fields for one in known)


def _account_fields(known: Sequence[Definitions]) -> _Choices:
    return _choices(one.account_fields for one in known)


def _event_fields(name: str, known: Sequence[Definitions]) -> _Choices:
    return _choices(one.events.get(name, EventDefinition()).fields for one in known)


@dataclass(slots=True)
class _Spelling:
    """Values of choice fields: how many there are, which differ in capitals alone, and which are none."""

    total: Counter[tuple[str, str]] = field(default_factory=Counter)
    taken: dict[tuple[str, str], Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    odd: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    choices: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def of(self, whose: str, values: Mapping[str, Any], known: _Choices) -> dict[str, Any]:
        found = dict(values)
        for name, choices in known.items():
            value = values.get(name)
            if value is None or value == "":
                continue
            key, text = (whose, name), str(value)
            self.total[key] += 1
            self.choices[key] = choices
            if text in choices:
                continue
            alike = next((one for one in choices if one.casefold() == text.casefold()), None)
            if alike is None:
                self.odd[key][text] += 1
            else:
                self.taken[key][text, alike] += 1
                found[name] = alike
        return found

    def notes(self) -> Iterator[str]:
        for key, taken in sorted(self.taken.items()):
            each = [f"“{text}” ({n:,}) as “{alike}”" for (text, alike), n in taken.most_common(_SHOWN)]
            yield (
                f"{taken.total():,} of {self.total[key]:,} values of {_field(key)} differ from its choices "
                "in capitals alone. They are taken as the choices, as `nurture import` takes them: "
                f"{_listed(each, len(taken))}."
            )
        for key, odd in sorted(self.odd.items()):
            yield self._none_of(key, odd)

    def _none_of(self, key: tuple[str, str], odd: Counter[str]) -> str:
        choices = self.choices[key]
        each = []
        for text, n in odd.most_common(_SHOWN):
            guess = nearest(text, choices)
            each.append(f"“{text}” ({n:,}{f', did you mean “{guess}”?' if guess else ''})")
        said = odd.most_common(1)[0][0]
        rest = next((one for one in choices if one.casefold() == "other"), choices[0])
        instead = nearest(said, choices) or rest
        return (
            f"{odd.total():,} of {self.total[key]:,} values of {_field(key)} are not among its choices: "
            f"{_listed(each, len(odd))}. `nurture import` refuses rows that have them; here they stay as "
            "they are, and no condition that asks for one of the choices holds for them. Mend the data, or "
            "say in the map what they mean, such as "
            f'replace = {{ {key[1]} = {{ "{said}" = "{instead}" }} }}, or declare '
            f"them. There are: {', '.join(choices)}."
        )


def _field(key: tuple[str, str]) -> str:
    whose, name = key
    return f"`{name}` of {whose}" if whose.startswith("“") else f"{whose}.{name}"


def _listed(each: Sequence[str], of: int) -> str:
    return ", ".join(each) + (", …" if of > len(each) else "")


def _zones(recorded: Recorded, versions: Sequence[Published]) -> Iterator[str]:
    """Tell of time zones that are none, as an import does."""
    zones = Counter(contact.time_zone for contact in recorded.contacts if contact.time_zone)
    odd = Counter({zone: n for zone, n in zones.items() if not civil.is_zone(zone)})
    if odd:
        each = [f"“{zone}” ({n:,})" for zone, n in odd.most_common(_SHOWN)]
        yield (
            f"{count(odd.total(), 'contact')} with a time zone that is none: {_listed(each, len(odd))}. "
            f"There {versions[-1].definitions.time_zone} counts. Write a name such as America/New_York."
        )


def _accounts(recorded: Recorded, versions: Sequence[Published]) -> Iterator[str]:
    """Tell of contacts whose account is not there: whatever is asked of it holds for none of them."""
    there = {account.id for account in recorded.accounts}
    strange = Counter(
        one.account_id for one in recorded.contacts if one.account_id and one.account_id not in there
    )
    asked = there or any(
        isinstance(part, Ref) and part.of == "account"
        for part in parts([[*one.plans.values(), one.definitions] for one in versions])
    )
    if strange and asked:
        each = [account for account, _ in strange.most_common(_SHOWN)]
        yield (
            f"{count(strange.total(), 'contact')} of {count(len(strange), 'account')} not in the files "
            f"({_listed(each, len(strange))}), so no field of an account is known of them. Name the file of "
            "accounts, with --accounts or [accounts] in the map, or add what is missing."
        )


def known_consents(versions: Iterable[Published]) -> set[str]:
    """Return the consents that anything in these workspaces asks for or gives."""
    found = {MARKETING}
    for part in parts([[*one.plans.values(), one.definitions] for one in versions]):
        consent = getattr(part, "consent", None)
        found.update([consent] if isinstance(consent, str) else [], getattr(part, "consents", ()))
    return found


def _consents(recorded: Recorded, versions: Sequence[Published]) -> Iterator[str]:
    known = known_consents(versions)
    odd = Counter(one for contact in recorded.contacts for one in contact.consents if one not in known)
    for consent, n in odd.most_common(_SHOWN):
        place = _place(recorded, "contact", "consent", consent)
        agree = "contact agrees" if n == 1 else "contacts agree"
        yield (
            f"{place}{n:,} {agree} to “{consent}”, for which nothing in the workspace asks. "
            f"{_advice(consent, known)}"
        )


def _names(recorded: Recorded, versions: Sequence[Published]) -> Iterator[str]:
    """Tell of forms, pages, emails … that nothing names, and of properties that look like a declared one."""
    for event, of_event in _properties(recorded.events).items():
        for name, values in of_event.items():
            for value, n in values.most_common(_MOST_VALUES):
                told = [unknown_names(event, {name: value}, version) for version in versions]
                if not all(told) or (
                    _undeclared(event, name, versions) and "Did you mean" not in told[-1][0]
                ):
                    continue
                place = _place(recorded, event, name, value)
                of = f"{count(n, 'event')} “{event}” {'has' if n == 1 else 'have'} it."
                yield f"{place}{told[-1][0]} {of}"
                if _undeclared(event, name, versions):
                    break


def _unanswered(events: Sequence[RecordedEvent], versions: Sequence[Published]) -> Iterator[str]:
    """Tell of properties for which journeys ask, and which no event of that name has."""
    number = Counter(event.name for event in events)
    has = {(event.name, name) for event in events for name, value in event.properties.items() if value}
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for version in versions:
        for event_name, name, value in overview(version).needs.named:
            asked[event_name, name].add(value)
    for (event_name, name), values in sorted(asked.items()):
        if number[event_name] and (event_name, name) not in has:
            of = count(number[event_name], "event")
            yield (
                f"None of {of} “{event_name}” has a `{name}`, for which journeys ask, such as "
                f"“{min(values)}”. Map a column to it, or say it in the map: "
                f'values = {{ {name} = "{min(values)}" }}.'
            )


def _properties(events: Iterable[RecordedEvent]) -> dict[str, dict[str, Counter[str]]]:
    found: dict[str, dict[str, Counter[str]]] = {}
    for event in events:
        for name, value in event.properties.items():
            if isinstance(value, str):
                found.setdefault(event.name, {}).setdefault(name, Counter())[value] += 1
    return found


def _undeclared(event: str, name: str, versions: Sequence[Published]) -> bool:
    return all(name not in one.definitions.events.get(event, EventDefinition()).fields for one in versions)


def _place(recorded: Recorded, of: str, name: str, value: str) -> str:
    place = recorded.places.get((of, name, value))
    return f"{place}: " if place else ""


def _advice(name: str, known: Collection[str]) -> str:
    guess = nearest(name, known)
    return f"Did you mean “{guess}”?" if guess else f"There are: {', '.join(sorted(known))}."


def _far_off(events: Sequence[RecordedEvent]) -> Iterator[str]:
    """Tell of a few events that lie ten years and more from the others."""
    most = int(len(events) * _FEW) or 1
    if len(events) <= 2 * most:
        return
    early = next((n for n in range(most, 0, -1) if events[n].at - events[n - 1].at > _GAP), 0)
    late = next((n for n in range(most, 0, -1) if events[-n].at - events[-n - 1].at > _GAP), 0)
    for some, way in ((events[:early], "before"), (events[len(events) - late :] if late else [], "after")):
        if some:
            first = some[0]
            lie = "event lies" if len(some) == 1 else "events lie"
            yield (
                f"{len(some):,} {lie} ten years and more {way} all others, such as “{first.name}” of "
                f"{first.contact or first.account} on {_date(first.at)}. If that is a slip in a date, mend "
                "it: without --since and --days the replay goes from the first event to the last."
            )


def _date(at: int) -> str:
    return day(at, ZoneInfo("UTC"))
