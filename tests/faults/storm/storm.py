"""The storm: many contacts go through a short journey, while all that can fail does, at random moments.

Workers are `nurture worker` in processes of their own, with PostgreSQL and Temporal's development server on
files. The receivers live here and never fail unseen: what they have is held against what the database says.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import asyncpg
import httpx2
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from dsl import Compiled
from runtime.store import Store, import_contacts, open_store, publish, schema
from tests.faults.storm import workspace
from tests.faults.storm.cast import Cast, numbered
from tests.faults.storm.crowd import Crowd, Person, invent
from tests.faults.storm.nest import changed_copy
from tests.faults.storm.receivers import StormSink, StormSites
from tests.faults.storm.reckoning import Reckoner, Reckoning
from tests.faults.storm.servers import Disk, Postgres, Temporal, free_port
from tests.faults.storm.weather import KINDS, Weather

ROOT = Path(__file__).parents[3]
SECRET = "the secret of the storm"
EFFECTS_EACH = 10
_AWAY = (OSError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True)
class Plan:
    """How long and how hard. `mean`: effects between two faults; None: one of each kind, and no more."""

    effects: int
    minutes: float
    seed: int
    folder: Path
    mean: float | None = 30.0
    workers: int = 3
    at_once: int = 50
    megabytes: int = 1_500
    patience: float = 3.0
    drain: float = 240.0
    tells: bool = False


@dataclass
class Report:
    """What the storm did, and what it left."""

    plan: Plan
    faults: Counter[str]
    crowd: Counter[str]
    starts: int
    ended: Counter[int]
    people: int
    seconds: float
    full: int
    left_out: set[str]
    reckoning: Reckoning

    @property
    def enough(self) -> bool:
        return self.reckoning.effects >= self.plan.effects


@dataclass
class _Stage:
    plan: Plan
    chance: Random
    people: list[Person]
    disk: Disk = field(init=False)
    postgres: Postgres = field(init=False)
    temporal: Temporal = field(init=False)
    sink: StormSink = field(init=False)
    sites: StormSites = field(init=False)
    cast: Cast = field(init=False)
    crowd: Crowd = field(init=False)
    weather: Weather = field(init=False)
    store: Store = field(init=False)
    lived: list[Person] = field(default_factory=list)
    crowded: bool = False
    versions: dict[bool, Compiled] = field(
        default_factory=lambda: {newer: workspace.compiled(newer=newer) for newer in (False, True)}
    )

    @asynccontextmanager
    async def set(self) -> AsyncIterator[None]:
        """Start everything."""
        folder = self.plan.folder
        async with AsyncExitStack() as stack:
            self.disk = stack.enter_context(Disk(folder / "disk", self.plan.megabytes))
            self.postgres = Postgres(folder / "disk" / "postgres")
            self.postgres.prepare()
            stack.callback(self.postgres.stop)
            await self.postgres.start()
            self.temporal = Temporal(folder / "disk")
            stack.callback(self.temporal.kill)
            await self.temporal.start()
            self.store = await open_store(self.postgres.url)
            stack.push_async_callback(self.store.close)
            await self._publish(newer=False)
            definitions = self.versions[False].definitions
            await import_contacts(
                self.store, [one.contact() for one in self.people], definitions, int(time.time())
            )
            self.sink = await stack.enter_async_context(StormSink(folder / "mail"))
            self.sites = stack.enter_context(StormSites())
            await self._cast(stack)
            yield

    async def _cast(self, stack: AsyncExitStack) -> None:
        """Start the workers, one of them of another release and with the older workspace, and the intake."""
        folder, port = self.plan.folder, free_port()
        urls = {
            "CRM": self.sites.crm_url,
            **{n: self.sites.hook_url(n.lower()) for n in ("SMS", "WAREHOUSE")},
        }
        environment = {
            "NURTURE_DATABASE_URL": self.postgres.url,
            "NURTURE_SMTP_URL": f"{self.sink.url}?timeout=6",
            "NURTURE_SECRET": SECRET,
            "NURTURE_CACHE": "off",
            "TEMPORAL_ADDRESS": self.temporal.address,
            **urls,
        }
        self.cast = Cast(folder)
        older = str(workspace.write(folder / "older", newer=False))
        newer = str(workspace.write(folder / "newer", newer=True))
        home = await stack.enter_async_context(self.cast.nest(ROOT))
        other = await stack.enter_async_context(self.cast.nest(changed_copy(ROOT, folder / "other")))
        given = {"environment": environment, "brief": self.plan.mean is None}
        for name in numbered("worker", self.plan.workers - 1):
            self.cast.add("worker", name, home, **given, workspace=newer)
        self.cast.add("worker", "worker-other", other, **given, workspace=older)
        self.cast.add("intake", "intake", home, **given, port=port)
        client = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False))
        url = f"http://127.0.0.1:{port}"
        self.crowd = Crowd(lambda: url, Random(self.chance.random()), client, patience=self.plan.patience)
        self.weather = Weather(
            Random(self.chance.random()),
            self.cast,
            self.postgres,
            self.temporal,
            self.disk,
            self.sink,
            self.sites,
            urls,
        )

    async def _publish(self, *, newer: bool) -> None:
        found = self.versions[newer]
        await publish(self.store, found.definitions, found.plans.values(), int(time.time()), found.texts())

    async def go(self) -> None:
        """Send everybody through, in all weathers; then wait until all is done."""
        end = time.monotonic() + 60 * self.plan.minutes
        mean = self.plan.mean
        storm = asyncio.create_task(self.weather.once() if mean is None else self.weather.for_ever(mean))
        crowd = asyncio.create_task(self._come(end))
        either = asyncio.FIRST_EXCEPTION if mean is None else asyncio.FIRST_COMPLETED
        await asyncio.wait({storm, crowd}, return_when=either)
        self.weather.over = True
        try:
            await storm
        except BaseException:
            crowd.cancel()
            await asyncio.wait({crowd})
            raise
        await self._settled()
        await self.weather.clear_up()
        await crowd
        await self._drained()

    async def _come(self, end: float) -> None:
        """Let people come, so many at once; half-way, those who come find a newer version."""
        async with asyncio.TaskGroup() as crowd:
            living: set[asyncio.Task[None]] = set()
            for number, person in enumerate(self.people):
                if number == len(self.people) // 2:
                    await self._in_time(lambda: self._publish(newer=True))
                while (len(living) >= self.plan.at_once or self.crowded) and time.monotonic() < end:
                    await asyncio.sleep(0.2)
                    living = {task for task in living if not task.done()}
                if time.monotonic() > end:
                    break
                self.lived.append(person)
                living.add(crowd.create_task(self.crowd.live(person)))
        # While the last ones are on their way it is to storm on.
        for _ in range(round(max(0.0, end - time.monotonic()))):
            if await self._count("open") <= self.plan.at_once // 4:
                break
            await asyncio.sleep(1)

    async def watch(self) -> None:
        """Keep an eye on how many are inside."""
        while True:
            self.crowded = await self._count("open") >= 2 * self.plan.at_once
            await asyncio.sleep(1)

    async def _count(self, status: str) -> int:
        """Return how many runs are open, or ended; 0 while the database is away."""
        query = select(func.count()).where(schema.runs.c.status == status)
        with suppress(*_AWAY):
            async with self.store.reading() as connection:
                return int(await connection.scalar(query) or 0)
        return 0

    async def _in_time(self, work: object) -> None:
        while True:
            with suppress(*_AWAY):
                await work()  # type: ignore[operator]
                return
            await asyncio.sleep(0.2)

    async def tell(self) -> None:
        """Tell every ten seconds how far it is."""
        begun = time.monotonic()
        while True:
            await asyncio.sleep(10)
            left, done = await self._count("open"), await self._count("ended")
            made = sum(self.weather.counts[kind] for kind in KINDS)
            at = time.monotonic() - begun
            print(
                f"{at:5.0f} s  {len(self.lived)} people, {left} open, {done} ended, {made} faults", flush=True
            )

    async def _settled(self) -> None:
        """A fault that was under way is finished."""
        await self.postgres.start()
        await self.temporal.start()

    async def _drained(self) -> None:
        """Wait until nothing is left to do, or for as long as anything could take."""
        end = time.monotonic() + self.plan.drain
        runs, outbox = schema.runs, schema.outbox
        open_ = select(func.count()).where(runs.c.status == "open")
        waiting = select(func.count()).where(outbox.c.delivered_at.is_(None))
        while time.monotonic() < end:
            async with self.store.reading() as connection:
                left = [await connection.scalar(open_), await connection.scalar(waiting)]
            if not any(left):
                break
            await asyncio.sleep(0.5)
        await asyncio.sleep(3)  # the last workflow tasks


async def storm(plan: Plan) -> Report:
    """Run a storm, and say what it left."""
    chance = Random(plan.seed)
    people = [invent(n, chance) for n in range(math.ceil(plan.effects / EFFECTS_EACH * 1.02) + 1)]
    stage = _Stage(plan, chance, people)
    begun = time.monotonic()
    async with stage.set():
        beside = [asyncio.create_task(stage.watch())]
        if plan.tells:
            beside.append(asyncio.create_task(stage.tell()))
        await stage.go()
        for task in beside:
            task.cancel()
        client = await stage.temporal.start()
        reckoner = Reckoner(
            stage.store,
            client,
            stage.sink,
            stage.sites,
            stage.lived,
            stage.crowd.acknowledged,
            stage.weather.offered,
            stage.versions[True].plans[workspace.JOURNEY].hash,
            SECRET.encode(),
        )
        reckoning = await reckoner.reckon()
        return Report(
            plan,
            stage.weather.counts,
            stage.crowd.counts,
            stage.cast.starts,
            stage.cast.ended,
            len(stage.lived),
            time.monotonic() - begun,
            stage.postgres.refusals(),
            stage.weather.impossible(),
            reckoning,
        )


__all__ = ["Plan", "Report", "storm"]
