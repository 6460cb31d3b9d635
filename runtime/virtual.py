"""Virtual time under real Temporal: one driver owns the time-skipping server's clock.

The server's clock runs on in real time and leaps while the driver sleeps, but never over work under way.
The driver leaps to just before the next thing that happens, waits until every run is at rest, lets it
happen, and goes on. So a day costs milliseconds and the order of things is that of the simulator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from temporalio.testing import WorkflowEnvironment

from runtime.people import RecordedEvent
from runtime.relay import Relay
from runtime.store import Store, record_event
from runtime.store.runs import unsettled

# What happens at a second is told this much before it, so that it comes before what is due at it.
_LEAD = 0.9
_SLICE = 86_400.0
_LOOK = 0.05


class NotAtRest(Exception):
    """Runs did not come to rest: a worker is stuck. The message names some of them."""


Happening = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class VirtualDriver:
    """Drives workers on a time-skipping server through a script of happenings.

    `patience`: real seconds to wait for runs to come to rest.
    """

    env: WorkflowEnvironment
    store: Store
    relay: Relay
    patience: float = 60.0
    on_time: Callable[[int], None] | None = None
    _script: list[tuple[int, int, Happening]] = field(default_factory=list)

    def at(self, when: int, happening: Happening) -> None:
        """Let something happen at a second (epoch)."""
        self._script.append((when, len(self._script), happening))

    def schedule(self, events: Iterable[RecordedEvent]) -> None:
        """Let these events be received at their times."""
        for event in events:
            self.at(event.at, self._recording(event))

    async def run(self, until: int) -> None:
        """Let virtual time pass to `until`, everything scripted before it happening on the way."""
        script, self._script = sorted(self._script, key=lambda entry: entry[:2]), []
        for when, second in groupby(script, key=lambda entry: entry[0]):
            if when > until:
                break
            await self.leap(when - _LEAD)
            async with self.relay.holding():  # all of one second, before anyone hears of it
                for _when, _order, happening in second:
                    await happening()
        await self.leap(until + _LEAD)

    async def now(self) -> float:
        """Return the server's time, in epoch seconds."""
        return (await self.env.get_current_time()).timestamp()

    async def leap(self, to: float) -> None:
        """Let virtual time pass to a moment, in slices, and all runs come to rest."""
        await self.rest()
        while (left := to - await self.now()) > 0:
            await self.env.sleep(timedelta(seconds=min(left, _SLICE)))
            await self.rest()
            if self.on_time is not None:
                self.on_time(int(await self.now()))

    async def rest(self) -> None:
        """Wait until the outbox is empty and no run has anything left to do now."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience
        now = int(await self.now())
        while True:
            self.relay.nudged.clear()
            await self.relay.pump()
            busy = await unsettled(self.store, now)
            if not busy:
                return
            if loop.time() > end:
                raise NotAtRest(f"{len(busy)} runs do not come to rest, {busy[0]} among them.")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.relay.nudged.wait(), _LOOK)

    def _recording(self, event: RecordedEvent) -> Happening:
        async def record() -> None:
            await record_event(
                self.store,
                message_id=event.id,
                name=event.name,
                at=event.at,
                occurred=event.occurred,
                contact=event.contact,
                account=None if event.contact else event.account,
                properties=event.properties,
                machine=event.machine,
            )

        return record
