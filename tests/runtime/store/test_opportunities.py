"""An opportunity is that of its account, or of a contact that has none, whatever ids other accounts have."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from dsl.plan import EventDefinition, FieldDefinition
from runtime.store import Store, backfilling, import_accounts, import_contacts, record_event
from runtime.store.merging import merge
from runtime.store.migrate import move
from runtime.store.snapshot import of_contact
from tests.runtime.store.world import DAY, DEFINITIONS, MONDAY, populate


@pytest.fixture(autouse=True)
async def people(store: Store) -> None:
    """Two companies with a contact each, and two contacts of none."""
    await populate(store)
    await import_accounts(store, [{"id": "acc_2", "name": "Other"}], DEFINITIONS, MONDAY)
    rows = [
        {"id": "cnt_4", "account": "acc_2", "email": "di@example.com"},
        {"id": "cnt_5", "email": "ed@example.com"},
    ]
    await import_contacts(store, rows, DEFINITIONS, MONDAY)


async def happens(store: Store, what: str, contact: str, name: str = "7", at: int = MONDAY) -> None:
    message = f"{what} {contact} {name} {at}"
    about = {"contact": contact, "properties": {"opportunity": name}}
    await record_event(store, message_id=message, name=f"Opportunity {what}", at=at, **about)


async def open_of(store: Store, contact: str) -> set[str]:
    async with store.reading() as connection:
        return (await of_contact(store, connection, contact)).facts.open_opportunities


async def test_two_companies_may_have_one_id(store: Store) -> None:
    for contact in ("cnt_1", "cnt_4", "cnt_3", "cnt_5"):
        await happens(store, "Opened", contact)
    await happens(store, "Closed", "cnt_4")
    await happens(store, "Closed", "cnt_3")
    assert [await open_of(store, f"cnt_{n}") for n in range(1, 6)] == [{"7"}, {"7"}, set(), set(), {"7"}]
    await happens(store, "Closed", "cnt_2", at=MONDAY + 1)  # a colleague of cnt_1
    await happens(store, "Closed", "cnt_5", at=MONDAY + 1)
    assert [await open_of(store, f"cnt_{n}") for n in range(1, 6)] == [set()] * 5


async def test_what_a_contact_brought_to_its_company_closes_with_it(store: Store) -> None:
    await happens(store, "Opened", "cnt_3")
    await import_contacts(store, [{"id": "cnt_3", "account": "acc_1"}], DEFINITIONS, MONDAY)
    assert await open_of(store, "cnt_3") == {"7"}
    await happens(store, "Closed", "cnt_1", at=MONDAY + 1)
    assert await open_of(store, "cnt_3") == set()


async def test_of_two_that_are_merged_the_open_one_stays(store: Store) -> None:
    await happens(store, "Opened", "cnt_3", "both")
    await happens(store, "Opened", "cnt_5", "both")
    await happens(store, "Closed", "cnt_5", "both", MONDAY + 1)
    await happens(store, "Opened", "cnt_5", "mine")
    await merge(store, "cnt_3", "cnt_5", "ana", MONDAY + 2)
    assert await open_of(store, "cnt_5") == {"both", "mine"}
    await happens(store, "Closed", "cnt_5", "both", MONDAY + 3)
    assert await open_of(store, "cnt_5") == {"mine"}


async def test_the_past_of_one_company_says_nothing_of_another(store: Store) -> None:
    await happens(store, "Opened", "cnt_1")
    opened, closed = "Opportunity Opened", "Opportunity Closed"
    past = [
        {"id": contact, "event": event, "contact": contact, "account": None, "machine": False}
        | {"occurred": MONDAY - DAY, "properties": {"opportunity": "7"}}
        for contact, event in (("cnt_4", closed), ("cnt_3", opened), ("cnt_2", closed))
    ]
    declared = {
        name: EventDefinition(fields={"opportunity": FieldDefinition(type="text")})
        for name in (opened, closed)
    }
    definitions = DEFINITIONS.model_copy(update={"events": {**DEFINITIONS.events, **declared}})
    await backfilling.begin(store, "digest", "past.csv", MONDAY)
    judged, _ = await backfilling.backfill_page(store, "digest", past, definitions, MONDAY, line=4)
    assert [one.what for one in judged] == ["new"] * 3
    assert [await open_of(store, f"cnt_{n}") for n in (1, 3, 4)] == [{"7"}, {"7"}, set()]


async def test_going_back_keeps_the_one_that_changed_last(store: Store) -> None:
    await happens(store, "Opened", "cnt_1")
    await happens(store, "Opened", "cnt_4", at=MONDAY + 5)
    await happens(store, "Closed", "cnt_5", at=MONDAY + 1)
    async with store.writing() as connection:
        await connection.run_sync(move, "0012")
        found = await connection.execute(text("SELECT id, account_id, open FROM opportunities"))
        assert [(row.id, row.account_id, bool(row.open)) for row in found] == [("7", "acc_2", True)]
        await connection.run_sync(move, "head")
    await happens(store, "Opened", "cnt_1", at=MONDAY + 6)
    assert await open_of(store, "cnt_1") == await open_of(store, "cnt_4") == {"7"}
