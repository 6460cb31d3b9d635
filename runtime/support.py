"""What a plan asks for and this version cannot do yet, in sentences: refused before anything starts.

Nothing is silently ignored: what the language can say and the runtime cannot do is told by journey, line and
construct, by every command that would run it. At present all that the language can say runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dsl.plan import Plan

REFUSALS: tuple[Callable[[Plan], Iterator[tuple[int, str]]], ...] = ()
"""What looks for things that cannot run; each yields lines with what stands there."""


def unsupported(plan: Plan) -> list[str]:
    """Return a sentence for each thing in the plan that cannot run yet."""
    found = sorted({one for refusal in REFUSALS for one in refusal(plan)})
    return [f"Journey “{plan.journey}”{_at(line)}: {what} cannot run yet." for line, what in found]


def _at(line: int) -> str:
    return f", line {line}" if line else ""
