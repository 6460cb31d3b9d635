"""Handoffs: an owner, a clock, and who is next."""

from __future__ import annotations

import asyncio

import pytest

from dsl.plan import Definitions, Handoff, Ref, Territory, Wait
from runtime.handoffs import Roster
from runtime.store import (
    Store,
    StoreError,
    accept,
    assign,
    delivered,
    enter_journey,
    get_handoff,
    get_run,
    import_accounts,
    list_handoffs,
    parts,
    pending,
    progress,
    publish,
    record_event,
    take_turn,
)
from runtime.store.parts import Part
from tests.runtime.store.world import DAY, DEFINITIONS, HOUR, MONDAY, populate, quiet

RULES = DEFINITIONS.handoffs
RULE = RULES["SDR"]
TEAM = ("ada@sales.example", "ben@sales.example")
ROSTER = Roster(TEAM, {"DE": "dora@sales.example"})


async def hand_off(store: Store, *contacts: str, definitions: Definitions = DEFINITIONS) -> list[str]:
    step = Handoff(id="handoff:SDR", line=1, text="hand off", handoff="SDR", priority="high")
    plan = quiet("Hand", steps=(step,), interests=())
    await populate(store, plan)
    await publish(store, definitions, (plan,), MONDAY)
    for contact in contacts:
        await enter_journey(store, "Hand", contact, MONDAY)
        await take_turn(store, f"hand/{contact}/-/1", 0, MONDAY)
    return [handoff.id for handoff in await list_handoffs(store)]


async def test_a_handoff_has_the_deadline_of_its_priority(store: Store) -> None:
    (id_,) = await hand_off(store, "cnt_1")
    found = await get_handoff(store, id_)
    assert (found.status, found.owner, found.contact, found.due_at) == (
        "open",
        None,
        "cnt_1",
        MONDAY + 2 * HOUR,
    )
    start, word = await pending(store)
    assert (start.kind, word.kind, word.target) == ("start", "handoff", id_)
    assert word.payload["due"] == found.due_at


async def test_the_owner_of_the_account_comes_before_the_round(store: Store) -> None:
    first, second, third = await hand_off(store, "cnt_1", "cnt_2", "cnt_3")
    await import_accounts(store, [{"id": "acc_1", "owner": "sal@sales.example"}], DEFINITIONS, MONDAY)
    owners = [(await assign(store, id_, RULES, ROSTER, MONDAY)).owner for id_ in (first, second, third)]
    assert owners == ["sal@sales.example", "sal@sales.example", TEAM[0]]


async def test_the_round_goes_on_in_the_database_and_an_owner_stays(store: Store) -> None:
    ids = await hand_off(store, "cnt_1", "cnt_2", "cnt_3")
    found = await asyncio.gather(
        *(assign(store, id_, RULES, ROSTER, MONDAY) for id_ in ids for _ in range(2))
    )
    stored = {(handoff.id, handoff.owner) for handoff in await list_handoffs(store)}
    assert {(handoff.id, handoff.owner) for handoff in found} == stored
    assert sorted(str(owner) for _, owner in stored) == [TEAM[0], TEAM[0], TEAM[1]]


async def test_what_a_run_hands_off_in_one_second_takes_turns_in_its_order(store: Store) -> None:
    first = Handoff(id="handoff:z", line=1, text="hand off", handoff="SDR", priority="high", next=1)
    second = Handoff(id="handoff:a", line=2, text="hand off", handoff="SDR", priority="high")
    await populate(store, quiet("Hand", steps=(first, second), interests=()))
    await enter_journey(store, "Hand", "cnt_3", MONDAY)
    await take_turn(store, "hand/cnt_3/-/1", 0, MONDAY)
    after, before = [handoff.id for handoff in await list_handoffs(store)]
    assert (after, before) == ("hand/cnt_3/-/1/handoff:a/1", "hand/cnt_3/-/1/handoff:z/1")
    owners = [(await assign(store, id_, RULES, ROSTER, MONDAY)).owner for id_ in (after, before)]
    assert owners == [TEAM[1], TEAM[0]]


async def test_what_was_accepted_in_time_is_never_overdue(store: Store) -> None:
    first, second, _ = await hand_off(store, "cnt_1", "cnt_2", "cnt_3")
    assert (await accept(store, first, MONDAY + 60)).accepted_at == MONDAY + 60
    assert (await accept(store, first, MONDAY + 90)).accepted_at == MONDAY + 60
    assert [word.target for word in await pending(store) if word.kind == "accepted"] == [first]
    late = MONDAY + 2 * HOUR
    for id_ in (first, second, second):
        await progress(store, id_, late)
    assert [(await get_handoff(store, id_)).overdue_at for id_ in (first, second)] == [None, late]
    assert (await accept(store, second, late + 1)).status == "accepted"


async def test_a_handoff_that_is_not_there_is_named(store: Store) -> None:
    with pytest.raises(StoreError, match="no handoff nothing"):
        await get_handoff(store, "nothing")


