"""Keeping: what has become of an effect is written down, though the database may be away for a moment.

Between a provider's answer and its record nobody else knows it. A restart of the database takes seconds;
an attempt that gave up at once would leave its effect in doubt. And so would a second attempt that did not
wait for the first: one whose heartbeats got lost is taken for dead, and may live.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from temporalio import activity

from runtime.store.errors import StillOffered, code, may_pass

T = TypeVar("T")
log = logging.getLogger("nurture.activities")

OFFER_WITHIN = 8.0
"""Seconds for which a mail server is kept waiting; it may wait for minutes (RFC 5321, 4.5.3.2.5)."""

KEEP_WITHIN = 25.0
"""Seconds for which an answer is kept that cannot be written down."""

ANSWER_WITHIN = 45.0
"""Seconds in which an attempt that has offered and lives writes the answer down: 20 for it, 25 to keep it."""

_PAUSE = 0.5
_LOOK = 1.5


async def kept(work: Callable[[], Awaitable[T]], within: float) -> T:
    """Do `work`, again while the database is away. `work` must be repeatable, also if it was committed.

    Raises what `work` raises: at once if time does not mend it, else when the time is over.
    """
    end = time.monotonic() + within
    while True:
        try:
            return await work()
        except Exception as error:
            if not may_pass(error) or time.monotonic() + _PAUSE >= end:
                raise
            log.warning("The database cannot be used now (%s); it is tried again.", code(error))
        await asyncio.sleep(_PAUSE)


async def answered(look: Callable[[bool, bool], Awaitable[T]], within: float) -> T:
    """Look at an effect, again while an earlier attempt that has offered it may still write down its answer.

    `look` is told whether it waited, and whether the time is over: then it must not raise `StillOffered`.
    """
    end, waited = time.monotonic() + within, False
    while True:
        over = time.monotonic() >= end
        try:
            return await look(waited, over)
        except StillOffered:
            waited = True
            await asyncio.sleep(min(_LOOK, within))


async def finished(work: Awaitable[T]) -> T:
    """Await `work`, and to its end though Temporal cancels the activity, as it does after its own restart.

    An email that is offered would be in doubt if it were dropped half-way. A worker that ends does not wait.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        details = activity.cancellation_details() if activity.in_activity() else None
        if details is None or details.worker_shutdown:
            task.cancel()
        with suppress(Exception, asyncio.CancelledError):
            await task
        raise
