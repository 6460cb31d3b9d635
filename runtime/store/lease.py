"""Leases: for how long a claim may be acted upon, in real time, whatever the driver's clock says.

A worker may stand still for an hour between its claim and its offer: its machine was paused, its disk was
full. What was decided then no longer holds, and nobody may have taken over meanwhile. So such an attempt
stops, and all is decided anew.
"""

from __future__ import annotations

import time

SECONDS = 300
"""Within which an attempt is expected to settle; what is claimed for longer, nobody works on."""


def now() -> float:
    """Return real seconds that go on while the machine sleeps, where the system counts those."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def over(since: float) -> bool:
    """Tell whether a claim made at that moment may no longer be acted upon."""
    return now() - since > SECONDS
