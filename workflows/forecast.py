"""Forecasts: which effect on the world a turn will begin with, where the plan alone shows it.

A forecast only chooses the cheaper activity: the turn itself looks at the database and may come out
otherwise. A right one saves the event of a bookkeeping turn, a wrong one costs five, so what is asked of
the machine is answered here only where one answer is nearly certain.
"""

from __future__ import annotations

from dsl.plan import DayOfRun, HourOfRun, Instant, Plan
from runtime.machine import (
    FOLD,
    Answered,
    Ask,
    Due,
    Perform,
    Started,
    State,
    advance_in_place,
    pending,
)

_DAY = 86_400
_GUESSES = 4


def first_effect(plan: Plan, state: State, clock: int) -> Perform | None:
    """Return the effect that a turn at `clock` will begin with, if that is plain to see.

    The state is not changed. Only for a turn that no event has led to.
    """
    if state.flight is None:
        state = state.copy()
        due = state.due()
        if not state.started:
            advance_in_place(plan, state, Started(state.entered))
            _guess(plan, state)
        elif due is not None and due <= clock:
            advance_in_place(plan, state, Due(due))
    command = pending(plan, state)
    return command if isinstance(command, Perform) else None


def _guess(plan: Plan, state: State) -> None:
    """Answer what is asked at an entry: no watched fact holds, and day 0 is now."""
    for _ in range(_GUESSES):
        command = pending(plan, state)
        if not isinstance(command, Ask) or command.split is not None:
            return
        if command.predicates and state.asking is not None and state.asking >= 0:
            return  # a branch: nobody knows
        moments = [_moment(plan.instants[i], command.base) if i != FOLD else None for i in command.instants]
        if None in moments:
            return
        advance_in_place(plan, state, Answered((False,) * len(command.predicates), tuple(moments)))


def _moment(instant: Instant, base: int) -> int | None:
    """Return about when a block of the run comes: now or later is what matters. None if nobody knows."""
    if isinstance(instant, HourOfRun) and (instant.hour > 0 or not instant.fold):
        return base + 3_600 * instant.hour
    if isinstance(instant, DayOfRun) and (instant.day > 0 or not (instant.fold or instant.clock)):
        return base + _DAY * instant.day
    return None
