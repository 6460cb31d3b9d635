"""Scoring: how points come about, and when the score, or a segment's contacts, are said to have changed.

Every change goes one way: note how the contact stands (`standing`), change the facts, and `settle`. A
threshold is crossed when the score was below it, before this change or at the last one, and is not below it
after; so it is crossed once, and again after the score has faded below it. A segment is entered when the
contact was not in it just before the change, and is in it after; nobody keeps who is in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from dsl import civil
from dsl.plan import Definitions, ScoreRule
from runtime import points
from runtime.evaluate import fit, has_args, score, truth
from runtime.facts import Facts, Happened
from runtime.writes import FieldChanged, OpportunityChanged, ScoreChanged, Write

Role = Literal["speaks", "follows", "silent"]
"""Whether a contact speaks for its account when that enters a segment, follows another one that does, or is
silent, as the change is none of the account."""


@dataclass(slots=True)
class Standing:
    """The whole score of a contact at an instant, what of it is fit, and whether it is in each segment."""

    score: float
    fit: float
    segments: Mapping[str, bool] = field(default_factory=dict)
    account: Role = "speaks"


def standing(facts: Facts, at: int, account: Role = "speaks") -> Standing:
    """Return how the contact stands."""
    model = facts.model
    if not (model.fit or model.segments):
        return Standing(score(facts, at), 0, {}, account)
    return Standing(score(facts, at), fit(facts, at), segments(facts, at), account)


def segments(facts: Facts, at: int) -> dict[str, bool]:
    """Return whether the contact is in each segment that is watched, with all that is on record by now.

    A run may be some minutes behind; what has happened since counts already, as it was told already.
    """
    watched = facts.model.segments
    if not watched:
        return {}
    now = max([at, facts.latest, *(events[-1].at for events in facts.events.values() if events)])
    zone = facts.model.time_zone
    return {name: truth(members, facts, None, now, zone) for name, members in sorted(watched.items())}


def award(event: Happened, facts: Facts, definitions: Definitions) -> list[ScoreChanged]:
    """Give the points of an event that is on record; machine-made events never score (row 28)."""
    found: list[ScoreChanged] = []
    if event.machine:
        return found
    source = f"event:{event.name}"
    for rule in definitions.scoring:
        if _matches(rule, event, facts, definitions):
            for given, earned in _given(rule, event, facts, definitions):
                found.append(_add(given, earned, source, event.at, facts, fades=rule.decays))
    return found


def add(given: float, source: str, at: int, facts: Facts) -> ScoreChanged:
    """Give the points of a step of a journey; where engagement fades, so do they."""
    return _add(given, at, source, at, facts, fades=facts.model.half_life is not None)


def _add(given: float, earned: int, source: str, at: int, facts: Facts, *, fades: bool) -> ScoreChanged:
    if fades:
        facts.awards.append((given, earned))
        return ScoreChanged(given, score(facts, at), source, at, "fading", earned)
    facts.score += given
    return ScoreChanged(given, score(facts, at), source, at)


def settle(
    before: Standing, facts: Facts, at: int, given: Iterable[Write]
) -> tuple[list[Write], float, float]:
    """Finish a change of facts: tell a change of fit, and compare the score with what it was.

    Args:
        given: what was written since `before`.

    Returns:
        What is to be written besides, the score from which the change is counted, and the score after.
    """
    after = standing(facts, at)
    told: list[Write] = []
    if after.fit != before.fit:
        told.append(ScoreChanged(after.fit - before.fit, after.score, "fit", at, "told"))
    low = before.score if facts.seen is None else min(before.score, facts.seen)
    if told or any(isinstance(write, ScoreChanged) for write in given):
        facts.seen = after.score
    elif after.score > low:
        # Points to subtract have faded, or a date has come: nobody had looked until now.
        told.append(ScoreChanged(after.score - low, after.score, "time", at, "told"))
        facts.seen = after.score
    return told, low, after.score


def before_account_changed(writes: Sequence[Write], facts: Facts) -> Facts:
    """Return facts as they were before another contact of the account led to these writes."""
    account, opportunities = dict(facts.account), set(facts.open_opportunities)
    for write in reversed(writes):
        if isinstance(write, FieldChanged) and write.of == "account":
            account[write.field] = write.before
        elif isinstance(write, OpportunityChanged):
            (opportunities.add if write.before else opportunities.discard)(write.opportunity)
    return replace(facts, account=account, open_opportunities=opportunities)


def _matches(rule: ScoreRule, event: Happened, facts: Facts, definitions: Definitions) -> bool:
    if rule.event != event.name or event.machine or not has_args(event.properties, rule.args):
        return False
    zone = definitions.time_zone
    return rule.where is None or truth(rule.where, facts, None, event.at, zone, event.properties)


def _given(
    rule: ScoreRule, event: Happened, facts: Facts, definitions: Definitions
) -> list[tuple[float, int]]:
    """Return the points that a rule gives for an event, and when they were earned.

    Under a cap the first events of a day have the points, in the order in which they occurred. So one that
    comes late may take the points of a later one, which loses them at the moment at which it had earned them.
    """
    if rule.daily is None:
        return [(rule.points, event.occurred)]
    day = _day(event.occurred, definitions)
    alike = [
        other.occurred
        for other in facts.events.get(rule.event, ())
        if _day(other.occurred, definitions) == day and _matches(rule, other, facts, definitions)
    ]
    others = list(alike)
    others.remove(event.occurred)
    then = points.capped(others, rule.points, rule.daily)
    now = points.capped(alike, rule.points, rule.daily)
    moved = ((now[moment] - then[moment], moment) for moment in sorted(now))
    return [(change / points.UNIT, moment) for change, moment in moved if change]


def _day(at: int, definitions: Definitions) -> str:
    zone = civil.zone(None, definitions.time_zone)
    return datetime.fromtimestamp(at, zone).date().isoformat()
