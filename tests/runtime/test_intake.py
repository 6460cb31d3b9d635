"""Intake: what one event means for one contact, in the order that is promised."""

from __future__ import annotations

import pytest

from dsl.plan import Compare, Interest, Ref, Runs, Score, Start
from runtime.facts import Happened
from runtime.intake import start_journey, take_in
from runtime.routing import heard_elsewhere
from runtime.writes import (
    ConsentChanged,
    ContactSuppressed,
    EntryRefused,
    InboxPut,
    OpportunityChanged,
    RunEntered,
    ScoreChanged,
)
from tests.runtime.snapshots import MONDAY, event, facts, plan, published, run, watching

WHITEPAPER = event("Form Submitted", form="Whitepaper")
STARTED = (Start(event="Form Submitted"),)


def test_runs_and_entries_see_the_score_that_the_event_produced() -> None:
    hot = plan("Hot", starts=(Start(event="Form Submitted", condition=Score(kind="ge", points=25)),))
    waiting = watching(
        Interest(event="Form Submitted", where=None), Interest(changes=("score",)), journey="Waiting"
    )
    known = facts(runs=[run(waiting, "w")])
    assert take_in(WHITEPAPER, known, published(hot, waiting)) == [
        ScoreChanged(25, 25, "event:Form Submitted", MONDAY),
        InboxPut("w", MONDAY, (0, 1)),
        RunEntered("hot/cnt_1/-/1", "Hot", hot.hash, "", 1, MONDAY, {"form": "Whitepaper"}),
    ]
    assert known.score == 25
    assert known.events["Form Submitted"] == [WHITEPAPER]


def test_an_event_never_wakes_the_run_that_it_starts() -> None:
    journey = watching(Interest(event="Form Submitted"), starts=STARTED)
    (score, entered) = take_in(WHITEPAPER, facts(), published(journey))
    assert isinstance(score, ScoreChanged)
    assert isinstance(entered, RunEntered)


def test_an_entry_that_is_refused_is_recorded_with_the_reason() -> None:
    journey = plan(starts=STARTED, runs=Runs(kind="once"))
    known = facts()
    take_in(WHITEPAPER, known, published(journey))
    again = take_in(WHITEPAPER, known, published(journey))
    assert again[-1] == EntryRefused("Journey", "", "already running", MONDAY)


def test_a_run_of_an_account_hears_of_an_event_of_the_account_by_one_contact() -> None:
    account = watching(Interest(event="Go"), subject="account")
    own = watching(Interest(event="Go"), journey="Own")
    all_ = published(account, own)

    def told(contact: str, whom: list[str], began: str) -> list[str]:
        known = facts(runs=[run(account, "a", contact=began), run(own, f"own-{contact}", contact=contact)])
        known.contact_id = contact
        writes = take_in(event("Go"), known, all_, None, heard_elsewhere(known, whom, all_))
        return [write.run for write in writes if isinstance(write, InboxPut)]

    three = ["ana", "ben", "cle"]
    assert [told(who, three, "ben") for who in three] == [["own-ana"], ["a", "own-ben"], ["own-cle"]]
    # The one with whom it began has left the account.
    assert [told(who, three, "dan") for who in three] == [["a", "own-ana"], ["own-ben"], ["own-cle"]]


def test_two_starts_that_match_start_one_run() -> None:
    journey = plan(starts=(*STARTED, Start(event="Form Submitted", args={"form": "Whitepaper"})))
    writes = take_in(WHITEPAPER, facts(), published(journey))
    assert [type(write) for write in writes] == [ScoreChanged, RunEntered]


def test_a_machine_made_event_is_kept_and_means_nothing() -> None:
    journey = watching(Interest(event="Email Clicked"), Interest(changes=("event:Email Clicked",)))
    known = facts(runs=[run(journey)])
    clicked = event("Email Clicked", machine=True)
    assert take_in(clicked, known, published(journey)) == []
    assert known.events == {"Email Clicked": [clicked]}


