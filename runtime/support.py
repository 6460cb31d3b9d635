"""What a plan asks for and this version cannot do yet, in sentences: refused before anything starts.

Nothing is silently ignored: what the language can say and the runtime cannot do is told by journey, line and
construct, by every command that would run it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import (
    Plan,
)


def unsupported(plan: Plan) -> list[str]:
    """Return a sentence for each thing in the plan that cannot run yet."""
    found = sorted(set(_head(plan)))
    return [f"Journey “{plan.journey}”{_at(line)}: {what} cannot run yet." for line, what in found]


def _at(line: int) -> str:
    return f", line {line}" if line else ""


def _head(plan: Plan) -> Iterator[tuple[int, str]]:
    for start in plan.starts:
        if start.everyone is not None:
            yield start.line, "“start with everyone”"
