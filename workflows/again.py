"""One effect that is sent again because a person asked for it, as a Temporal workflow.

It is held and looked at again like any other, through the same queue; its run has nothing to do with it.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from runtime.messages import (
        AGAIN_WORKFLOW,
        SEND_AGAIN,
        AgainInput,
        AgainRequest,
        NoticeResult,
        channel_queue,
    )

_PATIENCE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name=AGAIN_WORKFLOW)
class SendAgain:
    """Sends one effect again; the result is how it came out."""

    @workflow.run
    async def run(self, input: AgainInput) -> str:
        while True:
            now = int(workflow.now().timestamp())
            result: NoticeResult = await workflow.execute_activity(
                SEND_AGAIN,
                AgainRequest(input.run, input.step, input.visit, input.kind, now),
                result_type=NoticeResult,
                task_queue=channel_queue(workflow.info().task_queue, input.kind),
                start_to_close_timeout=timedelta(seconds=90),
                heartbeat_timeout=timedelta(seconds=15),
                retry_policy=_PATIENCE,
                summary="Send again what was in doubt",
            )
            if result.until is None:
                return result.kind
            left = max(1.0, result.until - workflow.now().timestamp())
            await workflow.sleep(left, summary="Until it is looked at again")
