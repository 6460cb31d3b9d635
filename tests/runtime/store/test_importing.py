"""Rows of a file are judged one by one and taken in page by page, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from runtime.store import Store, list_runs, schema
from runtime.store.arrivals import DAY, import_events
from runtime.store.importing import Judged, Kind, import_page
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
