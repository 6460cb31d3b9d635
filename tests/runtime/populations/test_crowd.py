"""A crowd comes to the same figures however it is shared out, and behaves as it is described."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import pytest

import dsl
from runtime.populations import crowd as crowds
from runtime.populations.behaviour import Answers, Behaviour, Group, Habit, Mail, SalesHabits
from runtime.populations.crowd import Crowd, CrowdLost, play, simulate
from runtime.populations.inventing import Inventor
from runtime.populations.report import page
from runtime.populations.summary import grouped, summarize
from runtime.published import Published
from runtime.simulator import World
from runtime.workspace import read_workspace

MONDAY, DAY = 1_772_438_400, 86_400
EXAMPLE = Path(__file__).parents[3] / "examples" / "whitepaper"

NOBODY = Behaviour(
    bounce=0,
    mail=Mail(open=0, machine=0, click=0, reply=0, unsubscribe=0, complain=0),
    answers=Answers({}, otherwise=0, unprompted=0, asked=0),
)


@pytest.fixture(scope="module")
def compiled() -> dsl.Compiled:
    return dsl.compile_workspace(read_workspace(EXAMPLE).files)


def made(
    compiled: dsl.Compiled, behaviour: Behaviour, contacts: int = 200, days: int = 90, seed: int = 1
) -> Crowd:
    plans = list(compiled.plans.values())
    first = [plan for plan in plans if plan.journey == "Whitepaper nurture"]
    inventor = Inventor.of(compiled.definitions, first, plans, behaviour, seed, MONDAY, 10 * DAY)
    published = Published.of(compiled.definitions, plans)
    links = {name: email.links for name, email in compiled.emails.items()}
    return Crowd(published, compiled.settings, None, behaviour, inventor, links, seed, MONDAY, days, contacts)


def events(world: World, name: str, **about: str) -> int:
    """Count the people who did something."""
    return sum(
        any(
            about.items() <= event.properties.items()
            for event in facts.events.get(name, ())
            if not event.machine
        )
        for facts in world.facts.values()
    )


def test_it_makes_no_difference_how_many_processes_share_the_work(compiled: dsl.Compiled) -> None:
    crowd = made(compiled, Behaviour(), contacts=2_100, days=20)
    told: list[int] = []

    alone = simulate(crowd, workers=1)
    together = simulate(crowd, told.append, workers=3)

    assert alone.contacts == together.contacts == 2_100
    assert asdict(summarize(crowd, alone, "")) == asdict(summarize(crowd, together, ""))
    assert told == sorted(told)
    assert told[-1] == 2_100


def test_a_batch_leaves_nothing_of_its_contacts(
    compiled: dsl.Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowds, "BATCH", 20)
    found = simulate(made(compiled, Behaviour(), contacts=100), workers=1)

    for tally in found.journeys.values():
        assert tally.mails == []
        assert tally.answers == []


def test_a_lost_process_is_told_in_a_sentence(
    compiled: dsl.Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.setattr(crowds, "figures", lambda _crowd, _batch: os._exit(9))

    with pytest.raises(CrowdLost, match="ended from outside"):
        simulate(made(compiled, Behaviour(), contacts=900), workers=2)


def test_nobody_reacts_where_all_shares_are_none(compiled: dsl.Compiled) -> None:
    world = play(made(compiled, NOBODY), range(200)).world

    assert {name for facts in world.facts.values() for name in facts.events} == {"Form Submitted"}


def test_shares_are_met(compiled: dsl.Compiled) -> None:
    mail = Mail(open=0.5, machine=0, click=0.4, reply=0, unsubscribe=0.1, complain=0)
    only = {"Whitepaper delivery": mail}
    behaviour = replace(NOBODY, emails=only, bounce=0.1, consent=0.7)
    world = play(made(compiled, behaviour, contacts=1_000), range(1_000)).world

    opened = events(world, "Email Opened")
    assert 0.9 * 0.45 < opened / 1_000 < 0.9 * 0.55
    assert 0.35 < events(world, "Email Clicked") / opened < 0.45
    assert 0.06 < events(world, "Unsubscribed") / opened < 0.14
    assert 70 < events(world, "Email Bounced", kind="hard") < 130
    skipped = Counter(row.reason for run in world.runs.values() for row in run.rows if row.kind == "skipped")
    assert skipped["no consent"] > 600


@pytest.mark.parametrize("share", [0.3, 0.8, 0.95, 1.0])
def test_shares_hold_on_average_however_high_they_are(compiled: dsl.Compiled, share: float) -> None:
    mail = Mail(open=share, machine=0, click=share, reply=0, unsubscribe=0, complain=0)
    behaviour = replace(NOBODY, emails={"Whitepaper delivery": mail}, bounce=0, consent=1.0)
    world = play(made(compiled, behaviour, contacts=1_000), range(1_000)).world

    opened = events(world, "Email Opened")
    assert opened / 1_000 == pytest.approx(share, abs=0.04)
    assert events(world, "Email Clicked") / opened == pytest.approx(share, abs=0.06)


def test_a_segment_and_a_group_behave_as_they_are_described(compiled: dsl.Compiled) -> None:
    groups = (Group("Silent", 0.5, keen=0.0, contact={"country": "FR"}),)
    world = play(made(compiled, replace(Behaviour(), groups=groups), contacts=300), range(300)).world
    silent = {facts.contact_id for facts in world.facts.values() if facts.contact.get("country") == "FR"}

    assert 110 < len(silent) < 190
    assert not any("Email Clicked" in world.facts[contact].events for contact in silent)
    assert any("Email Clicked" in facts.events for facts in world.facts.values())


def test_a_click_carries_a_link_of_the_email(compiled: dsl.Compiled) -> None:
    world = play(made(compiled, Behaviour()), range(200)).world
    clicks = [event for facts in world.facts.values() for event in facts.events.get("Email Clicked", ())]

    assert clicks
    for click in clicks:
        links = compiled.emails[click.properties["email"]].links
        assert click.properties.get("link") in links or not links


def test_what_contacts_do_by_themselves_happens_in_its_time(compiled: dsl.Compiled) -> None:
    habit = Habit("Page Viewed", {"page": "/pricing"}, 1.0, after=2 * DAY, times=3)
    played = play(made(compiled, replace(NOBODY, habits=(habit,))), range(200))

    views = [facts.events.get("Page Viewed", []) for facts in played.world.facts.values()]
    assert all(len(found) == 3 for found in views)
    for facts in played.world.facts.values():
        assert facts.events["Page Viewed"][0].at > played.arrivals[facts.contact_id]


def test_sales_answers_as_described(compiled: dsl.Compiled) -> None:
    keen = Behaviour(
        bounce=0,
        mail=Mail(open=1, click=1, unsubscribe=0, complain=0),
        answers=Answers({"Asset Downloaded": 1.0, "Page Viewed": 1.0, "Form Submitted": 0.0}),
        sales=SalesHabits(accept=0.5, reject=0.25),
    )
    crowd = made(compiled, keen, contacts=400)
    told = summarize(crowd, simulate(crowd, workers=1), "")

    answers = sum(told.handoffs.values())
    accepted = sum(n for how, n in told.handoffs.items() if how.startswith("accepted"))
    assert answers > 100
    assert 0.4 < accepted / answers < 0.6
    assert sum(told.load.values()) == answers == told.handoff_days.number  # type: ignore[union-attr]


def test_figures_add_up(compiled: dsl.Compiled) -> None:
    crowd = made(compiled, Behaviour(), contacts=500)
    figures = simulate(crowd, workers=1)
    told = summarize(crowd, figures, "")

    entered = sum(one.entered for one in told.counts.values())
    assert entered == told.runs
    assert sum(told.scores.values()) == told.contacts == 500
    weeks = sum(mails * n for mails, n in told.mails_in_a_week.items())
    assert weeks == sum(told.mails_by_week.values())
    whitepaper = told.counts["Whitepaper nurture"]
    assert whitepaper.entered == whitepaper.open + whitepaper.completed + sum(
        whitepaper.exits.values()
    ) + sum(whitepaper.goals.values())


def test_bars_have_widths_that_people_count_in() -> None:
    assert grouped({1: 2, 3: 4}) == [("1", 2), ("2", 0), ("3", 4)]
    bars = grouped(dict.fromkeys(range(90), 1))
    assert bars[0] == ("0–4", 5)
    assert sum(n for _, n in bars) == 90
    assert grouped({}) == []


def test_the_page_needs_nothing_besides_itself_and_escapes_everything(compiled: dsl.Compiled) -> None:
    crowd = made(compiled, Behaviour(), contacts=300)
    told = summarize(crowd, simulate(crowd, workers=1), "<script>alert(1)</script> & more")
    evil = replace(told, workspace='<img src="http://evil.example.com/x">', journeys=('"><b>x',))
    text = page(evil)

    assert "<script" not in text
    assert "<img" not in text
    assert "<b>x" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    for word in ("http:", "https:", "url(", "@import", "<link", "<iframe"):
        assert word not in text.replace("http://evil.example.com/x", "")
