"""One round of `start with everyone … every …`, as the Temporal workflow that its schedule starts.

It opens the round in the database, once. The workers then let everyone in, page by page.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from runtime.messages import OPEN_ROUND, ROUND_WORKFLOW, RoundInput, RoundRequest, RoundResult

# The server's moment: the clock of a worker may be behind it, and would find nothing due yet.
_SCHEDULED = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
_PATIENCE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@workflow.defn(name=ROUND_WORKFLOW)
class RoundStart:
    """Opens one round; the result says which, or why none."""

    @workflow.run
    async def run(self, input: RoundInput) -> RoundResult:
        now = int(workflow.now().timestamp())
        asked = workflow.info().typed_search_attributes.get(_SCHEDULED)
        at = now if asked is None else int(asked.timestamp())
        result: RoundResult = await workflow.execute_local_activity(
            OPEN_ROUND,
            RoundRequest(input.journey, input.way, at, max(at, now)),
            result_type=RoundResult,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=_PATIENCE,
            summary="Open the round",
        )
        return result
