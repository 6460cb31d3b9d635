"""Riders: webhooks that follow an email in its own activity, while their receiver is well.

A sync right after a send would be an activity of its own, six events of a history, for a call of some
milliseconds. It rides along instead. But a receiver that hangs must not use up the places of the emails:
after a slow or a lost call syncs take the way over their own queue again, for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from activities.outcomes import Outcome

# A rate limit on the queue of the webhooks does not see riders: whoever sets one, empties this.
_BESIDE = {"send": frozenset({"sync"})}
_SLOW = 2.0
_REST = 60.0


@dataclass(slots=True)
class Timed:
    """A call under way. `outcome` stays None if it was cut off."""

    outcome: Outcome | None = None


class Riders:
    """What one worker knows about how its webhooks fare."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._unwell_until = float("-inf")

    def beside(self, kind: str) -> frozenset[str]:
        """Return the kinds of effects that may follow one of this kind in its activity, just now."""
        return frozenset() if self._clock() < self._unwell_until else _BESIDE.get(kind, frozenset())

    @contextmanager
    def timing(self, kind: str) -> Iterator[Timed]:
        """Watch a call: put its outcome into what this gives."""
        timed, begun = Timed(), self._clock()
        try:
            yield timed
        finally:
            now = self._clock()
            lost = timed.outcome is None or timed.outcome.kind in ("retry", "in doubt")
            if kind == "sync" and (lost or now - begun > _SLOW):
                self._unwell_until = now + _REST
