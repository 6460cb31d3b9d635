"""No more is loaded than decisions can see, and nothing less."""

from __future__ import annotations

from dsl.plan import (
    AccountCount,
    AllOf,
    Definitions,
    HasDone,
    HasEngaged,
    HoldAfter,
    Limit,
    Not,
    Policy,
    Scope,
    ScoreRule,
    WasSent,
)
from runtime.needs import FOR_EVER, Needs, Reach

DAY = 86_400
RUN, EVER = Scope(kind="run"), Scope(kind="ever")


def test_what_conditions_name_is_needed_for_as_long_as_they_look_back() -> None:
    engaged = HasEngaged(events=("Clicked", "Replied"), scope=Scope(kind="last", amount=60))
    in_run = HasDone(event="Clicked", scope=RUN, where=HasDone(event="Inside", scope=EVER))
    needs = Needs.of([AllOf(conditions=(Not(condition=engaged), in_run))])
    assert needs.events == {
        "Clicked": Reach(62 * DAY, run=True),
        "Replied": Reach(62 * DAY),
        "Inside": Reach(FOR_EVER),
    }


def test_holds_caps_and_days_are_needed_too() -> None:
    policy = Policy(
        name="Marketing",
        limits=(Limit(count=3, amount=7), Limit(count=9, amount=0, unit="week")),
        holds=(HoldAfter(event="Demo Booked", amount=5, unit="day"),),
    )
    rules = (ScoreRule(points=1, event="Visited", daily=5), ScoreRule(points=1, event="Replied"))
    needs = Needs.of([Definitions(workspace="W", time_zone="UTC", policies=(policy,), scoring=rules)])
    assert needs.events == {"Demo Booked": Reach(7 * DAY)}
    assert (needs.mail, needs.daily) == (9 * DAY, frozenset({"Visited"}))


def test_what_is_counted_over_an_account_is_needed_of_all_its_contacts() -> None:
    fact = AllOf(conditions=(HasDone(event="Visited", scope=EVER), WasSent(email="Offer", scope=RUN)))
    needs = Needs.of([AccountCount(at_least=2, fact=fact)]) | Needs.of([WasSent(email="Offer", scope=EVER)])
    assert (needs.counted, needs.counted_emails) == (frozenset({"Visited"}), frozenset({"Offer"}))
    assert needs.emails == {"Offer": Reach(FOR_EVER, run=True)}
