"""Earlier: the facts of a contact as they were at an instant, as far as the records tell.

Events, emails, points and stages have their moments. Tags, lists, consents and suppressions have the moment
at which they came to be as they are. Fields keep no history: they are as they are now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from runtime.facts import Facts, Happened
from runtime.routing import OPPORTUNITY
from runtime.suppression import strongest
from runtime.why.case import Case, Said


def facts_at(case: Case, at: int) -> Facts:
    """Return the facts at an instant. The case must have facts."""
    now = case.facts
    assert now is not None
    events: dict[str, list[Happened]] = {}
    for event in case.person.events:
        if event.at <= at:
            events.setdefault(event.name, []).append(event)
    later = (one.points for one in case.points if one.at > at and one.kind == "lasting")
    fading = (one for one in case.points if one.at <= at and one.kind == "fading")
    contact, account = _fields(case, now, at)
    return replace(
        now,
        contact=contact,
        account=account,
        events=events,
        sent=[sent for sent in now.sent if sent.at <= at],
        sending=[],
        waiting=[],
        score=now.score - sum(later),
        awards=[(one.points, one.at if one.occurred is None else one.occurred) for one in fading],
        seen=None,
        stage=_stage(case, now, at),
        tags=_then(now.tags, case.tags, at),
        lists=_then(now.lists, case.lists, at),
        consents=_then(now.consents, case.consents, at),
        suppressed=strongest({one.name for one in case.suppressions if one.at <= at}),
        override=now.override if all(one.at <= at for one in case.overrides) else None,
        open_opportunities=_open(case.person.events, now.open_opportunities, at),
        latest=0,
    )


def _fields(case: Case, now: Facts, at: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of the contact and of its account then, as far as changes of them are kept."""
    held = {"contact": dict(now.contact), "account": dict(now.account)}
    for change in reversed(case.fields or ()):
        if change.at > at:
            held[change.of][change.field] = change.before
    return held["contact"], held["account"]


def _stage(case: Case, now: Facts, at: int) -> str | None:
    """Return the stage then: the last one it was set to; before the first change that is known, none."""
    if not case.stages:
        return now.stage
    return next((stage for when, stage in reversed(case.stages) if when <= at), None)


def _then(now: set[str], said: Sequence[Said], at: int) -> set[str]:
    """Take back what was given since, and give back what was taken."""
    then = set(now)
    for name in {one.name for one in said}:
        changes = sorted((one for one in said if one.name == name), key=lambda one: one.at)
        past = [one for one in changes if one.at <= at]
        # Before the first change that is known it was the other way round.
        given = past[-1].given if past else not changes[0].given
        (then.add if given else then.discard)(name)
    return then


def _open(events: Iterable[Happened], now: set[str], at: int) -> set[str]:
    opened, closed = OPPORTUNITY
    told: dict[str, bool] = {}
    known: set[str] = set()
    for event in events:
        if event.name not in (opened, closed):
            continue
        name = str(event.properties.get("opportunity", ""))
        known.add(name)
        if event.at <= at:
            told[name] = event.name == opened
    return (now - known) | {name for name, is_open in told.items() if is_open}
