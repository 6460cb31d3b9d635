"""Gates: what a run must pass on the way to each step of a plan, from the outside in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dsl.plan import Arms, Call, Decide, Loop, Plan, Schedule, Split

_MOST = 16
"""Ways to one step that are told apart; sections may be called from many places."""

Kind = Literal["branch", "arm", "variant", "block", "handler", "loop", "call"]


@dataclass(frozen=True, slots=True)
class Gate:
    """One choice. `owner`: the step that chooses, or the handler's number; `way`: which of its ways is meant.

    The way behind the last one is the other case: `otherwise`, or that the time of a wait runs out.
    """

    kind: Kind
    owner: int
    way: int = 0


Path = tuple[Gate, ...]


def gates(plan: Plan) -> dict[int, list[Path]]:
    """Return, for each step that something leads to, the gates on the ways to it."""
    found: dict[int, list[Path]] = {}
    walker = _Walker(plan, found)
    walker.walk(plan.entry, frozenset(), ())
    for number, handler in enumerate(plan.handlers):
        walker.walk(handler.body, frozenset(), (Gate("handler", number),))
    return found


@dataclass(frozen=True, slots=True)
class _Walker:
    plan: Plan
    found: dict[int, list[Path]]

    def walk(self, start: int | None, stops: frozenset[int | None], path: Path) -> None:
        """Go through a body. `stops`: where the bodies around it go on."""
        number = start
        while number is not None and number not in stops:
            ways = self.found.setdefault(number, [])
            if path in ways or len(ways) >= _MOST:
                return
            ways.append(path)
            step = self.plan.steps[number]
            for gate, body, rejoins in _bodies(number, step):
                inner = stops | {step.next} if rejoins else frozenset()
                self.walk(body, inner, (*path, gate))
            number = step.next


def _bodies(number: int, step: object) -> Iterator[tuple[Gate, int | None, bool]]:
    """Yield each way with its body, and whether the body goes on behind the step by itself."""
    if isinstance(step, Decide):
        for way, branch in enumerate(step.branches):
            yield Gate("branch", number, way), branch.to, True
        yield Gate("branch", number, len(step.branches)), step.otherwise, True
    elif isinstance(step, Arms):
        for way, arm in enumerate(step.arms):
            yield Gate("arm", number, way), arm.to, True
        yield Gate("arm", number, len(step.arms)), step.timeout, True
    elif isinstance(step, Split):
        for way, variant in enumerate(step.variants):
            yield Gate("variant", number, way), variant.to, True
    elif isinstance(step, Loop):
        yield Gate("loop", number), step.body, False
    elif isinstance(step, Call):
        yield Gate("call", number), step.body, False
    elif isinstance(step, Schedule):
        for way, block in enumerate(step.blocks):
            yield Gate("block", number, way), block.body, False


def onward(plan: Plan, starts: set[int], begun: set[tuple[int, int]]) -> set[int]:
    """Return the steps that a run may still come to from where it stands.

    `begun`: blocks, as (schedule, place), that are over or have begun. A loop is taken to have more rounds.
    """
    around = {
        number: {gate for path in paths for gate in path if gate.kind in ("loop", "call", "block")}
        for number, paths in gates(plan).items()
    }
    found: set[int] = set()
    waiting: list[int | None] = list(starts)
    while waiting:
        number = waiting.pop()
        if number is None or number in found:
            continue
        found.add(number)
        step = plan.steps[number]
        bodies = _bodies(number, step)
        waiting += [
            body for gate, body, _ in bodies if gate.kind != "block" or (number, gate.way) not in begun
        ]
        waiting.append(step.next)
        waiting += [gate.owner for gate in around.get(number, ()) if gate.owner not in found]
    return found
