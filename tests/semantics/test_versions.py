"""A journey that changes while people are inside: rows 20, 21 and 33."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

import dsl
from dsl import Compiled
from runtime import migrating
from runtime.published import Published
from runtime.simulator import Provider, Simulator, World
from runtime.store import Store, import_accounts, import_contacts, list_runs, publish, record_event
from runtime.store.moving import Outlook, begin_move
from runtime.versions.aligning import MapError
from runtime.virtual import VirtualDriver
from tests.equality.case import Case, Step, _workspace
from tests.equality.drivers import PausableRelay, on_temporal
from tests.faults.stage import until
from tests.semantics.stage import Looking, both, case, clock, contact, form, line, seconds

_DEPLOYED = seconds("03-06 08:00")
_FORMS = 'forms "Whitepaper", "Demo request"\ntags "hot"\n'

_OLD = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time

  send email "First"
  wait 5 days
  send email "Second"
"""


def _compiled(journey: str) -> Compiled:
    found = dsl.compile_workspace(_workspace(journey, _FORMS))
    assert found.ok, found.diagnostics
    return found


class Deploying(Looking):
    """Deploys another version of the journey at its moment; what else is done then, a test may say."""

    newer: Compiled
    then: Callable[[Store], Awaitable[object]] | None
    done = False

    def _script(self, driver: VirtualDriver, relay: PausableRelay, step: Step) -> None:
        Looking._script(self, driver, relay, step)
        if not self.done:
            driver.at(_DEPLOYED, self._deploy)
        self.done = True

    async def _deploy(self) -> None:
        await publish(self.store, self.newer.definitions, self.newer.plans.values(), _DEPLOYED)
        if type(self).then is not None:
            await type(self).then(self.store)  # type: ignore[misc]


def _deploying(newer: Compiled, then: Callable[[Store], Awaitable[object]] | None = None) -> type[Deploying]:
    return type("Deploying", (Deploying,), {"newer": newer, "then": staticmethod(then) if then else None})


def _simulated(one: Case, newer: Compiled) -> World:
    """Run a case on the simulator, and deploy the newer version at its moment."""
    older = one.compiled
    world = World(Published.of(older.definitions, older.plans.values()))
    world.populate(one.contacts, one.accounts)
    simulator = Simulator(world, Provider())
    simulator.schedule(step.event for step in one.steps if step.event is not None)
    simulator.run(_DEPLOYED)
    world.published = Published.of(newer.definitions, newer.plans.values(), older.plans.values())
    simulator.run(one.until)
    return world


_SPLIT = """
journey "Row"
  start when contact submits form "Whitepaper"
  runs again at any time

  wait 3 days
  split "Story"
    variant 50% "Short"
      add tag "hot"
    variant 50% "Long"
      send email "Long"
"""


async def test_row_19_new_weights_touch_new_entrants_only(tmp_path: Path) -> None:
    people = [f"c{number}" for number in range(8)]
    newer = _compiled(_SPLIT.replace('50% "Short"', '1% "Short"').replace('50% "Long"', '99% "Long"'))
    one = case(
        _SPLIT,
        # The first runs come to the split after the new weights were deployed.
        [*(form("03-04 10:00", who) for who in people), *(form("03-10 10:00", who) for who in people)],
        "04-01 00:00",
        [contact(who) for who in people],
        definitions=_FORMS,
    )
    found = await both(one, tmp_path, _deploying(newer), _simulated(one, newer))

    def variants(ordinal: int) -> list[str]:
        runs = [found.rows(f"row/{who}/-/{ordinal}") for who in people]
        return [next(row.reason for row in rows if row.kind == "chose") for rows in runs]

    assert set(variants(1)) == {"Short", "Long"}
    assert set(variants(2)) == {"Long"}


async def test_row_20_a_live_wait_is_edited(tmp_path: Path) -> None:
    newer = _compiled(_OLD.replace("wait 5 days", "wait 1 day"))
    one = case(
        _OLD,
        [form("03-04 10:00", "ana"), form("03-07 10:00", "ben"), form("03-10 10:00", "ana")],
        "04-01 00:00",
        [contact("ana"), contact("ben")],
        definitions=_FORMS,
    )
    found = await both(one, tmp_path, _deploying(newer), _simulated(one, newer))
    # Who is inside goes on as the journey was when it came in.
    assert found.sends() == ["03-04 10:00 sent send:first", "03-09 10:00 sent send:second"]
    assert found.sends("row/ben/-/1") == ["03-07 10:00 sent send:first", "03-08 10:00 sent send:second"]
    assert found.sends("row/ana/-/2") == ["03-10 10:00 sent send:first", "03-11 10:00 sent send:second"]


