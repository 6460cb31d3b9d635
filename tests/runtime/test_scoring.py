"""Scoring: fit, what fades, caps, late events, and when a threshold is crossed."""

from __future__ import annotations

import random
from typing import Any

import pytest

from dsl.plan import (
    AddScore,
    Compare,
    DateWithin,
    Definitions,
    FitRule,
    HasTag,
    Interest,
    OpenOpportunity,
    Ref,
    ScoreRule,
    SetField,
)
from runtime import records, scoring
from runtime.evaluate import score
from runtime.facts import Facts, Happened, Model
from runtime.intake import SCORE_CHANGED, take_in, take_in_change
from runtime.published import Published
from runtime.writes import InboxPut, ScoreChanged, Write
from tests.runtime.snapshots import DAY, MONDAY, event, facts, run, watching

BIG = Compare(left=Ref(of="account", field="employees"), kind="ge", right=200)
RULES = Definitions(
    workspace="Test",
    time_zone="Europe/Berlin",
    half_life=30 * DAY,
    fit=(FitRule(points=20, condition=BIG), FitRule(points=-50, condition=HasTag(tag="rival"))),
    scoring=(
        ScoreRule(points=20, event="Page Viewed", daily=50, decays=True),
        ScoreRule(points=7, event="Email Clicked", decays=True),
    ),
)
REACHED = Interest(
    event=SCORE_CHANGED,
    where=None,
)
MIDNIGHT = MONDAY - 10 * 3_600  # 2 March, 00:00 in Berlin


def known(definitions: Definitions = RULES, **more: Any) -> Facts:
    return facts(model=Model.of(definitions), **more)


def of(definitions: Definitions = RULES, *plans: Any) -> Published:
    return Published.of(definitions, plans)


def viewed(occurred: int, at: int | None = None) -> Happened:
    return Happened("Page Viewed", occurred if at is None else at, occurred, {})


def scores(writes: list[Write]) -> list[ScoreChanged]:
    return [write for write in writes if isinstance(write, ScoreChanged)]


def test_engagement_is_halved_and_what_a_journey_adds_joins_it() -> None:
    who = known()
    take_in(event("Email Clicked"), who, of())
    records.change(AddScore(points=13), who, "score:add-13", MONDAY)
    assert [score(who, MONDAY + n * 30 * DAY) for n in (0, 1, 2)] == [20, 10, 5]
    assert who.score == 0


def test_fit_counts_as_long_as_the_fact_is_true_and_never_fades() -> None:
    who = known(account={"employees": 500})
    assert score(who, MONDAY) == score(who, MONDAY + 900 * DAY) == 20
    who.tags.add("rival")
    assert score(who, MONDAY) == -30
    who.account["employees"] = None
    assert score(who, MONDAY) == -50


def test_a_changed_field_changes_the_fit_and_tells_who_waits_for_the_score() -> None:
    waits = watching(REACHED, Interest(changes=("score",)))
    who = known(runs=[run(waits, "w")])
    before = scoring.standing(who, MONDAY)
    written, _ = records.change(
        SetField(ref=Ref(of="account", field="employees"), value=900), who, "set", MONDAY
    )
    told = take_in_change([written], before, None, who, of(RULES, waits), MONDAY)
    assert told == [ScoreChanged(20, 20, "fit", MONDAY, "told"), InboxPut("w", MONDAY, (0,))]
    assert who.seen == 20


def test_a_cap_is_a_day_of_the_workspace_and_a_late_event_is_counted_on_its_own() -> None:
    who, rules = known(), of()
    given = [scores(take_in(viewed(MIDNIGHT + hour * 3_600), who, rules)) for hour in (1, 2, 3, 4)]
    assert [[write.points for write in writes] for writes in given] == [[20], [20], [10], []]
    assert scores(take_in(viewed(MIDNIGHT + DAY), who, rules))[0].points == 20
    late = scores(take_in(viewed(MIDNIGHT - 60, MIDNIGHT + DAY + 60), who, rules))
    assert [(write.points, write.occurred) for write in late] == [(20, MIDNIGHT - 60)]


