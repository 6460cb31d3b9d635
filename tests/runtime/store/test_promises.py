"""What holds across the whole store: privacy, two processes, and the same traces as in virtual time."""

from __future__ import annotations

import asyncio
import heapq
import json
from typing import Any

from sqlalchemy import select

from dsl.plan import Interest, SendEmail
from runtime.machine import Done
from runtime.people import Account, Contact, RecordedEvent
from runtime.published import Published
from runtime.simulator import Simulator, World
from runtime.store import (
    Claim,
    Store,
    counts,
    import_accounts,
    import_contacts,
    list_runs,
    offer,
    open_store,
    pending,
    publish,
    record_event,
    schema,
    settle_turn,
    take_turn,
    trace,
)
from tests.runtime.store.world import (
    DAY,
    DEFINITIONS,
    HOUR,
    MONDAY,
    PEOPLE,
    by_webinar,
    do,
    populate,
    quiet,
    whitepaper,
)

OUTER = frozenset({"send", "notify", "sync"})

# The only columns that may hold a fact about a person.
PERSONAL = {("contacts", None), ("accounts", None), ("events", None)}
PERSONAL |= {("ledger", "detail"), ("runs", "trigger")}


async def test_personal_data_lies_in_the_columns_that_are_named_for_it(store: Store) -> None:
    await populate(store)
    answers = {"form": "Whitepaper", "email": "ana@example.com", "webinar_id": "ana@example.com"}
    for n, name in enumerate(("Form Submitted", "Webinar Registered", "Webinar Registered")):
        await record_event(
            store, message_id=f"m{n}", name=name, at=MONDAY, contact="cnt_1", properties=answers
        )
    run = "whitepaper-nurture/cnt_1/-/1"
    claim = await take_turn(store, run, 0, MONDAY, OUTER)
    assert isinstance(claim, Claim)
    await offer(store, claim, MONDAY)
    refusal = "550 <ana@example.com>: no such user"
    taken = await settle_turn(store, claim, Done("failed", "550"), MONDAY, refusal)
    assert "ana" not in json.dumps(taken.transcript).lower()  # type: ignore[union-attr]
    async with store.reading() as connection:
        for table in schema.metadata.sorted_tables:
            columns = [
                column for column in table.c if not {(table.name, None), (table.name, column.name)} & PERSONAL
            ]
            if columns:
                for row in await connection.execute(select(*columns)):
                    written = json.dumps([str(value) for value in row]).lower()
                    assert "ana@" not in written, table.name
                    assert "acme" not in written, table.name


async def test_two_processes_may_write_to_one_database(url: str) -> None:
    stores = [await open_store(url) for _ in range(2)]
    await populate(stores[0])
    calls = [
        record_event(
            store,
            message_id=f"m{n}",  # each store brings the same message
            name="Form Submitted",
            at=MONDAY,
            contact="cnt_1",
            properties={"form": "Whitepaper"},
        )
        for n in range(10)
        for store in stores
    ]
    said = await asyncio.gather(*calls)
    assert sum(one.status == "recorded" for one in said) == 10
    assert (await counts(stores[1])).scores[0] == 250
    for store in stores:
        await store.close()


HANDLED = whitepaper(
    interests=(
        *whitepaper().interests,
        Interest(event="Unsubscribed"),
    )
)
TWICE = quiet(
    "Twice",
    steps=(do("send:a", SendEmail(email="A"), 1), do("send:a~2", SendEmail(email="A"), None)),
    interests=(),
)
PLANS = (HANDLED, TWICE, quiet(), by_webinar())

