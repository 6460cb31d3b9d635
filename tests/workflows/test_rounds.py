"""Temporal's schedules open the rounds of `start with everyone`, and stay in step with what is deployed."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from temporalio.client import (
    Client,
    ScheduleBackfill,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowHandle,
)
from temporalio.testing import WorkflowEnvironment

from dsl.plan import Plan
from runtime import admitting, schedules
from runtime.embedded import server_path
from runtime.encryption import converter
from runtime.messages import RoundResult
from runtime.relay import Relay
from runtime.store import Store, import_contacts, list_runs, publish
from runtime.store.admissions import admissions
from runtime.worker import working
from tests.runtime.store.test_admissions import MEMBERS, PEOPLE, SHARED, everyone
from tests.workflows.test_journey import bookkeeper

BERLIN = ZoneInfo("Europe/Berlin")
DAY = 86_400
WEEKLY = 'nurture: "Weekly" with everyone in "Senior" every wednesday 09:30 Europe/Berlin'


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    path = server_path("temporal")
    async with await WorkflowEnvironment.start_local(dev_server_existing_path=path) as env:
        yield env.client


@pytest.fixture(autouse=True)
def promptly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.worker._LOOK_FOR_ROUNDS", 0.05)


@asynccontextmanager
async def worker(store: Store, client: Client, at: int, queue: str = "nurture") -> AsyncIterator[None]:
    """Run a worker whose clock stands still, as far as it looks for rounds by itself."""
    async with httpx2.AsyncClient() as http:
        relay = Relay(store, client, lambda: at, queue)
        async with working(client, bookkeeper(store, http, relay), relay, queue, admits=True):
            yield


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(30):
        while not (found := await condition()):  # noqa: ASYNC110  the server moves it
            await asyncio.sleep(0.05)
        return found


async def ids(client: Client, queue: str = "nurture") -> list[str]:
    found = [one.id async for one in await client.list_schedules()]
    return sorted(id_ for id_ in found if id_.startswith(f"{queue}: "))


async def let_in(store: Store) -> list[int]:
    return [run.entered for run in await list_runs(store)]


async def test_a_worker_lets_everyone_in_page_by_page_as_a_journey_is_published(
    store: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.store.admissions.PAGE", 5)
    monkeypatch.setattr("runtime.worker._PACE", 0.0)
    moment = int(time.time()) - 5
    await import_contacts(store, PEOPLE, SHARED, moment)
    await publish(store, SHARED, (everyone(),), moment)
    async with worker(store, client, moment + 5, f"once-{store.engine.dialect.name}"):
        await until(lambda: _all(store))
    assert await let_in(store) == [moment] * len(MEMBERS)


async def _all(store: Store) -> bool:
    return len(await list_runs(store)) == len(MEMBERS)


def daily(at: int, journey: str = "Daily", **more: Any) -> Plan:
    """A journey that starts each day at the minute of an instant."""
    return everyone(journey, clock=f"{datetime.fromtimestamp(at, BERLIN):%H:%M}", **more)


async def rounds_of(client: Client, schedule: str) -> list[WorkflowHandle[Any, RoundResult]]:
    """Return the workflows that a schedule has started."""
    found = (await client.get_schedule_handle(schedule).describe()).info.recent_actions
    started = (one.action.workflow_id for one in found)  # type: ignore[attr-defined]
    return [client.get_workflow_handle(id_, result_type=RoundResult) for id_ in started]


async def test_a_schedule_opens_a_round_at_its_moment_and_another_when_a_person_asks(
    store: Store, client: Client
) -> None:
    queue = f"moments-{store.engine.dialect.name}"
    moment = int(time.time()) // 60 * 60 - 600
    await import_contacts(store, PEOPLE, SHARED, moment - DAY)
    await publish(store, SHARED, (daily(moment),), moment - DAY // 2)
    # By the worker's clock it is not late, so the worker leaves it to the schedule.
    async with worker(store, client, moment + 30, queue):
        (name,) = await until(lambda: ids(client, queue))
        handle = client.get_schedule_handle(name)
        assert await let_in(store) == []
        asked = datetime.fromtimestamp(moment, UTC)
        near = ScheduleBackfill(asked - timedelta(seconds=30), asked + timedelta(seconds=30))
        await handle.backfill(near)
        (begun,) = await until(lambda: rounds_of(client, name))
        assert await begun.result() == RoundResult("opened", moment)
        assert await until(lambda: let_in(store)) == [moment] * len(MEMBERS)
        # The clock shows the moment twice where summer time ends: that is one round.
        await handle.backfill(near)
        again = (await until(lambda: _more(client, name, 1)))[-1]
        assert await again.result() == RoundResult("opened before", moment)
        await handle.trigger()
        extra = (await until(lambda: _more(client, name, 2)))[-1]
        said = await extra.result()
        assert said.kind == "opened"
        assert said.round > moment
        await until(lambda: _over(store))
    assert len(await let_in(store)) == len(MEMBERS)  # all of them are inside still


async def _more(client: Client, schedule: str, than: int) -> list[WorkflowHandle[Any, RoundResult]]:
    found = await rounds_of(client, schedule)
    return found if len(found) > than else []


async def _over(store: Store) -> bool:
    return not await admissions(store)


async def test_the_schedules_are_those_of_what_is_in_force(
    store: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "_AGAIN", 0.2)
    queue = f"step-{store.engine.dialect.name}"
    now = int(time.time())
    weekly = everyone("Weekly", again=True, weekday=2, clock="09:30")
    await publish(store, SHARED, (everyone("Once"), weekly, everyone("Daily", clock="08:00")), now)
    names = [
        f'{queue}: "Daily" with everyone in "Senior" every day 08:00 Europe/Berlin',
        WEEKLY.replace("nurture", queue),
    ]
    async with worker(store, client, now, queue):
        await until(lambda: _are(client, queue, names))
        for name, plan in zip(names, (everyone("Daily", clock="08:00"), weekly), strict=True):
            ((_, _, one),) = admitting.ways(plan)
            described = await client.get_schedule_handle(name).describe()
            at, foretold = now, []
            for _ in range(len(described.info.next_action_times)):
                foretold.append(at := admitting.next_round(one, at, SHARED) or 0)
            assert [int(t.timestamp()) for t in described.info.next_action_times] == foretold
            assert len(foretold) > 2
        # Another moment is another schedule; a journey that is gone has none; one that is deleted comes back.
        await publish(store, SHARED, (everyone("Once"), everyone("Weekly", weekday=3, clock="09:30")), now)
        thursday = [names[1].replace("wednesday", "thursday")]
        await until(lambda: _are(client, queue, thursday))
        await client.get_schedule_handle(thursday[0]).delete()
        await until(lambda: _are(client, queue, []))
        await until(lambda: _are(client, queue, thursday))
        await publish(store, SHARED, (everyone("Once"),), now)
        await until(lambda: _are(client, queue, []))


async def test_a_schedule_that_is_changed_by_hand_is_set_back_and_a_pause_lasts(
    store: Store, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(schedules, "_AGAIN", 0.2)
    queue = f"hand-{store.engine.dialect.name}"
    name = WEEKLY.replace("nurture", queue)
    await publish(store, SHARED, (everyone("Weekly", weekday=2, clock="09:30"),), int(time.time()))
    async with worker(store, client, int(time.time()), queue):
        await until(lambda: _are(client, queue, [name]))
        handle = client.get_schedule_handle(name)
        made = (await handle.describe()).schedule
        await handle.pause(note="Not now")
        tuesday = ScheduleCalendarSpec(hour=[ScheduleRange(4)], day_of_week=[ScheduleRange(2)])
        for spec in (
            ScheduleSpec(calendars=[tuesday], time_zone_name="Europe/Berlin"),
            replace(made.spec, time_zone_name="Asia/Tokyo"),
            replace(made.spec, intervals=[ScheduleIntervalSpec(every=timedelta(hours=1))]),
        ):
            caplog.clear()
            await handle.update(lambda found, spec=spec: _with(found, spec))  # type: ignore[misc]
            await until(lambda: _told(caplog, f"{name} was changed by hand, and is set back."))
            now = (await handle.describe()).schedule
            assert now.spec == made.spec
            assert (now.state.paused, now.state.note) == (True, "Not now")
        caplog.clear()
        looks = _looks(monkeypatch)
        await until(lambda: _as_many(looks, 3))
        assert not await _told(caplog, "changed by hand")


def _looks(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Return what grows by one with each look that a worker has finished at the schedules."""
    looks: list[None] = []
    compare = schedules.Schedules._compare

    async def counted(self: schedules.Schedules, *wanted: Any) -> None:
        await compare(self, *wanted)
        looks.append(None)

    monkeypatch.setattr(schedules.Schedules, "_compare", counted)
    return looks


