"""Migrating: people inside a journey are moved to another version, run by run, at a pace that leaves air."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from dsl.plan import Plan
from runtime.store.moving import (
    Move,
    Outlook,
    begin_move,
    behind,
    foresee,
    move_run,
    moved_by,
    plans_behind,
    undo_run,
)
from runtime.store.open import Store
from runtime.versions.aligning import align

RATE = 50.0
"""Runs a second: the workers have to take a turn for each."""

_PASSES = 5
_BETWEEN = 1.0  # seconds that a run which has something under way is given to finish it

Sleep = Callable[[float], Awaitable[None]]


async def look(store: Store, new: Plan, targets: Mapping[str, str], now: int) -> Outlook:
    """Say what a migration to this version would do, and change nothing.

    Raises:
        MapError: a target cannot be.
    """
    await check_targets(store, new, targets)
    return await foresee(store, await behind(store, new.journey, new.hash), new, targets, now)


async def check_targets(store: Store, new: Plan, targets: Mapping[str, str]) -> None:
    """See to it that each target is of a step that some older version has. Raises `MapError`."""
    older = await plans_behind(store, new.journey, new.hash)
    for source, target in targets.items():
        with_it = [plan for plan in older if any(step.id == source for step in plan.steps)]
        for plan in with_it or older[:1]:
            align(plan, new, {source: target})


async def migrate(
    store: Store,
    one: Move,
    clock: Callable[[], int],
    *,
    rate: float = RATE,
    sleep: Sleep = asyncio.sleep,
    passes: int = _PASSES,
) -> Outlook:
    """Move all who can go. Interrupted, it is taken up by calling it again: who is there, stays there."""
    total = Outlook()
    left: Sequence[str] = await behind(store, one.journey, one.plan)
    for number in range(passes):
        total.busy, waiting = 0, []
        for run in left:
            found = await move_run(store, one, run, clock())
            total.moved += found.moved
            total.stay += found.stay
            total.busy += found.busy
            if found.busy:
                waiting.append(run)
            if found.moved and rate > 0:
                await sleep(1 / rate)
        left = waiting
        if not left or number == passes - 1:
            break
        await sleep(_BETWEEN)
    return total


async def follow(
    store: Store,
    active: Iterable[Plan],
    clock: Callable[[], int],
    *,
    rate: float = RATE,
    sleep: Sleep = asyncio.sleep,
    passes: int = _PASSES,
) -> list[tuple[Move, Outlook]]:
    """Move those inside journeys that say `people inside move to the new version`, as far as they can go.

    Who stands on a step that is gone stays on the old version; who has something under way follows later.
    """
    found = []
    for plan in active:
        if plan.inside != "move":
            continue
        left = await behind(store, plan.journey, plan.hash)
        if not left or not (await foresee(store, left, plan, {}, clock())).moved:
            continue
        one = await begin_move(store, plan.journey, plan.hash, {}, clock())
        found.append((one, await migrate(store, one, clock, rate=rate, sleep=sleep, passes=passes)))
    return found


async def undo(
    store: Store, one: Move, clock: Callable[[], int], *, rate: float = RATE, sleep: Sleep = asyncio.sleep
) -> tuple[int, int]:
    """Bring runs back. Return how many came back, and how many have gone on since and stay."""
    back = stay = 0
    for run in await moved_by(store, one):
        if await undo_run(store, one, run, clock()):
            back += 1
            if rate > 0:
                await sleep(1 / rate)
        else:
            stay += 1
    return back, stay
