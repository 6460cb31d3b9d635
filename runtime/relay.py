"""The relay: hands what the database has decided over to Temporal.

Starts, signals and handoffs are rows of the outbox, written in the transaction that decided them. The relay
delivers each at least once and crosses it off: a start is idempotent by the run's id, a signal carries its
number. So Temporal may be away for a day: the rows wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from runtime.messages import (
    ACCEPTED,
    HANDOFF_WORKFLOW,
    QUEUE,
    TOLD,
    HandoffInput,
    RunInput,
)
from runtime.store import Store, Word, delivered, pending

log = logging.getLogger("nurture.relay")

_BATCH = 200
_AT_ONCE = 16


class Relay:
    """Delivers the outbox of one database to one Temporal namespace.

    `limit`: history events after which runs continue as new; 0 leaves it to the server. `nudged` is set each
    time that a turn has ended in this process.
    """

    def __init__(
        self,
        store: Store,
        client: Client,
        clock: Callable[[], int],
        queue: str = QUEUE,
        limit: int = 0,
    ) -> None:
        self._store, self._client, self._clock = store, client, clock
        self._queue, self._limit = queue, limit
        self._one_at_a_time = asyncio.Lock()
        self._stopping = asyncio.Event()
        self.nudged = asyncio.Event()

    async def pump(self) -> int:
        """Deliver all that waits; return how many rows. Raises `RPCError` if Temporal is away."""
        total = 0
        async with self._one_at_a_time:
            while words := await pending(self._store, _BATCH):
                # Starts come before signals: a signal to a workflow that has not begun would be lost.
                signals = [w for w in words if w.kind in ("signal", "accepted")]
                await self._all([w for w in words if w.kind in ("start", "handoff")])
                await self._all(signals)
                await delivered(self._store, (w.id for w in words), self._clock())
                total += len(words)
        return total

    async def nudge(self) -> None:
        """Deliver what waits, now if Temporal answers; if not, the loop will."""
        try:
            await self.pump()
        except RPCError as error:
            log.warning("Temporal does not answer (%s); the outbox waits.", error.status.name)
        self.nudged.set()

    async def run(self, interval: float = 0.25) -> None:
        """Deliver until `stop`. `interval`: seconds between two looks."""
        while not self._stopping.is_set():
            await self.nudge()
            try:
                await asyncio.wait_for(self._stopping.wait(), interval)
            except TimeoutError:
                continue

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    async def _all(self, words: list[Word]) -> None:
        for start in range(0, len(words), _AT_ONCE):
            await asyncio.gather(*(self._deliver(word) for word in words[start : start + _AT_ONCE]))

    async def _deliver(self, word: Word) -> None:
        if word.kind == "start":
            await self._start(word)
        elif word.kind == "handoff":
            await self._start_handoff(word)
        elif word.kind == "accepted":
            await self._signal(self._client.get_workflow_handle(f"handoff/{word.target}"), ACCEPTED)
        else:
            await self._signal(self._client.get_workflow_handle(word.target), TOLD, word.n)

    async def _start(self, word: Word) -> None:
        payload = word.payload
        start = RunInput(word.target, payload["plan"], payload["entered"], limit=self._limit)
        try:
            await self._client.start_workflow(
                payload["journey"],
                start,
                id=word.target,
                task_queue=self._queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=f"Run of the journey “{payload['journey']}”",
            )
        except WorkflowAlreadyStartedError:
            return  # delivered before, and not crossed off

    async def _start_handoff(self, word: Word) -> None:
        try:
            await self._client.start_workflow(
                HANDOFF_WORKFLOW,
                HandoffInput(word.target, word.created_at),
                id=f"handoff/{word.target}",
                task_queue=self._queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary="Handoff to sales",
            )
        except WorkflowAlreadyStartedError:
            return

    async def _signal(self, handle: WorkflowHandle[object, object], name: str, *args: object) -> None:
        try:
            await handle.signal(name, args=list(args))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            # The workflow has ended: what it was to be told no longer matters.
