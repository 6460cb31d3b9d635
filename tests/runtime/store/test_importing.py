"""Rows of a file are judged one by one and taken in page by page, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, func, select

from runtime.store import Arrived, Store, StoreError, list_runs, open_store, schema
from runtime.store.arrivals import DAY, import_events
from runtime.store.errors import UnknownContact
from runtime.store.events import record_each
from runtime.store.importing import Judged, Kind, import_page
from tests.databases import Databases
from tests.runtime.store.world import DEFINITIONS, MONDAY, populate, quiet, whitepaper


async def brought(store: Store, kind: Kind, *rows: dict[str, Any], dry_run: bool = False) -> list[Judged]:
    return await import_page(store, kind, rows, DEFINITIONS, MONDAY + 60, dry_run=dry_run)


async def fields(store: Store, contact: str) -> Any:
    contacts = schema.contacts
    async with store.reading() as connection:
        return await connection.scalar(select(contacts.c.fields).where(contacts.c.id == contact))


async def test_good_rows_go_in_beside_broken_ones_and_each_is_judged(store: Store) -> None:
    await populate(store)
    rows: list[dict[str, Any]] = [
        {
            "id": "new_1",
            "email": "new@example.com",
            "employees": "12",
            "consents": "Marketing",
            "tags": "a; b",
        },
        {"id": "new_2", "account_id": "acc_none"},
        {"id": "new_3", "employees": "many"},
        {"id": "new_4", "employees": "nan"},
        {"id": "new_5", "email": "no address"},
        {"id": "cnt_1", "industry": "Fintech", "account_id": "acc_1", "consents": "Marketing"},
        {"id": "cnt_2", "consents": "Marketing"},
        {"id": "cnt_3", "consents": "Marketing; Events"},
    ]
    judged = await brought(store, "contact", *rows, dry_run=True)
    assert await fields(store, "new_1") is None
    assert await brought(store, "contact", *rows) == judged
    assert [one.what for one in judged] == [
        *("new", "refused", "refused", "refused", "refused", "changed", "unchanged", "changed")
    ]
    assert [one.reason for one in judged[1:5]] == [
        "Account acc_none of contact new_2 is not known. Import it first.",
        'employees of contact new_3 is a number, not "many".',
        'employees of contact new_4 is a number, not "nan".',
        'email of contact new_5 is an address, not "no address".',
    ]
    assert [judged[5].fields, judged[7].fields] == [("industry",), ("consents",)]
    assert (await fields(store, "new_1"))["employees"] == 12
    assert (await fields(store, "cnt_1"))["first_name"] == "Ana"  # what a row does not hold stays
    again = await brought(store, "contact", *rows)
    assert [one.what for one in again if one.what != "refused"] == ["unchanged"] * 4


async def test_accounts_are_judged_alike(store: Store) -> None:
    await populate(store)
    rows = [{"id": "acc_1", "owner": "Sal"}, {"id": "acc_2", "owner": "Val"}, {"id": "a b"}]
    judged = await brought(store, "account", *rows)
    assert [one.what for one in judged] == ["changed", "new", "refused"]
    assert [one.what for one in await brought(store, "account", *rows)] == [
        "unchanged",
        "unchanged",
        "refused",
    ]


def arrival(id_: str, contact: str = "cnt_1", **more: Any) -> dict[str, Any]:
    row = {"id": id_, "event": "Form Submitted", "contact": contact, "account": None, "occurred": MONDAY}
    return row | {"properties": {"form": "Whitepaper"}, "machine": False} | more


async def test_events_are_taken_in_once_and_start_what_they_start(store: Store) -> None:
    await populate(store, whitepaper(), quiet())
    rows = [
        arrival("e1", "ANA@example.com"),
        arrival("e2", "nobody"),
        arrival("e3", event="Form Submited"),
        arrival("e4", occurred=MONDAY - 8 * DAY),
        arrival("e5", occurred=MONDAY + DAY),
        arrival("e6", account="acc_none", contact=None),
        arrival("e7", event="Minutes Watched", properties={"minutes": "some"}),
    ]
    judged, entered = await import_events(store, rows, DEFINITIONS, MONDAY, dry_run=True)
    assert (await list_runs(store), entered) == ([], 0)
    found, entered = await import_events(store, rows, DEFINITIONS, MONDAY)
    assert (found, entered) == (judged, 1)
    assert [one.what for one in found] == ["new", *["refused"] * 6]
    assert [one.reason.split(".")[0] for one in found[1:]] == [
        "There is no contact nobody",
        "There is no event “Form Submited” in what is published",
        "It happened 8 days ago, more than 7",
        "It lies in the future",
        "Account acc_none is not known",
        'minutes of event "Minutes Watched" is a number, not "some"',
    ]
    found, entered = await import_events(store, rows[:1], DEFINITIONS, MONDAY + DAY)
    assert ([one.what for one in found], entered) == (["unchanged"], 0)
    found, _ = await import_events(store, rows[3:4], DEFINITIONS, MONDAY, late=9 * DAY)
    assert found[0].what == "new"
    async with store.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(schema.events)) == 2


@pytest.mark.parametrize("kind", ["contact", "account"])
async def test_an_empty_page_is_nothing(store: Store, kind: Kind) -> None:
    await populate(store)
    assert await brought(store, kind) == []


async def told(store: Store) -> list[Any]:
    async with store.reading() as connection:
        events = await connection.execute(
            select(schema.events.c.message_id, schema.events.c.contact_id).order_by(schema.events.c.id)
        )
        inbox = schema.run_inbox
        heard = await connection.execute(select(inbox.c.run_id, inbox.c.n, inbox.c.interests))
        scores = select(schema.contacts.c.id, schema.contacts.c.score).order_by(schema.contacts.c.id)
        return [events.all(), sorted(map(str, heard.all())), (await connection.execute(scores)).all()]


async def test_many_events_share_transactions_and_come_to_what_they_come_to_alone(
    databases: Databases,
) -> None:
    people = ("cnt_1", "cnt_2", "cnt_3")
    rows = [arrival(f"e{n}", people[n % 3], event="Email Clicked", properties={}) for n in range(250)]
    rows[7] |= {"contact": "nobody"}
    rows[120] |= {"properties": {"email": "Delivery"}}
    rows += [arrival("again", "cnt_2"), arrival("e0")]
    stores = [await open_store(databases()) for _ in range(2)]
    commits: list[int] = []
    event.listen(stores[0].engine.sync_engine, "commit", lambda _connection: commits.append(1))
    try:
        for store in stores:
            await populate(store, whitepaper(), quiet())
            await import_events(store, [arrival("begin")], DEFINITIONS, MONDAY)
        commits.clear()
        judged, entered = await import_events(stores[0], rows, DEFINITIONS, MONDAY + 5)
        assert len(commits) == 3
        alone = [await import_events(stores[1], [row], DEFINITIONS, MONDAY + 5) for row in rows]
        assert judged == [one for (one,), _ in alone]
        assert entered == sum(begun for _, begun in alone) == 1
        assert [one.what for one in judged].count("refused") == 1
        assert await told(stores[0]) == await told(stores[1])
    finally:
        for store in stores:
            await store.close()


async def test_events_that_cannot_be_taken_in_stop_none_beside_them(store: Store) -> None:
    await populate(store)
    who = {3: "nobody", 120: "noone"}
    events = [Arrived(f"e{n}", "Email Clicked", MONDAY, who.get(n, "cnt_1")) for n in range(130)]
    found = await record_each(store, events)
    assert {n: type(one) for n, one in enumerate(found) if isinstance(one, StoreError)} == {
        3: UnknownContact,
        120: UnknownContact,
    }
    async with store.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(schema.events)) == 128


async def test_a_time_zone_that_is_none_is_left_out_and_told(store: Store) -> None:
    await populate(store)
    rows = {"id": "cnt_1", "time_zone": "Mars/Phobos"}, {"id": "new", "time_zone": "europe/berlin"}
    judged = await brought(store, "contact", *rows, dry_run=True)
    assert await brought(store, "contact", *rows) == judged
    assert [one.what for one in judged] == ["unchanged", "new"]
    assert judged[0].notes == (
        "“Mars/Phobos” is not a time zone and was left out; without one, UTC counts. Write a name such as "
        "America/New_York.",
    )
    assert judged[1].notes[0].startswith("“europe/berlin” is not a time zone")
    assert (await fields(store, "cnt_1"))["time_zone"] == "UTC"  # what was there stays
    assert "time_zone" not in await fields(store, "new")


async def test_one_address_of_two_ids_goes_in_and_is_told(store: Store) -> None:
    await populate(store)
    rows = (
        {"id": "n1", "email": "ANA@example.com"},
        {"id": "n2", "email": "new@example.com"},
        {"id": "n3", "email": "New@Example.com"},
        {"id": "n4", "email": "other@example.com"},
    )
    judged = await brought(store, "contact", *rows, dry_run=True)
    assert await brought(store, "contact", *rows) == judged
    assert [one.notes for one in judged] == [
        ("Contact n1 has the address of contact cnt_1. If they are one person: `nurture merge n1 cnt_1`.",),
        (),
        ("Contact n3 has the address of contact n2. If they are one person: `nurture merge n3 n2`.",),
        (),
    ]
    assert [one.notes for one in await brought(store, "contact", *rows)] == [()] * 4  # nothing is new of it
