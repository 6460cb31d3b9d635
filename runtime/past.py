"""The past: what an event that happened long ago means for a contact, beside that it is on record. Pure.

It scores, and what the contact or its mailbox said holds. No run hears of it, nobody enters by it, and a
threshold that its points pass was passed long ago: nothing is told.
"""

from __future__ import annotations

from dataclasses import replace

from runtime import intake, scoring
from runtime.facts import Facts, Happened
from runtime.published import Published
from runtime.writes import Write


def bring(event: Happened, facts: Facts, published: Published, now: int) -> list[Write]:
    """Take an event of the past in for the contact of `facts`, which is changed; return what is written.

    `event`: received when it occurred, for that is when it counts. `now`: when its points are added up.
    """
    events = facts.events.setdefault(event.name, [])
    events.append(event)
    events.sort(key=lambda one: one.at)
    writes: list[Write] = list(intake.said(event, facts))
    points = scoring.award(replace(event, at=now), facts, published.definitions)
    writes += [replace(one, at=event.at) for one in points]
    facts.known_since = min(facts.known_since, event.at)
    if points:
        facts.seen = points[-1].total
    return writes
