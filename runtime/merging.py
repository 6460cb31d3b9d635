"""Merging: two contacts that are one person become one (semantics row 24). Pure.

- The fields of the one that stays count; where it has none, those of the other.
- Consent is what both have given: who has taken it back in one place has taken it back.
- What suppresses one suppresses it; caps count what both were sent.
- The score is that of all events together, so what a day may bring counts once.
- Of two open runs for one key the older one goes on: had it been one contact from the beginning, the younger
  would never have been let in, and what the older has sent and waited for is not begun again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dsl.plan import Definitions
from runtime import scoring
from runtime.facts import Facts, Happened, Override, RunFact
from runtime.published import Published
from runtime.suppression import BY_HAND, LET_THROUGH, strongest
from runtime.writes import ScoreChanged


@dataclass(frozen=True, slots=True)
class Points:
    """What a merge changes beside the sum of both scores: points that last; (points, earned) that fade."""

    lasting: float
    fading: tuple[tuple[float, int], ...]


def fields(into: Mapping[str, Any], from_: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of both: those of the one that stays, where it has any."""
    return {**from_, **{name: value for name, value in into.items() if value not in (None, "")}}


def superseded(into: Iterable[RunFact], from_: Iterable[RunFact], published: Published) -> list[str]:
    """Return the open runs that end, since an older one of the same journey and key goes on.

    If both began together, that of the contact that stays goes on.
    """
    runs = [(run.entered, number, run.id, run) for number, of in enumerate((into, from_)) for run in of]
    kept: set[tuple[str, str]] = set()
    ended = []
    for _entered, _number, _id, run in sorted(runs, key=lambda run: run[:3]):
        if run.ended is not None or published.plan(run.plan).subject != "contact":
            continue  # a run of the account is one of each of its contacts
        if (run.journey, run.key) in kept:
            ended.append(run.id)
        kept.add((run.journey, run.key))
    return ended


def stricter(into: Override | None, from_: Override | None, at: int) -> Override | None:
    """Return the stricter of what a person has decided: suppressed if either is, let through if both are."""
    decided = [one for one in (into, from_) if one is not None and one.at(at) is not None]
    forbidden = [one for one in decided if one.what == BY_HAND]
    if forbidden:
        ends = [one.until for one in forbidden if one.until is not None]
        return Override(BY_HAND, max(ends) if len(ends) == len(forbidden) else None)
    if len(decided) < 2:
        return None
    ends = [one.until for one in decided if one.until is not None]
    return Override(LET_THROUGH, min(ends, default=None))


def points(merged: Facts, parts: Iterable[Facts], definitions: Definitions) -> Points:
    """Say how the score of all events together differs from the sum of the scores of the parts."""
    lasting, fading = _scored(merged, definitions)
    for part in parts:
        less, faded = _scored(part, definitions)
        lasting -= less
        for earned, given in faded.items():
            fading[earned] = fading.get(earned, 0.0) - given
    return Points(lasting, tuple((given, earned) for earned, given in sorted(fading.items()) if given))


def _scored(facts: Facts, definitions: Definitions) -> tuple[float, dict[int, float]]:
    """Return the points that the events alone have brought."""
    alone = replace(facts, events={}, score=0.0, awards=[])
    for event in sorted((e for of_name in facts.events.values() for e in of_name), key=lambda e: e.at):
        alone.events.setdefault(event.name, []).append(event)
        scoring.award(event, alone, definitions)
    fading: dict[int, float] = {}
    for given, earned in alone.awards:
        fading[earned] = fading.get(earned, 0.0) + given
    return alone.score, fading


def corrected(facts: Facts, points: Points, at: int) -> list[ScoreChanged]:
    """Correct the score of the facts of both, and say so."""
    writes = []
    for given, earned in points.fading:
        facts.awards.append((given, earned))
        total = scoring.standing(facts, at).score
        writes.append(ScoreChanged(given, total, "merge", at, "fading", earned))
    facts.score += points.lasting
    total = scoring.standing(facts, at).score
    return [*writes, ScoreChanged(points.lasting, total, "merge", at)]


def changes(before: Facts, after: Facts) -> set[str]:
    """Return the keys of what is different now (see `routing.changed`), for those who watch it."""
    found = {f"field:contact.{name}" for name in _differing(before.contact, after.contact)}
    found |= {f"field:account.{name}" for name in _differing(before.account, after.account)}
    for key, was, now in (
        ("tag", before.tags, after.tags),
        ("list", before.lists, after.lists),
        ("consent", before.consents, after.consents),
        ("suppression", before.suppressed, after.suppressed),
        ("stage", before.stage, after.stage),
        ("score", before.score, after.score),
        ("opportunity", before.open_opportunities, after.open_opportunities),
    ):
        if was != now:
            found.add(key)
    for name, events in after.events.items():
        if len(events) != len(before.events.get(name, ())):
            found |= {f"event:{name}", f"account event:{name}"}
    return found


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    return {name for name in {*was, *now} if was.get(name) != now.get(name)}


def join(into: Facts, from_: Facts) -> None:
    """Let one contact's facts be those of both, in memory. The score is the sum; see `points`."""
    if into.account_id is None and from_.account_id is not None:
        into.account_id, into.account = from_.account_id, from_.account
        into.open_opportunities, into.peers = from_.open_opportunities, from_.peers
    elif from_.account_id is None:
        into.open_opportunities = into.open_opportunities | from_.open_opportunities
    into.contact = fields(into.contact, from_.contact)
    into.time_zone = into.time_zone or from_.time_zone
    into.stage = into.stage or from_.stage
    into.latest = max(into.latest, from_.latest)
    into.known_since = min(into.known_since, from_.known_since)
    into.tags, into.lists = into.tags | from_.tags, into.lists | from_.lists
    into.consents = into.consents & from_.consents
    into.suppressed = strongest({r for r in (into.suppressed, from_.suppressed) if r is not None})
    into.score, into.awards = into.score + from_.score, into.awards + from_.awards
    into.events = _events(into, from_)
    into.sent = sorted([*into.sent, *from_.sent], key=lambda sent: sent.at)
    into.sending, into.waiting = into.sending + from_.sending, into.waiting + from_.waiting
    mine = {id(run) for run in into.runs}  # a run of the account is one of both
    into.runs = sorted([*into.runs, *(run for run in from_.runs if id(run) not in mine)], key=_entered)


def _entered(run: RunFact) -> tuple[int, str]:
    return run.entered, run.id


def _events(into: Facts, from_: Facts) -> dict[str, list[Happened]]:
    """Return the events of both; one about their account is the same for both."""
    found = {name: list(events) for name, events in into.events.items()}
    for name, events in from_.events.items():
        mine = found.setdefault(name, [])
        known = {id(event) for event in mine}
        mine += [event for event in events if id(event) not in known]
        mine.sort(key=lambda event: event.at)
    return found
