"""Expiry: a message that is held in a block on a date goes no more once the next block of that date is due.

A reminder "a week before" that is still held when the one "a day before" comes would be wrong, and two
would go at once (semantics row 16). Only blocks count that came due while it was held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dsl.plan import Block, DateField, Plan, Ref, Schedule
from runtime.machine import Frame, State, Thread
from runtime.machine.state import AHEAD
from runtime.versions import resolving

EXPIRED = "expired"
"""Why a message was skipped that was held for too long."""


def expires(plan: Plan, thread: Thread, wanted: int, instant: Callable[[int], int | None]) -> int | None:
    """Return when the message that a thread wants to send expires, or None.

    Args:
        wanted: when the flow came to it.
        instant: says when an instant of the plan is, by the facts of now: the date may have moved.
    """
    return min(_moments(plan, thread, wanted, instant), default=None)


def moved(plan: Plan, state: State, interests: Iterable[int]) -> bool:
    """Whether these interests tell of a date by which a message that is held may expire sooner."""
    moving = {*plan.moves, *(update.interest for update in plan.updates)}
    if moving.isdisjoint(interests):
        return False
    held = (thread for thread in state.threads if thread.status == "held")
    return any(True for thread in held for _ in _ahead(plan, thread))


def _moments(plan: Plan, thread: Thread, wanted: int, instant: Callable[[int], int | None]) -> Iterator[int]:
    for scheduled, block in _ahead(plan, thread):
        moment = instant(block.at)
        if moment is not None and (moment if scheduled == AHEAD else scheduled) > wanted:
            yield moment


def _ahead(plan: Plan, thread: Thread) -> Iterator[tuple[int, Block]]:
    """Find the blocks ahead that hang on the date of the block in which a thread stands, as scheduled."""
    for outer, inner in zip(thread.frames, thread.frames[1:], strict=False):
        if outer.kind != "schedule" or inner.kind != "block" or not outer.blocks:
            continue
        step = plan.steps[outer.step]
        assert isinstance(step, Schedule)
        date = _date(plan, _standing(plan, step, inner))
        if date is not None:
            for scheduled, number in outer.blocks:
                if _date(plan, step.blocks[number]) == date:
                    yield scheduled, step.blocks[number]


def _date(plan: Plan, block: Block | None) -> Ref | None:
    instant = plan.instants[block.at] if block is not None and block.dated else None
    return instant.ref if isinstance(instant, DateField) else None


def _standing(plan: Plan, step: Schedule, frame: Frame) -> Block | None:
    """Return the block in whose body a frame stands."""
    return next((block for block in step.blocks if _leads(plan, block.body, frame.at)), None)


def _leads(plan: Plan, number: int | None, to: int | None) -> bool:
    seen: set[int] = set()
    waiting = [number]
    while waiting:
        at = waiting.pop()
        if at is not None and at == to:
            return True
        if at is not None and at not in seen:
            seen.add(at)
            waiting += [way for _name, way in resolving.flow(plan.steps[at])]
    return False
