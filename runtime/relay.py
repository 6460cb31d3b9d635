"""The relay: hands what the database has decided over to Temporal.

Starts, signals and handoffs are rows of the outbox, written in the transaction that decided them. The relay
delivers each at least once and crosses it off: a start is idempotent by the run's id, a signal carries its
number. So Temporal may be away for a day: the rows wait. A row that Temporal refuses for itself is set aside
for a while, with all that follows for the same run, and holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from runtime.messages import (
    ACCEPTED,
    AGAIN_WORKFLOW,
    FORESIGHT,
    HANDOFF_WORKFLOW,
    QUEUE,
    REJECTED,
    TOLD,
    AgainInput,
    HandoffInput,
    RunInput,
)
from runtime.store import Store, Word, delivered, get_run, pending

log = logging.getLogger("nurture.relay")

_BATCH = 200
_AT_ONCE = 16
_MOMENT = 2.0  # seconds that a turn waits for its own words; the loop goes on with a backlog
_ASIDE = 600.0  # seconds until what was refused is tried again

_STARTS = ("start", "handoff", "again")

# What Temporal says of one request, whatever the time. All else is trouble of Temporal, and may pass.
_REFUSED = (
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.OUT_OF_RANGE,
)


class Relay:
    """Delivers the outbox of one database to one Temporal namespace.

    `limit`: history events after which runs continue as new; 0 leaves it to the server. `nudged` is set each
    time that the outbox was looked at because a turn has ended in this process.
    """

    def __init__(
        self,
        store: Store,
        client: Client,
        clock: Callable[[], int],
        queue: str = QUEUE,
        limit: int = 0,
    ) -> None:
        self._store, self._client, self.clock = store, client, clock
        self._queue, self._limit = queue, limit
        self._one_at_a_time = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._aside: dict[str, float] = {}
        self._stopping = asyncio.Event()
        self.nudged = asyncio.Event()

    async def pump(self) -> int:
        """Deliver all that waits; return how many rows. Raises `RPCError` if Temporal is away."""
        total = 0
        async with self._one_at_a_time:
            self._store.words_left = False
            while words := await pending(self._store, _BATCH, self._set_aside()):
                # Starts come before signals: a signal to a workflow that has not begun would be lost.
                await self._all(w for w in words if w.kind in _STARTS)
                signals = (w for w in words if w.kind in ("signal", "accepted", "rejected"))
                await self._all(w for w in signals if w.target not in self._aside)
                total += len(words)
        return total

    @asynccontextmanager
    async def holding(self) -> AsyncIterator[None]:
        """Deliver nothing while the block lasts: what is written in it is told of together."""
        async with self._one_at_a_time:
            yield

    async def nudge(self) -> None:
        """Deliver what waits, now if Temporal answers at once; if not, the loop will. Never raises for it.

        Most turns leave no word: then nothing is looked at.
        """
        if not self._store.words_left:
            self.nudged.set()
            return
        await self._now()

    async def _now(self) -> None:
        # One look under way, and at most one that waits for it and sees all that was written until then.
        if self._next is None:
            self._next = asyncio.create_task(self._look())
        await asyncio.wait({self._next}, timeout=_MOMENT)

    async def _look(self) -> None:
        async with self._looking:
            self._next = None
            try:
                await self.pump()
            except RPCError as error:
                self._store.words_left = True
                log.warning("Temporal does not answer (%s); the outbox waits.", error.status.name)
            except Exception as error:  # the database may be away too: the loop must outlive that
                self._store.words_left = True
                log.warning("The outbox cannot be delivered now (%s); it waits.", type(error).__name__)
            self.nudged.set()

    async def run(self, interval: float = 0.25) -> None:
        """Deliver until `stop`. `interval`: seconds between two looks."""
        while not self._stopping.is_set():
            await self._now()
            try:
                await asyncio.wait_for(self._stopping.wait(), interval)
            except TimeoutError:
                continue
        async with self._looking:
            return  # a look under way is finished

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    def _set_aside(self) -> list[str]:
        """Return the targets that are set aside, without those whose time is over."""
        now = time.monotonic()
        self._aside = {target: until for target, until in self._aside.items() if until > now}
        return list(self._aside)

    async def _all(self, words: Iterable[Word]) -> None:
        """Deliver words and cross them off; those that are refused are set aside."""
        left = list(words)
        while left:
            batch, left = left[:_AT_ONCE], left[_AT_ONCE:]
            said = await asyncio.gather(*(self._deliver(word) for word in batch), return_exceptions=True)
            done, trouble = [], None
            for word, problem in zip(batch, said, strict=True):
                if problem is None:
                    done.append(word.id)
                elif isinstance(problem, _Refused):
                    self._aside[word.target] = time.monotonic() + _ASIDE
                    log.error("%s It is tried again in %d minutes.", problem, _ASIDE // 60)
                else:
                    trouble = trouble or problem
            if done:
                await delivered(self._store, done, self.clock())
            if trouble is not None:
                raise trouble

    async def _deliver(self, word: Word) -> None:
        try:
            await self._say(word)
        except RPCError as error:
            if error.status in _REFUSED:
                raise _Refused(
                    f"Temporal refuses the {word.kind} of {word.target} ({error.status.name}); others go on."
                ) from error
            if error.status is not RPCStatusCode.NOT_FOUND or word.kind in _STARTS:
                raise
            # The workflow has ended: what it was to be told no longer matters. If it has not, all is wrong.
            if word.kind == "signal" and (await get_run(self._store, word.target)).status == "open":
                raise _Refused(
                    f"Run {word.target} is open in the database, and Temporal does not know it. Is this "
                    "worker on the right namespace? If the workflow was terminated, the run stands still."
                ) from error

    async def _say(self, word: Word) -> None:
        if word.kind == "start":
            await self._start(word)
        elif word.kind == "handoff":
            await self._start_beside(
                word, HANDOFF_WORKFLOW, HandoffInput(word.target, word.created_at), "Handoff to sales"
            )
        elif word.kind == "again":
            payload = word.payload
            again = AgainInput(payload["run"], payload["step"], payload["visit"], payload["kind"])
            await self._start_beside(word, AGAIN_WORKFLOW, again, "Sent again by hand")
        elif word.kind in (ACCEPTED, REJECTED):
            await self._client.get_workflow_handle(f"handoff/{word.target}").signal(word.kind, args=[])
        else:
            await self._client.get_workflow_handle(word.target).signal(TOLD, args=[word.n])

    async def _start(self, word: Word) -> None:
        payload = word.payload
        plan, entered = payload["plan"], payload["entered"]
        start = RunInput(word.target, plan, entered, limit=self._limit, foresight=FORESIGHT)
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

    async def _start_beside(
        self, word: Word, workflow: str, start: HandoffInput | AgainInput, summary: str
    ) -> None:
        """Start a workflow that is no run."""
        try:
            await self._client.start_workflow(
                workflow,
                start,
                id=f"{word.kind}/{word.target}",
                task_queue=self._queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=summary,
            )
        except WorkflowAlreadyStartedError:
            return


class _Refused(Exception):
    """Temporal does not take this word, however often it is asked. The message holds ids alone."""
