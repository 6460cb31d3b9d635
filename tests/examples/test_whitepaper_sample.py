"""The committed sample is what its README says, and what the demo needs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dsl import civil
from dsl.plan import Definitions, FieldDefinition
from runtime.people import Account, Contact, RecordedEvent, instant, read_accounts, read_contacts, read_events

SAMPLE = Path(__file__).parents[2] / "examples" / "whitepaper" / "sample"
BEGIN = instant("2026-03-02T08:00:00Z", "here")
DAY = 86_400
DEFINITIONS = Definitions(
    workspace="Acme Automation",
    time_zone="Europe/Berlin",
    account_fields={"employees": FieldDefinition(type="number")},
)


@pytest.fixture(scope="module")
def contacts() -> dict[str, Contact]:
    return {contact.id: contact for contact in read_contacts(SAMPLE / "contacts.csv", DEFINITIONS)}


@pytest.fixture(scope="module")
def accounts() -> dict[str, Account]:
    return {account.id: account for account in read_accounts(SAMPLE / "accounts.csv", DEFINITIONS)}


@pytest.fixture(scope="module")
def events() -> list[RecordedEvent]:
    return read_events(SAMPLE / "events.jsonl")


def entries(events: list[RecordedEvent]) -> dict[str, int]:
    first: dict[str, int] = {}
    for event in events:
        if event.name == "Form Submitted" and event.properties["form"] == "Whitepaper":
            first.setdefault(str(event.contact), event.at)
    return first


def test_everything_that_is_referred_to_exists(
    contacts: dict[str, Contact], accounts: dict[str, Account], events: list[RecordedEvent]
) -> None:
    assert len(contacts) == 50
    assert {contact.account_id for contact in contacts.values()} == set(accounts)
    for event in events:
        assert event.contact in contacts if event.contact else event.account in accounts
    assert len({event.id for event in events}) == len(events)


def test_no_address_leads_anywhere(contacts: dict[str, Contact], accounts: dict[str, Account]) -> None:
    reserved = ("@example.com", "@example.org", "@example.net", "@acme.example.com")
    assert all(contact.fields["email"].endswith(reserved) for contact in contacts.values())
    assert all(str(a.fields.get("owner", "@acme.example.com")).endswith(reserved) for a in accounts.values())


def test_everybody_enters_in_the_first_ten_days_some_on_a_weekend(
    contacts: dict[str, Contact], events: list[RecordedEvent]
) -> None:
    entered = entries(events)
    assert set(entered) == set(contacts)
    assert all(BEGIN <= at < BEGIN + 10 * DAY for at in entered.values())
    assert all(contacts[id_].known_since < at for id_, at in entered.items())
    weekend = sum(
        civil.within(at, (5, 6), "00:00", "00:00", civil.zone(contacts[id_].time_zone, "Europe/Berlin"))
        for id_, at in entered.items()
    )
    assert weekend >= 5


def test_all_else_follows_the_entry_within_ninety_days(events: list[RecordedEvent]) -> None:
    entered = entries(events)
    assert all(event.at < BEGIN + 90 * DAY for event in events)
    assert all(event.at >= entered[event.contact] for event in events if event.contact)


def test_it_holds_the_cases_that_its_readme_names(
    contacts: dict[str, Contact], events: list[RecordedEvent]
) -> None:
    names = Counter(event.name for event in events)
    forms = Counter(event.properties["form"] for event in events if event.name == "Form Submitted")
    assert 350 <= len(events) <= 450
    assert forms == {"Whitepaper": 52, "Demo request": 5}
    assert (names["Opportunity Opened"], names["Opportunity Closed"]) == (3, 1)
    assert (names["Email Bounced"], names["Unsubscribed"]) == (1, 1)
    assert any(event.machine for event in events)
    assert sum("first_name" not in contact.fields for contact in contacts.values()) == 4
    assert sum(not contact.consents for contact in contacts.values()) == 3
    assert sorted(str(c.time_zone) for c in contacts.values() if not civil.is_zone(c.time_zone or "")) == [
        "Central European Time",
        "None",
    ]


def test_a_reaction_follows_its_mail(contacts: dict[str, Contact], events: list[RecordedEvent]) -> None:
    entered = entries(events)
    days = {"Related blog post": 2, "Case study": 5, "Demo invitation": 10, "Monthly newsletter": 20}
    for event in events:
        day = days.get(str(event.properties.get("email")))
        if day is None or event.contact is None:
            continue
        contact = contacts[event.contact]
        tz = civil.zone(contact.time_zone, "Europe/Berlin")
        due = civil.day_of_run(entered[contact.id], day, None, tz)
        assert event.at > civil.next_within(due, (0, 1, 2, 3, 4), "09:00", "17:00", tz), event.id
        assert "Marketing" in contact.consents, event.id
