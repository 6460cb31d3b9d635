"""Waits: until an instant, or for the first of several events."""

from __future__ import annotations

from collections.abc import Sequence

from dsl.plan import Arms, Plan, Wait
from runtime.machine import schedule
from runtime.machine.context import Run
from runtime.machine.happenings import Answered, Ask
from runtime.machine.state import State, Thread


def ask_wait(_plan: Plan, state: State, _thread: Thread, _number: int, step: Wait) -> Ask:
    return Ask(instants=(step.until,), base=state.at)


def answered_wait(run: Run, thread: Thread, step: Wait, answer: Answered) -> None:
    due = answer.instants[0]
    if thread.again and due == thread.due:
        thread.again = False
        thread.status = "waiting"
        return
    thread.again = False
    if due is None:
        run.row(step.id, thread.visit, "passed", "no date")
        run.go(thread, step.next)
    elif due <= run.state.at:
        run.row(step.id, thread.visit, "passed", "already past")
        run.go(thread, step.next)
    else:
        run.row(step.id, thread.visit, "waiting", "", due)
        run.wait(thread, due)


def enter_arms(run: Run, thread: Thread, step: Arms) -> None:
    if step.until is None and all(arm.already is None for arm in step.arms):
        run.row(step.id, thread.visit, "waiting")
        run.wait(thread, None)
    else:
        run.asks(thread)


def ask_arms(_plan: Plan, state: State, thread: Thread, _number: int, step: Arms) -> Ask:
    if thread.again:
        return Ask(tuple(arm.predicate for arm in step.arms if arm.predicate is not None), (), state.at)
    already = tuple(arm.already for arm in step.arms if arm.already is not None)
    return Ask(already, () if step.until is None else (step.until,), state.at)


def answered_arms(run: Run, thread: Thread, step: Arms, answer: Answered) -> None:
    if thread.again:
        _answered_again(run, thread, step, answer)
        return
    truths = iter(answer.truths)
    for place, arm in enumerate(step.arms, start=1):
        if arm.already is not None and next(truths):
            run.row(step.id, thread.visit, "met", f"arm {place}, already")
            run.go(thread, arm.to)
            return
    due = answer.instants[0] if answer.instants else None
    if due is not None and due <= run.state.at:
        run.row(step.id, thread.visit, "timeout")
        run.go(thread, step.timeout)
        return
    run.row(step.id, thread.visit, "waiting", "", due)
    run.wait(thread, due)


def _answered_again(run: Run, thread: Thread, step: Arms, answer: Answered) -> None:
    """Take the first arm whose fact has turned true, or wait on until the same moment."""
    thread.again = False
    truths = iter(answer.truths)
    for place, arm in enumerate(step.arms, start=1):
        if arm.predicate is not None and next(truths):
            run.row(step.id, thread.visit, "met", f"arm {place}")
            run.go(thread, arm.to)
            return
    thread.status = "waiting"


def watch(run: Run, heard: Sequence[int]) -> None:
    """Let waits look again at the facts that these interests concern."""
    for thread in run.state.threads:
        if thread.status != "waiting" or thread.frames[-1].at is None:
            continue
        step = run.step(thread)
        if isinstance(step, Arms) and any(
            arm.predicate is not None and arm.interest in heard for arm in step.arms
        ):
            thread.status = "ready"
            thread.again = True
            thread.since = run.state.at


def meet(run: Run, thread: Thread, interests: Sequence[int], row: int) -> None:
    """Let a waiting thread take the first arm, in source order, that wants one of these interests (row 3).

    `row`: the number of the inbox row that told them.
    """
    if not (thread.status == "waiting" or thread.again) or thread.frames[-1].at is None:
        return
    step = run.step(thread)
    if not isinstance(step, Arms):
        return
    for place, arm in enumerate(step.arms, start=1):
        if arm.interest in interests and arm.predicate is None:
            thread.again = False
            if arm.reply is not None and (number := thread.frames[-1].at) is not None:
                thread.replies[number] = row
            run.row(step.id, thread.visit, "met", f"arm {place}")
            run.go(thread, arm.to)
            return


def ripen(run: Run, thread: Thread) -> None:
    """Let a thread whose wait or hold is over go on. It queues from when it was due."""
    due = thread.due
    assert due is not None
    step = run.step(thread)
    if thread.status == "held":
        thread.status = "outer"
        thread.due = None
    elif isinstance(step, Arms):
        run.row(step.id, thread.visit, "timeout")
        run.go(thread, step.timeout)
    elif isinstance(step, Wait):
        run.row(step.id, thread.visit, "woke")
        run.go(thread, step.next)
    else:
        schedule.begin_block(run, thread)
    thread.since = due