@pytest.mark.parametrize(
    ("happened", "before", "after"),
    [
        (event("Unsubscribed"), None, "unsubscribed"),
        (event("Complained", machine=True), None, "complained"),
        (event("Email Bounced", kind="hard", machine=True), None, "bounced"),
        (event("Email Bounced", kind="hard"), "unsubscribed", "bounced"),
        (event("Unsubscribed"), "bounced", "bounced"),
        (event("Unsubscribed"), "complained", "complained"),
    ],
)
def test_what_ends_marketing_is_built_in_and_only_grows_stricter(
    happened: object, before: str | None, after: str
) -> None:
    known = facts(suppressed=before, consents={"Marketing", "Events"})
    writes = take_in(happened, known, published())  # type: ignore[arg-type]
    assert known.suppressed == after
    assert any(isinstance(write, ContactSuppressed) for write in writes)


def test_unsubscribing_withdraws_marketing_and_nothing_else() -> None:
    known = facts(consents={"Marketing", "Events"})
    assert take_in(event("Unsubscribed"), known, published()) == [
        ConsentChanged("Marketing", False, MONDAY),
        ContactSuppressed("unsubscribed", MONDAY),
    ]
    assert known.consents == {"Events"}


def test_a_link_scanner_unsubscribes_nobody_and_a_soft_bounce_suppresses_nobody() -> None:
    known = facts(consents={"Marketing"})
    assert take_in(event("Unsubscribed", machine=True), known, published()) == []
    assert take_in(event("Email Bounced", kind="soft"), known, published()) == []
    assert (known.suppressed, known.consents) == (None, {"Marketing"})


def test_an_opportunity_is_told_to_the_runs_that_watch_for_one() -> None:
    journey = watching(Interest(changes=("opportunity",)))
    known = facts(runs=[run(journey, "r")])
    opened = event("Opportunity Opened", machine=True, opportunity="opp_1")
    assert take_in(opened, known, published(journey)) == [
        OpportunityChanged("opp_1", True, MONDAY),
        InboxPut("r", MONDAY, (0,)),
    ]
    assert known.open_opportunities == {"opp_1"}
    take_in(event("Opportunity Closed", opportunity="opp_1"), known, published(journey))
    assert known.open_opportunities == set()


def test_a_run_for_each_value_of_the_key() -> None:
    key = Ref(of="trigger", field="webinar_id")
    journey = plan(starts=(Start(event="Registered"),), runs=Runs(kind="once", key=key))
    known = facts()
    for webinar in ("w1", "w2", "w1"):
        take_in(event("Registered", webinar_id=webinar), known, published(journey))
    assert [one.trigger for one in known.runs] == [{"webinar_id": "w1"}, {"webinar_id": "w2"}]
    assert len({one.id for one in known.runs}) == 2


def test_starting_a_journey_by_hand_enters_or_says_why_not() -> None:
    journey, company = plan(), plan("Company", subject="account")
    known = facts(account_id=None)
    (entered,) = start_journey("Journey", known, published(journey, company), MONDAY)
    assert entered == RunEntered("journey/cnt_1/-/1", "Journey", journey.hash, "", 1, MONDAY)
    for name, reason in (
        ("Journey", "already running"),
        ("Nosuch", "not published"),
        ("Company", "no account"),
    ):
        assert start_journey(name, known, published(journey, company), MONDAY) == [
            EntryRefused(name, "", reason, MONDAY)
        ]


def test_a_scoring_rule_may_look_at_the_event() -> None:
    long = Compare(left=Ref(of="event", field="minutes"), kind="ge", right=40)
    shared = published()
    rule = shared.definitions.scoring[0].model_copy(update={"event": "Watched", "args": {}, "where": long})
    definitions = shared.definitions.model_copy(update={"scoring": (rule,)})
    known = facts()
    for minutes in (10, 50):
        take_in(event("Watched", minutes=minutes), known, type(shared).of(definitions, ()))
    assert known.score == 25


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        (event("Unsubscribed"), (0, 1)),
        (event("Complained"), (1,)),
        (event("Email Bounced", kind="hard"), (1,)),
        (event("Email Bounced", kind="soft"), ()),
    ],
)
def test_runs_hear_that_consent_or_suppression_has_changed(told: Happened, heard: tuple[int, ...]) -> None:
    journey = watching(Interest(changes=("consent",)), Interest(changes=("suppression",)))
    known = facts(runs=[run(journey, "w")], consents={"Marketing"})
    inbox = [write for write in take_in(told, known, published(journey)) if isinstance(write, InboxPut)]
    assert inbox == ([InboxPut("w", MONDAY, heard)] if heard else [])
