"""Interrupts: goals, exits, pauses, handlers and watched facts. They break any wait at once (row 1)."""

from __future__ import annotations

from collections.abc import Sequence

from dsl.plan import Ending, Plan
from runtime.machine import dates, effects, pauses, waits
from runtime.machine.context import Run
from runtime.machine.happenings import GONE, LOOK, PAUSED, RESUMED, STOPPED, Answered, Ask, Told
from runtime.machine.state import PAUSES, Frame, State, Thread

# A handler that has fired and whose "not again before" is still being asked.
_ASKED = 2**62


def tell(run: Run, told: Told) -> None:
    """Take in inbox rows of one second: exits first, then goals, then the rest in order of the log.

    Before all of it, whoever is gone leaves (row 2).
    """
    state = run.state
    state.inbox = max(state.inbox, told.rows[-1][0] + 1)
    heard = [interest for _n, interests in told.rows for interest in interests]
    for interest in heard:
        if interest in GONE:
            run.finish("", 0, "exit", GONE[interest])
            return
    for kind in ("exit", "goal"):
        for ending in run.plan.endings:
            if ending.kind == kind and ending.predicate is None and ending.interest in heard:
                _reach(run, ending)
                if state.ended is not None:
                    return
    for interest in heard:
        if interest == STOPPED:
            run.finish("", 0, "exit", "stopped by hand")
            return
        if interest in (PAUSED, RESUMED):
            pauses.look(run, [(pauses.BY_HAND, interest == PAUSED)])
            if state.ended is not None:
                return
        elif interest == LOOK:
            effects.look_again(state)
    watch(run, heard)
    for n, interests in told.rows:
        for thread in list(state.threads):
            waits.meet(run, thread, interests, n)
        for interest in sorted(interests):
            _fire_all(run, interest)


def watch_all(run: Run) -> None:
    """Look at every watched fact: it may be true at entry."""
    run.state.checks = [i for i, e in enumerate(run.plan.endings) if e.predicate is not None]
    run.state.checks += [-1 - i for i, h in enumerate(run.plan.handlers) if h.predicate is not None]
    run.state.checks += [PAUSES + i for i in range(len(run.plan.pauses))]


def predicates(plan: Plan, state: State) -> tuple[int, ...]:
    """Return the numbers of the predicates to look at, in the order of `state.checks`."""
    return tuple(_predicate(plan, check) for check in state.checks)


def _predicate(plan: Plan, check: int) -> int:
    if check >= PAUSES:
        return plan.pauses[check - PAUSES].predicate
    watcher = plan.endings[check] if check >= 0 else plan.handlers[-1 - check]
    assert watcher.predicate is not None
    return watcher.predicate


def checked(run: Run, answer: Answered) -> None:
    """Act on watched facts: exits come before goals, both before pauses, and handlers fire last (row 2)."""
    state = run.state
    checks, state.checks = state.checks, []
    truths = dict(zip(checks, answer.truths, strict=True))
    endings = [run.plan.endings[check] for check in checks if 0 <= check < PAUSES and truths[check]]
    for ending in sorted(endings, key=lambda ending: ending.kind != "exit"):
        _reach(run, ending)
        if state.ended is not None:
            return
    pauses.look(run, [(check - PAUSES, true) for check, true in truths.items() if check >= PAUSES])
    if state.ended is not None or state.paused:
        return  # handlers are looked at again when the run goes on
    for check, true in truths.items():
        handler = -1 - check
        if check >= 0:
            continue
        if true and handler not in state.holding:
            state.holding.append(handler)
            _fire(run, handler)
        elif not true and handler in state.holding:
            state.holding.remove(handler)


def ask_every(plan: Plan, state: State, thread: Thread) -> Ask:
    """Ask from when on a handler that has just fired may fire again."""
    assert thread.handler is not None
    every = plan.handlers[thread.handler].every
    assert every is not None
    return Ask(instants=(every,), base=state.at)


def answered_every(run: Run, thread: Thread, answer: Answered) -> None:
    assert thread.handler is not None
    thread.every = False
    thread.status = "ready"
    run.state.quiet[thread.handler] = answer.instants[0] or run.state.at


def watch(run: Run, heard: Sequence[int]) -> None:
    """Note the watched facts that these interests concern, to be looked at next."""
    state = run.state
    waits.watch(run, heard)
    dates.watch(run, heard)
    for number, pause in enumerate(run.plan.pauses):
        if pause.interest in heard and PAUSES + number not in state.checks:
            state.checks.append(PAUSES + number)
    for number, ending in enumerate(run.plan.endings):
        watched = ending.predicate is not None and ending.interest in heard
        if watched and number not in state.checks:
            state.checks.append(number)
    for number, handler in enumerate(run.plan.handlers):
        watched = handler.predicate is not None and handler.interest in heard
        if watched and -1 - number not in state.checks:
            state.checks.append(-1 - number)


def _fire_all(run: Run, interest: int) -> None:
    for number, handler in enumerate(run.plan.handlers):
        if handler.predicate is None and handler.interest == interest:
            _fire(run, number)


def _fire(run: Run, number: int) -> None:
    state = run.state
    if not any(t.id == 0 for t in state.threads):
        return  # the main flow is over: the run only finishes what it has begun
    handler = run.plan.handlers[number]
    if state.paused:
        run.row(handler.id, 1, "not fired", "paused")
        return
    if state.quiet.get(number, 0) > state.at:
        run.row(handler.id, 1, "not fired", "at most once")
        return
    run.row(handler.id, 1, "fired")
    thread = Thread(state.next_thread, [Frame("handler", handler.body)], since=state.at, handler=number)
    state.next_thread += 1
    state.threads.append(thread)
    if handler.every is not None:
        state.quiet[number] = _ASKED
        thread.every = True


def _reach(run: Run, ending: Ending) -> None:
    if ending.stay:
        run.row(ending.id, 1, "goal", ending.name)
    else:
        run.finish(ending.id, 1, ending.kind, ending.name)
