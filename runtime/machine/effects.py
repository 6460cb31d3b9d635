"""Effects: inner ones are applied at once, outer ones queue for the ledger and may be held."""

from __future__ import annotations

from dsl.plan import Do, Handoff, Plan, Record, SendEmail, SendMessage, Spawn
from runtime.machine.context import Run
from runtime.machine.happenings import Applied, Apply, Done
from runtime.machine.state import State, Thread

_APPLIED = {
    "score": "scored",
    "tag": "tagged",
    "untag": "untagged",
    "stage": "staged",
    "field": "set",
    "list": "listed",
    "unlist": "unlisted",
    "grant": "granted",
    "withdraw": "withdrawn",
    "suppress": "suppressed",
    "lift": "lifted",
}


RULES = frozenset({"sending hours", "quiet hours", "policy", "cap", "paused", "sends stopped"})
"""Why the product holds an effect itself. Every other reason to hold is trouble of a provider (row 31)."""


def enter_do(run: Run, thread: Thread, step: Do) -> None:
    if step.effect.outer:
        thread.status = "outer"
        thread.since = run.state.at
    else:
        run.asks(thread)


def ask(_plan: Plan, _state: State, thread: Thread, number: int, _step: object) -> Apply:
    return Apply(number, thread.visit)


def applied(run: Run, thread: Thread, happened: Applied) -> None:
    step = run.step(thread)
    if isinstance(step, Do):
        run.row(step.id, thread.visit, _APPLIED[step.effect.kind])
    elif isinstance(step, Handoff):
        run.row(step.id, thread.visit, "handed off", step.handoff)
    elif isinstance(step, Spawn):
        run.row(step.id, thread.visit, "not started" if happened.reason else "started", happened.reason)
    elif isinstance(step, Record):
        run.row(step.id, thread.visit, "goal", step.name)
    run.go(thread, step.next)


def look_again(state: State) -> None:
    """Let effects that are held be decided anew, now."""
    for thread in state.threads:
        if thread.status == "held" and thread.due is not None:
            thread.due = min(thread.due, state.at)


def done(run: Run, thread: Thread, happened: Done) -> None:
    """Take in the outcome of an outer effect; a held one keeps its thread until its moment."""
    step = run.step(thread)
    run.row(step.id, thread.visit, happened.kind, happened.reason, happened.until)
    if happened.kind == "held":
        if thread.wanted is None:
            thread.wanted = run.state.at
        thread.status = "held"
        thread.due = happened.until
        thread.tries += happened.reason not in RULES
        return
    sends = isinstance(step, Do) and isinstance(step.effect, SendEmail | SendMessage)
    if sends and happened.kind in ("sent", "in doubt"):
        run.state.last_sent = run.state.at
    run.go(thread, step.next)
