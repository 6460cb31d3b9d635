"""The plain conditions that a condition is made of."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan.base import PlanModel


def conditions(condition: PlanModel, negated: bool = False) -> Iterator[tuple[PlanModel, bool]]:
    """Yield the plain conditions inside one, each with whether it is denied."""
    waiting = [(condition, negated)]
    while waiting:
        one, denied = waiting.pop()
        inner = getattr(one, "condition", None)
        parts = getattr(one, "conditions", None)
        if parts is not None:
            waiting += [(part, denied) for part in reversed(parts)]
        elif isinstance(inner, PlanModel):
            waiting.append((inner, not denied))
        else:
            yield one, denied
