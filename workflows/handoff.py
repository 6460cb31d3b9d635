"""A handoff as a Temporal workflow: its clock outlives the journey that made it.

Assign an owner, tell them, remind them when half of the time is over, and when it is over tell those who are
to hear of it; all of it until sales answers. Notices are given beside each other: one that the provider does
not take holds up no other, and no answer. Who is told stays in the database: the history holds the handoff's
id and its moments.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from runtime.messages import (
        ACCEPTED,
        CLOSE_HANDOFF,
        HANDOFF_WORKFLOW,
        MARK_HANDOFF,
        NOTIFY_HANDOFF,
        OPEN_HANDOFF,
        REJECTED,
        HandoffInput,
        HandoffOpen,
        HandoffRequest,
        NoticeResult,
        channel_queue,
    )

_NOTICES = {"half": "Remind the owner", "overdue": "Tell that nobody has answered"}
_MARKS = {"half": "Write down that half of the time is over", "overdue": "Write down that the time is over"}
_PATIENCE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name=HANDOFF_WORKFLOW)
class HandoffRun:
    """Drives one handoff; the result is `accepted`, `rejected` or `overdue`."""

    @workflow.init
    def __init__(self, input: HandoffInput) -> None:
        self.input = input
        self.answer = ""
        self.over = False

    @workflow.run
    async def run(self, input: HandoffInput) -> str:
        if not workflow.patched("notices beside each other"):
            return await self._one_after_the_other()
        opened = await self._look(OPEN_HANDOFF, "Assign an owner")
        moments = [("half", opened.half)] if opened.half is not None else []
        telling = [asyncio.create_task(self._notify("assigned", "Tell the owner"))] if not self.answer else []
        for notice, at in (*moments, ("overdue", opened.due)):
            if await self._answered_by(at):
                break
            if notice == "half" and workflow.now().timestamp() >= opened.due:
                continue
            self.over = notice == "overdue"
            await self._look(MARK_HANDOFF, _MARKS[notice])
            if self.answer:
                break
            telling.append(asyncio.create_task(self._notify(notice, _NOTICES[notice])))
        await asyncio.gather(*telling)
        return self.answer or "overdue"

    async def _look(self, what: str, summary: str) -> HandoffOpen:
        """Do something about the handoff in the database, which may know an answer before we do."""
        found: HandoffOpen = await workflow.execute_local_activity(
            what,
            self._request(),
            result_type=HandoffOpen,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_PATIENCE,
            summary=summary,
        )
        self.answer = self.answer or found.answer
        return found

    async def _one_after_the_other(self) -> str:
        """As handoffs went that began before there were reminders; see tests/replay."""
        opened = await self._look(OPEN_HANDOFF, "Assign an owner")
        await self._notify("assigned", "Tell the owner")
        if not await self._answered_by(opened.due):
            await self._notify("overdue", "Tell that nobody has answered")
        outcome = self.answer or "overdue"
        await workflow.execute_local_activity(
            CLOSE_HANDOFF,
            self._request(outcome),
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_PATIENCE,
            summary="Write the outcome down",
        )
        return outcome

    @workflow.signal(name=ACCEPTED)
    async def on_accepted(self, *_more: Any) -> None:
        """Sales has taken the contact on. Whatever else a signal brings is of no concern."""
        self.answer = self.answer or "accepted"

    @workflow.signal(name=REJECTED)
    async def on_rejected(self, *_more: Any) -> None:
        """Sales has sent the contact back."""
        self.answer = self.answer or "rejected"

    async def _answered_by(self, at: int) -> bool:
        left = at - workflow.now().timestamp()
        if left > 0 and not self.answer:
            try:
                await workflow.wait_condition(
                    lambda: bool(self.answer), timeout=left, timeout_summary="Until sales must have answered"
                )
            except TimeoutError:
                return False
        return bool(self.answer)

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
            left = max(1.0, result.until - workflow.now().timestamp())
            if not workflow.patched("notices beside each other"):
                await workflow.sleep(left, summary="Until the notice is tried again")
            elif await self._dropped(notice, left):
                return

    async def _dropped(self, notice: str, left: float) -> bool:
        """Wait until a notice is tried again, or nobody needs it any more."""
        try:
            await workflow.wait_condition(
                lambda: bool(self.answer) or (self.over and notice == "half"),
                timeout=left,
                timeout_summary="Until the notice is tried again",
            )
        except TimeoutError:
            return False
        return True

    def _request(self, notice: str = "", attempt: int = 1) -> HandoffRequest:
        return HandoffRequest(self.input.handoff, int(workflow.now().timestamp()), notice, attempt)
