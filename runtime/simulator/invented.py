"""Invented people and triggers, for a journey that is looked at before there is any data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dsl.plan import Definitions, EventDefinition, FieldDefinition, Plan, Ref
from runtime.dispatch import MARKETING
from runtime.people import Account, Contact, RecordedEvent
from runtime.simulator.reactions import HOUR, chance

DAY = 24 * HOUR

_PEOPLE = (
    ("Ana", "Moreau", "Europe/Paris", "Alder Systems"),
    ("Ben", "Okafor", "Europe/London", "Birch Logistics"),
    ("Carla", "Nunes", "America/New_York", "Cedar Works"),
    ("Deepa", "Rao", "Asia/Kolkata", "Dogwood Finance"),
    ("Emil", "Larsen", "Europe/Copenhagen", "Elm Software"),
    ("Farah", "Haddad", "Asia/Dubai", "Fir Trading"),
    ("Greta", "Vogel", "Europe/Berlin", "Ginkgo Machines"),
    ("Hugo", "Silva", "America/Sao_Paulo", "Hazel Foods"),
    ("Ines", "Castro", "America/Los_Angeles", "Iris Health"),
    ("Jun", "Tanaka", "Asia/Tokyo", "Juniper Parts"),
)
_ARRIVE_WITHIN = 5 * DAY


def people(definitions: Definitions, seed: int, start: int) -> tuple[list[Contact], list[Account]]:
    """Invent ten contacts, each with an account and marketing consent."""
    contacts, accounts = [], []
    for number, (first, last, zone, company) in enumerate(_PEOPLE, start=1):
        id_ = first.lower()
        account = company.split()[0].lower()
        fields = _fields(definitions.contact_fields, seed, id_, start)
        fields |= {"first_name": first, "last_name": last, "email": f"{id_}@example.com"}
        contacts.append(
            Contact(id_, fields, account, zone, start - 30 * number * DAY, frozenset({MARKETING}))
        )
        of_account = _fields(definitions.account_fields, seed, account, start)
        accounts.append(Account(account, of_account | {"name": company}))
    return contacts, accounts


def triggers(
    plan: Plan, definitions: Definitions, contacts: Sequence[Contact], seed: int, start: int
) -> list[RecordedEvent]:
    """Invent, for each contact, the event that starts the journey, within five days from `start`.

    A journey that no event starts has none; its contacts are entered by hand.
    """
    ways = [way for way in plan.starts if way.where is None] or list(plan.starts)
    if not ways:
        return []
    way = ways[0]
    declared = definitions.events.get(way.event, EventDefinition())
    return [
        RecordedEvent(
            id=f"invented/{plan.journey}/{contact.id}",
            name=way.event,
            at=arrival(contact.id, seed, start),
            contact=contact.id,
            account=None,
            properties=_trigger(plan, declared, way.args, contact.id, seed, start),
        )
        for contact in contacts
    ]


def arrival(contact: str, seed: int, start: int) -> int:
    """Return when a contact comes."""
    return start + int(chance(seed, contact, "arrival") * _ARRIVE_WITHIN)


def _trigger(
    plan: Plan, declared: EventDefinition, args: Mapping[str, str], contact: str, seed: int, start: int
) -> dict[str, Any]:
    fields = {name: field for name, field in declared.fields.items() if name not in args}
    values = _fields(fields, seed, contact, start)
    if isinstance(plan.runs.key, Ref) and plan.runs.key.field not in values:
        values[plan.runs.key.field] = "invented"
    return {**values, **args}


def _fields(fields: Mapping[str, FieldDefinition], seed: int, whose: str, start: int) -> dict[str, Any]:
    values = {name: _value(field, chance(seed, whose, name), start) for name, field in fields.items()}
    return {name: value for name, value in values.items() if value is not None}


def _value(field: FieldDefinition, luck: float, start: int) -> Any:
    match field.type:
        case "choice":
            return field.choices[int(luck * len(field.choices))] if field.choices else None
        case "number":
            return int(10 ** (1 + 3 * luck))
        case "yes or no":
            return luck < 0.5
        case "date" | "date and time":
            moment = datetime.fromtimestamp(start + (10 + int(luck * 20)) * DAY, UTC)
            return moment.date().isoformat() if field.type == "date" else moment.isoformat()
        case _:
            return None
