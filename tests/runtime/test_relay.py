"""The relay: what Temporal refuses, or the database cannot do now, holds up nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from temporalio.service import RPCError, RPCStatusCode

from runtime import relay as relays
from runtime.relay import Relay
from runtime.store import Store, enter_journey, open_store, pending
from runtime.store.applying import put
from runtime.writes import InboxPut
from tests.runtime.store.world import MONDAY, populate

ANA, BO, CY = (f"newsletter/cnt_{n}/-/1" for n in (1, 2, 3))


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    await populate(store)
    yield store
    await store.close()


class Temporal:
    """A client that remembers what it was asked. `trouble`: raised for a target, while it lasts."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []
        self.trouble: dict[str, RPCStatusCode] = {}
        self.pause: Callable[[], Any] | None = None

    async def _asked(self, kind: str, target: str) -> None:
        if self.pause is not None:
            await self.pause()
        if status := self.trouble.get(target):
            raise RPCError("no", status, b"")
        self.log.append((kind, target))

    async def start_workflow(self, _type: str, _input: Any, *, id: str, **_more: Any) -> None:
        await self._asked("start", id)

    def get_workflow_handle(self, target: str) -> Any:
        temporal = self

        class Handle:
            async def signal(self, _name: str, args: list[Any]) -> None:
                await temporal._asked("signal", target)

        return Handle()


async def enter(store: Store, *numbers: int) -> None:
    for number in numbers:
        await enter_journey(store, "Newsletter", f"cnt_{number}", MONDAY)


async def tell(store: Store, *runs: str) -> None:
    async with store.writing() as connection:
        for run in runs:
            await put(connection, InboxPut(run, MONDAY, (0,)), None)


def relay_of(store: Store, temporal: Temporal) -> Relay:
    return Relay(store, temporal, lambda: MONDAY)  # type: ignore[arg-type]


async def test_one_word_that_temporal_refuses_holds_up_no_other(store: Store) -> None:
    await enter(store, 1, 2)
    await tell(store, ANA, BO)
    temporal = Temporal()
    temporal.trouble[ANA] = RPCStatusCode.INVALID_ARGUMENT
    relay = relay_of(store, temporal)
    await relay.pump()
    assert temporal.log == [("start", BO), ("signal", BO)]
    # Its signal waits with its start: told of before it began, it would be lost.
    assert [(word.kind, word.target) for word in await pending(store)] == [("start", ANA), ("signal", ANA)]

    temporal.trouble.clear()
    await relay_of(store, temporal).pump()
    assert temporal.log[2:] == [("start", ANA), ("signal", ANA)]


async def test_a_refused_word_is_said_once_and_not_asked_for_again_at_once(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await enter(store, 1)
    temporal = Temporal()
    temporal.trouble[ANA] = RPCStatusCode.INVALID_ARGUMENT
    relay = relay_of(store, temporal)
    for _ in range(3):
        await relay.pump()
    assert [ANA in record.getMessage() for record in caplog.records] == [True]


async def test_a_signal_to_an_open_run_that_temporal_does_not_know_is_kept(store: Store) -> None:
    await enter(store, 1)
    temporal = Temporal()
    await relay_of(store, temporal).pump()
    await tell(store, ANA)
    temporal.trouble[ANA] = RPCStatusCode.NOT_FOUND
    await relay_of(store, temporal).pump()
    assert [word.kind for word in await pending(store)] == ["signal"]


async def test_what_was_delivered_is_crossed_off_although_temporal_goes_away_after_it(store: Store) -> None:
    await enter(store, 1, 2)
    temporal = Temporal()
    temporal.trouble[BO] = RPCStatusCode.UNAVAILABLE
    with pytest.raises(RPCError):
        await relay_of(store, temporal).pump()
    assert [word.target for word in await pending(store)] == [BO]


async def test_the_loop_outlives_a_database_that_fails(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = relays.pending, [1, 2]

    async def failing(*args: Any) -> Any:
        if failures:
            failures.pop()
            raise OSError("the database restarts")
        return await real(*args)

    monkeypatch.setattr(relays, "pending", failing)
    await enter(store, 1)
    temporal = Temporal()
    relay = relay_of(store, temporal)
    temporal.pause = lambda: asyncio.sleep(0, relay.stop())
    async with asyncio.timeout(5):
        await relay.run(0.01)
    assert temporal.log == [("start", ANA)]


async def test_a_turn_does_not_wait_for_a_backlog(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "_MOMENT", 0.05)
    logging.getLogger("nurture.relay").setLevel(logging.ERROR)
    await enter(store, 1)
    temporal, answered = Temporal(), asyncio.Event()
    temporal.pause = answered.wait
    relay = relay_of(store, temporal)
    async with asyncio.timeout(2):
        await asyncio.gather(*(relay.nudge() for _ in range(20)))
    assert temporal.log == []
    answered.set()
    await relay.pump()
    assert temporal.log == [("start", ANA)]


async def test_the_outbox_is_looked_at_after_a_turn_only_if_word_was_left_in_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, real = [], relays.pending

    async def looking(*args: Any) -> Any:
        looked.append(1)
        return await real(*args)

    monkeypatch.setattr(relays, "pending", looking)
    temporal = Temporal()
    relay = relay_of(store, temporal)
    await relay.pump()
    looked.clear()
    await relay.nudge()
    assert looked == []
    await enter(store, 1)
    await relay.nudge()
    assert temporal.log == [("start", ANA)]
