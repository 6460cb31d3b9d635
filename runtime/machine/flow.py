"""Flow: branches, splits, loops, called sections, ends, and what follows when a body is over."""

from __future__ import annotations

from dsl.plan import Call, Decide, End, Leave, Loop, Plan, Split
from runtime.machine import schedule
from runtime.machine.context import Run
from runtime.machine.happenings import Answered, Ask
from runtime.machine.state import Frame, State, Thread


def ask_decide(_plan: Plan, state: State, _thread: Thread, _number: int, step: Decide) -> Ask:
    return Ask(predicates=tuple(b.predicate for b in step.branches), base=state.at)


def answered_decide(run: Run, thread: Thread, step: Decide, answer: Answered) -> None:
    for place, (branch, true) in enumerate(zip(step.branches, answer.truths, strict=True), start=1):
        if true:
            run.row(step.id, thread.visit, "took", f"branch {place}")
            run.go(thread, branch.to)
            return
    run.row(step.id, thread.visit, "took", "otherwise")
    run.go(thread, step.otherwise)


def ask_split(_plan: Plan, state: State, _thread: Thread, number: int, _step: Split) -> Ask:
    return Ask(base=state.at, split=number)


def answered_split(run: Run, thread: Thread, step: Split, answer: Answered) -> None:
    variant = step.variants[answer.choice]
    run.row(step.id, thread.visit, "chose", variant.name)
    run.go(thread, variant.to)


def enter_loop(run: Run, thread: Thread, step: Loop) -> None:
    number = thread.frames[-1].at
    assert number is not None
    run.push(thread, Frame("loop", step.body, number, left=step.times - 1))


def enter_leave(run: Run, thread: Thread, _step: Leave) -> None:
    while thread.frames[-1].kind != "loop":
        thread.frames.pop()
    frame = thread.frames.pop()
    run.go(thread, run.plan.steps[frame.step].next)


def enter_call(run: Run, thread: Thread, step: Call) -> None:
    number = thread.frames[-1].at
    assert number is not None
    run.push(thread, Frame("call", step.body, number))


def enter_end(run: Run, thread: Thread, step: End) -> None:
    run.finish(step.id, thread.visit, step.kind, step.name)


def body_ended(run: Run, thread: Thread) -> None:
    """Leave the top frame, whose body is over: another round, the next block, or the end of the thread."""
    frame = thread.frames[-1]
    if frame.kind == "loop" and frame.left > 0:
        frame.left -= 1
        loop = run.plan.steps[frame.step]
        assert isinstance(loop, Loop)
        run.go(thread, loop.body)
        return
    thread.frames.pop()
    if frame.kind == "block":
        schedule.next_block(run, thread)
    elif thread.frames:
        run.go(thread, run.plan.steps[frame.step].next)
    else:
        run.state.threads.remove(thread)
