"""Admitting: when the present members of a segment are let in, and which of them.

`start with everyone in segment "X"` lets them in once, as the journey is published first; with a time, again
each day or week, by the workspace's clock. Pure: the store and the simulator ask.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dsl import civil
from dsl.plan import Definitions, Everyone, Plan, Start
from runtime import intake
from runtime.evaluate import truth
from runtime.facts import Facts
from runtime.published import Published
from runtime.writes import Write

MAKE_UP = 86_400
"""Seconds for which a round that was missed is made up for."""


def ways(plan: Plan) -> Iterator[tuple[str, Start, Everyone]]:
    """Yield the starts of this kind, each with what stays the same in another version."""
    for start in plan.starts:
        if (everyone := start.everyone) is not None:
            yield json.dumps([everyone.segment, everyone.weekday, everyone.clock]), start, everyone


def next_round(everyone: Everyone, after: int, definitions: Definitions) -> int | None:
    """Return the next round after an instant; None if there is but one, at the beginning."""
    if everyone.clock is None:
        return None
    zone = civil.zone(None, definitions.time_zone)
    return civil.at_clock(after + 1, everyone.clock, zone, everyone.weekday)


@dataclass(frozen=True, slots=True)
class NextRound:
    """When a journey lets everyone in a segment in next (epoch seconds)."""

    journey: str
    segment: str
    at: int


def next_rounds(published: Published, after: int) -> list[NextRound]:
    """Return the next round of each start that recurs, the earliest first."""
    found = [
        NextRound(plan.journey, everyone.segment, at)
        for plan in published.active.values()
        for _way, _start, everyone in ways(plan)
        if (at := next_round(everyone, after, published.definitions)) is not None
    ]
    return sorted(found, key=lambda one: (one.at, one.journey, one.segment))


def shows(everyone: Everyone, at: int, definitions: Definitions) -> bool:
    """Tell whether the workspace's clock shows the time of a round, in the second pass of an overlap too."""
    local = datetime.fromtimestamp(at, civil.zone(None, definitions.time_zone))
    day = everyone.weekday is None or everyone.weekday == local.weekday()
    return day and everyone.clock == local.strftime("%H:%M") and local.second == 0


def due_round(everyone: Everyone, since: int, now: int, definitions: Definitions) -> int | None:
    """Return the latest round after `since` that is due; one that was due more than a day ago is left out."""
    found, after = None, max(since, now - MAKE_UP)
    while (one := next_round(everyone, after, definitions)) is not None and one <= now:
        found = after = one
    return found


def rounds(published: Published, since: int, until: int) -> list[int]:
    """Return the moments at which anybody is let in, of journeys that are published at `since`."""
    found = set()
    for plan in published.active.values():
        for _, _, everyone in ways(plan):
            at = since if everyone.clock is None else next_round(everyone, since, published.definitions)
            while at is not None and at <= until:
                found.add(at)
                at = next_round(everyone, at, published.definitions)
    return sorted(found)


def admit(plan: Plan, start: Start, facts: Facts, published: Published, at: int) -> list[Write]:
    """Let a contact in who is in the segment, if the start's condition holds and the journey has room."""
    assert start.everyone is not None
    asked = [start.everyone.members, *([start.condition] if start.condition is not None else [])]
    zone = published.definitions.time_zone
    if not all(truth(condition, facts, None, at, zone) for condition in asked):
        return []
    return intake.start_journey(plan.journey, facts, published, at, start)
