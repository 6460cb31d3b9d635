"""Timed blocks: a schedule runs them one at a time, in order of their moments, each once.

All moments are asked for as the schedule begins; a block on a date that is past by then does what it says
(`skip`, `at once`, `exit`: rows 9 and 10). A block that comes up late only because the flow was busy runs
at once, but keeps its gap from the last send.
"""

from __future__ import annotations

from dsl.plan import DateField, DayOfRun, HourOfRun, Plan, Schedule
from runtime.machine import dates
from runtime.machine.context import Run
from runtime.machine.happenings import FOLD, Answered, Ask
from runtime.machine.state import Frame, State, Thread


def ask(plan: Plan, state: State, thread: Thread, _number: int, step: Schedule) -> Ask:
    """Ask for all moments, or, when a late block comes up, for its moment moved into the sending hours."""
    frame = thread.frames[-1]
    if frame.kind != "schedule":
        return Ask(instants=tuple(block.at for block in step.blocks), base=state.at)
    if frame.stale:
        return dates.ask(state, step, frame)
    return Ask(instants=(FOLD,), base=_earliest(state, step, frame))


def answered(run: Run, thread: Thread, step: Schedule, answer: Answered) -> None:
    frame = thread.frames[-1]
    if frame.stale:
        if dates.moved(run, thread, step, answer):
            next_block(run, thread)
        return
    if frame.kind == "schedule":
        moment = answer.instants[0]
        assert moment is not None
        _await(run, thread, step, frame, moment)
        return
    todo: list[list[int]] = []
    for number, (block, moment) in enumerate(zip(step.blocks, answer.instants, strict=True)):
        if moment is None:
            run.row(block.label, 1, "block skipped", "no date")
        elif block.dated and moment < run.state.at and block.late == "skip":
            run.row(block.label, 1, "block skipped", "late")
        elif block.dated and moment < run.state.at and block.late == "exit":
            run.finish(block.label, 1, "exit", "late")
            return
        else:
            todo.append([moment, number])
    at = thread.frames[-1].at
    assert at is not None
    # INVARIANT: the schedule's own frame stands on the schedule step, so that a wait can be told by it.
    run.push(thread, Frame("schedule", at, at, blocks=sorted(todo)))
    next_block(run, thread)


def next_block(run: Run, thread: Thread) -> None:
    """Take up the next block of the schedule on top of the stack, or leave the schedule."""
    frame = thread.frames[-1]
    step = run.plan.steps[frame.step]
    assert isinstance(step, Schedule)
    if not frame.blocks:
        thread.frames.pop()
        run.go(thread, step.next)
        return
    if frame.stale:
        run.asks(thread)
        return
    moment, number = frame.blocks[0]
    if moment >= run.state.at:
        _await(run, thread, step, frame, moment)
    elif _folds(run.plan, step, number):
        run.asks(thread)
    else:
        _await(run, thread, step, frame, _earliest(run.state, step, frame))


def begin_block(run: Run, thread: Thread) -> None:
    """Enter the body of the block whose moment has come."""
    frame = thread.frames[-1]
    step = run.plan.steps[frame.step]
    assert isinstance(step, Schedule)
    moment, number = frame.blocks.pop(0)
    block = step.blocks[number]
    run.row(block.label, 1, "block", "late" if moment < run.state.at else "", moment)
    run.push(thread, Frame("block", block.body, frame.step))


def _await(run: Run, thread: Thread, step: Schedule, frame: Frame, moment: int) -> None:
    if moment <= run.state.at:
        begin_block(run, thread)
        return
    run.row(step.blocks[frame.blocks[0][1]].label, 1, "waiting", "", moment)
    run.wait(thread, moment)


def _earliest(state: State, step: Schedule, frame: Frame) -> int:
    """When a late block may run: now, but not within its gap after the last send."""
    if state.last_sent is None:
        return state.at
    return max(state.at, state.last_sent + step.blocks[frame.blocks[0][1]].gap)


def _folds(plan: Plan, step: Schedule, number: int) -> bool:
    instant = plan.instants[step.blocks[number].at]
    return isinstance(instant, DateField | DayOfRun | HourOfRun) and instant.fold