async def _as_many(found: list[None], number: int) -> bool:
    return len(found) >= number


def _with(found: ScheduleUpdateInput, spec: ScheduleSpec) -> ScheduleUpdate:
    return ScheduleUpdate(replace(found.description.schedule, spec=spec))


async def _told(caplog: pytest.LogCaptureFixture, what: str) -> bool:
    return what in caplog.text


async def test_the_command_line_describes_a_schedule_whose_payloads_are_sealed(
    store: Store, client: Client
) -> None:
    queue = f"sealed-{store.engine.dialect.name}"
    await publish(store, SHARED, (everyone("Weekly", weekday=2, clock="09:30"),), int(time.time()))
    settings = client.config(active_config=True) | {"data_converter": converter([b"k" * 32])}
    async with worker(store, Client(**settings), int(time.time()), queue):
        (name,) = await until(lambda: ids(client, queue))
        address = ("--address", client.service_client.config.target_host)
        command = (server_path("temporal"), "schedule", "describe", *address, "-s", name)
        asked = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, error = await asked.communicate()
    assert (asked.returncode, error) == (0, b"")
    assert b"NextRunTime" in said
    assert b"binary/encrypted" in base64.b64decode(re.findall(rb'"encoding":"([^"]+)"', said)[0])


async def _are(client: Client, queue: str, names: list[str]) -> bool:
    return await ids(client, queue) == names


