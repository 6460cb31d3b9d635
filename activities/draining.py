"""Draining: a worker that is told to stop finishes what it has offered, and offers nothing new.

What is claimed and not offered was surely not accepted, so it is left to the worker that takes over.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from temporalio import activity

from activities.outcomes import ChannelError


class Draining(ChannelError):
    """This worker stops, so another one does it. The activity is tried again there."""


def draining() -> bool:
    """Whether the worker of this activity has been told to stop."""
    return activity.in_activity() and activity.is_worker_shutdown()


def refuse() -> None:
    """Raise `Draining` if the worker stops. Call it before the first offer of an attempt, never after it."""
    if draining():
        raise Draining("This worker stops; what was not offered yet is done by the next one.")


async def pause(seconds: float) -> None:
    """Wait so long, or until the worker is told to stop."""
    if not activity.in_activity():
        await asyncio.sleep(seconds)
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(activity.wait_for_worker_shutdown(), seconds)
