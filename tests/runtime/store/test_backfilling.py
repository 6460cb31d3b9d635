"""Events of the past are on record as of when they happened, score, and wake nobody."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from dsl.plan import Definitions, ScoreRule, Start
from runtime.evaluate import score
from runtime.facts import Facts
from runtime.store import (
    Store,
    enter_journey,
    inbox,
    list_runs,
    publish,
    record_event,
    schema,
    take_turn,
)
from runtime.store.backfilling import Backfill, backfill_page, backfills, begin, finish
from runtime.store.importing import Judged
from runtime.store.snapshot import of_contact
from tests.runtime.store.world import DAY, DEFINITIONS, HOUR, MONDAY, populate, quiet, whitepaper

NOW = MONDAY + 10 * DAY


def past(id_: str, occurred: int, contact: str | None = "cnt_1", **more: Any) -> dict[str, Any]:
    row = {"id": id_, "event": "Form Submitted", "contact": contact, "account": None, "occurred": occurred}
    return row | {"properties": {"form": "Whitepaper"}, "machine": False} | more


async def brought(
    store: Store, *rows: dict[str, Any], definitions: Definitions = DEFINITIONS, **more: Any
) -> tuple[list[Judged], int]:
    await begin(store, "digest", "past.csv", NOW)
    return await backfill_page(store, "digest", rows, definitions, NOW, line=len(rows) + 1, **more)


async def facts(store: Store, contact: str = "cnt_1") -> Facts:
    async with store.reading() as connection:
        return (await of_contact(store, connection, contact)).facts


async def test_the_past_scores_and_is_seen_where_it_happened_and_wakes_nobody(store: Store) -> None:
    reaches = Start(event="nurture:score changed")
    await populate(store, whitepaper(), quiet(starts=(reaches,)), quiet("Waiting", starts=()))
    await enter_journey(store, "Waiting", "cnt_1", MONDAY)
    await take_turn(store, "waiting/cnt_1/-/1", 0, MONDAY)
    stood, runs = score(await facts(store), NOW), await list_runs(store)  # its ten points started one
    rows = [past("e1", MONDAY - 400 * DAY), past("e2", MONDAY - DAY), past("e3", MONDAY, event="Answered")]
    with_answer = DEFINITIONS.model_copy(
        update={"events": {**DEFINITIONS.events, "Answered": DEFINITIONS.events["Form Submitted"]}}
    )
    judged, started = await brought(store, *rows, definitions=with_answer)
    assert ([one.what for one in judged], started) == (["new"] * 3, 0)
    found = await facts(store)
    assert score(found, NOW) == stood + 50
    assert (found.seen, found.known_since) == (stood + 50, MONDAY - 400 * DAY)
    assert await list_runs(store) == runs
    assert await inbox(store, "waiting/cnt_1/-/1") == []
    events = schema.events
    async with store.reading() as connection:
        at = await connection.execute(select(events.c.message_id, events.c.at, events.c.occurred))
        assert sorted(at.all()) == [
            ("e1", MONDAY - 400 * DAY, MONDAY - 400 * DAY),
            ("e2", MONDAY - DAY, MONDAY - DAY),
            ("e3", MONDAY, MONDAY),
        ]
    # What is passed by the past was passed long ago: the next event does not tell it.
    await record_event(store, message_id="n", name="Minutes Watched", at=NOW, contact="cnt_1", properties={})
    assert await list_runs(store) == runs
    assert (await brought(store, *rows, definitions=with_answer))[0] == [Judged("unchanged")] * 3
    assert score(await facts(store), NOW) == stood + 50


async def test_what_is_since_a_moment_starts_and_wakes_if_that_is_asked_for(store: Store) -> None:
    await populate(store, whitepaper())
    rows = [past("e1", MONDAY - DAY, "cnt_1"), past("e2", MONDAY + DAY, "cnt_2"), past("e3", MONDAY, "cnt_3")]
    judged, started = await brought(store, *rows, since=MONDAY)
    assert ([one.what for one in judged], started) == (["new"] * 3, 2)
    runs = await list_runs(store)
    assert sorted((run.id.split("/")[1], run.entered) for run in runs) == [("cnt_2", NOW), ("cnt_3", NOW)]


async def test_what_a_contact_said_then_holds_now(store: Store) -> None:
    await populate(store)
    declared = {**DEFINITIONS.events, "Unsubscribed": DEFINITIONS.events["Form Submitted"]}
    with_it = DEFINITIONS.model_copy(update={"events": declared})
    await brought(
        store, past("u", MONDAY - 90 * DAY, event="Unsubscribed", properties={}), definitions=with_it
    )
    found = await facts(store)
    assert (found.suppressed, found.consents) == ("unsubscribed", set())


async def test_a_day_brings_no_more_than_it_may_in_whatever_order_it_is_told(store: Store) -> None:
    rule = ScoreRule(points=10, event="Form Submitted", daily=10)
    capped = DEFINITIONS.model_copy(update={"scoring": (rule,)})
    await populate(store)
    await publish(store, capped, [quiet()], MONDAY)
    rows = [past(f"e{n}", MONDAY - DAY + n * HOUR) for n in (3, 1)] + [past("f", MONDAY - 2 * DAY)]
    await brought(store, *rows, definitions=capped)
    assert score(await facts(store), NOW) == 20
    await brought(store, past("e0", MONDAY - DAY), definitions=capped)
    assert score(await facts(store), NOW) == 20


async def test_points_of_an_account_are_those_of_each_contact(store: Store) -> None:
    rule = ScoreRule(points=5, event="Opportunity Opened")
    declared = {**DEFINITIONS.events}
    for name in ("Opportunity Opened", "Opportunity Closed"):
        declared[name] = DEFINITIONS.events["Form Submitted"]
    scored = DEFINITIONS.model_copy(update={"scoring": (rule,), "events": declared})
    await populate(store)
    await publish(store, scored, [quiet()], MONDAY)
    about = {"contact": None, "account": "acc_1"}
    await record_event(
        store,
        message_id="now",
        name="Opportunity Opened",
        at=MONDAY,
        account="acc_1",
        properties={"opportunity": "o1"},
    )
    rows = [
        past("a", MONDAY - DAY, event="Opportunity Opened", properties={"opportunity": "o2"}, **about),
        past("b", MONDAY - DAY, event="Opportunity Closed", properties={"opportunity": "o1"}, **about),
    ]
    await brought(store, *rows, definitions=scored)
    for contact, points in (("cnt_1", 10), ("cnt_2", 10), ("cnt_3", 0)):
        assert score(await facts(store, contact), NOW) == points
    # What is newer than the file is not undone by it.
    assert (await facts(store)).open_opportunities == {"o1", "o2"}


async def test_how_far_it_is_stands_with_the_page(store: Store) -> None:
    await populate(store)
    assert (await begin(store, "digest", "past.csv", NOW)).line == 0
    bad = past("x", MONDAY, "nobody")
    await backfill_page(store, "digest", [past("e1", MONDAY), bad], DEFINITIONS, NOW, line=3, refused=2)
    with pytest.raises(RuntimeError, match="stopped here"):
        await backfill_page(store, "digest", [past("e2", MONDAY)], _broken(), NOW, line=9)
    expected = Backfill("digest", "past.csv", 3, 1, 0, 3, 0, NOW, None)
    assert await begin(store, "digest", "other name.csv", NOW + 5) == expected
    await finish(store, "digest", NOW + 9)
    (found,) = await backfills(store)
    assert found.done_at == NOW + 9


def _broken() -> Definitions:
    """Definitions with which no page can be judged."""

    class Broken(dict[str, Any]):
        def get(self, *_arguments: Any) -> Any:
            raise RuntimeError("stopped here")

    return DEFINITIONS.model_construct(**{**DEFINITIONS.__dict__, "events": Broken()})


async def test_the_erased_are_turned_away(store: Store) -> None:
    await populate(store)
    async with store.writing() as connection:
        contacts = schema.contacts
        await connection.execute(contacts.update().where(contacts.c.id == "cnt_1").values(erased_at=5))
    (judged,), _ = await brought(store, past("e", MONDAY))
    assert judged.erased == "cnt_1"
    away = schema.turned_away
    async with store.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(away)) == 1
