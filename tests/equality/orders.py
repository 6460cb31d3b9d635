"""Runs that a case leaves in no order: what of one second comes first where nothing says so.

Two runs that are due in the same second, and act on a fact that both look at, may go in either order: on
Temporal they are two workflows. Nor need one go on to its next wait before the other begins: each decision,
each claim of an effect and each outcome is a transaction of its own, and another run's may come between. The
simulator takes them in one order; here it takes them in others. A case whose outcome depends on it is a
*race*: Temporal's outcome must be one of these.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from functools import partial
from random import Random

from dsl.plan import SendEmail
from runtime import turn
from runtime.facts import Sent
from runtime.machine import Perform, pending
from runtime.simulator import RunRecord, Simulator
from runtime.turn import Outer
from runtime.writes import InboxPut
from tests.equality import remains
from tests.equality.case import Case
from tests.equality.drivers import simulated

_WHOLE, _IN_PARTS = 16, 112


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


@dataclass(slots=True)
class _InParts(_Shuffled):
    """Lets others go between the transactions of a turn. `flight`: what runs have claimed."""

    flight: dict[str, Outer] = field(default_factory=dict)

    def _wake_all(self) -> None:
        # Whoever is due in this second may go before, between and after those that were told something.
        heap = self._heap
        while heap and heap[0][0] == self.now and isinstance(record := heap[0][3], RunRecord):
            heapq.heappop(heap)
            self.world.woken.append(record.view.id)
        Simulator._wake_all(self)

    def _turn(self, record: RunRecord) -> None:
        plan, state, run = self.world.published.plan(record.view.plan), record.state, record.view
        around = self._around(record)
        if self.choose.randrange(2):
            around.perform = frozenset()  # as where the workflow did not foresee what begins the turn
        facts = self.world.facts[record.contact]
        if (outer := self.flight.pop(run.id, None)) is not None:
            facts.sending = [mail for mail in facts.sending if mail.run != run.id]
            done = turn.bounded(plan, run, state, self._deliver(record, outer, []), around)
            taken = turn.settle(plan, run, state, done, around, keep=False)
        else:
            taken = turn.take(plan, run, state, around, keep=False)
        self._keep(record, taken)
        news = any(isinstance(write, InboxPut) and write.run == run.id for write in taken.writes)
        if taken.outer is not None:
            self.flight[run.id] = taken.outer
            effect, at = taken.outer.effect, taken.outer.at
            if isinstance(effect, SendEmail):  # it counts for limits while nobody knows whether it arrives
                facts.sending.append(Sent(run.id, run.journey, effect.email, at, effect.service))
            self._again(run.id)
        elif isinstance(pending(plan, taken.state), Perform) and not news:  # else it is woken by that
            self._again(run.id)

    def _again(self, run: str) -> None:
        self.world.woken.append(run)


@dataclass(slots=True)
class _InPartsInOrder(_InParts):
    """Takes turns in parts, and lets nobody between them: that must change nothing."""

    def _push(self, at: int, class_: int, what: object) -> None:
        Simulator._push(self, at, class_, what)

    def _wake_all(self) -> None:
        Simulator._wake_all(self)

    def _next(self, woken: list[str]) -> str:
        return woken.pop(0)

    def _again(self, run: str) -> None:
        self.world.woken.insert(0, run)


def in_parts(case: Case) -> list[str]:
    """Return what the simulator leaves behind when each turn is taken in parts, one after the other."""
    return remains.of_world(simulated(case, _InPartsInOrder), case)


def others(case: Case) -> list[list[str]]:
    """Return what the simulator leaves behind when it takes the runs of one second in other orders."""
    found: list[list[str]] = []
    for luck in range(_WHOLE + _IN_PARTS):
        driver = _Shuffled if luck < _WHOLE else _InParts
        lines = remains.of_world(simulated(case, partial(driver, luck=luck, choose=Random(luck))), case)
        if lines not in found:
            found.append(lines)
    return found
