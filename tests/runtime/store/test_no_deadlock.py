"""Transactions about one account lock in one order, so PostgreSQL never has to break a deadlock."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from dsl.plan import Interest, Ref, SetField
from runtime.store import (
    Store,
    enter_journey,
    get_run,
    import_accounts,
    import_contacts,
    record_event,
    take_turn,
)
from runtime.store.events import record_events
from runtime.store.recording import Arrived
from runtime.store.switches import Scope, pause, resume
from tests.databases import Databases
from tests.runtime.store.world import DEFINITIONS, MONDAY, do, populate, quiet

COLLEAGUES, ROUNDS = 6, 12
RUNS = [f"newsletter/c{n}/-/1" for n in range(COLLEAGUES)]

Act = Callable[[], Awaitable[object]]


@pytest.fixture
async def account(store: Store) -> Store:
    """An account whose contacts are each in a journey that changes the account, and hears of its changes."""
    owner = functools.partial(SetField, ref=Ref(of="account", field="owner"))
    waiting = quiet().steps[2]
    steps = (do("owner:1", owner(value="one"), 1), do("owner:2", owner(value="two"), 2), waiting)
    hears = Interest(changes=("field:account.owner", "opportunity"))
    await populate(store, quiet(steps=steps, interests=(*quiet().interests, hears)))
    people = [{"id": f"c{n}", "account": "acc_1", "email": f"c{n}@example.com"} for n in range(COLLEAGUES)]
    await import_contacts(store, people, DEFINITIONS, MONDAY)
    for n in range(COLLEAGUES):
        await enter_journey(store, "Newsletter", f"c{n}", MONDAY)
    return store


def acts(store: Store, round_: int) -> list[Act]:
    """Return what happens at once: turns, events of contacts and of the account, imports, switches."""
    at = MONDAY + round_
    name = functools.partial("{}-{}".format, round_)
    opened = [
        functools.partial(
            record_event,
            store,
            message_id=name(f"{contact}-{n}"),
            name="Opportunity Opened",
            at=at,
            properties={"opportunity": name(n)},
            **{kind: contact},
        )
        for n, (kind, contact) in enumerate([("account", "acc_1"), ("contact", "c4"), ("contact", "c1")])
    ]
    several = [Arrived(name(f"b{n}"), "Answered", at, contact=f"c{n}") for n in reversed(range(COLLEAGUES))]
    return [
        *(functools.partial(_turn, store, run, at) for run in RUNS),
        *opened,
        functools.partial(record_events, store, several),
        functools.partial(
            import_accounts, store, [{"id": "acc_1", "owner": name("imported")}], DEFINITIONS, at
        ),
        functools.partial(pause, store, Scope(), "ana", at),
        functools.partial(resume, store, Scope(), "ana", at),
    ]


async def _turn(store: Store, run: str, at: int) -> None:
    await take_turn(store, run, (await get_run(store, run)).turn_no, at)


async def test_what_happens_to_an_account_at_once_is_done_without_a_deadlock(
    account: Store, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.store.open._TRIES", 50)  # who loses a race, for whatever reason, goes on
    for round_ in range(ROUNDS):
        await asyncio.gather(*(act() for act in acts(account, round_)))
    if databases.server is None:
        return
    async with account.reading() as connection:
        await connection.execute(text("SELECT pg_stat_force_next_flush()"))
        deadlocks = await connection.scalar(
            text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )
    assert deadlocks == 0