def test_a_late_event_takes_the_place_that_it_has_in_its_day() -> None:
    in_time, late = known(), known()
    first, second, third = (viewed(MIDNIGHT + n * 3_600) for n in (1, 2, 3))
    for one in (first, second, third):
        take_in(one, in_time, of())
    for one in (second, third, viewed(first.occurred, third.at + 60)):
        take_in(one, late, of())
    for day in range(90):
        assert score(late, MONDAY + day * DAY) == score(in_time, MONDAY + day * DAY)


@pytest.mark.parametrize("seed", range(20))
def test_in_whatever_order_events_come_the_score_is_the_same(seed: int) -> None:
    luck = random.Random(seed)
    moments = [MIDNIGHT + luck.randrange(6 * DAY) for _ in range(25)]
    names = [luck.choice(("Page Viewed", "Email Clicked")) for _ in moments]
    happened = [Happened(name, MONDAY + 9 * DAY, at, {}) for name, at in zip(names, moments, strict=True)]
    found = set()
    for _ in range(4):
        luck.shuffle(happened)
        who = known()
        for one in happened:
            take_in(one, who, of())
        found.add(tuple(score(who, MONDAY + (9 + day) * DAY) for day in (0, 1, 40)))
    assert len(found) == 1


def crossings(who: Facts, moments: list[int], at_least: float) -> list[int]:
    """At which of these moments a click leads from below to at least so many points."""
    found = []
    waits = watching(
        Interest(
            event=SCORE_CHANGED,
            where=Compare(left=Ref(of="event", field="after"), kind="ge", right=at_least),
        )
    )
    who.runs = [run(waits, "w")]
    for at in moments:
        before = who.seen
        writes = take_in(event("Email Clicked", at), who, of(RULES, waits))
        low = min(before or 0, scores(writes)[0].total - 7)
        if any(isinstance(write, InboxPut) for write in writes) and low < at_least:
            found.append(at)
    return found


def test_a_threshold_is_crossed_once_and_again_after_the_score_has_faded() -> None:
    soon = [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]
    later = [MONDAY + 120 * DAY, MONDAY + 121 * DAY, MONDAY + 122 * DAY]
    assert crossings(known(), soon + later, 12) == [soon[1], later[1]]


def test_what_time_alone_has_added_is_told_at_the_next_event() -> None:
    who = known(awards=[(-40.0, MONDAY)], score=60.0, seen=20.0)
    waits = watching(REACHED)
    who.runs = [run(waits, "w")]
    at = MONDAY + 60 * DAY
    writes = take_in(event("Email Opened", at), who, of(RULES, waits))
    assert writes == [ScoreChanged(30, 50, "time", at, "told"), InboxPut("w", at, (0,))]
    assert take_in(event("Email Opened", at), who, of(RULES, waits)) == []


def test_fit_may_follow_a_date_and_an_opportunity_of_the_account() -> None:
    soon = DateWithin(left=Ref(of="contact", field="renewal"), side="next", amount=30, unit="day")
    rules = RULES.model_copy(
        update={
            "fit": (FitRule(points=5, condition=soon), FitRule(points=9, condition=OpenOpportunity())),
        }
    )
    who = known(rules, contact={"renewal": "2026-04-20"})
    assert [score(who, MONDAY + day * DAY) for day in (0, 30, 60)] == [0, 5, 0]
    opened = event("Opportunity Opened", opportunity="o")
    other = known(rules, open_opportunities=who.open_opportunities)
    writes = take_in(opened, who, of(rules))
    assert scores(writes) == [ScoreChanged(9, 9, "fit", MONDAY, "told")]
    assert scoring.standing(scoring.before_account_changed(writes, other), MONDAY).score == 0
    assert scoring.standing(other, MONDAY).score == 9


def test_machines_never_score() -> None:
    who = known()
    assert take_in(event("Email Clicked", machine=True), who, of()) == []
    assert score(who, MONDAY) == 0