async def test_row_21_a_step_people_stand_on_is_deleted(tmp_path: Path) -> None:
    newer = _compiled(_OLD.replace("wait 5 days", 'add tag "hot"'))
    plan = newer.plans["Row"]
    outlooks: list[Outlook] = []

    async def move(store: Store) -> None:
        stay = await migrating.look(store, plan, {}, _DEPLOYED)
        with pytest.raises(MapError, match="no step “wait:nowhere”"):
            await migrating.look(store, plan, {"wait:5-days": "wait:nowhere"}, _DEPLOYED)
        one = await begin_move(store, "Row", plan.hash, {"wait:5-days": "tag:hot"}, _DEPLOYED)
        outlooks.extend([stay, await migrating.migrate(store, one, lambda: _DEPLOYED, rate=0, passes=1)])

    one = case(_OLD, [form("03-04 10:00")], "04-01 00:00", definitions=_FORMS)
    # Nobody is moved unless somebody says so: they finish the version that they are on, and nobody strands.
    found = await both(one, tmp_path, _deploying(newer), _simulated(one, newer))
    assert found.lines()[-3:] == [
        "03-09 10:00 woke wait:5-days",
        "03-09 10:00 sent send:second",
        "03-09 10:00 completed",
    ]
    (folder := tmp_path / "moved").mkdir()
    outcome = await on_temporal(one, folder, _deploying(newer, move))
    stay, moved = outlooks
    assert dict(stay.stay) == {("gone", "wait:5-days"): 1}
    assert moved == Outlook(moved=1)
    rows = [line(row) for row in outcome.traces["row/ana/-/1"]]
    assert rows[-3:] == [
        "03-06 08:00 tagged tag:hot",
        "03-06 08:00 sent send:second",
        "03-06 08:00 completed",
    ]


async def test_row_33_the_journey_is_deployed_while_a_trigger_arrives(store: Store) -> None:
    older, newer = _compiled(_OLD), _compiled(_OLD.replace("wait 5 days", "wait 1 day"))
    people = [{"id": f"c{number:02}", "email": f"c{number}@people.example.com"} for number in range(20)]
    await import_contacts(store, people, older.definitions, 0)
    await publish(store, older.definitions, older.plans.values(), 0)

    async def arrive(number: int) -> None:
        await record_event(
            store,
            message_id=f"m{number}",
            name="Form Submitted",
            at=_DEPLOYED,
            contact=f"c{number:02}",
            properties={"form": "Whitepaper"},
        )

    async def deploy() -> None:
        await asyncio.sleep(0)
        await publish(store, newer.definitions, newer.plans.values(), _DEPLOYED)

    await asyncio.gather(*map(arrive, range(10)), deploy(), *map(arrive, range(10, 20)))
    # None is lost, none comes in twice; each by exactly one of the two versions.
    runs = await list_runs(store)
    assert sorted(run.contact_id for run in runs) == [person["id"] for person in people]
    assert {run.plan for run in runs} <= {older.plans["Row"].hash, newer.plans["Row"].hash}
    assert clock(runs[0].entered) == "03-06 08:00"


async def test_row_33_an_event_of_an_account_is_routed_by_one_set_for_all_of_it(store: Store) -> None:
    journey = """
event "Signed" of account

journey "Row"
  start when account does "Signed"
  runs once for each contact

  wait 5 days
"""
    older, newer = _compiled(journey), _compiled(journey.replace("wait 5 days", "wait 1 day"))
    await import_accounts(store, [{"id": "acme"}], older.definitions, 0)
    people = [{"id": who, "account": "acme"} for who in ("ana", "ben")]
    await import_contacts(store, people, older.definitions, 0)
    await publish(store, older.definitions, older.plans.values(), 0)

    async def signed() -> None:
        await record_event(store, message_id="m", name="Signed", at=_DEPLOYED, account="acme")

    async def deploy() -> None:
        await publish(store, newer.definitions, newer.plans.values(), _DEPLOYED)

    if not store.postgres:  # one transaction at a time
        await asyncio.gather(signed(), deploy())
    else:
        # Somebody holds Ana, who is let in first; a new version is deployed before Ben is looked at.
        async with store.writing() as connection:
            await connection.execute(text("SELECT id FROM contacts WHERE id = 'ana' FOR UPDATE"))
            arriving = asyncio.create_task(signed())
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            await until("the event waits for Ana", lambda: connection.scalar(waiting))
            await deploy()
        await arriving
    runs = await list_runs(store)
    assert sorted(run.contact_id for run in runs) == ["ana", "ben"]
    assert len({run.plan for run in runs}) == 1
