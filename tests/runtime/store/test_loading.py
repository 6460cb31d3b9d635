"""Of what a contact has done and got, that is read which a decision can see."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from dsl.plan import (
    Branch,
    Decide,
    Definitions,
    End,
    HasDone,
    HasEngaged,
    Interest,
    Limit,
    Plan,
    Policy,
    Ref,
    Runs,
    Scope,
    ScoreRule,
    Start,
    Wait,
    WasSent,
)
from runtime.entry import CHAIN
from runtime.store import (
    Arrived,
    Store,
    enter_journey,
    import_contacts,
    inbox,
    publish,
    record_events,
    schema,
    take_turn,
)
from runtime.store.snapshot import of_contact, of_contacts, of_run
from runtime.writes import EntryRefused, RunEntered
from tests.runtime.store.world import DAY, MONDAY, quiet

RULES = Definitions(
    workspace="Test",
    time_zone="UTC",
    scoring=(ScoreRule(points=1, event="Visited", daily=3),),
    policies=(Policy(name="Marketing", limits=(Limit(count=2, amount=7),)),),
)


def asking() -> Plan:
    conditions = (
        HasDone(event="Bought", scope=Scope(kind="ever")),
        HasEngaged(events=("Clicked",), scope=Scope(kind="last", amount=30)),
        HasDone(event="Answered", scope=Scope(kind="run")),
        WasSent(email="Offer", scope=Scope(kind="ever")),
    )
    decide_ = Decide(
        id="if", line=1, text="if", branches=tuple(Branch(predicate=n, to=1) for n in range(4)), otherwise=1
    )
    wait = Wait(id="wait", line=2, text="wait", until=0)
    return quiet("Asking", starts=(Start(event="Begun"),), predicates=conditions, steps=(decide_, wait))


async def prepare(store: Store) -> None:
    """Two contacts; the first has done everything, long ago and lately, and got mail."""
    await publish(store, RULES, (asking(),), MONDAY)
    await import_contacts(store, [{"id": "a"}, {"id": "b"}], RULES, MONDAY - 900 * DAY)
    names = ("Bought", "Clicked", "Answered", "Visited", "Nobody Asks")
    old = [Arrived(f"old {name}", name, MONDAY - 800 * DAY, "a") for name in names]
    begun = Arrived("begun", "Begun", MONDAY - 50 * DAY, "a")
    new = [Arrived(f"new {name}", name, MONDAY - DAY, "a") for name in names]
    await record_events(store, [*old, begun, *new])


def loaded(facts: Any) -> dict[str, int]:
    return {name: len(events) for name, events in facts.events.items()}


async def test_events_are_read_by_name_and_as_far_back_as_is_looked(store: Store) -> None:
    await prepare(store)
    async with store.writing() as connection:
        facts = (await of_contact(store, connection, "a", MONDAY)).facts
        # Bought ever; clicked in 30 days; answered since the run began. Nobody asks for the others.
        assert loaded(facts) == {"Bought": 2, "Clicked": 1, "Answered": 1}
        # Without a moment, all of what is named.
        assert loaded((await of_contact(store, connection, "a")).facts) == {
            "Bought": 2,
            "Clicked": 2,
            "Answered": 1,
        }
        run = await of_run(store, connection, "asking/a/-/1")
        assert loaded(run.facts) == {"Bought": 2, "Clicked": 1, "Answered": 1}
        scored = await of_contacts(store, connection, ("a", "b"), MONDAY, {"Visited": MONDAY - DAY})
        assert loaded(scored["a"].facts) == {"Bought": 2, "Clicked": 1, "Answered": 1, "Visited": 1}
        assert loaded(scored["b"].facts) == {}


async def test_mail_is_read_as_far_back_as_limits_and_conditions_look(store: Store) -> None:
    await prepare(store)
    run = {"run_id": "asking/a/-/1", "contact_id": "a", "journey": "Asking", "kind": "send", "service": False}
    run |= {"status": "settled", "outcome": "sent", "attempt": 1}
    mails = [("Offer", 700), ("News", 700), ("News", 5), ("Offer", 3)]
    rows = [
        run | {"name": name, "step": str(n), "visit": 1, "at": MONDAY - days * DAY}
        for n, (name, days) in enumerate(mails)
    ]
    async with store.writing() as connection:
        await connection.execute(insert(schema.ledger), rows)
        facts = (await of_contact(store, connection, "a", MONDAY)).facts
    assert [(sent.email, (MONDAY - sent.at) // DAY) for sent in facts.sent] == [
        ("Offer", 700),
        ("News", 5),
        ("Offer", 3),
    ]


async def test_of_a_journey_that_ran_often_the_last_runs_are_read_and_entry_is_decided_as_by_all(
    store: Store,
) -> None:
    again = quiet("Again", starts=(), runs=Runs(kind="again", amount=30), interests=(), steps=(end(),))
    webinars = quiet(
        "Webinars",
        starts=(Start(event="Webinar"),),
        runs=Runs(kind="once", key=Ref(of="trigger", field="w")),
        interests=(),
        steps=(end(),),
    )
    await publish(store, RULES, (again, webinars), MONDAY)
    await import_contacts(store, [{"id": "a"}, {"id": "b"}], RULES, MONDAY)
    for number in range(60):
        at = MONDAY + number * 40 * DAY
        entered = await enter_journey(store, "Again", "a", at)
        assert isinstance(entered, RunEntered), entered
        await take_turn(store, entered.id, 0, at)
        if number < 30:
            event = Arrived(f"w{number}", "Webinar", at, "a", properties={"w": number})
            (recorded,) = await record_events(store, [event])
            await take_turn(store, recorded.entered[0], 0, at)
    async with store.writing() as connection:
        facts = (await of_contact(store, connection, "a")).facts
        assert sum(run.journey == "Again" for run in facts.runs) == CHAIN
        assert sum(run.journey == "Webinars" for run in facts.runs) == 30  # each key is one that ran once
        named = await of_contacts(store, connection, ("a",), named={"again/a/-/1", "again/b/-/1"})
        assert sum(run.journey == "Again" for run in named["a"].facts.runs) == CHAIN + 1
    last = MONDAY + 59 * 40 * DAY
    refused = await enter_journey(store, "Again", "a", last + 29 * DAY)
    assert isinstance(refused, EntryRefused)
    assert refused.reason == "too soon"
    (recorded,) = await record_events(store, [Arrived("w", "Webinar", last, "a", properties={"w": 0})])
    assert [reason for _journey, reason in recorded.refused] == ["runs once"]
    entered = await enter_journey(store, "Again", "a", last + 30 * DAY)
    assert isinstance(entered, RunEntered)
    assert entered.id == "again/a/-/61"


async def test_an_answer_to_an_email_of_a_run_long_ago_is_not_the_present_runs(store: Store) -> None:
    """Whatever is read of ended runs, each is known by its id (row 40)."""
    plan = quiet(
        "Answering",
        starts=(),
        runs=Runs(kind="again", amount=0),
        interests=(Interest(event="Email Clicked", args={"email": "Offer"}),),
    )
    await publish(store, RULES, (plan,), MONDAY)
    await import_contacts(store, [{"id": "a"}], RULES, MONDAY)
    for number in range(CHAIN + 3):
        entered = await enter_journey(store, "Answering", "a", MONDAY + number * 3 * DAY)
        assert isinstance(entered, RunEntered)
        if number < CHAIN + 2:
            await take_turn(store, entered.id, 0, MONDAY + number * 3 * DAY)
            await take_turn(store, entered.id, 1, MONDAY + (number * 3 + 2) * DAY)
    at = MONDAY + 200 * DAY
    for number in (1, CHAIN + 3):
        properties = {"email": "Offer", "run": f"answering/a/-/{number}"}
        event = Arrived(f"click {number}", "Email Clicked", at, "a", properties=properties)
        await record_events(store, [event])
    present = f"answering/a/-/{CHAIN + 3}"
    assert [row.interests for row in await inbox(store, present)] == [(0,)]


def end() -> End:
    return End(id="end", line=1, text="exit", kind="exit", name="done")
