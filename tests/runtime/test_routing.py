"""Routing: who hears of an event or a change, and what it starts."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dsl.plan import Compare, HasTag, Interest, Plan, Ref, Start
from runtime import routing
from tests.runtime.snapshots import MONDAY, event, facts, plan, published, run, watching

CLICK = Interest(event="Email Clicked", args={"email": "Case study"})
SAME_WEBINAR = Compare(
    left=Ref(of="event", field="webinar_id"), kind="eq", right=Ref(of="trigger", field="webinar_id")
)


def heard(happened: Any, journey: Any, *keys: str, **more: Any) -> list[tuple[str, tuple[int, ...]]]:
    known = facts(runs=[run(journey, "r", **more)])
    return routing.interested(happened, keys, known, published(journey))


def test_literal_arguments_are_compared_as_text_exactly() -> None:
    journey = watching(CLICK, Interest(event="Watched", args={"minutes": "40"}))
    assert heard(event("Email Clicked", email="Case study"), journey) == [("r", (0,))]
    assert heard(event("Email Clicked", email="case study"), journey) == []
    assert heard(event("Email Clicked"), journey) == []
    assert heard(event("Watched", minutes=40), journey) == [("r", (1,))]


def test_where_compares_the_event_with_what_started_the_run() -> None:
    journey = watching(Interest(event="Webinar Cancelled", where=SAME_WEBINAR))
    cancelled = event("Webinar Cancelled", webinar_id="w1")
    assert heard(cancelled, journey, trigger={"webinar_id": "w1"}) == [("r", (0,))]
    assert heard(cancelled, journey, trigger={"webinar_id": "w2"}) == []


def starting(*about: Any) -> list[Plan]:
    return [plan for plan, _ in routing.starting(*about)]


def test_an_event_and_the_changes_it_made_reach_a_run_as_one() -> None:
    journey = watching(CLICK, Interest(changes=("event:Email Clicked", "score")), Interest(changes=("tag",)))
    clicked = event("Email Clicked", email="Case study")
    assert heard(clicked, journey, "event:Email Clicked", "score") == [("r", (0, 1))]


def test_runs_that_have_ended_hear_nothing() -> None:
    assert heard(event("Email Clicked", email="Case study"), watching(CLICK), ended=MONDAY) == []


def test_machine_made_events_are_heard_by_nobody_and_start_nothing() -> None:
    clicked = event("Email Clicked", machine=True, email="Case study")
    assert heard(clicked, watching(CLICK)) == []
    journey = plan(starts=(Start(event="Email Clicked"),))
    assert starting(clicked, facts(), published(journey)) == []


def test_a_click_that_names_an_earlier_run_of_the_journey_belongs_to_that_run() -> None:
    journey, other = watching(CLICK), watching(CLICK, journey="Other")
    known = facts(runs=[run(journey, "old", MONDAY), run(journey, "new"), run(other, "other")])
    clicked = event("Email Clicked", email="Case study", run="old")
    assert routing.interested(clicked, (), known, published(journey, other)) == [("other", (0,))]
    clicked = event("Email Clicked", email="Case study", run="new")
    assert [id_ for id_, _ in routing.interested(clicked, (), known, published(journey, other))] == [
        "new",
        "other",
    ]


def test_a_journey_starts_when_one_of_its_starts_matches_and_its_condition_holds() -> None:
    journey = plan(
        starts=(
            Start(event="Go"),
            Start(event="Trial Started", args={"plan": "Pro"}, condition=HasTag(tag="topic")),
        )
    )
    trial = event("Trial Started", plan="Pro")
    assert starting(event("Go"), facts(), published(journey)) == [journey]
    assert starting(trial, facts(), published(journey)) == []
    assert starting(trial, facts(tags={"topic"}), published(journey)) == [journey]
    assert starting(event("Trial Started", plan="Free"), facts(tags={"topic"}), published(journey)) == []


def test_a_start_with_a_trigger_field_sees_the_event_itself() -> None:
    webinar = Compare(left=Ref(of="trigger", field="webinar_id"), kind="eq", right="w1")
    journey = plan(starts=(Start(event="Registered", condition=webinar),))
    assert starting(event("Registered", webinar_id="w1"), facts(), published(journey)) == [journey]
    assert starting(event("Registered", webinar_id="w2"), facts(), published(journey)) == []


KEYS = st.sampled_from(["score", "tag", "stage", "opportunity", "field:contact.industry", "event:A"])


@given(
    interests=st.lists(st.frozensets(KEYS, max_size=3), max_size=5),
    keys=st.frozensets(KEYS, max_size=3),
    ended=st.booleans(),
)
def test_a_run_hears_of_exactly_the_changes_that_it_watches(
    interests: list[frozenset[str]], keys: frozenset[str], ended: bool
) -> None:
    journey = watching(*(Interest(changes=tuple(sorted(one))) for one in interests))
    known = facts(runs=[run(journey, "r", MONDAY if ended else None)])
    expected = tuple(n for n, one in enumerate(interests) if one & keys)
    found = routing.changed(keys, known, published(journey))
    assert found == ([("r", expected)] if expected and not ended else [])
