"""Moments that move: what hangs on a date that has changed is asked for again (row 11).

Blocks that have not begun move, and a cleared date leaves them out; a wait until a date goes on until the
new one. Blocks that have begun, are over or were left out stay as they are. Blocks on days and hours move
when the run has stood still.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsl.plan import DateField, Schedule, Wait
from runtime.machine.context import Run
from runtime.machine.happenings import Answered, Ask
from runtime.machine.state import AHEAD, Frame, State, Thread


def watch(run: Run, heard: Sequence[int]) -> None:
    """Let what hangs on a date be asked for again, if these interests tell that one has changed."""
    plan = run.plan
    moving = {*plan.moves, *(update.interest for update in plan.updates)}
    if moving.isdisjoint(heard):
        return
    for thread in run.state.threads:
        ask_again(run, thread)
        if thread.status == "waiting" and _waits_for_date(run, thread):
            _look(run, thread)


def ask_again(run: Run, thread: Thread) -> None:
    """Let the moments of the blocks that are still ahead of a thread be asked for again."""
    for frame in thread.frames:
        frame.stale |= frame.kind == "schedule"
    if thread.status == "waiting" and thread.frames[-1].stale:
        _look(run, thread)


def _look(run: Run, thread: Thread) -> None:
    thread.status = "ready"
    thread.again = True
    thread.since = run.state.at


def _waits_for_date(run: Run, thread: Thread) -> bool:
    if thread.frames[-1].at is None:
        return False
    step = run.step(thread)
    return isinstance(step, Wait) and isinstance(run.plan.instants[step.until], DateField)


def ask(state: State, step: Schedule, frame: Frame) -> Ask:
    """Ask for the moments of the blocks that are still ahead."""
    return Ask(instants=tuple(step.blocks[number].at for _at, number in frame.blocks), base=state.at)


def moved(run: Run, thread: Thread, step: Schedule, answer: Answered) -> bool:
    """Move the blocks that are ahead; False if one of them has ended the run."""
    frame = thread.frames[-1]
    frame.stale = thread.again = False
    now, todo = run.state.at, []
    for (old, number), moment in zip(frame.blocks, answer.instants, strict=True):
        block = step.blocks[number]
        if moment == old:
            todo.append([old, number])
        elif moment is None:
            run.row(block.label, 1, "block skipped", "no date")
        elif moment < now and (old == AHEAD or (block.dated and block.late == "skip")):
            # A block that a newer version has added is for those who come to it in time.
            run.row(block.label, 1, "block skipped", "late")
        elif block.dated and moment < now and block.late == "exit":
            run.finish(block.label, 1, "exit", "late")
            return False
        else:
            run.row(block.label, 1, "block moved", "", moment)
            todo.append([moment, number])
    frame.blocks = sorted(todo)
    return True