async def test_a_worker_opens_a_round_that_no_schedule_has_unless_that_is_paused(
    store: Store, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    queue = f"late-{store.engine.dialect.name}"
    moment = int(time.time()) // 60 * 60 - 600
    await import_contacts(store, PEOPLE, SHARED, moment - DAY)
    plans = daily(moment, again=True), daily(moment, "Paused", again=True)
    await publish(store, SHARED, plans, moment - DAY // 2)
    async with worker(store, client, moment - 30, queue):
        names = await until(lambda: _both(client, queue))
        await client.get_schedule_handle(names[1]).pause(note="Not now")
    await until(lambda: _paused(client, names[1]))
    async with worker(store, client, moment + schedules.LATE, queue):
        await until(lambda: let_in(store))  # one look opens both rounds, or one
    assert {(run.journey, run.entered) for run in await list_runs(store)} == {("Daily", moment)}
    assert f"The schedule {names[1]} is paused: nobody is let in by it until it is resumed." in caplog.text


async def _both(client: Client, queue: str) -> list[str] | None:
    found = await ids(client, queue)
    return found if len(found) == 2 else None


async def _paused(client: Client, name: str) -> bool:
    found = {one.id: one.schedule async for one in await client.list_schedules()}[name]
    return found is not None and found.state.paused


async def test_where_there_are_no_schedules_workers_open_the_rounds_when_they_are_due(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    moment = int(time.time()) // 60 * 60 - 600
    await import_contacts(store, PEOPLE, SHARED, moment - DAY)
    await publish(store, SHARED, (daily(moment),), moment - DAY // 2)
    path = server_path("temporal-test-server")
    async with (
        await WorkflowEnvironment.start_time_skipping(test_server_existing_path=path) as env,
        worker(store, env.client, moment),
    ):
        await until(lambda: let_in(store))
    assert set(await let_in(store)) == {moment}
    said = [one for one in caplog.messages if "gives us no schedules" in one]
    assert len(said) == 1
    assert "workers open the rounds of `start with everyone` themselves" in said[0]
