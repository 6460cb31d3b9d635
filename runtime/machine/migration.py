"""Migration: the state of a run under one plan, as it stands under another.

A state is numbers that index its plan: steps, blocks, handlers, endings, pauses. A `StepMap` says what each
of them is in the new plan, and where people go whose step is gone. What a run has done stays done: a wait
under way keeps its moment, a round of a loop its count; only what is new or has changed is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsl.plan import AnyStep, Arms, Call, Do, Loop, Plan, Schedule, Wait
from runtime.machine.happenings import Moved
from runtime.machine.state import AHEAD, PAUSES, Frame, State, Thread
from runtime.trace import TraceRow


@dataclass(frozen=True, slots=True)
class StepMap:
    """What the numbers of one plan are in another.

    `steps`: the same step. `targets`: where people begin anew who stand on a step that is gone. `frames`: for
    each step of the new plan the bodies in which it can stand, as `runtime.versions.regions` counts them.
    `blocks`: (schedule, block) of the old plan to the block of the new one. `moved`: schedules whose blocks
    are due at other moments. `look`: watched facts that are new, to be looked at as at an entry.
    """

    steps: Mapping[int, int]
    targets: Mapping[int, int] = field(default_factory=dict)
    old_frames: Mapping[int, frozenset[tuple[str, int, int]]] = field(default_factory=dict)
    new_frames: Mapping[int, frozenset[tuple[str, int, int]]] = field(default_factory=dict)
    blocks: Mapping[tuple[int, int], int] = field(default_factory=dict)
    moved: frozenset[int] = frozenset()
    handlers: Mapping[int, int] = field(default_factory=dict)
    endings: Mapping[int, int] = field(default_factory=dict)
    pauses: Mapping[int, int] = field(default_factory=dict)
    look: tuple[int, ...] = ()


class Unmovable(Exception):
    """A run cannot go to the new plan as it stands.

    `why`: `gone` (its step has no counterpart), `elsewhere` (it has one, in another body), `paused` (by a
    pause that is gone), `busy` (something is under way). `step`: the id of the step it stands on.
    """

    def __init__(self, why: str, step: str = "") -> None:
        super().__init__(f"{why}: {step}" if step else why)
        self.why = why
        self.step = step


@dataclass(frozen=True, slots=True)
class Mapped:
    """A state under the new plan. `dropped`: (step id, visit) of effects that were held and are no more."""

    state: State
    dropped: tuple[tuple[str, int], ...]


def move(old: Plan, new: Plan, state: State, steps: StepMap) -> Mapped:
    """Return the state of a run under the new plan. The state passed in is not changed.

    Raises:
        Unmovable: the run has to stay where it is, for now or until it ends.
    """
    if not state.started or state.ended is not None or state.flight is not None or state.asking is not None:
        raise Unmovable("busy")
    moving = _Moving(old, new, steps, state.copy())
    moving.threads()
    moving.watchers()
    return Mapped(moving.state, tuple(moving.dropped))


def take_over(happened: Moved) -> tuple[State, TraceRow]:
    """Return the state that a run goes on from on another plan, and the row that tells of it."""
    state = State.from_json(happened.state)
    return state, TraceRow(state.n, state.at, "", 0, "moved", happened.plan)


@dataclass(slots=True)
class _Moving:
    old: Plan
    new: Plan
    map: StepMap
    state: State
    dropped: list[tuple[str, int]] = field(default_factory=list)

    def threads(self) -> None:
        for thread in self.state.threads:
            if thread.handler is not None:
                if thread.handler not in self.map.handlers:
                    raise Unmovable("gone", self.old.handlers[thread.handler].id)
                handler = self.map.handlers[thread.handler]
                thread.every = thread.every and self.new.handlers[handler].every is not None
            before = self._stands_on(thread)
            status, visit = thread.status, thread.visit
            anew = self._frames(thread)
            self._top(thread, before, anew)
            if status == "held" and thread.status != "held":
                self.dropped.append((before.id, visit))
            if thread.handler is not None:
                thread.handler = self.map.handlers[thread.handler]
            steps = self.map.steps
            thread.replies = {steps[k]: n for k, n in thread.replies.items() if k in steps}

    def _stands_on(self, thread: Thread) -> AnyStep:
        at = thread.frames[-1].at
        if at is None:
            raise Unmovable("busy")
        return self.old.steps[at]

    def _frames(self, thread: Thread) -> bool:
        """Map a thread's stack from the bottom up; True if it begins anew where its step has gone."""
        frames: list[Frame] = []
        for frame in thread.frames:
            assert frame.at is not None
            anew = frame.at not in self.map.steps
            to = self.map.targets.get(frame.at) if anew else self.map.steps[frame.at]
            if to is None:
                raise Unmovable("gone", self.old.steps[frame.at].id)
            self._same_body(thread, frame, to, frames)
            frames.append(self._frame(frame, to))
            if anew:
                break
        thread.frames = frames
        return anew

    def _same_body(self, thread: Thread, frame: Frame, to: int, below: list[Frame]) -> None:
        """Refuse a step that runs in another body than the frame is of."""
        if frame.kind == "schedule":
            return  # it stands on the schedule itself, and so does the frame below it
        assert frame.at is not None
        where = self.map.new_frames.get(to, frozenset())
        bodies: set[tuple[str, int, int]] = set()
        if frame.kind == "main":
            bodies = {("main", 0, 0)}
        elif frame.kind == "handler":
            assert thread.handler is not None
            bodies = {("handler", self.map.handlers[thread.handler], 0)}
        elif frame.kind == "loop":
            bodies = {("loop", self.map.steps[frame.step], 0)}
        elif frame.kind == "call":
            call = self.new.steps[self.map.steps[frame.step]]
            assert isinstance(call, Call)
            bodies = {("call", call.body, 0)}
        else:
            bodies = self._blocks(frame, below)
        if bodies.isdisjoint(where):
            raise Unmovable("elsewhere", self.old.steps[frame.at].id)
        if frame.kind == "block":
            # A block that is entered this way is not still to come.
            entered = {block for _kind, _step, block in bodies & where}
            below[-1].blocks = [pair for pair in below[-1].blocks if pair[1] not in entered]

    def _blocks(self, frame: Frame, below: list[Frame]) -> set[tuple[str, int, int]]:
        """Return the blocks in which a thread inside a block may go on."""
        assert frame.at is not None
        schedule = self.map.steps[frame.step]
        if frame.at not in self.map.steps:  # a target: any block of the same schedule
            step = self.new.steps[schedule]
            assert isinstance(step, Schedule)
            return {("block", schedule, number) for number in range(len(step.blocks))}
        inside = self.map.old_frames.get(frame.at, frozenset())
        mapped = {self.map.blocks.get((step, block)) for kind, step, block in inside if kind == "block"}
        return {("block", schedule, number) for number in mapped if number is not None}

    def _frame(self, frame: Frame, to: int) -> Frame:
        if frame.kind in ("main", "handler"):
            return Frame(frame.kind, to, frame.step)
        step = self.map.steps[frame.step]
        made = Frame(frame.kind, to, step, frame.left, stale=frame.stale)
        if frame.kind == "loop":
            before, after = self.old.steps[frame.step], self.new.steps[step]
            assert isinstance(before, Loop)
            assert isinstance(after, Loop)
            made.left = max(0, frame.left + after.times - before.times)
        elif frame.kind == "schedule":
            self._pending(frame, made)
        return made

    def _pending(self, frame: Frame, made: Frame) -> None:
        """Give a schedule the blocks that it has still to do; those added behind the last begun join them."""
        before, after = self.old.steps[frame.step], self.new.steps[made.step]
        assert isinstance(before, Schedule)
        assert isinstance(after, Schedule)
        pending = {number for _moment, number in frame.blocks}
        counterpart = {b: n for (schedule, b), n in self.map.blocks.items() if schedule == frame.step}
        begun = max((n for b, n in counterpart.items() if b not in pending), default=-1)
        taken = set(counterpart.values())
        added = [n for n in range(begun + 1, len(after.blocks)) if n not in taken]
        kept = [[moment, counterpart[b]] for moment, b in frame.blocks if b in counterpart]
        made.blocks = sorted([*kept, *([AHEAD, number] for number in added)])
        changed = len(kept) != len(frame.blocks) or bool(added) or frame.step in self.map.moved
        made.stale = frame.stale or changed

    def _top(self, thread: Thread, before: AnyStep, anew: bool) -> None:
        """Let a thread wait on, be held on, or begin its step anew."""
        frame = thread.frames[-1]
        assert frame.at is not None
        after = self.new.steps[frame.at]
        if anew or not self._goes_on(thread, before, after):
            thread.status, thread.since, thread.due = "ready", self.state.at, None
            thread.tries, thread.wanted, thread.again = 0, None, False
        elif frame.kind == "schedule" and frame.stale and thread.status == "waiting":
            # Its moment is asked for again, so the old one must not come meanwhile.
            thread.status, thread.again, thread.since, thread.due = "ready", True, self.state.at, None

    def _goes_on(self, thread: Thread, before: AnyStep, after: AnyStep) -> bool:
        """Whether what the thread does on its step can simply go on."""
        if thread.status in ("held", "outer"):
            same = isinstance(before, Do) and isinstance(after, Do) and before.id == after.id
            return same and after.effect.outer and before.effect.kind == after.effect.kind  # type: ignore[union-attr]
        if isinstance(before, Arms) and isinstance(after, Arms) and thread.status == "waiting":
            return (thread.due is None) == (after.until is None)
        if thread.status == "waiting" or thread.again:
            return isinstance(after, Wait | Arms | Schedule) and before.op == after.op
        return True

    def watchers(self) -> None:
        """Map what the run remembers of steps, handlers, endings and pauses."""
        state, map_ = self.state, self.map
        visits: dict[int, int] = {}
        for number, count in state.visits.items():
            if (to := map_.steps.get(number)) is not None:
                visits[to] = max(count, visits.get(to, 0))
        state.visits = visits
        handlers = map_.handlers
        state.quiet = {handlers[k]: at for k, at in state.quiet.items() if k in handlers}
        state.holding = [handlers[k] for k in state.holding if k in handlers]
        state.checks = [to for check in state.checks if (to := self._check(check)) is not None]
        state.checks += [check for check in map_.look if check not in state.checks]
        # A pause by hand has a number below 0, in no plan.
        if any(pause >= 0 and pause not in map_.pauses for pause in state.paused):
            raise Unmovable("paused")
        state.paused = [map_.pauses[pause] if pause >= 0 else pause for pause in state.paused]

    def _check(self, check: int) -> int | None:
        if check >= PAUSES:
            pause = self.map.pauses.get(check - PAUSES)
            return None if pause is None else PAUSES + pause
        if check >= 0:
            return self.map.endings.get(check)
        handler = self.map.handlers.get(-1 - check)
        return None if handler is None else -1 - handler
