"""The weather: faults at random moments. `KINDS` says how often each kind comes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import asyncpg

from tests.faults.storm.cast import Cast
from tests.faults.storm.receivers import Bad, StormSink, StormSites, settle_down
from tests.faults.storm.servers import Disk, Postgres, Temporal

Key = tuple[str, str, int]
_LONGEST_CALM = 30.0
_BRIEF_CALM = 4.0  # a quick machine has settled all of a small storm before its last fault
_SETTLED = "SELECT count(*) FROM ledger WHERE status = 'settled'"
_NOW = "SELECT clock_timestamp()::text"
_BUSY = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query_start < '{}'"
_AT_REST_WITHIN = 5.0
_OFFERED = "SELECT run_id, step, visit FROM ledger WHERE status = 'offered'"


@dataclass
class Weather:
    """Makes faults. `offered`: effects that were offered at a kill: these may be in doubt afterwards."""

    chance: Random
    cast: Cast
    postgres: Postgres
    temporal: Temporal
    disk: Disk
    sink: StormSink
    sites: StormSites
    urls: dict[str, str]
    counts: Counter[str] = field(default_factory=Counter)
    offered: set[Key] = field(default_factory=set)
    over: bool = False
    brief: bool = False

    async def once(self) -> None:
        """Make one brief fault of each kind, in a random order; first those that may leave doubts.

        A doubt takes a minute to come out (`activities.keeping`), in which the others can be made.
        """
        self.brief = True
        kinds = [kind for kind in KINDS if kind not in self.impossible()]
        self.chance.shuffle(kinds)
        kinds.sort(key=lambda kind: kind not in _LEAVE_DOUBTS)
        for kind in kinds:
            await self._calm(self.chance.randint(2, 12))
            await self._make(kind)

    async def for_ever(self, mean: float) -> None:
        """Make faults until it is over. `mean`: effects that are settled between two.

        By effects and not by seconds: a slow machine is to recover between two as a fast one does.
        """
        kinds = [kind for kind in KINDS if kind not in self.impossible()]
        weights = [KINDS[kind] for kind in kinds]
        while not self.over:
            await self._make(self.chance.choices(kinds, weights)[0])
            await self._calm(self.chance.expovariate(1 / mean))

    async def _calm(self, effects: float) -> None:
        """Wait until so many more effects are settled, or for as long as anything could take."""
        longest = _LONGEST_CALM if not self.brief else _BRIEF_CALM
        begun, end = await self._settled(), time.monotonic() + longest
        while not self.over and time.monotonic() < end:
            if await self._settled() >= begun + effects:
                return
            await asyncio.sleep(0.5)

    async def _settled(self) -> int:
        return int((await self._ask(_SETTLED))[0][0])

    async def _ask(self, query: str) -> list[Any]:
        """Ask the database, however long it takes to come back."""
        while True:
            try:
                connection = await asyncpg.connect(self.postgres.url, timeout=10)
                try:
                    return list(await connection.fetch(query, timeout=10))
                finally:
                    connection.terminate()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.2)

    def impossible(self) -> set[str]:
        """Return the kinds that this machine does not allow."""
        return set() if self.disk.own else {"disk full"}

    async def clear_up(self) -> None:
        """Let all be well from now on."""
        await settle_down(self.sink, self.sites)
        for part in self.cast.parts.values():
            part.set_clock(0)

    async def _make(self, kind: str) -> None:
        self.counts[kind] += 1
        with (self.cast.folder / "weather.log").open("a") as log:
            log.write(f"{datetime.now(UTC):%H:%M:%S}  {kind}\n")
        await _MAKE[kind](self)

    async def note_offered(self) -> None:
        """Note what is offered at this moment: whose worker or database dies now may be in doubt.

        What a frozen worker has asked the database for is done first, which may take a while.
        """
        asked_before = _BUSY.format((await self._ask(_NOW))[0][0])
        end = time.monotonic() + _AT_REST_WITHIN
        while (await self._ask(asked_before))[0][0] and time.monotonic() < end:  # noqa: ASYNC110  servers end them
            await asyncio.sleep(0.05)
        found = {(row["run_id"], row["step"], row["visit"]) for row in await self._ask(_OFFERED)}
        self.counts["offered at a kill"] += len(found)
        self.offered |= found

    async def kill_worker(self) -> None:
        found = self.cast.of("worker")
        if not found:
            return
        part = self.chance.choice(found)
        async with self.cast.frozen([part]):
            await self.note_offered()
            self.cast.kill(part)

    async def kill_intake(self) -> None:
        for part in self.cast.of("intake"):
            self.cast.kill(part)

    async def kill_temporal(self) -> None:
        self.temporal.kill()
        await asyncio.sleep(self.chance.random() * 4)
        await self.temporal.start()

    async def kill_postgres(self) -> None:
        self.postgres.kill()
        await asyncio.sleep(self.chance.random() * 4)
        await self._revive_postgres()

    async def fill_disk(self) -> None:
        await asyncio.to_thread(self.disk.fill)
        await asyncio.sleep(2 + self.chance.random() * 3)
        async with self.cast.frozen():
            self.disk.free()
            await self.postgres.start()
            await self.note_offered()
        await self.temporal.start()

    async def _revive_postgres(self) -> None:
        # Before anybody goes on: what was offered when it died.
        async with self.cast.frozen():
            await self.postgres.start()
            await self.note_offered()

    async def refuse_mail(self) -> None:
        """The mail server is gone, for longer than an attempt is patient with it in one case of five."""
        async with self.cast.frozen():
            await self.note_offered()
            await self.sink.down()
        lasting = not self.brief and self.chance.random() < 0.2
        await asyncio.sleep(25 if lasting else self.chance.random() * 4)
        await self.sink.up()

    async def hang_mail(self) -> None:
        self.sink.hang(self.chance.choice(("MAIL", "RCPT", "DATA")), times=self.chance.randint(1, 3))  # type: ignore[arg-type]

    async def drop_mail(self) -> None:
        self.sink.drop("DATA", times=self.chance.randint(1, 3))

    async def answer_mail(self) -> None:
        stage, reply = self.chance.choice(
            (
                ("MAIL", "451 4.3.0 Try again later"),
                ("RCPT", "452 4.2.2 Mailbox full"),
                ("DATA", "451 4.7.1 Greylisted"),
                ("DATA", "552 5.3.4 Message too big"),
            )
        )
        self.sink.answer(stage, reply, times=self.chance.randint(1, 6))  # type: ignore[arg-type]

    async def disturb_calls(self) -> None:
        how: tuple[Bad, ...] = ("cut", "lose", "refuse", "hang")
        self.sites.misbehave(
            self.chance.choice(sorted(self.urls.values())), self.chance.choice(how), self.chance.randint(1, 3)
        )

    async def turn_worker_clock(self) -> None:
        for part in self.cast.of("worker"):
            if self.chance.random() < 0.5:
                part.set_clock(self.chance.choice((0, -7_200, 3_600, 86_400, -86_400)))

    async def turn_intake_clock(self) -> None:
        for part in self.cast.of("intake"):
            part.set_clock(self.chance.choice((0, -7_200, -60, 5)))

    async def freeze_worker(self) -> None:
        """A machine that stands still, and goes on after others have taken over."""
        found = self.cast.of("worker")
        if found:
            part = self.chance.choice(found)
            async with self.cast.frozen([part]):
                await self.note_offered()
                await asyncio.sleep(2 if self.brief else self.chance.choice((2, 18)))


KINDS: dict[str, float] = {
    "worker killed": 10,
    "worker frozen": 2,
    "intake killed": 3,
    "Temporal killed": 2,
    "PostgreSQL killed": 2,
    "disk full": 1,
    "mail server gone": 2,
    "mail server hangs": 3,
    "mail taken, connection dropped": 3,
    "mail server answers 4xx or 5xx": 3,
    "calls of other systems disturbed": 3,
    "worker's clock jumps": 2,
    "intake's clock jumps": 2,
}
"""How often each kind comes, against the others."""

_LEAVE_DOUBTS = {"worker killed", "worker frozen", "PostgreSQL killed", "disk full"}

_MAKE: dict[str, Callable[[Weather], Awaitable[None]]] = {
    "worker killed": Weather.kill_worker,
    "worker frozen": Weather.freeze_worker,
    "intake killed": Weather.kill_intake,
    "Temporal killed": Weather.kill_temporal,
    "PostgreSQL killed": Weather.kill_postgres,
    "disk full": Weather.fill_disk,
    "mail server gone": Weather.refuse_mail,
    "mail server hangs": Weather.hang_mail,
    "mail taken, connection dropped": Weather.drop_mail,
    "mail server answers 4xx or 5xx": Weather.answer_mail,
    "calls of other systems disturbed": Weather.disturb_calls,
    "worker's clock jumps": Weather.turn_worker_clock,
    "intake's clock jumps": Weather.turn_intake_clock,
}
