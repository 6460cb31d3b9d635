"""A handoff as a Temporal workflow: its clock outlives the journey that made it.

Assign an owner, tell them, and wait for acceptance until the deadline; past it, tell those who are to hear
of it. Who they are stays in the database: the history holds the handoff's id and its deadline.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from runtime.messages import (
        ACCEPTED,
        CLOSE_HANDOFF,
        HANDOFF_WORKFLOW,
        NOTIFY_HANDOFF,
        OPEN_HANDOFF,
        HandoffInput,
        HandoffOpen,
        HandoffRequest,
        NoticeResult,
        channel_queue,
    )

_PATIENCE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name=HANDOFF_WORKFLOW)
class HandoffRun:
    """Drives one handoff; the result is `accepted` or `overdue`."""

    @workflow.init
    def __init__(self, input: HandoffInput) -> None:
        self.input = input
        self.accepted = False

    @workflow.run
    async def run(self, input: HandoffInput) -> str:
        opened = await workflow.execute_local_activity(
            OPEN_HANDOFF,
            self._request(),
            result_type=HandoffOpen,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_PATIENCE,
            summary="Assign an owner",
        )
        await self._notify("assigned", "Tell the owner")
        if not await self._accepted_by(opened.due):
            await self._notify("overdue", "Tell that nobody has answered")
        outcome = "accepted" if self.accepted else "overdue"
        await workflow.execute_local_activity(
            CLOSE_HANDOFF,
            self._request(outcome),
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_PATIENCE,
            summary="Write the outcome down",
        )
        return outcome

    @workflow.signal(name=ACCEPTED)
    async def on_accepted(self) -> None:
        """Sales has taken the contact on."""
        self.accepted = True

    async def _accepted_by(self, due: int) -> bool:
        left = due - workflow.now().timestamp()
        if left > 0 and not self.accepted:
            try:
                await workflow.wait_condition(
                    lambda: self.accepted, timeout=left, timeout_summary="Until sales must have answered"
                )
            except TimeoutError:
                return False
        return self.accepted

    async def _notify(self, notice: str, summary: str) -> None:
        """Give a notice; one that the provider does not take is tried again later."""
        attempt = 1
        while True:
            result = await workflow.execute_activity(
                NOTIFY_HANDOFF,
                self._request(notice, attempt),
                result_type=NoticeResult,
                task_queue=channel_queue(workflow.info().task_queue, "notify"),
                start_to_close_timeout=timedelta(seconds=90),
                heartbeat_timeout=timedelta(seconds=15),
                retry_policy=_PATIENCE,
                summary=summary,
            )
            if result.until is None:
                return
            attempt += 1
            await workflow.sleep(
                max(1.0, result.until - workflow.now().timestamp()), summary="Until the notice is tried again"
            )

    def _request(self, notice: str = "", attempt: int = 1) -> HandoffRequest:
        return HandoffRequest(self.input.handoff, int(workflow.now().timestamp()), notice, attempt)
