"""Events that share a transaction leave what they leave one by one."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import select

from dsl.plan import (
    AccountCount,
    Definitions,
    HasDone,
    Interest,
    OpenOpportunity,
    Plan,
    Runs,
    Scope,
    ScoreRule,
    Start,
)
from runtime.routing import ENTERED
from runtime.store import (
    Arrived,
    Recorded,
    Store,
    StoreError,
    Unrecorded,
    import_accounts,
    import_contacts,
    open_store,
    publish,
    record_events,
    schema,
)
from tests.runtime.store.world import DAY, DEFINITIONS, HOUR, MONDAY, populate, quiet

RULES = Definitions(
    workspace="Test",
    time_zone="UTC",
    half_life=30 * DAY,
    scoring=(
        ScoreRule(points=10, event="Page Visited", daily=25, decays=True),
        ScoreRule(points=5, event="Email Clicked"),
        ScoreRule(points=-7, event="Complained"),
    ),
    segments={
        "Two of us": AccountCount(
            at_least=2, fact=HasDone(event="Form Submitted", scope=Scope(kind="last", amount=2))
        ),
        "Dealing": OpenOpportunity(),
    },
)


def plans() -> tuple[Plan, ...]:
    again = Runs(kind="again")
    heard = (Interest(event="Answered"), Interest(changes=("score", "opportunity", "suppression")))
    entered = tuple(Start(event=ENTERED, args={"segment": name}) for name in RULES.segments)
    return (
        quiet("Reader", starts=(Start(event="Page Visited"),), runs=again, interests=heard),
        quiet("Company", starts=(Start(event="Email Clicked"),), subject="account", interests=heard),
        quiet("Together", starts=entered, runs=again, interests=heard),
    )


NAMES = ("Page Visited", "Page Visited", "Email Clicked", "Answered", "Form Submitted", "Unsubscribed")
NAMES += ("Complained", "Opportunity Opened", "Opportunity Closed")


def script(seed: int) -> list[Arrived]:
    luck = random.Random(seed)
    found = []
    for number in range(60):
        whom: dict[str, Any] = {"contact": f"c{luck.randrange(6)}"}
        if luck.random() < 0.1:
            whom = {"account": f"a{luck.randrange(2)}"}
        at = MONDAY + number * HOUR // 3
        id_ = f"m{luck.randrange(number) if number and luck.random() < 0.1 else number}"
        properties = {"opportunity": f"o{luck.randrange(3)}"}
        name, machine = luck.choice(NAMES), luck.random() < 0.1
        occurred = at - luck.choice((0, 0, 0, HOUR, DAY))
        found.append(
            Arrived(id_, name, at, **whom, occurred=occurred, properties=properties, machine=machine)
        )
    return found


async def prepare(store: Store) -> None:
    await publish(store, RULES, plans(), MONDAY)
    await import_accounts(store, [{"id": f"a{n}"} for n in range(2)], RULES, MONDAY)
    people = [{"id": f"c{n}", "account": f"a{n % 2}" if n < 4 else None} for n in range(6)]
    await import_contacts(store, people, RULES, MONDAY)


async def left(store: Store) -> dict[str, list[Any]]:
    """Return all that is in the database. Numbers that the database gave are by the order alone."""
    async with store.reading() as connection:
        messages = await connection.execute(select(schema.events.c.id, schema.events.c.message_id))
        message = {row.id: row.message_id for row in messages}
        found = {}
        for table in schema.metadata.sorted_tables:
            keys = [column for column in table.primary_key if column.autoincrement is True]
            rows = await connection.execute(select(table).order_by(*keys))
            told = [
                {**row._mapping, **{key.name: None for key in keys}, "event_id": message.get(row.event_id)}
                if table is schema.run_inbox
                else {**row._mapping, **{key.name: None for key in keys}}
                for row in rows
            ]
            # Between runs, what they are told has no order.
            loose = not keys or table is schema.outbox
            found[table.name] = sorted(map(str, told)) if loose else list(map(str, told))
        return found


@pytest.mark.parametrize("seed", range(4))
async def test_together_or_one_by_one_is_the_same(url: str, seed: int, tmp_path: Any) -> None:
    """What is held against it, one by one, is on SQLite either time."""
    together = await open_store(url)
    apart = await open_store(f"sqlite:///{tmp_path}/apart.db?synchronous=normal")
    try:
        for store in (together, apart):
            await prepare(store)
        said = await record_events(together, script(seed))
        assert said == [(await record_events(apart, (event,)))[0] for event in script(seed)]
        assert {one.status for one in said} == {"recorded", "duplicate"}
        assert any(one.entered for one in said)
        here, there = await left(together), await left(apart)
        assert here == there
        assert here["run_inbox"]
    finally:
        await together.close()
        await apart.close()


async def test_one_that_cannot_be_taken_in_keeps_those_before_it(store: Store) -> None:
    await populate(store)
    events = [
        Arrived(f"m{n}", "Minutes Watched", MONDAY, "cnt_1", properties={"minutes": n}) for n in range(5)
    ]
    wrong = Arrived("wrong", "Minutes Watched", MONDAY, "cnt_1", properties={"minutes": "many"})
    with pytest.raises(Unrecorded, match="minutes of event") as caught:
        await record_events(store, [*events[:3], wrong, *events[3:]])
    assert caught.value.recorded == [Recorded("recorded")] * 3
    assert isinstance(caught.value, StoreError)
    # Whoever got no answer sends all of them again, mended.
    again = await record_events(store, [*events[:3], *events[3:]])
    assert [one.status for one in again] == ["duplicate"] * 3 + ["recorded"] * 2


async def test_a_run_that_begins_in_a_batch_hears_what_comes_after_it(store: Store) -> None:
    await publish(store, DEFINITIONS, (quiet(),), MONDAY)
    await import_contacts(store, [{"id": "c"}], DEFINITIONS, MONDAY)
    names = ("Subscribed", "Answered", "Subscribed", "Answered")
    said = await record_events(
        store, [Arrived(name + str(n), name, MONDAY + n, "c") for n, name in enumerate(names)]
    )
    assert [one.entered for one in said] == [("newsletter/c/-/1",), (), (), ()]
    assert said[2].refused == (("Newsletter", "already running"),)
    async with store.reading() as connection:
        rows = await connection.execute(select(schema.run_inbox.c.n, schema.run_inbox.c.at))
        assert sorted(rows) == [(1, MONDAY + 1), (2, MONDAY + 3)]
        words = await connection.execute(select(schema.outbox.c.kind, schema.outbox.c.n).order_by("id"))
        assert list(words) == [("start", 0), ("signal", 1), ("signal", 2)]