WHAT_HAPPENS = [
    RecordedEvent("1", "Form Submitted", MONDAY, "cnt_1", None, {"form": "Whitepaper"}),
    RecordedEvent("2", "Form Submitted", MONDAY + 5, "cnt_2", None, {"form": "Whitepaper"}),
    RecordedEvent("3", "Subscribed", MONDAY + 5, "cnt_1", None, {}),
    RecordedEvent("4", "Email Clicked", MONDAY + HOUR, "cnt_1", None, {"email": "Delivery"}),
    RecordedEvent("5", "Subscribed", MONDAY + HOUR, "cnt_2", None, {}),
    RecordedEvent("6", "Webinar Registered", MONDAY + HOUR, "cnt_2", None, {"webinar_id": "w1"}),
    RecordedEvent("7", "Webinar Cancelled", MONDAY + 2 * HOUR, "cnt_2", None, {"webinar_id": "w1"}),
    RecordedEvent("8", "Opportunity Opened", MONDAY + DAY, None, "acc_1", {"opportunity": "o"}),
    RecordedEvent("8b", "Opportunity Closed", MONDAY + 94 * DAY, None, "acc_1", {"opportunity": "o"}),
    RecordedEvent("9", "Form Submitted", MONDAY + 95 * DAY, "cnt_1", None, {"form": "Whitepaper"}),
    RecordedEvent("10", "Unsubscribed", MONDAY + 96 * DAY, "cnt_1", None, {}),
    RecordedEvent("11", "Form Submitted", MONDAY + 96 * DAY, "cnt_1", None, {"form": "Whitepaper"}),
]


def people() -> list[Contact]:
    return [
        Contact(
            str(row["id"]),
            {"email": row["email"]},
            "acc_1" if "account" in row else None,
            "UTC",
            0,
            frozenset({"Marketing"}),
        )
        for row in PEOPLE
    ]


def simulated() -> dict[str, list[Any]]:
    world = World(Published.of(DEFINITIONS, PLANS))
    world.populate(people(), [Account("acc_1", {"name": "Acme"})])
    simulator = Simulator(world)
    simulator.schedule(WHAT_HAPPENS)
    simulator.run(MONDAY + 200 * DAY)
    return {id_: record.rows for id_, record in world.runs.items()}


async def stored(store: Store) -> dict[str, list[Any]]:
    """Drive the runs of the database by a virtual clock."""
    await publish(store, DEFINITIONS, PLANS, MONDAY)
    await import_accounts(store, [Account("acc_1", {"name": "Acme"})], DEFINITIONS, MONDAY)
    await import_contacts(store, people(), DEFINITIONS, MONDAY)
    clock: list[tuple[int, int, Any]] = [(event.at, n, event) for n, event in enumerate(WHAT_HAPPENS)]
    heapq.heapify(clock)
    delivered = 0
    while clock:
        now, _, what = heapq.heappop(clock)
        if isinstance(what, RecordedEvent):
            await record_event(
                store,
                message_id=what.id,
                name=what.name,
                at=what.at,
                contact=what.contact,
                account=what.account,
                properties=what.properties,
            )
            words = await pending(store, limit=1_000)
            woken = [word.target for word in sorted(words, key=lambda word: word.id) if word.id > delivered]
            delivered = max((word.id for word in words), default=delivered)
        else:
            woken = [what]
        for run in await list_runs(store, open_only=True):
            if run.id in woken:
                result = await take_turn(store, run.id, run.turn_no, now, OUTER)
                while isinstance(result, Claim):
                    await offer(store, result, now)
                    result = await settle_turn(store, result, Done("sent"), now)
        for run in await list_runs(store, open_only=True):
            if run.id in woken and run.due is not None:
                heapq.heappush(clock, (run.due, 1_000 + len(clock), run.id))
    return {run.id: await trace(store, run.id) for run in await list_runs(store)}


async def test_the_database_and_virtual_time_leave_equal_traces(store: Store) -> None:
    expected, found = simulated(), await stored(store)
    assert found == expected
    assert len(found) == 8
    kinds = {row.kind for rows in found.values() for row in rows}
    assert {"sent", "skipped", "goal", "exit", "met", "timeout"} <= kinds
