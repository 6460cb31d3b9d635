"""Pauses: while a fact holds, nothing of a run goes on; afterwards it goes on where it stood (row 22).

Goals and exits end a paused run at once, and a wait that meets its event goes on with it after the pause.
Handlers do not fire; one that watches a fact looks at it again when the run goes on. What waits for a length
of time waits longer by the pause, for its clock has stood still, and so do blocks on hours, and those on days
by the nearest number of days; what waits for a date or a time of day does not. A block whose date went by
does what it says for being late, and an effect that was held is looked at again at once if its moment is
over.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsl.plan import After, AfterBusiness, Arms, Schedule, Wait
from runtime.machine import dates
from runtime.machine.context import Run
from runtime.machine.state import Thread

BY_HAND = -1
"""`State.paused` holds this while a person lets the run stand still."""


def look(run: Run, truths: Sequence[tuple[int, bool]]) -> None:
    """Stand still, or go on: each pause that was looked at, and whether its fact holds."""
    state = run.state
    for number, true in truths:
        if true and number not in state.paused:
            state.paused.append(number)
        elif not true and number in state.paused:
            state.paused.remove(number)
    if state.paused and state.paused_at is None:
        state.paused_at = state.at
        run.row("", 0, "paused", _why(run))
    elif not state.paused and state.paused_at is not None:
        since, state.paused_at = state.paused_at, None
        run.row("", 0, "resumed")
        _leave_out(run, since)
        if state.ended is None:
            _prolong(run, state.at - since)


def _leave_out(run: Run, since: int) -> None:
    """Let blocks whose date went by in the pause do what they do when they are late."""
    state = run.state
    for frame in [frame for thread in state.threads for frame in thread.frames if frame.kind == "schedule"]:
        step = run.plan.steps[frame.step]
        assert isinstance(step, Schedule)
        for moment, number in list(frame.blocks):
            block = step.blocks[number]
            if not block.dated or not since <= moment < state.at or block.late == "at once":
                continue
            if block.late == "exit":
                run.finish(block.label, 1, "exit", "late")
                return
            run.row(block.label, 1, "block skipped", "late")
            frame.blocks.remove([moment, number])


def _why(run: Run) -> str:
    first = run.state.paused[0]
    return "by hand" if first == BY_HAND else run.plan.pauses[first].text


def _prolong(run: Run, seconds: int) -> None:
    """Let what waits for a length of time wait longer, and look at the handlers' facts again."""
    state = run.state
    state.stood += seconds
    for thread in state.threads:
        waits_for = _length(run, thread)
        if waits_for is not None and thread.due is not None:
            thread.due += seconds
        dates.ask_again(run, thread)
    watching = [-1 - i for i, handler in enumerate(run.plan.handlers) if handler.predicate is not None]
    state.checks += [check for check in watching if check not in state.checks]


def _length(run: Run, thread: Thread) -> After | AfterBusiness | None:
    """Return the length of time that a thread waits for, if it is one."""
    if thread.frames[-1].at is None or not (thread.status == "waiting" or thread.again):
        return None
    step = run.step(thread)
    if not isinstance(step, Wait | Arms) or step.until is None:
        return None
    instant = run.plan.instants[step.until]
    return instant if isinstance(instant, After | AfterBusiness) and instant.clock is None else None
