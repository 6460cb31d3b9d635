"""Everyone in a segment is let in, page by page, and no round twice."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from dsl.plan import Compare, Definitions, Everyone, FieldDefinition, Plan, Ref, Runs, Start
from runtime.cli import letting_in
from runtime.cli.letting_in import coming as said
from runtime.people import Contact
from runtime.published import Published
from runtime.simulator import Simulator, World
from runtime.store import Store, enter_journey, import_contacts, list_runs, publish, schema
from runtime.store import admissions as module
from runtime.store.admissions import Admission, admissions, admit_all, admit_due
from runtime.writes import RunEntered
from tests.runtime.store.world import DAY, HOUR, MONDAY, quiet

SENIOR = Compare(left=Ref(of="contact", field="level"), kind="eq", right="Senior")
NEAR = Compare(left=Ref(of="contact", field="city"), kind="ne", right="Far")
SHARED = Definitions(
    workspace="Test",
    time_zone="Europe/Berlin",
    contact_fields={"level": FieldDefinition(type="text"), "city": FieldDefinition(type="text")},
    segments={"Senior": SENIOR},
)


def everyone(journey: str = "All", *, again: bool = False, priority: Any = "normal", **when: Any) -> Plan:
    members = Everyone(segment="Senior", members=SENIOR, **when)
    runs = Runs(kind="again", amount=1, unit="day") if again else Runs(kind="once")
    return quiet(
        journey, starts=(Start(everyone=members, condition=NEAR),), runs=runs, interests=(), priority=priority
    )


PEOPLE = [
    {"id": f"c{n:02}", "level": "Senior" if n % 3 else "Junior", "city": "Far" if n == 4 else "Near"}
    for n in range(12)
]
MEMBERS = [row["id"] for row in PEOPLE if row["level"] == "Senior" and row["city"] == "Near"]


async def entered(store: Store) -> list[tuple[str, int]]:
    return sorted((run.id, run.entered) for run in await list_runs(store))


async def test_a_round_is_watched_until_all_are_in(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "PAGE", 5)
    monkeypatch.setattr(letting_in, "_EVERY", 0.0)
    await import_contacts(store, PEOPLE, SHARED, MONDAY)
    await publish(store, SHARED, (everyone(),), MONDAY)
    await admit_due(store, MONDAY + 60)

    async def look() -> list[Admission]:
        found = await admissions(store)
        await admit_due(store, MONDAY + 60)
        return found

    await letting_in.watch(look)
    said = capsys.readouterr()
    assert [line.split(": ")[1].split(" of")[0] for line in said.out.splitlines()] == ["5", "10"]
    assert said.err == "nurture: Everyone has been looked at.\n"
    await letting_in.watch(look)
    assert capsys.readouterr().out == "Nobody is being let in.\n"


async def test_present_members_come_in_once_page_by_page(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 5)
    await import_contacts(store, PEOPLE, SHARED, MONDAY)
    await publish(store, SHARED, (everyone(),), MONDAY)
    await enter_journey(store, "All", "c01", MONDAY + 1)
    assert await admit_due(store, MONDAY + 60) == 5
    (row,) = await admissions(store)
    assert row == Admission("All", '["Senior", null, null]', 0, MONDAY, 5, 1, 1, 7)
    # Another version of the journey goes on where the first one stood; a newcomer behind that comes in, too.
    await publish(store, SHARED, (everyone(priority="high"),), MONDAY + 61)
    assert await admit_due(store, MONDAY + 2 * HOUR) == 5
    assert await admit_due(store, MONDAY + 2 * HOUR) == 2
    assert await admit_due(store, MONDAY + 2 * HOUR) == 0
    late = MONDAY + 2 * HOUR  # too late for the moment at which it was published
    assert await entered(store) == [
        (f"all/{id_}/-/1", MONDAY + 1 if id_ == "c01" else MONDAY if id_ < "c05" else late) for id_ in MEMBERS
    ]
    await publish(store, SHARED, (everyone(priority="low"),), MONDAY + DAY)
    await admit_all(store, MONDAY + DAY)
    assert (len(await list_runs(store)), await admissions(store)) == (len(MEMBERS), [])


async def test_rounds_come_at_their_clock_and_are_those_of_the_simulator(store: Store) -> None:
    plans = (everyone("Once"), everyone("Weekly", again=True, weekday=2, clock="09:30"))
    plans += (everyone("Daily", again=True, clock="08:00"),)
    await import_contacts(store, PEOPLE, SHARED, MONDAY)
    await publish(store, SHARED, plans, MONDAY)
    for at in range(MONDAY, MONDAY + 9 * DAY, HOUR // 2):
        await admit_all(store, at)
        await admit_all(store, at)
    world = World(Published.of(SHARED, plans))
    people = [Contact(row["id"], row, None, None, 0) for row in PEOPLE]
    world.populate(people, ())
    simulator = Simulator(world)
    simulator.admit(MONDAY)
    simulator.run(MONDAY)
    first = {record.view.id: record.view.entered for record in world.runs.values()}
    assert first == {f"once/{id_}/-/1": MONDAY for id_ in MEMBERS}
    # Nobody's turn is taken in the database, so the first runs stay open there.
    simulator.run(MONDAY + 9 * DAY - HOUR)
    foretold = {id_: record.view.entered for id_, record in world.runs.items() if id_.endswith("/1")}
    assert dict(await entered(store)) == foretold
    assert foretold["weekly/c01/-/1"] == MONDAY + 2 * DAY - HOUR // 2
    assert foretold["daily/c01/-/1"] == MONDAY + DAY - 2 * HOUR


async def test_whoever_is_not_let_in_is_recorded_once_however_many_rounds_come(store: Store) -> None:
    plans = (everyone("Daily", clock="08:00"),)
    await import_contacts(store, PEOPLE, SHARED, MONDAY)
    await publish(store, SHARED, plans, MONDAY)
    asked = await enter_journey(store, "Daily", "c02", MONDAY)  # is a row of its own when it is refused again
    again = await enter_journey(store, "Daily", "c02", MONDAY + 1)
    first = MONDAY + DAY - 2 * HOUR  # 08:00 in Berlin
    for round_ in range(4):
        await admit_all(store, first + round_ * DAY)
    refused = schema.entries_refused
    names = ("contact_id", "reason", "at", "rounds")
    async with store.reading() as connection:
        rows = await connection.execute(select(*(refused.c[name] for name in names)).order_by(refused.c.id))
        found = [tuple(row) for row in rows]
    last = first + 3 * DAY
    assert isinstance(asked, RunEntered)
    assert found[0] == ("c02", "already running", again.at, None)
    rounds = {id_: 4 if id_ == "c02" else 3 for id_ in MEMBERS}
    assert sorted(found[1:]) == [(id_, "already running", last, rounds[id_]) for id_ in MEMBERS]
    # The simulator records the same.
    world = World(Published.of(SHARED, plans))
    world.populate([Contact(row["id"], row, None, None, 0) for row in PEOPLE], ())
    for round_ in range(4):
        world.admit(plans[0], plans[0].starts[0], first + round_ * DAY)
    others = [(c, w.reason, w.at) for c, w in world.refused]
    assert sorted(others) == [(id_, "already running", last) for id_ in MEMBERS]


async def test_a_round_that_was_due_days_ago_is_left_out(store: Store) -> None:
    await import_contacts(store, PEOPLE, SHARED, MONDAY)
    await publish(store, SHARED, (everyone(weekday=2, clock="09:30"),), MONDAY)
    await admit_all(store, MONDAY + 5 * DAY)
    assert await list_runs(store) == []
    await admit_all(store, MONDAY + 9 * DAY + HOUR)
    assert {run.entered for run in await list_runs(store)} == {MONDAY + 9 * DAY + HOUR}


async def test_a_journey_that_no_longer_starts_so_lets_nobody_in(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 5)
    await import_contacts(store, PEOPLE, SHARED, MONDAY)
    await publish(store, SHARED, (everyone(),), MONDAY)
    assert await admit_due(store, MONDAY) == 5
    (row,) = await admissions(store)
    assert said(row) == "Letting in    “All”: 5 of 12 contacts looked at, 2 let in, 0 refused"
    await publish(store, SHARED, (quiet("All", interests=()),), MONDAY + 1)
    assert (await admit_due(store, MONDAY + 1), await admissions(store)) == (0, [])
    # It starts so again: whoever is left comes in.
    await publish(store, SHARED, (everyone(),), MONDAY + 2)
    await admit_all(store, MONDAY + 2)
    assert [id_ for id_, _ in await entered(store)] == [f"all/{id_}/-/1" for id_ in MEMBERS]


async def test_starts_of_one_segment_and_time_let_in_by_their_own_conditions(store: Store) -> None:
    one = everyone("Both", clock="08:00")
    far = NEAR.model_copy(update={"kind": "eq"})
    starts = [
        start.model_copy(update={"condition": kind}) for start in one.starts for kind in (NEAR, far, None)
    ]
    plan = quiet("Both", starts=tuple(starts), runs=one.runs, interests=())
    await import_contacts(store, PEOPLE, SHARED, MONDAY)
    await publish(store, SHARED, (plan,), MONDAY)
    first = MONDAY + DAY - 2 * HOUR
    await admit_all(store, first)
    seniors = sorted([*MEMBERS, "c04"])
    assert await entered(store) == [(f"both/{id_}/-/1", first) for id_ in seniors]
    world = World(Published.of(SHARED, (plan,)))
    world.populate([Contact(row["id"], row, None, None, 0) for row in PEOPLE], ())
    for start in plan.starts:
        world.admit(plan, start, first)
    refused = schema.entries_refused
    async with store.reading() as connection:
        rows = (await connection.execute(select(refused.c.contact_id, refused.c.reason))).all()
    assert sorted(map(tuple, rows)) == sorted((c, write.reason) for c, write in world.refused)
    assert {c for c, _ in rows} == set(seniors)
