"""Forecasts: which effect on the world a turn will begin with, where the plan alone shows it.

A forecast only chooses the cheaper activity: the turn itself looks at the database and may come out
otherwise. A right one saves the event of a bookkeeping turn, a wrong one costs five, so what is asked of
the machine is answered here only where one answer is nearly certain.
"""

from __future__ import annotations

from typing import NamedTuple

from dsl.plan import AnyStep, DayOfRun, Decide, Do, HourOfRun, Instant, Plan, Split
from runtime.machine import (
    FOLD,
    Answered,
    Applied,
    Apply,
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
_LOOKS = 32


class Foreseen(NamedTuple):
    """What a turn will begin with: the kind of an outer effect, and a text for Temporal's UI."""

    kind: str
    text: str


def foresee(plan: Plan, state: State, clock: int, foresight: int) -> Foreseen | None:
    """Return what a turn at `clock` will begin with on the world, if that is plain to see.

    `foresight` 0: the effect follows at once. 1: also behind effects on our own records, which the channel's
    activity applies as well, and behind a branch or a split if an effect of one kind follows on each way.
    The state is not changed. Only for a turn that no event has led to.
    """
    state = _woken(plan, state, clock)
    if foresight == 0:
        command = pending(plan, state)
        return _named(plan, command) if isinstance(command, Perform) else None
    found = _Ahead(plan).kinds(state, None)
    return found[0] if found and len({one.kind for one in found}) == 1 else None


class _Ahead:
    """Looks at what can follow, in every way."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.left = plan, _LOOKS

    def kinds(self, state: State, text: str | None) -> list[Foreseen]:
        """Return what each way begins with; nothing if one of them begins with no outer effect.

        `text`: that of the branch before, if there was one.
        """
        self.left -= 1
        command = pending(self.plan, state)
        if isinstance(command, Perform):
            named = _named(self.plan, command)
            return [named if text is None else named._replace(text=text)]
        if self.left <= 0 or command is None:
            return []
        if isinstance(command, Apply):
            return self.kinds(self.after(state, Applied()), text)
        found: list[Foreseen] = []
        answers = self.answers(state, command)
        for answer in answers:
            ways = self.kinds(self.after(state, answer), text or self.standing(state).text)
            if not ways:
                return []
            found += ways
        return found

    def answers(self, state: State, ask: Ask) -> list[Answered]:
        """Return all answers to a branch or a split; none to other questions."""
        if state.asking is None or state.asking < 0 or state.thread(state.asking).every:
            return []
        step = self.standing(state)
        if isinstance(step, Split):
            return [Answered(choice=number) for number in range(len(step.variants))]
        if not isinstance(step, Decide):
            return []
        none = (False,) * len(ask.predicates)
        return [Answered((*none[:n], True, *none[n + 1 :])) for n in range(len(none))] + [Answered(none)]

    def standing(self, state: State) -> AnyStep:
        assert state.asking is not None
        number = state.thread(state.asking).frames[-1].at
        assert number is not None
        return self.plan.steps[number]

    def after(self, state: State, happening: Answered | Applied) -> State:
        state = state.copy()
        advance_in_place(self.plan, state, happening)
        return state


def _named(plan: Plan, command: Perform) -> Foreseen:
    step = plan.steps[command.step]
    assert isinstance(step, Do)
    return Foreseen(step.effect.kind, step.text)


def _woken(plan: Plan, state: State, clock: int) -> State:
    """Return the state as it is when the turn has begun."""
    if state.flight is not None:
        return state
    state = state.copy()
    due = state.due()
    if not state.started:
        advance_in_place(plan, state, Started(state.entered))
        _guess(plan, state)
    elif due is not None and due <= clock:
        advance_in_place(plan, state, Due(due))
    return state


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
