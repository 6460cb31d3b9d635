"""Knowing: ways that deny nothing of what they have seen (`runtime.evidence`).

Two ways that stand in the same place are one only if what they have seen and what is asked about later comes
out alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from dsl.plan import Arms, Condition, Decide, Plan, Schedule
from runtime.evidence import Evidence, facts
from runtime.explore import Bound, Way, Ways
from runtime.machine import Ask
from runtime.trace import TraceRow
from runtime.why.gates import onward


@dataclass(frozen=True, slots=True)
class Seeing(Way):
    """A way with what its trace tells."""

    evidence: Evidence | None = field(default=None, compare=False)


class Knowing(Ways):
    """The ways of a plan, without those that deny what they have seen. Its ways are `Seeing`."""

    def __init__(self, plan: Plan, bound: Bound) -> None:
        super().__init__(plan, bound)
        self.onward_from = cache(self._onward_from)
        self.asked_later = cache(self._asked_later)

    def noted(self, way: Way, rows: Sequence[TraceRow]) -> Way:
        """Return the way with what its new trace rows tell."""
        assert isinstance(way, Seeing)
        seen = way.evidence.after(rows) if way.evidence is not None else Evidence.of(self.plan, rows)
        return replace(way, evidence=seen)

    def possible(self, way: Way, ask: Ask, place: int) -> bool:
        """Leave out answers that deny what the way has seen."""
        assert isinstance(way, Seeing)
        for number, predicate in enumerate(ask.predicates[: place + 1]):
            known = self.known(self.plan.predicates[predicate], way)
            if known is not None and known != (number == place):
                return False
        return True

    def known(self, condition: Condition, way: Seeing) -> bool | None:
        """Return the truth of a condition as far as the way itself tells it."""
        return None if way.evidence is None else way.evidence.at(way.state.at).known(condition)

    def key(self, way: Way) -> object:
        """Return what tells ways apart: also what they have seen that is asked about later."""
        return super().key(way), self.seen_by(way)

    def seen_by(self, way: Way) -> tuple[object, ...]:
        """Return how what is asked about later can come out on a way."""
        assert isinstance(way, Seeing)
        if way.evidence is None or way.state.ended is not None:
            return ()
        seen = way.evidence.at(way.state.at)
        return tuple(seen.trait(fact) for fact in self.asked_later(self.ahead(way)))

    def ahead(self, way: Way) -> frozenset[int]:
        """Return the steps that the way may still come to, besides those of handlers that have not fired."""
        starts, begun = set(), set()
        for thread in way.state.threads:
            for frame in thread.frames:
                starts |= {frame.at} if frame.at is not None else set()
                starts |= {frame.step} if frame.step >= 0 else set()
                if frame.kind == "schedule":
                    left = {number for _, number in frame.blocks}
                    step = self.plan.steps[frame.step]
                    blocks = range(len(step.blocks)) if isinstance(step, Schedule) else ()
                    begun |= {(frame.step, number) for number in blocks if number not in left}
        return self.onward_from(frozenset(starts), frozenset(begun))

    def _onward_from(self, starts: frozenset[int], begun: frozenset[tuple[int, int]]) -> frozenset[int]:
        return frozenset(onward(self.plan, set(starts), set(begun)))

    def _asked_later(self, steps: frozenset[int]) -> tuple[Condition, ...]:
        """Return the facts that these steps, and what is watched beside them, ask about."""
        bodies = {handler.body for handler in self.plan.handlers if handler.body is not None}
        numbers: list[int | None] = [ending.predicate for ending in self.plan.endings]
        numbers += [handler.predicate for handler in self.plan.handlers]
        numbers += [pause.predicate for pause in self.plan.pauses]
        for number in sorted(steps | self.onward_from(frozenset(bodies), frozenset())):
            step = self.plan.steps[number]
            if isinstance(step, Decide):
                numbers += [branch.predicate for branch in step.branches]
            elif isinstance(step, Arms):
                numbers += [one for arm in step.arms for one in (arm.already, arm.predicate)]
        asked = (number for number in dict.fromkeys(numbers) if number is not None)
        return tuple(fact for number in asked for fact in facts(self.plan.predicates[number]))


__all__ = ["Knowing", "Seeing"]
