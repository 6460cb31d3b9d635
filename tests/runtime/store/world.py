"""A small workspace for tests of the store: definitions, plans, two people of one company."""

from __future__ import annotations

from typing import Any

from dsl.plan import (
    AddScore,
    AddTag,
    After,
    Arm,
    Arms,
    Branch,
    Compare,
    Decide,
    Definitions,
    Do,
    End,
    Ending,
    EventDefinition,
    FieldDefinition,
    Handoff,
    HandoffRule,
    Interest,
    Notify,
    OpenOpportunity,
    Plan,
    Ref,
    Runs,
    Score,
    ScoreRule,
    SendEmail,
    SetStage,
    Spawn,
    Start,
    Wait,
)
from runtime.store import Store, import_accounts, import_contacts, publish

MONDAY = 1_772_442_000  # 2026-03-02T09:00:00Z
HOUR, DAY = 3_600, 86_400

DEFINITIONS = Definitions(
    workspace="Test",
    time_zone="UTC",
    contact_fields={
        "email": FieldDefinition(type="text"),
        "industry": FieldDefinition(type="choice", choices=("Software", "Fintech")),
        "employees": FieldDefinition(type="number"),
        "renews_on": FieldDefinition(type="date"),
        "setup_complete": FieldDefinition(type="yes or no"),
    },
    account_fields={"owner": FieldDefinition(type="text")},
    events={
        "Form Submitted": EventDefinition(fields={"form": FieldDefinition(type="text")}),
        "Email Clicked": EventDefinition(fields={"email": FieldDefinition(type="text")}),
        "Minutes Watched": EventDefinition(fields={"minutes": FieldDefinition(type="number")}),
    },
    scoring=(
        ScoreRule(points=25, event="Form Submitted", args={"form": "Whitepaper"}),
        ScoreRule(points=5, event="Email Clicked"),
    ),
    handoffs={
        "SDR": HandoffRule(
            name="SDR",
            team="SDR",
            assign=(Ref(of="account", field="owner"), "round robin"),
            respond=DAY,
            respond_high=2 * HOUR,
        )
    },
)


def do(id_: str, effect: Any, next_: int | None) -> Do:
    return Do(id=id_, line=1, text=id_, effect=effect, next=next_)


def whitepaper(**more: Any) -> Plan:
    """Mail, wait for a click, and hand over whoever has the points."""
    steps = (
        do("send:delivery", SendEmail(email="Delivery", service=True), 1),
        do("tag:topic", AddTag(tag="topic: automation"), 2),
        Arms(
            id="wait:click",
            line=3,
            text="wait up to 2 days",
            arms=(Arm(interest=0, to=3),),
            until=0,
            timeout=7,
        ),
        Decide(id="if:score", line=4, text="if score", branches=(Branch(predicate=0, to=4),), otherwise=7),
        Handoff(id="handoff:SDR", line=5, text="hand off", handoff="SDR", priority="high", next=5),
        do("notify:SDR", Notify(team="SDR", message="A lead"), 6),
        End(id="end:qualified", line=7, text="reach goal", kind="goal", name="Qualified"),
        do("send:related", SendEmail(email="Related"), 8),
        Wait(id="wait:end", line=9, text="wait 2 days", until=0),
    )
    values: dict[str, Any] = {
        "journey": "Whitepaper nurture",
        "starts": (Start(event="Form Submitted", args={"form": "Whitepaper"}),),
        "runs": Runs(kind="again", amount=90, unit="day"),
        "entry": 0,
        "steps": steps,
        "predicates": (Score(kind="ge", points=30), OpenOpportunity()),
        "instants": (After(amount=2, unit="day"),),
        "interests": (
            Interest(event="Email Clicked", args={"email": "Delivery"}),
            Interest(event="Form Submitted", args={"form": "Demo request"}),
            Interest(changes=("opportunity",)),
        ),
        "endings": (
            Ending(id="goal:demo", line=1, text="goal", kind="goal", name="Demo requested", interest=1),
            Ending(
                id="stop:opp", line=1, text="stop", kind="exit", name="opportunity", interest=2, predicate=1
            ),
        ),
    }
    return Plan(**(values | more)).sealed()


def quiet(journey: str = "Newsletter", **more: Any) -> Plan:
    """Touches only our own database, then waits for an event, at most two days."""
    steps = (
        do("score:add", AddScore(points=10), 1),
        do("stage:set", SetStage(stage="Known"), 2),
        Arms(id="wait:open", line=3, text="wait", arms=(Arm(interest=0, to=None),), until=0, timeout=None),
    )
    values: dict[str, Any] = {
        "journey": journey,
        "starts": (Start(event="Subscribed"),),
        "runs": Runs(kind="once"),
        "entry": 0,
        "steps": steps,
        "instants": (After(amount=2, unit="day"),),
        "interests": (Interest(event="Answered"), Interest(changes=("field:contact.industry",))),
    }
    return Plan(**(values | more)).sealed()


def spawner() -> Plan:
    step = Spawn(id="start:Newsletter", line=1, text="start journey", journey="Newsletter")
    return quiet("Spawner", starts=(Start(event="Spawn"),), steps=(step,), interests=())


def by_webinar() -> Plan:
    """One run for each webinar; stops when that one is cancelled."""
    same = Compare(
        left=Ref(of="event", field="webinar_id"), kind="eq", right=Ref(of="trigger", field="webinar_id")
    )
    return quiet(
        "Webinar",
        starts=(Start(event="Webinar Registered"),),
        runs=Runs(kind="once", key=Ref(of="trigger", field="webinar_id")),
        interests=(Interest(event="Webinar Cancelled", where=same),),
    )


PEOPLE = (
    {
        "id": "cnt_1",
        "account": "acc_1",
        "email": "Ana@Example.com",
        "first_name": "Ana",
        "industry": "software",
        "employees": "800",
        "time_zone": "UTC",
        "consents": "Marketing",
    },
    {"id": "cnt_2", "account": "acc_1", "email": "bo@example.com", "consents": ["Marketing"]},
    {"id": "cnt_3", "email": "cy@example.com"},
)


async def populate(store: Store, *plans: Plan) -> None:
    """Publish, and bring the people in."""
    await publish(store, DEFINITIONS, plans or (whitepaper(), quiet(), spawner(), by_webinar()), MONDAY)
    await import_accounts(store, [{"id": "acc_1", "name": "Acme", "owner": ""}], DEFINITIONS, MONDAY)
    await import_contacts(store, PEOPLE, DEFINITIONS, MONDAY)
