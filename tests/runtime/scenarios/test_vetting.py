"""Tests in Python name nothing that there is not, and give no value that no record can hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

import dsl
from dsl.catalog import BUILT_IN_EVENTS
from runtime.scenarios.acting import ActingError, Contact, Contacts, Journeys
from runtime.scenarios.handling import Provider, Sales
from runtime.scenarios.rehearsing import Clock, Play
from runtime.scenarios.stage import Set
from tests.dsl.workspaces import MESSAGES, SENDS, workspace

MORE = b"""
fields of contact
  field topics is list
event "Signed Up"
  field plan is choice of ("Free", "Paid")
  field seats is number
  field paid_on is date
webinars "Product tour"
meetings "Demo"
"""
START = 1_772_406_000  # Monday, 2 March 2026, midnight in Berlin


def play() -> Play:
    files = workspace(**{"sends.journey": SENDS, "more.journey": MORE}, **MESSAGES)
    compiled, _ = dsl.compile_scenarios(files)
    assert compiled.ok, dsl.as_text(compiled.diagnostics)
    return Play(Set.of(compiled), "Europe/Berlin", START)


Does = Callable[[Contact], object]

DONE: list[tuple[Does, str]] = [
    (lambda a: a.submits("Whitpaper"), 'There is no form "Whitpaper". Did you mean "Whitepaper"?'),
    (lambda a: a.submits("Zebra"), 'There is no form "Zebra". Write "Demo request" or "Whitepaper"; or '),
    (lambda a: a.submits(""), "'' is no name"),
    (lambda a: a.clicks("Ofer"), 'There is no email "Ofer". Did you mean "Offer"?'),
    (lambda a: a.clicks("Offer", "Yess"), 'has no link “Yess”. Did you mean "Yes"?'),
    (lambda a: a.opens("Ofer"), 'Did you mean "Offer"?'),
    (lambda a: a.replies("Ofer"), 'Did you mean "Offer"?'),
    (lambda a: a.bounces("Ofer"), 'Did you mean "Offer"?'),
    (lambda a: a.visits("pricing"), 'A page begins with a slash. Did you mean "/pricing"?'),
    (lambda a: a.downloads("Case studdy"), 'Did you mean "Case study"?'),
    (lambda a: a.attends("Product tur"), 'Did you mean "Product tour"?'),
    (lambda a: a.books("Dmo"), 'Did you mean "Demo"?'),
    (lambda a: a.books("Demo", starts_at="soon"), "event.starts_at is a date and time, and 'soon' is none."),
    (lambda a: a.does("Signed Upp"), 'There is no event "Signed Upp". Did you mean "Signed Up"?'),
    (lambda a: a.does("Signed Up", plan="Gold"), 'event.plan is never "Gold". Write one of "Free" or "Paid"'),
    (lambda a: a.does("Signed Up", plan="Piad"), 'event.plan is never "Piad". Did you mean "Paid"?'),
    (lambda a: a.does("Signed Up", plann="Paid"), "There is no event field plann. Did you mean plan?"),
    (lambda a: a.does("Signed Up", seats="five"), "event.seats is a number, and 'five' is none. Write a num"),
    (lambda a: a.does("Signed Up", seats=True), "event.seats is a number, and True is none."),
    (lambda a: a.does("Signed Up", paid_on=datetime(2026, 3, 2)), "Write a day, such as date(2026, 11, 2)."),
    (lambda a: a.becomes(titel="x"), "There is no contact field titel. Did you mean title?"),
    (lambda a: a.becomes(title=5), "contact.title is text, and 5 is none. Write a text"),
    (lambda a: a.becomes(setup_complete="yes"), "Write True or False."),
    (lambda a: a.becomes(renewal="next week"), "contact.renewal is a date, and 'next week' is none."),
    (lambda a: a.becomes(topics="one"), "contact.topics is a list of texts, and 'one' is none."),
    (lambda a: a.becomes(email_domain="x.example"), "email_domain follows from the address."),
    (
        lambda a: a.becomes(employees=5),
        'is one of the account, not of the contact. Write contact.account("…"',
    ),
]


@pytest.mark.parametrize(("does", "said"), DONE, ids=[said for _, said in DONE])
def test_what_nobody_can_do_is_refused(does: Does, said: str) -> None:
    ana = Contacts(play())("Ana")
    with pytest.raises(ActingError) as refused:
        does(ana)
    assert said in str(refused.value)
    ana.play.stage.pass_to(START + 86_400)
    assert ana.play.stage.world.runs == {}


Makes = Callable[[Contacts], object]

MADE: list[tuple[Makes, str]] = [
    (lambda c: c("A", titel="x"), "There is no contact field titel. Did you mean title?"),
    (lambda c: c("A", industry="Wood"), 'contact.industry is never "Wood". Write one of "Software", "Fin'),
    (lambda c: c("A", industry="Fintec"), 'contact.industry is never "Fintec". Did you mean "Fintech"?'),
    (lambda c: c("A", stage="Nope"), 'There is no stage "Nope". Write "Anonymous", "Known" or "MQL"'),
    (lambda c: c("A", stage="Knwon"), 'There is no stage "Knwon". Did you mean "Known"?'),
    (lambda c: c("A", tags=["zzz"]), 'There is no tag "zzz".'),
    (lambda c: c("A", tags="topic: automation"), "are given as a list"),
    (lambda c: c("A", lists=["Gests"]), 'There is no list "Gests". Did you mean "Guests"?'),
    (lambda c: c("A", consents=["Marketting"]), 'Did you mean "Marketing"?'),
    (
        lambda c: c("A", time_zone="Mars"),
        'There is no time zone "Mars". Write a name such as "Europe/Berlin".',
    ),
    (lambda c: c("A", time_zone="Europe/Berln"), 'Did you mean "Europe/Berlin"?'),
    (lambda c: c("A", score="high"), "A score is a number, and 'high' is none."),
    (lambda c: c("A", account="Nope"), 'There is no account "Nope". Make it before: contact.account("Nope")'),
    (lambda c: (c.account("Acme"), c("A", account="Acm")), 'no account "Acm". Did you mean "Acme"?'),
    (lambda c: (c.account("Acme"), c.account("Acme")), "There are two accounts Acme."),
    (lambda c: c.account("Acme", employes=5), "There is no account field employes. Did you mean employees?"),
    (lambda c: c.account("Acme", employees="many"), "account.employees is a number, and 'many' is none."),
    (lambda c: c.account("Acme", title="VP"), 'not of the account. Write contact("…", title=…).'),
    (lambda c: c.account("Acme").becomes(employes=5), "Did you mean employees?"),
    (
        lambda c: c.account("Acme").does("Signed Up"),
        "“Signed Up” is done by the contact, not by the account.",
    ),
    (lambda c: c.account("Acme").does("Contract Signd"), 'Did you mean "Contract Signed"?'),
    (lambda c: c(""), "A contact needs a name"),
    (lambda c: (c("A").submits("Whitepaper"), c.account("Acme")), "Acme comes too late"),
    (lambda c: Journeys(c.play)("Send"), 'There is no journey "Send". Did you mean "Sends"?'),
    (lambda c: Clock(c.play).forward(day=2), "“day=2” is no length of time. Write such as: days=2"),
]


@pytest.mark.parametrize(("makes", "said"), MADE, ids=[said for _, said in MADE])
def test_who_cannot_be_is_refused(makes: Makes, said: str) -> None:
    with pytest.raises(ActingError) as refused:
        makes(Contacts(play()))
    assert said in str(refused.value)


def test_what_can_be_is_taken_as_records_hold_it() -> None:
    contact = Contacts(play())
    contact.account("Acme", employees=5)
    ana = contact(
        "Ana",
        account="Acme",
        time_zone="America/New_York",
        stage="Known",
        tags=("topic: automation",),
        lists={"Guests"},
        consents=(),
        industry="Fintech",
        setup_complete=False,
        renewal=date(2026, 11, 2),
        topics={"b", "a"},
    )
    ana.becomes(title=None, renewal="2026-11-03")
    ana.does("Signed Up", plan="Paid", seats=2, paid_on=date(2026, 3, 1))
    assert ana.fields["renewal"] == "2026-11-03"
    assert ana.fields["topics"] == ["a", "b"]
    assert "title" not in ana.fields
    assert (ana.stage, ana.tags) == ("Known", {"topic: automation"})


def test_what_is_refused_is_forgotten_by_the_catalog_that_all_tests_share() -> None:
    made = play()
    catalog = made.vetting.catalog
    known = {kind: dict(names) for kind, names in catalog.names.items()}
    for _ in range(2):
        with pytest.raises(ActingError):
            Contacts(made)("Ana", stage="Nope")
    assert catalog.report.found == []
    assert catalog.names == known
    assert BUILT_IN_EVENTS.keys() <= catalog.names["event"].keys()


def test_of_two_that_are_one_both_names_tell_the_same() -> None:
    world = play()
    contact, clock = Contacts(world), Clock(world)
    ana, ben = contact("Ana"), contact("Ben")
    clock.to("monday 10:00")
    ana.submits("Whitepaper")
    ben.merge_into(ana)
    clock.to("day 2 11:00")
    ana.clicks("Offer", "Yes")
    assert [mail.name for mail in ben.emails] == [mail.name for mail in ana.emails] == ["Receipt", "Offer"]
    assert ben.handoffs == ana.handoffs != []


def test_a_clock_goes_to_the_week_after_and_an_end_may_be_a_day() -> None:
    world = play()
    contact, clock = Contacts(world), Clock(world)
    ana = contact("Ana")
    clock.to("monday 10:00")
    ana.suppress(until="day 5")
    with pytest.raises(ActingError, match="“day 0” is over"):
        ana.suppress(until="day 0")
    clock.to("monday 09:00")
    assert clock.now.day == 9


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (lambda w, a: a.clicks("Offer", from_journey="Sends", run="1"), "Runs are counted from 1"),
        (lambda w, a: a.merge_into("Ben"), "'Ben' is no contact. Give one that was made"),
        (lambda w, a: Journeys(w)("Sends").of("Ana").pause(), "'Ana' is no contact."),
        (lambda w, a: Provider(w).refuses("Ana"), "'Ana' is no contact."),
        (lambda w, a: Sales(w).accepts("Ana"), "'Ana' is no contact."),
        (
            lambda w, a: Provider(w).down("emails", "day 1", again=timedelta(0)),
            "What is tried again comes later.",
        ),
        (lambda w, a: Provider(w).down("emails", "day 0"), "“day 0” is over."),
        (
            lambda w, a: Journeys(w)("Sends").of(a).pause(),
            "By then Ana was not in the journey “Sends”. Let the",
        ),
    ],
)
def test_what_is_done_by_hand_takes_who_and_when(does: Callable[[Play, Contact], object], told: str) -> None:
    world = play()
    ana = Contacts(world)("Ana")
    with pytest.raises(ActingError) as refused:
        does(world, ana)
    assert str(refused.value).startswith(told)
