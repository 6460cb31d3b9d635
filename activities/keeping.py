"""Keeping: what has become of an effect is written down, though the database may be away for a moment.

Between a provider's answer and its record nobody else knows it. A restart of the database takes seconds;
an attempt that gave up at once would leave its effect in doubt.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from temporalio import activity

from runtime.store.errors import code, may_pass

T = TypeVar("T")
log = logging.getLogger("nurture.activities")

OFFER_WITHIN = 8.0
"""Seconds for which a mail server is kept waiting; it may wait for minutes (RFC 5321, 4.5.3.2.5)."""

KEEP_WITHIN = 25.0
"""Seconds for which an answer is kept that cannot be written down."""

_PAUSE = 0.5


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
