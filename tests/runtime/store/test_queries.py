"""No query of the paths that carry the load looks at a whole table that grows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event as listening
from sqlalchemy import select, text

from runtime.machine import Done
from runtime.reporting.from_store import person
from runtime.store import (
    Claim,
    Store,
    delivered,
    doubts,
    enter_journey,
    find_contact,
    get_run,
    import_accounts,
    import_contacts,
    list_handoffs,
    list_runs,
    load_published,
    offer,
    pending,
    publish,
    record_event,
    schema,
    settle_turn,
    take_turn,
)
from runtime.store.admissions import admit_due
from runtime.store.standing import standing
from runtime.store.switches import Scope, pause, resume_sends, stop
from tests.runtime.store.test_admissions import SHARED, everyone
from tests.runtime.store.test_segments import PLANS as SEGMENT_PLANS
from tests.runtime.store.test_segments import SHARED as SEGMENTED
from tests.runtime.store.world import HOUR, MONDAY, populate

OUTER = frozenset({"send", "notify", "sync"})
RUN = "whitepaper-nurture/cnt_1/-/1"

# What is written once for each deploy, person at work or team stays small.
SMALL = {"plans", "published", "plan_words", "switches", "rotations", "moves", "admissions", "interventions"}
GROWING = {table.name for table in schema.metadata.tables.values()} - SMALL

# Indexes of few rows: what waits, and what is in doubt, is soon settled.
FEW = ("ix_outbox_waiting", "ix_ledger_doubts")


@asynccontextmanager
async def heard(store: Store) -> AsyncIterator[dict[str, Any]]:
    """Collect the statements that the store makes meanwhile, each with parameters that it had."""
    found: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        many = rest[-1]
        found[statement] = parameters[0] if many else parameters

    engine = store.engine.sync_engine
    listening.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        listening.remove(engine, "before_cursor_execute", note)


async def scans(store: Store, statements: dict[str, Any]) -> list[str]:
    """Return what the database would look at as a whole, with the statement."""
    found = []
    async with store.writing() as connection:
        if store.postgres:
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in statements.items():
            # SQLite tells of an insert what its foreign keys would need, were there violations put off.
            if statement.split()[0].upper() not in ("SELECT", "UPDATE", "DELETE", "WITH"):
                continue
            explain = "EXPLAIN " if store.postgres else "EXPLAIN QUERY PLAN "
            rows = await connection.exec_driver_sql(explain + statement, parameters)
            steps = [str(row[0] if store.postgres else row[3]) for row in rows]
            looks = _whole_on_postgres(steps) if store.postgres else _whole_on_sqlite(steps)
            found += [f"{look}: {statement}" for look in looks]
    return found


def _whole_on_sqlite(steps: list[str]) -> list[str]:
    looks = [(step, re.match(r"SCAN (\w+)", step)) for step in steps]
    return [
        step
        for step, look in looks
        if look and look[1] in GROWING and not any(index in step for index in FEW)
    ]


def _whole_on_postgres(steps: list[str]) -> list[str]:
    found = []
    for step, after in zip(steps, [*steps[1:], ""], strict=True):
        look = re.search(r"(Seq|Index|Index Only|Bitmap Index) Scan (?:using \S+ )?on (\w+)", step)
        if look is None or any(index in step for index in FEW):
            continue
        name = look[2].removeprefix("ix_").removeprefix("pk_").removeprefix("uq_")
        if any(name == table or name.startswith(f"{table}_") for table in GROWING) and (
            look[1] == "Seq" or "Cond:" not in after
        ):
            found.append(step.strip())
    return found


async def happens(store: Store, contact: str, name: str, **properties: Any) -> None:
    """Take an event in."""
    await record_event(
        store, message_id=f"{contact} {name}", name=name, at=MONDAY, contact=contact, properties=properties
    )


async def test_taking_events_in(store: Store) -> None:
    await populate(store)
    async with heard(store) as statements:
        await load_published(store)
        for who in ("Ana@example.com", "cnt_2"):
            contact = await find_contact(store, who)
            await happens(store, contact, "Form Submitted", form="Whitepaper")
            await happens(store, contact, "Email Clicked", email="Delivery")
            await happens(store, contact, "Opportunity Opened", opportunity="o1")
            await happens(store, contact, "Handoff Accepted")
            await happens(store, contact, "Unsubscribed")
            await happens(store, contact, "Subscribed")
        about = {"opportunity": "o1"}
        for name in ("Opportunity Closed", "Account Moved"):
            await record_event(
                store, message_id=name, name=name, at=MONDAY, account="acc_1", properties=about
            )
        await enter_journey(store, "Newsletter", "cnt_3", MONDAY)
        waiting = await pending(store)
        await delivered(store, [word.id for word in waiting], MONDAY)
    assert waiting
    found = await scans(store, statements)
    assert found == [], "\n".join(found)


async def goes_on(store: Store, turn: int, done: Done) -> None:
    """Take one turn of the run to its end, with this outcome of each effect."""
    said = await take_turn(store, RUN, turn, MONDAY + turn * HOUR, OUTER)
    while isinstance(said, Claim):
        await offer(store, said, MONDAY + turn * HOUR, "<1@example.com>")
        said = await settle_turn(store, said, done, MONDAY + turn * HOUR)


async def test_turns_and_effects(store: Store) -> None:
    await populate(store)
    async with heard(store) as statements:
        await happens(store, "cnt_1", "Form Submitted", form="Whitepaper")
        await goes_on(store, 0, Done("in doubt"))
        await happens(store, "cnt_1", "Email Clicked", email="Delivery")
        await goes_on(store, 1, Done("sent"))
        await stop(store, Scope("contact", "cnt_1"), "ann", MONDAY)
        await pause(store, Scope("journey", "Newsletter"), "ann", MONDAY)
        await resume_sends(store, Scope(), "ann", MONDAY)
        await goes_on(store, 2, Done("sent"))
    assert (await get_run(store, RUN)).status == "ended"
    found = await scans(store, statements)
    assert found == [], "\n".join(found)


async def test_looking_at_one_contact_and_at_how_all_stands(store: Store) -> None:
    await populate(store)
    await happens(store, "cnt_1", "Form Submitted", form="Whitepaper")
    async with heard(store) as statements:
        await person(store, "cnt_1", "UTC", MONDAY)
        await list_runs(store, contact="cnt_1")
        await list_handoffs(store, contact="cnt_1")
        await doubts(store, "cnt_1")
        await doubts(store)
        await standing(store, MONDAY)
    found = await scans(store, statements)
    assert found == [], "\n".join(found)


async def test_imports_and_admissions_where_segments_are_watched(store: Store) -> None:
    await publish(store, SEGMENTED, SEGMENT_PLANS, MONDAY)
    rows = [{"id": f"c{n}", "account": "a1", "level": "Junior"} for n in range(3)]
    async with heard(store) as statements:
        await import_accounts(store, [{"id": "a1", "employees": 10}], SEGMENTED, MONDAY)
        await import_contacts(store, rows, SEGMENTED, MONDAY)
        await import_contacts(store, [{**row, "level": "Senior"} for row in rows], SEGMENTED, MONDAY + 1)
        await import_accounts(store, [{"id": "a1", "employees": 5000}], SEGMENTED, MONDAY + 2)
        await publish(store, SHARED, (everyone(again=True, clock="08:00"),), MONDAY + 3)
        while await admit_due(store, MONDAY + 24 * HOUR):
            continue
    assert len(await list_runs(store)) > 3
    found = await scans(store, statements)
    assert found == [], "\n".join(found)


async def test_a_whole_table_is_noticed(store: Store) -> None:
    """This file can fail: a query without an index is found."""
    await populate(store)
    events = schema.events
    async with heard(store) as statements, store.reading() as connection:
        await connection.execute(select(events.c.id).where(events.c.occurred == 1))
    (found,) = await scans(store, statements)
    assert "events" in found