async def test_words_are_delivered_in_order_until_crossed_off(store: Store) -> None:
    await hand_off(store, "cnt_1", "cnt_2")
    first = await pending(store, limit=1)
    await delivered(store, [word.id for word in first], MONDAY)
    await delivered(store, [], MONDAY)
    rest = await pending(store)
    assert [word.target for word in first] == ["hand/cnt_1/-/1"]
    assert [word.kind for word in rest] == ["handoff", "start", "handoff"]


async def test_a_notice_that_is_held_outlives_the_run_that_handed_over(store: Store) -> None:
    hand = Handoff(id="handoff:SDR", line=1, text="hand off", handoff="SDR", priority="high", next=1)
    wait = Wait(id="wait", line=2, text="wait 2 days", until=0)
    await populate(store, quiet("Hand", steps=(hand, wait), interests=()))
    await enter_journey(store, "Hand", "cnt_1", MONDAY)
    run = "hand/cnt_1/-/1"
    await take_turn(store, run, 0, MONDAY)
    chat = Part(run, "handoff:SDR/1/assigned#chat", 1, "cnt_1", "", "SDR")
    assert await parts.begin(store, chat, MONDAY, MONDAY) == 1
    await parts.settle(store, chat, 1, "retry", "provider unreachable", "", MONDAY)

    await take_turn(store, run, 1, MONDAY + 2 * DAY)
    assert (await get_run(store, run)).status == "ended"
    assert await parts.begin(store, chat, MONDAY, MONDAY + 2 * DAY) == 2


REMINDED = DEFINITIONS.model_copy(
    update={
        "handoffs": {
            "SDR": RULE.model_copy(
                update={"remind_at_half": True, "reject_reasons": ("No budget", "Student")}
            )
        }
    }
)


async def test_the_person_of_the_territory_comes_before_the_round(store: Store) -> None:
    first, second = await hand_off(store, "cnt_1", "cnt_3")
    rule = RULE.model_copy(update={"assign": (Territory(by=Ref(of="account", field="land")), "round robin")})
    await import_accounts(store, [{"id": "acc_1", "land": "DE"}], DEFINITIONS, MONDAY)
    owners = [(await assign(store, id_, {"SDR": rule}, ROSTER, MONDAY)).owner for id_ in (first, second)]
    assert owners == ["dora@sales.example", TEAM[0]]


async def test_sales_is_reminded_once_at_half_time_and_then_it_is_overdue(store: Store) -> None:
    (id_,) = await hand_off(store, "cnt_1", definitions=REMINDED)
    half, due = MONDAY + HOUR, MONDAY + 2 * HOUR
    assert (await get_handoff(store, id_)).half_at == half
    assert (await progress(store, id_, half - 1)).reminded_at is None
    assert (await progress(store, id_, half + 60)).reminded_at == half
    found = await progress(store, id_, due + DAY)
    assert (found.status, found.reminded_at, found.overdue_at) == ("overdue", half, due + DAY)


async def say(store: Store, id_: str, name: str, **properties: str) -> str:
    said = await record_event(
        store, message_id=id_, name=name, at=MONDAY + 9, contact="cnt_1", properties=properties
    )
    return said.status


async def test_a_rejection_is_recorded_with_its_reason_and_stops_the_clock(store: Store) -> None:
    (id_,) = await hand_off(store, "cnt_1", definitions=REMINDED)
    assert await say(store, "r1", "Handoff Rejected", reason="No budget") == "recorded"
    assert await say(store, "r1", "Handoff Rejected", reason="No budget") == "duplicate"
    assert await say(store, "a1", "Handoff Accepted") == "recorded"
    found = await progress(store, id_, MONDAY + DAY)
    assert (found.status, found.rejected_as, found.rejected_at) == ("rejected", "No budget", MONDAY + 9)
    assert (found.accepted_at, found.overdue_at, found.answer) == (None, None, "rejected")
    assert [word.kind for word in await pending(store)] == ["start", "handoff", "rejected"]


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"reason": "Too young"}, "“Too young” is no reason to reject the handoff “SDR”.*“No budget”, “Stud"),
        ({}, "A reason is needed to reject the handoff “SDR”"),
        ({"reason": "Student", "handoff": "Partners"}, "no handoff “Partners” that waits"),
    ],
)
async def test_a_reason_that_is_not_in_the_list_is_refused_and_leaves_nothing(
    store: Store, properties: dict[str, str], says: str
) -> None:
    (id_,) = await hand_off(store, "cnt_1", definitions=REMINDED)
    with pytest.raises(StoreError, match=says):
        await say(store, "r1", "Handoff Rejected", **properties)
    assert (await get_handoff(store, id_)).answer == ""
    assert await say(store, "r1", "Handoff Rejected", reason="Student") == "recorded"


async def test_any_reason_will_do_where_none_is_listed_and_nothing_waits_where_none_is(store: Store) -> None:
    (id_,) = await hand_off(store, "cnt_1")
    assert await say(store, "r1", "Handoff Rejected", reason="They left") == "recorded"
    assert (await get_handoff(store, id_)).rejected_as == "They left"
    assert await say(store, "r2", "Handoff Rejected", reason="Again") == "recorded"
