"""Stopping: how a command that runs on is told to end, and ends well."""

from __future__ import annotations

import asyncio
import signal

_WISHES = (signal.SIGINT, signal.SIGTERM)


def until_stopped() -> asyncio.Event:
    """Return an event that is set by Ctrl-C, or by the system's wish to stop. A second wish ends at once."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        for wish in _WISHES:
            loop.remove_signal_handler(wish)

    for wish in _WISHES:
        loop.add_signal_handler(wish, stop)
    return stopped
