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
    found = sorted({*_head(plan), *_events(plan)})
    return [f"Journey “{plan.journey}”{_at(line)}: {what} cannot run yet." for line, what in found]


def _at(line: int) -> str:
    return f", line {line}" if line else ""


def _head(plan: Plan) -> Iterator[tuple[int, str]]:
    for start in plan.starts:
        if start.everyone is not None:
            yield start.line, "“start with everyone”"


def _events(plan: Plan) -> Iterator[tuple[int, str]]:
    """Find changes that are told like events, and nobody tells yet."""
    for start in plan.starts:
        if start.event in _TOLD_LATER:
            yield start.line, _TOLD_LATER[start.event]
    for number, interest in enumerate(plan.interests):
        if interest.event in _TOLD_LATER:
            yield _hearing(plan, number), _TOLD_LATER[interest.event]


_TOLD_LATER = {
    "nurture:segment entered": "“enters segment”",
    "nurture:segment left": "“leaves segment”",
    "nurture:account segment entered": "“enters segment”",
    "nurture:account segment left": "“leaves segment”",
}


def _hearing(plan: Plan, interest: int) -> int:
    """The first line that wants to hear of this."""
    lines = [s.line for s in plan.steps if s.op == "arms" and any(a.interest == interest for a in s.arms)]
    lines += [ending.line for ending in plan.endings if ending.interest == interest]
    lines += [handler.line for handler in plan.handlers if handler.interest == interest]
    return min(lines, default=0)
