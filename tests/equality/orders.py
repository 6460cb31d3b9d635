"""Runs that a case leaves in no order: what of one second comes first where nothing says so.

Two runs of one contact that are due in the same second, and act on a fact that both look at, may go in
either order: on Temporal they are two workflows. The simulator takes them in one order; here it takes them
in others. A case whose outcome depends on it is a *race*: Temporal's outcome must be one of these.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from functools import partial
from random import Random

from runtime.simulator import RunRecord, Simulator
from tests.equality import remains
from tests.equality.case import Case
from tests.equality.drivers import simulated

_SHUFFLES = 16


@dataclass(slots=True)
class _Shuffled(Simulator):
    """Takes runs that may go in any order in one by chance. `luck` 0: newest first."""

    luck: int = 0
    choose: Random = field(default_factory=Random)

    def _push(self, at: int, class_: int, what: object) -> None:
        self._serial += 1
        order = self._serial
        if isinstance(what, RunRecord):
            order = self.choose.randrange(10**9) if self.luck else -order
        heapq.heappush(self._heap, (at, class_, order, what))

    def _next(self, woken: list[str]) -> str:
        return woken.pop(self.choose.randrange(len(woken)) if self.luck else -1)


def others(case: Case) -> list[list[str]]:
    """Return what the simulator leaves behind when it takes the runs of one second in other orders."""
    found: list[list[str]] = []
    for luck in range(_SHUFFLES):
        lines = remains.of_world(simulated(case, partial(_Shuffled, luck=luck, choose=Random(luck))), case)
        if lines not in found:
            found.append(lines)
    return found
