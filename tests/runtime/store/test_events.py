"""Events: taken in once, whole, in one transaction."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from dsl.plan import Start
from runtime.store import (
    Recorded,
    Store,
    StoreError,
    enter_journey,
    get_run,
    import_accounts,
    import_contacts,
    inbox,
    list_runs,
    pending,
    publish,
    record_event,
    schema,
    take_turn,
)
from runtime.store.snapshot import of_contact
from runtime.writes import EntryRefused, RunEntered
from tests.runtime.store.world import DAY, DEFINITIONS, MONDAY, PEOPLE, populate, quiet, whitepaper

RUN = "whitepaper-nurture/cnt_1/-/1"


async def happen(store: Store, message: str, name: str, at: int = MONDAY, **more: Any) -> Recorded:
    whom = {} if "account" in more else {"contact": "cnt_1"}
    return await record_event(store, message_id=message, name=name, at=at, **(whom | more))


async def facts(store: Store, contact: str = "cnt_1") -> Any:
    async with store.writing() as connection:
        return (await of_contact(store, connection, contact)).facts


async def rows(store: Store, table: Any) -> int:
    async with store.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def test_an_event_starts_a_journey_and_leaves_word_for_its_workflow(store: Store) -> None:
    await populate(store)
    said = await happen(store, "m1", "Form Submitted", properties={"form": "Whitepaper"})
    assert said == Recorded("recorded", (RUN,))
    (word,) = await pending(store)
    assert (word.kind, word.target, word.n) == ("start", RUN, 0)
    assert word.payload == {
        "journey": "Whitepaper nurture",
        "plan": whitepaper().hash,
        "entered": MONDAY,
    }
    assert (await facts(store)).score == 25
    assert await inbox(store, RUN) == []  # an event never wakes the run that it starts


async def test_the_same_message_twice_changes_nothing(store: Store) -> None:
    await populate(store)
    await happen(store, "m1", "Form Submitted", properties={"form": "Whitepaper"})
    second = await happen(store, "m1", "Form Submitted", properties={"form": "Whitepaper"})
    assert second == Recorded("duplicate")
    assert (await facts(store)).score == 25
    assert await rows(store, schema.entries_refused) == 0


async def test_a_clock_that_was_put_back_brings_nothing_before_what_is_on_record(store: Store) -> None:
    await populate(store)
    await happen(store, "m1", "Page Viewed", MONDAY + 60, properties={"page": "/pricing"})
    # The clock is put back by a minute: the run begins after the visit all the same.
    await happen(store, "m2", "Form Submitted", MONDAY, properties={"form": "Whitepaper"})
    await happen(store, "m3", "Page Viewed", MONDAY + 10, properties={"page": "/pricing"})
    assert (await get_run(store, RUN)).entered == MONDAY + 60
    table = schema.events.c
    async with store.reading() as connection:
        at = (await connection.execute(select(table.message_id, table.at, table.occurred))).all()
    assert sorted(map(tuple, at)) == [(name, MONDAY + 60, MONDAY + 60) for name in ("m1", "m2", "m3")]
    # One that was a day and more ahead was wrong then: what comes now comes now.
    await happen(store, "m4", "Page Viewed", MONDAY - 2 * DAY, properties={"page": "/pricing"})
    async with store.reading() as connection:
        assert await connection.scalar(select(table.at).where(table.message_id == "m4")) == MONDAY - 2 * DAY


async def test_copies_of_an_event_at_once_are_taken_in_once(store: Store) -> None:
    await populate(store)
    said = await asyncio.gather(
        *(happen(store, "m1", "Form Submitted", properties={"form": "Whitepaper"}) for _ in range(6))
    )
    assert sorted(one.status for one in said) == ["duplicate"] * 5 + ["recorded"]
    assert await rows(store, schema.runs) == 1


async def test_two_entries_at_once_for_one_key_make_one_run(store: Store) -> None:
    await populate(store)
    said = await asyncio.gather(
        *(happen(store, f"m{n}", "Form Submitted", properties={"form": "Whitepaper"}) for n in range(6))
    )
    assert [one.entered for one in said].count((RUN,)) == 1
    assert sum(one.refused == (("Whitepaper nurture", "already running"),) for one in said) == 5
    assert (await facts(store)).score == 150


async def test_an_open_run_hears_of_what_it_waits_for_under_the_next_number(store: Store) -> None:
    await populate(store)
    await happen(store, "m1", "Form Submitted", properties={"form": "Whitepaper"})
    await happen(store, "m2", "Email Clicked", MONDAY + 1, properties={"email": "Other"})
    await happen(store, "m3", "Email Clicked", MONDAY + 2, properties={"email": "Delivery"})
    await happen(store, "m4", "Form Submitted", MONDAY + 3, properties={"form": "Demo request"})
    told = [(row.n, row.at, row.interests) for row in await inbox(store, RUN)]
    assert told == [(1, MONDAY + 2, (0,)), (2, MONDAY + 3, (1,))]
    words = [(word.kind, word.n, word.payload) for word in await pending(store)][1:]
    assert words == [
        ("signal", 1, {"n": 1, "at": MONDAY + 2, "interests": [0]}),
        ("signal", 2, {"n": 2, "at": MONDAY + 3, "interests": [1]}),
    ]


async def test_starts_are_delivered_before_signals(store: Store) -> None:
    await populate(store)
    await happen(store, "m1", "Form Submitted", properties={"form": "Whitepaper"})
    await happen(store, "m2", "Email Clicked", properties={"email": "Delivery"})
    await happen(store, "m3", "Subscribed")
    assert [word.kind for word in await pending(store)] == ["start", "start", "signal"]


async def test_an_opportunity_reaches_the_runs_of_every_contact_of_the_account(store: Store) -> None:
    await populate(store)
    for contact in ("cnt_1", "cnt_2"):
        await happen(store, contact, "Form Submitted", contact=contact, properties={"form": "Whitepaper"})
    other = "whitepaper-nurture/cnt_2/-/1"
    opened = {"opportunity": "opp_1"}
    await happen(store, "m1", "Opportunity Opened", account="acc_1", contact=None, properties=opened)
    for run in (RUN, other):
        assert [row.interests for row in await inbox(store, run)] == [(2,)]
    await happen(store, "m2", "Opportunity Closed", MONDAY + 5, properties=opened)  # about one contact
    for run in (RUN, other):
        assert [row.interests for row in await inbox(store, run)] == [(2,), (2,)]
    assert (await facts(store, "cnt_2")).open_opportunities == set()


async def test_an_account_without_runs_keeps_its_opportunity(store: Store) -> None:
    await populate(store)
    await happen(
        store, "m1", "Opportunity Opened", account="acc_1", contact=None, properties={"opportunity": "o"}
    )
    assert (await facts(store)).open_opportunities == {"o"}
    assert (await facts(store, "cnt_3")).open_opportunities == set()
    assert await rows(store, schema.events) == 1


async def test_a_hard_bounce_outlives_a_later_unsubscription(store: Store) -> None:
    await populate(store)
    await happen(store, "m1", "Email Bounced", properties={"kind": "hard"}, machine=True)
    await happen(store, "m2", "Unsubscribed")
    found = await facts(store)
    assert (found.suppressed, found.consents) == ("bounced", set())
    # An import of the old list does not undo what the contact has said.
    await import_contacts(store, [{"id": "cnt_1", "consents": "Marketing"}], DEFINITIONS, MONDAY)
    assert (await facts(store)).consents == set()


async def test_unknown_people_and_unpublished_databases_are_named(store: Store) -> None:
    await import_contacts(store, [{"id": "cnt_9"}], DEFINITIONS, MONDAY)
    with pytest.raises(StoreError, match="No journey is published"):
        await happen(store, "m1", "Subscribed", contact="cnt_9")
    await populate(store)
    with pytest.raises(StoreError, match="no contact cnt_77"):
        await happen(store, "m1", "Subscribed", contact="cnt_77")
    with pytest.raises(StoreError, match="no account acc_77"):
        await happen(store, "m1", "Subscribed", contact=None, account="acc_77")
    with pytest.raises(StoreError, match="one contact or one account"):
        await happen(store, "m1", "Subscribed", contact=None)
    assert await rows(store, schema.events) == 0


async def test_properties_arrive_in_their_declared_types(store: Store) -> None:
    await populate(store)
    await happen(store, "m1", "Minutes Watched", properties={"minutes": "40"})
    async with store.reading() as connection:
        assert await connection.scalar(select(schema.events.c.properties)) == {"minutes": 40}
    with pytest.raises(StoreError, match='minutes of event "Minutes Watched" is a number, not "many"'):
        await happen(store, "m2", "Minutes Watched", properties={"minutes": "many"})


async def test_a_journey_entered_by_hand_says_why_it_does_not_start(store: Store) -> None:
    await populate(store)
    assert isinstance(await enter_journey(store, "Newsletter", "cnt_1", MONDAY), RunEntered)
    refused = await enter_journey(store, "Newsletter", "cnt_1", MONDAY)
    assert refused == EntryRefused("Newsletter", "", "already running", MONDAY)
    unknown = await enter_journey(store, "Nosuch", "cnt_1", MONDAY)
    assert isinstance(unknown, EntryRefused)
    assert unknown.reason == "not published"


async def test_runs_stay_on_the_plan_that_they_entered_with(store: Store) -> None:
    await populate(store, quiet())
    await happen(store, "m1", "Subscribed")
    changed = quiet(journey="Newsletter", interests=())
    await publish(store, DEFINITIONS, [changed], MONDAY + DAY)
    await happen(store, "m2", "Subscribed", contact="cnt_2")
    first, second = await list_runs(store, journey="Newsletter")
    assert (first.plan, second.plan) == (quiet().hash, changed.hash)
    assert (await happen(store, "m3", "Answered")).status == "recorded"
    assert len(await inbox(store, first.id)) == 1


async def test_an_imported_change_of_a_field_wakes_the_runs_that_watch_it(store: Store) -> None:
    await populate(store)
    await happen(store, "m1", "Subscribed")
    same = [{"id": "cnt_1", "industry": "Software"}]
    await import_contacts(store, same, DEFINITIONS, MONDAY)
    assert await inbox(store, "newsletter/cnt_1/-/1") == []
    await import_contacts(store, [{"id": "cnt_1", "industry": "FINTECH"}], DEFINITIONS, MONDAY)
    assert [row.interests for row in await inbox(store, "newsletter/cnt_1/-/1")] == [(1,)]
    found = await facts(store)
    assert found.contact["industry"] == "Fintech"
    assert found.contact["first_name"] == "Ana"  # what a row does not name stays


async def test_an_import_is_all_or_nothing(store: Store) -> None:
    await populate(store)
    for row, says in (
        ({"id": "cnt_9", "employees": "many"}, 'employees of contact cnt_9 is a number, not "many"'),
        ({"id": "cnt_9", "industry": "Farming"}, "is one of Software, Fintech"),
        ({"id": "cnt_9", "renews_on": "soon"}, "is a date such as"),
        ({"id": "cnt_9", "setup_complete": "perhaps"}, "is yes or no"),
        ({"id": "cnt_9", "account": "acc_9"}, "belongs to account acc_9, which is not known"),
        ({"id": " "}, "needs an id"),
    ):
        with pytest.raises(StoreError, match=says):
            await import_contacts(store, [{"id": "cnt_8"}, row], DEFINITIONS, MONDAY)
    assert await rows(store, schema.contacts) == len(PEOPLE)
    assert await import_accounts(store, [{"id": "acc_1", "owner": "Sal"}], DEFINITIONS, MONDAY) == 1
    assert (await facts(store)).account == {"name": "Acme", "owner": "Sal"}


async def test_a_turn_of_a_run_sees_the_score_of_the_event_that_started_it(store: Store) -> None:
    await populate(store)
    await happen(store, "m1", "Subscribed")
    await take_turn(store, "newsletter/cnt_1/-/1", 0, MONDAY)
    assert (await get_run(store, "newsletter/cnt_1/-/1")).position == ["wait:open"]
    assert (await facts(store)).score == 10


async def test_an_account_runs_once_whichever_of_its_contacts_comes_first(store: Store) -> None:
    start = (Start(event="Visited"),)
    await populate(store, quiet("Strategic account", subject="account", starts=start))
    said = await asyncio.gather(
        *(happen(store, contact, "Visited", contact=contact) for contact in ("cnt_1", "cnt_2", "cnt_3"))
    )
    entered = [run for one in said for run in one.entered]
    assert entered == ["strategic-account/acc_1/-/1"]
    reasons = sorted(reason for one in said for _, reason in one.refused)
    assert reasons == ["already running", "no account"]
    await happen(store, "m", "Answered", MONDAY + 1, contact="cnt_2")
    assert [row.interests for row in await inbox(store, entered[0])] == [(0,)]
