"""Who comes into a segment is told, whatever brings them there; nobody keeps who is in one."""

from __future__ import annotations

from typing import Any

from dsl.plan import (
    Compare,
    Definitions,
    Ending,
    FieldDefinition,
    HasTag,
    Interest,
    OpenOpportunity,
    Plan,
    Ref,
    Runs,
    Start,
)
from runtime.routing import ACCOUNT_ENTERED, ENTERED, LEFT
from runtime.store import (
    Store,
    enter_journey,
    get_run,
    import_accounts,
    import_contacts,
    list_runs,
    publish,
    record_event,
    take_turn,
)
from tests.runtime.store.world import MONDAY, quiet

SENIOR = Compare(left=Ref(of="contact", field="level"), kind="eq", right="Senior")
LARGE = Compare(left=Ref(of="account", field="employees"), kind="gt", right=1000)
SHARED = Definitions(
    workspace="Test",
    time_zone="UTC",
    contact_fields={"level": FieldDefinition(type="text"), "email": FieldDefinition(type="text")},
    account_fields={"employees": FieldDefinition(type="number")},
    segments={"Senior": SENIOR, "Large": LARGE, "Hot": HasTag(tag="hot"), "Dealing": OpenOpportunity()},
)


def told(journey: str, event: str, segment: str, **more: Any) -> Plan:
    start = Start(event=event, args={"segment": segment})
    runs = Runs(kind="again", amount=0)
    return quiet(journey, starts=(start,), runs=runs, interests=(), **more)


PLANS = (
    told("Seniors", ENTERED, "Senior"),
    told("Once hot", LEFT, "Hot"),
    told("Large ones", ENTERED, "Large"),
    told("Companies", ACCOUNT_ENTERED, "Large", subject="account"),
    told("Dealing", ACCOUNT_ENTERED, "Dealing"),
)


def person(id_: str, account: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "account": account, "email": f"{id_}@example.com", **fields}


async def prepare(store: Store) -> None:
    await import_accounts(store, [{"id": "acme", "employees": 10}], SHARED, MONDAY)
    people = [person("ana", "acme"), person("ben", "acme", level="Senior", tags="hot")]
    await import_contacts(store, people, SHARED, MONDAY)
    await publish(store, SHARED, PLANS, MONDAY)


async def entered(store: Store) -> list[tuple[str, int]]:
    """Return the runs, each with how many seconds after the beginning it was entered."""
    return sorted((run.id, run.entered - MONDAY) for run in await list_runs(store))


async def test_present_members_do_not_start_and_newcomers_and_changes_do(store: Store) -> None:
    await prepare(store)
    assert await entered(store) == []
    await import_contacts(store, [person("cle", level="Senior"), person("dan")], SHARED, MONDAY + 1)
    await import_contacts(store, [{"id": "ana", "level": "Senior"}], SHARED, MONDAY + 2)
    await import_contacts(store, [{"id": "ana", "level": "Senior"}, {"id": "ben"}], SHARED, MONDAY + 3)
    assert await entered(store) == [("seniors/ana/-/1", 2), ("seniors/cle/-/1", 1)]


async def test_an_import_of_a_company_brings_all_its_contacts_in_and_the_company_once(store: Store) -> None:
    await prepare(store)
    await import_accounts(store, [{"id": "acme", "employees": 2000}], SHARED, MONDAY + 1)
    together = [("companies/acme/-/1", 1), ("large-ones/ana/-/1", 1), ("large-ones/ben/-/1", 1)]
    assert await entered(store) == together
    # Another contact of a company that is large already comes in; the company does not.
    await import_contacts(store, [person("cle", "acme")], SHARED, MONDAY + 2)
    assert await entered(store) == sorted([*together, ("large-ones/cle/-/1", 2)])
    await import_accounts(store, [{"id": "new", "employees": 5000}], SHARED, MONDAY + 3)
    await import_contacts(store, [person("dan", "new"), person("eve", "new")], SHARED, MONDAY + 3)
    found = await entered(store)
    assert [one for one in found if one[1] == 3] == [
        ("companies/new/-/1", 3),
        ("large-ones/dan/-/1", 3),
        ("large-ones/eve/-/1", 3),
    ]


async def test_an_event_of_one_contact_brings_the_others_of_the_company_in(store: Store) -> None:
    await prepare(store)
    opened = {"name": "Opportunity Opened", "at": MONDAY + 5, "properties": {"opportunity": "o"}}
    await record_event(store, message_id="o", contact="ben", **opened)
    await record_event(store, message_id="p", account="acme", **(opened | {"at": MONDAY + 6}))
    assert await entered(store) == [("dealing/ana/-/1", 5), ("dealing/ben/-/1", 5)]


async def test_a_run_of_an_older_version_still_hears_of_its_segments(store: Store) -> None:
    await prepare(store)
    leaves = Interest(event=LEFT, args={"segment": "Senior"})
    ending = Ending(id="stop:left", line=1, text="left", kind="exit", name="left", interest=0)
    old = quiet("Patient", endings=(ending,), interests=(leaves,))
    await publish(store, SHARED, (old,), MONDAY)
    await enter_journey(store, "Patient", "ben", MONDAY + 1)
    await take_turn(store, "patient/ben/-/1", 0, MONDAY + 1)
    await publish(store, SHARED, (quiet("Patient", interests=()),), MONDAY + 2)
    store.plans.clear()
    store.sets.clear()
    await import_contacts(store, [{"id": "ben", "level": "Junior"}], SHARED, MONDAY + 3)
    await take_turn(store, "patient/ben/-/1", 1, MONDAY + 3)
    assert (await get_run(store, "patient/ben/-/1")).status == "ended"
