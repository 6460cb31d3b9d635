"""The machine: `advance(plan, state, happened) -> (state, command, rows)`, without I/O.

It reads no clock, no randomness, no time zone, no fact: it *asks* (`Ask`), and a driver answers. One
command is open at a time: a question, an inner effect, or an outer effect; None means that the run waits
for an event or for `state.due()`, or has ended. The rules of order: threads run first in, first out by
(logical time, thread); outer effects go when no thread can run; within one instant exits come before
goals, goals before other events, events before timers, timers before sends (semantics row 2).

The driver's side of the contract: while an outer effect is in flight nothing but its outcome is fed.
So what is in flight is never cancelled, and an exit waits for the outcome. That its contact is gone is
fed in place of any other answer: nothing more is asked or changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dsl.plan import AnyStep, Plan
from runtime.machine import effects, flow, interrupts, schedule, waits
from runtime.machine.context import Run
from runtime.machine.happenings import (
    GONE,
    Answered,
    Applied,
    Apply,
    Ask,
    Command,
    Done,
    Due,
    Happening,
    Perform,
    Started,
    Told,
)
from runtime.machine.state import CHECKS, Frame, State, Status, Thread
from runtime.trace import TraceRow


class Advanced(NamedTuple):
    """What one happening led to."""

    state: State
    command: Command | None
    rows: list[TraceRow]


class ProtocolError(Exception):
    """A driver fed the machine something that it did not ask for: a fault of ours, never of a user."""


def advance(plan: Plan, state: State, happened: Happening) -> Advanced:
    """Advance a run by one happening. The state passed in is not changed."""
    after = state.copy()
    rows = advance_in_place(plan, after, happened)
    return Advanced(after, pending(plan, after), rows)


def advance_in_place(plan: Plan, state: State, happened: Happening) -> list[TraceRow]:
    """Advance `state` itself; for drivers that made their own copy."""
    rows: list[TraceRow] = []
    feed(Run(plan, state, rows), happened)
    return rows


def feed(run: Run, happened: Happening) -> None:
    """Advance a run that its driver keeps at hand; trace rows go to the end of `run.rows`."""
    _TAKE[type(happened)](run, happened)
    _run_ready(run)


def pending(plan: Plan, state: State) -> Command | None:
    """Return the command that is open in this state, derived from the state alone."""
    if state.ended is not None:
        return None
    if state.asking == CHECKS:
        return Ask(predicates=interrupts.predicates(plan, state), base=state.at)
    if state.asking is not None:
        thread = state.thread(state.asking)
        if thread.every:
            return interrupts.ask_every(plan, state, thread)
        number = thread.frames[-1].at
        assert number is not None
        step = plan.steps[number]
        asked: Ask | Apply = _ASKED[step.op](plan, state, thread, number, step)
        return asked
    if state.flight is not None:
        thread = state.thread(state.flight)
        number = thread.frames[-1].at
        assert number is not None
        return Perform(number, thread.visit, thread.tries + 1)
    return None


def _started(run: Run, happened: Started) -> None:
    if run.state.started:
        raise ProtocolError("The run has begun already.")
    state = run.state
    state.started = True
    state.at = happened.at
    run.row("", 0, "entered")
    state.threads.append(Thread(0, [Frame("main", run.plan.entry)], since=state.at))
    interrupts.watch_all(run)


def _told(run: Run, happened: Told) -> None:
    if run.state.flight is not None or not any(i in GONE for _n, told in happened.rows for i in told):
        _idle(run.state, "events")
    run.state.at = max(run.state.at, happened.at)
    interrupts.tell(run, happened)


def _due(run: Run, happened: Due) -> None:
    _idle(run.state, "a deadline")
    run.state.at = max(run.state.at, happened.at)
    upto = happened.at if happened.upto is None else happened.upto
    ripe = [t for t in run.state.threads if t.due is not None and t.due <= upto]
    for thread in sorted(ripe, key=lambda t: (t.due or 0, t.id)):
        waits.ripen(run, thread)


def _answered(run: Run, happened: Answered) -> None:
    state = run.state
    if state.asking is None:
        raise ProtocolError("Nothing was asked.")
    asking, state.asking = state.asking, None
    if asking == CHECKS:
        interrupts.checked(run, happened)
        return
    thread = state.thread(asking)
    if thread.every:
        interrupts.answered_every(run, thread, happened)
        return
    thread.status = "ready"
    step = run.step(thread)
    _ANSWERED[step.op](run, thread, step, happened)


def _applied(run: Run, happened: Applied) -> None:
    state = run.state
    if state.asking is None or state.asking == CHECKS:
        raise ProtocolError("No inner effect is open.")
    thread = state.thread(state.asking)
    state.asking = None
    thread.status = "ready"
    effects.applied(run, thread, happened)
    interrupts.watch(run, happened.heard)


def _done(run: Run, happened: Done) -> None:
    state = run.state
    if state.flight is None:
        raise ProtocolError("No outer effect is in flight.")
    thread = state.thread(state.flight)
    state.flight = None
    if happened.at is not None:
        state.at = max(state.at, happened.at)
    effects.done(run, thread, happened)
    if happened.told is not None:
        _told(run, happened.told)


def _idle(state: State, what: str) -> None:
    if state.flight is not None or state.asking is not None:
        raise ProtocolError(f"A command is open; feed {what} after its outcome.")


def _run_ready(run: Run) -> None:
    """Let threads run until one asks, or all wait; then let the earliest outer effect go."""
    state = run.state
    while state.ended is None and state.asking is None and state.flight is None:
        if state.checks:
            state.asking = CHECKS
            return
        if state.paused:
            return
        if not state.threads:
            run.finish("", 0, "completed", "")
            return
        if (ready := _earliest(state, "ready")) is not None:
            _enter(run, ready)
            continue
        if (wanting := _earliest(state, "outer")) is not None:
            state.flight = wanting.id
        return


def _earliest(state: State, status: Status) -> Thread | None:
    """Return the thread of this status that comes first: first in, first out by (logical time, thread)."""
    found: Thread | None = None
    for thread in state.threads:
        if thread.status == status and (found is None or (thread.since, thread.id) < (found.since, found.id)):
            found = thread
    return found


def _enter(run: Run, thread: Thread) -> None:
    """Let one ready thread take one step."""
    if thread.every or thread.again:
        run.asks(thread)
        return
    number = thread.frames[-1].at
    if number is None:
        flow.body_ended(run, thread)
        return
    step = run.plan.steps[number]
    visits = run.state.visits
    thread.visit = visits[number] = visits.get(number, 0) + 1
    _ENTER[step.op](run, thread, step)


def _asks(run: Run, thread: Thread, _step: AnyStep) -> None:
    run.asks(thread)


_TAKE: dict[type, Callable[[Run, Any], None]] = {
    Started: _started,
    Told: _told,
    Due: _due,
    Answered: _answered,
    Applied: _applied,
    Done: _done,
}

_ENTER: dict[str, Callable[[Run, Thread, Any], None]] = {
    "do": effects.enter_do,
    "handoff": _asks,
    "spawn": _asks,
    "record": _asks,
    "decide": _asks,
    "split": _asks,
    "wait": _asks,
    "arms": waits.enter_arms,
    "schedule": _asks,
    "loop": flow.enter_loop,
    "leave": flow.enter_leave,
    "call": flow.enter_call,
    "end": flow.enter_end,
}

_ASKED: dict[str, Callable[[Plan, State, Thread, int, Any], Ask | Apply]] = {
    "do": effects.ask,
    "handoff": effects.ask,
    "spawn": effects.ask,
    "record": effects.ask,
    "decide": flow.ask_decide,
    "split": flow.ask_split,
    "wait": waits.ask_wait,
    "arms": waits.ask_arms,
    "schedule": schedule.ask,
}

_ANSWERED: dict[str, Callable[[Run, Thread, Any, Answered], None]] = {
    "decide": flow.answered_decide,
    "split": flow.answered_split,
    "wait": waits.answered_wait,
    "arms": waits.answered_arms,
    "schedule": schedule.answered,
}
