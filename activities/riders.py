"""Riders: effects that follow another in its activity, for each activity is six events of a history.

A call by HTTP right after a send takes milliseconds and rides along. But a receiver that hangs must not use
up the places of the emails: after a slow or a lost call they take the way over their own queue again, for a
while. Calls that share a queue follow each other anyway, as long as there is time. An email never rides: a
rate limit on the queue of the emails counts activities.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from activities.outcomes import Outcome
from runtime.messages import BESIDE

SECONDS = 4.0
"""After so long an activity begins nothing more: of its 90 seconds an effect may take a minute, and writing
its outcome down 25."""

_SLOW = 2.0
_REST = 60.0


@dataclass(slots=True)
class Timed:
    """A call under way. `outcome` stays None if it was cut off."""

    outcome: Outcome | None = None


class Riders:
    """What one worker knows about how its calls fare."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._unwell_until = float("-inf")

    def beside(self, kind: str) -> frozenset[str]:
        """Return the kinds of effects that may follow one of this kind in its activity, just now."""
        unwell = kind == "send" and self._clock() < self._unwell_until
        return frozenset() if unwell else BESIDE.get(kind, frozenset())

    @contextmanager
    def timing(self, kind: str) -> Iterator[Timed]:
        """Watch a call: put its outcome into what this gives."""
        timed, begun = Timed(), self._clock()
        try:
            yield timed
        finally:
            now = self._clock()
            lost = timed.outcome is None or timed.outcome.kind in ("retry", "in doubt")
            if kind in BESIDE["send"] and (lost or now - begun > _SLOW):
                self._unwell_until = now + _REST
