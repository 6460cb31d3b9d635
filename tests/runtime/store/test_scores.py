"""Scores in the database are those of the pure rules, whatever comes late and whoever changes a field."""

from __future__ import annotations

import random

from dsl.plan import (
    AllOf,
    Compare,
    Definitions,
    FieldDefinition,
    FitRule,
    HasTag,
    OpenOpportunity,
    Plan,
    Ref,
    ScoreRule,
    Start,
)
from runtime.evaluate import score
from runtime.facts import Happened, Model
from runtime.intake import SCORE_CHANGED, take_in
from runtime.published import Published
from runtime.reporting import from_store
from runtime.store import (
    Store,
    enter_journey,
    import_accounts,
    import_contacts,
    list_runs,
    publish,
    record_event,
    take_turn,
)
from runtime.store.snapshot import of_contact
from tests.runtime.snapshots import facts
from tests.runtime.store.world import DAY, MONDAY, quiet

RULES = Definitions(
    workspace="Test",
    time_zone="Europe/Berlin",
    account_fields={"employees": FieldDefinition(type="number")},
    contact_fields={"level": FieldDefinition(type="text")},
    half_life=30 * DAY,
    scoring=(
        ScoreRule(points=20, event="Page Viewed", daily=50, decays=True),
        ScoreRule(points=7, event="Email Clicked", decays=True),
    ),
    fit=(
        FitRule(
            points=40, condition=Compare(left=Ref(of="account", field="employees"), kind="ge", right=200)
        ),
        FitRule(
            points=25, condition=Compare(left=Ref(of="contact", field="level"), kind="eq", right="Senior")
        ),
        FitRule(points=9, condition=OpenOpportunity()),
        FitRule(points=-100, condition=HasTag(tag="rival")),
    ),
)
_AT_LEAST = Compare(left=Ref(of="event", field="after"), kind="ge", right=60)
_BELOW = Compare(left=Ref(of="event", field="before"), kind="lt", right=60)


def reached() -> Plan:
    where = AllOf(conditions=(_BELOW, _AT_LEAST))
    return quiet("Reached", starts=(Start(event=SCORE_CHANGED, where=where),), interests=())


async def prepare(store: Store) -> None:
    await publish(store, RULES, (reached(),), MONDAY)
    await import_accounts(store, [{"id": "acme", "employees": 10}], RULES, MONDAY)
    people = [{"id": id_, "account": "acme", "email": f"{id_}@example.com"} for id_ in ("ana", "tom")]
    await import_contacts(store, people, RULES, MONDAY)


async def now(store: Store, contact: str, at: int = MONDAY) -> float:
    async with store.reading() as connection:
        return score((await of_contact(store, connection, contact)).facts, at)


async def test_events_in_any_order_leave_the_score_of_the_pure_rules(store: Store) -> None:
    await prepare(store)
    luck = random.Random(7)
    moments = [MONDAY + luck.randrange(3 * DAY) for _ in range(16)]
    names = [luck.choice(("Page Viewed", "Email Clicked")) for _ in moments]
    pure = facts(model=Model.of(RULES))
    for name, at in sorted(zip(names, moments, strict=True), key=lambda one: one[1]):
        take_in(Happened(name, at, at, {}), pure, Published.of(RULES, ()))
    late = list(zip(names, moments, strict=True))
    luck.shuffle(late)
    for number, (name, at) in enumerate(late):
        await record_event(
            store, message_id=f"m{number}", name=name, at=MONDAY + 4 * DAY, occurred=at, contact="ana"
        )
    for day in (4, 30, 400):
        assert await now(store, "ana", MONDAY + day * DAY) == score(pure, MONDAY + day * DAY)
    shown = await from_store.person(store, "ana", "UTC", MONDAY + 30 * DAY)
    assert shown.score == score(pure, MONDAY + 30 * DAY)


async def test_what_an_import_changes_is_reached_by_everybody_of_the_account(store: Store) -> None:
    await prepare(store)
    await import_accounts(store, [{"id": "acme", "employees": 900}], RULES, MONDAY + 60)
    assert (await now(store, "ana"), await list_runs(store)) == (40, [])
    await import_contacts(store, [{"id": "ana", "level": "Senior"}], RULES, MONDAY + 120)
    await import_contacts(store, [{"id": "ana", "level": "Senior"}], RULES, MONDAY + 180)
    new = {"id": "new", "account": "acme", "email": "new@example.com", "level": "Senior"}
    await import_contacts(store, [new], RULES, MONDAY + 240)
    assert [(run.id.split("/")[1], run.entered) for run in await list_runs(store)] == [
        ("ana", MONDAY + 120),
        ("new", MONDAY + 240),
    ]
    rows = (await from_store.person(store, "ana", "UTC", MONDAY)).scored
    assert [(row.source, row.points, row.total) for row in rows] == [("fit", 40, 40), ("fit", 25, 65)]
    await import_contacts(store, [{"id": "ana", "tags": "rival"}], RULES, MONDAY + 300)
    assert await now(store, "ana") == -35


async def test_an_opportunity_counts_for_all_of_the_account_whoever_it_is_told_of(store: Store) -> None:
    await prepare(store)
    await record_event(
        store,
        message_id="o1",
        name="Opportunity Opened",
        at=MONDAY,
        account="acme",
        properties={"opportunity": "o"},
    )
    await record_event(
        store,
        message_id="o2",
        name="Opportunity Closed",
        at=MONDAY + 9,
        contact="ana",
        properties={"opportunity": "o"},
    )
    for contact in ("ana", "tom"):
        rows = (await from_store.person(store, contact, "UTC", MONDAY)).scored
        assert [(row.source, row.points) for row in rows] == [("fit", 9), ("fit", -9)]


async def test_what_a_journey_adds_fades_with_the_rest(store: Store) -> None:
    await prepare(store)
    await enter_journey(store, "Reached", "ana", MONDAY)
    await take_turn(store, "reached/ana/-/1", 0, MONDAY)
    assert [await now(store, "ana", MONDAY + n * 30 * DAY) for n in (0, 1, 2)] == [10, 5, 2.5]
