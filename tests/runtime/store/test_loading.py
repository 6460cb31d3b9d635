"""Of what a contact has done and got, that is read which a decision can see."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from dsl.plan import (
    Branch,
    Decide,
    Definitions,
    HasDone,
    HasEngaged,
    Limit,
    Plan,
    Policy,
    Scope,
    ScoreRule,
    Start,
    Wait,
    WasSent,
)
from runtime.store import Arrived, Store, import_contacts, publish, record_events, schema
from runtime.store.snapshot import of_contact, of_contacts, of_run
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
