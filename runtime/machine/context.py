"""What the parts of the machine share while one happening is taken in."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.plan import AnyStep, Plan
from runtime.machine.state import Frame, State, Thread
from runtime.trace import TraceRow


@dataclass(slots=True)
class Run:
    """A plan, a state that may be changed, and the trace rows that come out."""

    plan: Plan
    state: State
    rows: list[TraceRow]

    def row(self, step: str, visit: int, kind: str, reason: str = "", due: int | None = None) -> None:
        """Write one trace row at the current logical time."""
        state = self.state
        state.n += 1
        self.rows.append(TraceRow(state.n, state.at, step, visit, kind, reason, due))

    def step(self, thread: Thread) -> AnyStep:
        """Return the step that the thread stands on."""
        number = thread.frames[-1].at
        assert number is not None
        return self.plan.steps[number]

    def asks(self, thread: Thread) -> None:
        """Open the thread's question or inner effect."""
        thread.status = "asking"
        self.state.asking = thread.id

    def go(self, thread: Thread, to: int | None) -> None:
        """Let the thread go on at a step of the same body; None ends the body."""
        thread.frames[-1].at = to
        thread.status = "ready"
        thread.since = self.state.at
        thread.due = None
        thread.tries = 0
        thread.wanted = None

    def push(self, thread: Thread, frame: Frame) -> None:
        """Let the thread go on inside a new frame."""
        thread.frames.append(frame)
        thread.status = "ready"
        thread.since = self.state.at
        thread.due = None

    def wait(self, thread: Thread, due: int | None) -> None:
        """Let the thread wait until `due`, or for an event alone."""
        thread.status = "waiting"
        thread.due = due

    def finish(self, step: str, visit: int, kind: str, reason: str) -> None:
        """End the run: what is held or not yet under way is dropped and said so."""
        for thread in self.state.threads:
            if thread.status in ("held", "outer"):
                self.row(self.step(thread).id, thread.visit, "skipped", "left")
        self.state.threads = []
        self.state.checks = []
        self.state.asking = None
        self.row(step, visit, kind, reason)
        self.state.ended = (kind, reason)
