"""One run of a journey as a Temporal workflow: a thin driver of the pure machine.

The workflow's type is the journey's name. It wakes at a deadline or when its inbox grows, lets an activity
take the turn, and replays the turn's transcript into its own machine: so its state follows from its
history alone, and the history holds no personal data. What can be answered by the database alone is a
local activity (one history event); a turn that begins with an effect on the world is an activity of that
effect's channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy

with workflow.unsafe.imports_passed_through():
    from dsl.plan import Plan
    from runtime.machine import (
        Happening,
        Moved,
        State,
        advance_in_place,
        read,
        start_state,
        take_over,
    )
    from runtime.messages import (
        PERFORM,
        TAKE_TURN,
        TOLD,
        RunEnd,
        RunInput,
        TurnRequest,
        TurnResult,
        channel_queue,
    )
    from workflows import plans
    from workflows.forecast import Foreseen, foresee

TIMELINE = 200
"""Trace rows that a run keeps for the timeline query; the database has all."""

_PATIENCE = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1), backoff_coefficient=2.0
)


@workflow.defn(dynamic=True)
class JourneyRun:
    """Drives one run from its entry to its end."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        self.input: RunInput = workflow.payload_converter().from_payload(args[0].payload, RunInput)
        self.plan = self.input.plan
        self.told = self.input.told
        self.turn = self.input.turn
        self.timeline = [list(row) for row in self.input.timeline]
        self.state: State = (
            State.from_json(self.input.state) if self.input.state else start_state(self.input.entered)
        )
        self.timer: asyncio.Task[None] | None = None
        self.waits_until: int | None = None
        self.booked_at = 0
        self.signals = self.fruitless = 0

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> RunEnd:
        self._plan()
        while self.state.ended is None:
            await self._something_to_do()
            heard = self.signals
            result = await self._take_turn()
            self.turn += 1
            for happening in result.transcript:
                self._take_in(read(happening))
            self._forget_what_is_not(bool(result.transcript), heard)
            del self.timeline[:-TIMELINE]
            if self.state.ended is None and self._history_is_long():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._successor())
        await workflow.wait_condition(workflow.all_handlers_finished)
        return RunEnd(*self.state.ended)

    def _take_in(self, happened: Happening) -> None:
        """Let the machine go on; or go on under another plan, if the run was moved to a newer version."""
        if isinstance(happened, Moved):
            self.plan = happened.plan
            self.state, row = take_over(happened)
            self._plan()
            self.timeline.append(list(row))
            return
        rows = advance_in_place(self._plan(), self.state, happened)
        self.timeline += [list(row) for row in rows]

    def _plan(self) -> Plan:
        return plans.get(self.plan, workflow.info().workflow_type)

    @workflow.signal(name=TOLD)
    async def on_told(self, *said: Any) -> None:
        """Note that the inbox has grown to the number that is said. The rows are read by the turn.

        Anybody who reaches Temporal can signal, and an error here would fail every workflow task from now
        on: so whatever is not one number tells nothing.
        """
        self.signals += 1
        if len(said) == 1 and type(said[0]) is int:
            self.told = max(self.told, said[0])

    @workflow.query
    def position(self) -> list[dict[str, Any]]:
        """Where the run stands: for each thread the step, what it does there, and until when."""
        plan = self._plan()
        return [
            {"step": plan.steps[at].id, "status": thread.status, "due": thread.due}
            for thread in self.state.threads
            if (at := thread.frames[-1].at) is not None
        ]

    @workflow.query(name="timeline")
    def query_timeline(self) -> list[list[Any]]:
        """The newest trace rows, oldest first."""
        return self.timeline

    def _forget_what_is_not(self, fruitful: bool, heard: int) -> None:
        """Stop looking for rows that a signal has told of and that are not in the inbox.

        One fruitless turn proves nothing: a worker may have taken it, and died, before the row was written.
        `heard`: how many signals there had been when the turn was asked for.
        """
        self.fruitless = 0 if fruitful or not self._news() else self.fruitless + 1
        if self.fruitless >= 2 and heard == self.signals:
            self.told, self.fruitless = self.state.inbox - 1, 0

    async def _something_to_do(self) -> None:
        """Wait for the next deadline or for news; return at once if the run is under way."""
        if not self.state.started or self.state.flight is not None or self._news():
            return
        due = self.state.due()
        if due != self.waits_until:
            self._stop_timer()
        if due is None:
            await workflow.wait_condition(self._news)
            return
        # A millisecond more, so that a timer rounded down never wakes us a second too early.
        left = due - workflow.now().timestamp() + 0.001
        if left <= 0:
            return
        timer = self.timer or self._start_timer(due, left)
        await workflow.wait_condition(lambda: timer.done() or self._news())
        if timer.done():
            self._stop_timer()

    def _start_timer(self, due: int, left: float) -> asyncio.Task[None]:
        """Start the timer for a deadline. News do not stop it: a new one would be two events more."""
        sleep = workflow.sleep(left, summary=self._summary(due))
        self.timer, self.waits_until = asyncio.create_task(sleep), due
        return self.timer

    def _stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.waits_until = None

    def _news(self) -> bool:
        return self.told >= self.state.inbox

    async def _take_turn(self) -> TurnResult:
        clock = int(workflow.now().timestamp())
        foreseen = self._foreseen(clock)
        if foreseen is None:
            return await self._book()
        request = TurnRequest(self.input.run, self.turn, clock)
        performed: TurnResult = await workflow.execute_activity(
            PERFORM[foreseen.kind],
            request,
            result_type=TurnResult,
            task_queue=channel_queue(workflow.info().task_queue, foreseen.kind),
            start_to_close_timeout=timedelta(seconds=90),
            heartbeat_timeout=timedelta(seconds=15),
            retry_policy=_PATIENCE,
            summary=foreseen.text,
        )
        return performed

    async def _book(self) -> TurnResult:
        """Take a turn in the database alone."""
        # INVARIANT: at most one answer is not in the history yet, for the database keeps only the last one:
        # were two lost with one workflow task, the run would stand still for ever. A second turn in one
        # task is rare: it follows one that a worker had taken before it died.
        if workflow.info().get_current_history_length() == self.booked_at:
            await workflow.sleep(0.001, summary="Until the last turn is in the history")
        booked: TurnResult = await workflow.execute_local_activity(
            TAKE_TURN,
            TurnRequest(self.input.run, self.turn, int(workflow.now().timestamp())),
            result_type=TurnResult,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_PATIENCE,
            summary="Bookkeeping",
        )
        self.booked_at = workflow.info().get_current_history_length()
        return booked

    def _foreseen(self, clock: int) -> Foreseen | None:
        """Return what the turn will begin with on the world, if that is plain to see."""
        if self.state.flight is None and self._news():
            return None
        return foresee(self._plan(), self.state, clock, self.input.foresight)

    def _history_is_long(self) -> bool:
        info = workflow.info()
        if self.input.limit:
            return info.get_current_history_length() >= self.input.limit
        return info.is_continue_as_new_suggested()

    def _successor(self) -> RunInput:
        return RunInput(
            run=self.input.run,
            plan=self.plan,
            entered=self.input.entered,
            state=self.state.to_json(),
            turn=self.turn,
            told=self.told,
            timeline=self.timeline,
            limit=self.input.limit,
            foresight=self.input.foresight,
        )

    def _summary(self, due: int) -> str:
        """Say in words what the run waits for, for Temporal's UI."""
        plan = self._plan()
        thread = min((t for t in self.state.threads if t.due == due), key=lambda t: t.id)
        frame = thread.frames[-1]
        assert frame.at is not None
        step = plan.steps[frame.at]
        if frame.kind == "schedule" and step.op == "schedule" and frame.blocks:
            return f"Until {step.blocks[frame.blocks[0][1]].label}"
        return f"Held: {step.text}" if thread.status == "held" else step.text
