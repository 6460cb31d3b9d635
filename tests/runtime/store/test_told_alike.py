"""A simulation and the database, of the same happenings, make the same reports."""

from __future__ import annotations

from dataclasses import replace

from runtime.people import Account
from runtime.published import Published
from runtime.reporting import Line, counts, from_store, from_world, funnel, tell
from runtime.simulator import Simulator
from runtime.simulator.world import World
from runtime.store import Store
from tests.runtime.store.test_promises import PLANS, WHAT_HAPPENS, people, stored
from tests.runtime.store.world import DAY, DEFINITIONS, MONDAY


def simulated() -> World:
    world = World(Published.of(DEFINITIONS, PLANS), written={})
    world.populate(people(), [Account("acc_1", {"name": "Acme"})])
    simulator = Simulator(world)
    simulator.schedule(WHAT_HAPPENS)
    simulator.run(MONDAY + 200 * DAY)
    return world


def _order(line: Line) -> tuple[int, str, str]:
    return line.at, line.kind, line.text


async def test_stories_funnels_and_counts_are_alike(store: Store) -> None:
    world = simulated()
    await stored(store)
    for contact in ("cnt_1", "cnt_2", "cnt_3"):
        foretold = tell(from_world.person(world, contact, MONDAY + 200 * DAY))
        told = tell(await from_store.person(store, contact, "UTC", MONDAY + 200 * DAY))
        # The simulator keeps events by name, so it does not know the order within one second.
        assert sorted(told.lines, key=_order) == sorted(foretold.lines, key=_order)
        assert replace(told, lines=()) == replace(foretold, lines=())
    for plan in PLANS:
        expected = from_world.tally(world, plan.journey)
        found = await from_store.tally(store, plan.journey)
        assert found is not None
        assert funnel(found) == funnel(expected)
        assert counts(found, DEFINITIONS) == counts(expected, DEFINITIONS)


async def test_journeys_are_named_by_how_many_runs_they_have(store: Store) -> None:
    assert await from_store.journeys(store) == []
    assert await from_store.tally(store, "Whitepaper nurture") is None
    await stored(store)
    assert await from_store.journeys(store) == ["Whitepaper nurture", "Newsletter", "Twice", "Webinar"]
