"""A behaviour measured on a record is that of the record, and contacts are drawn from it whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import dsl
from runtime.backtest.records import Recorded
from runtime.people import Account, Contact, FileError, RecordedEvent
from runtime.populations.behaviour import DAY, HOUR, Behaviour, Mail
from runtime.populations.crowd import Crowd, play
from runtime.populations.inventing import Inventor
from runtime.populations.learning import Drawn, learn, never_recorded
from runtime.populations.luck import delay
from runtime.published import Published
from runtime.workspace import read_workspace

MONDAY = 1_772_438_400
EXAMPLE = Path(__file__).parents[3] / "examples" / "whitepaper"


@pytest.fixture(scope="module")
def compiled() -> dsl.Compiled:
    return dsl.compile_workspace(read_workspace(EXAMPLE).files)


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """Forty contacts in twenty companies: half open the first email, after one hour or three; ten click."""
    accounts = [Account(f"a{n}", {"name": f"Company {n}", "employees": n}) for n in range(20)]
    contacts = [
        Contact(f"p{n}", _fields(n), f"a{n // 2}", "Europe/Berlin", MONDAY - DAY, frozenset({"Marketing"}))
        for n in range(40)
    ]
    events = []
    for n in range(40):
        entered = MONDAY + n * HOUR
        events.append(_event(n, "Form Submitted", entered, form="Whitepaper"))
        events.append(_event(n, "Page Viewed", entered + 3 * DAY, page="/pricing"))
        if n % 2 == 0:
            opened = entered + (HOUR if n % 4 == 0 else 3 * HOUR)
            events.append(_event(n, "Email Opened", opened, email="Whitepaper delivery"))
        if n % 4 == 0:
            events.append(_event(n, "Email Clicked", entered + 2 * HOUR, email="Whitepaper delivery"))
    return Recorded(contacts, accounts, sorted(events, key=lambda event: event.at))


def _fields(number: int) -> dict[str, str]:
    return {"email": f"p{number}@example.com", "first_name": "Ana", "industry": "Software"}


def _event(number: int, name: str, at: int, **about: str) -> RecordedEvent:
    return RecordedEvent(f"{number}/{name}/{at}", name, at, f"p{number}", None, dict(about))


def test_shares_and_delays_are_those_of_the_record(compiled: dsl.Compiled, recorded: Recorded) -> None:
    behaviour, mails = learn(compiled, recorded, None, Behaviour())
    first = behaviour.of("Whitepaper delivery", None)

    assert mails > 40
    assert (first.open, first.open_after) == (0.5, (HOUR,) * 10 + (3 * HOUR,) * 10)
    assert (first.click, first.click_after) == (0.5, (HOUR,) * 10)
    assert {delay(luck / 100, first.open_after) for luck in range(100)} == {HOUR, 3 * HOUR}
    assert behaviour.of("Related blog post", None).open == 0.0
    assert 0.0 < behaviour.of("Case study", None).open < 0.5  # nobody had come to it: as all together
    assert behaviour.bounce == 0.0
    assert behaviour.answers.otherwise == behaviour.answers.unprompted == behaviour.answers.asked == 0.0


def test_contacts_are_drawn_with_what_they_are_and_did(compiled: dsl.Compiled, recorded: Recorded) -> None:
    behaviour, _ = learn(compiled, recorded, None, Behaviour())
    plans = list(compiled.plans.values())
    inventor = Inventor.of(compiled.definitions, plans, plans, behaviour, 1, MONDAY, 10 * DAY)
    inventor = replace(inventor, per_account=Drawn.of(inventor, recorded).members())
    drawn = Drawn.of(inventor, recorded)
    published = Published.of(compiled.definitions, plans)
    crowd = Crowd(published, compiled.settings, None, behaviour, inventor, {}, 1, MONDAY, 90, 200, drawn)

    played = play(crowd, range(200))

    assert inventor.per_account == 2
    assert all(len(members) == 2 for members in played.world.members.values())
    entered = {run.contact for run in played.world.runs.values() if run.view.journey == "Whitepaper nurture"}
    assert entered == set(played.world.facts)
    for contact, facts in played.world.facts.items():
        (form,) = facts.events["Form Submitted"]
        (view,) = facts.events["Page Viewed"]
        assert form.at == played.arrivals[contact]
        assert view.at == form.at + 3 * DAY
        assert facts.contact["email"] == f"{contact}@example.com"
    opened = sum(
        any(
            event.properties["email"] == "Whitepaper delivery"
            for event in facts.events.get("Email Opened", ())
        )
        for facts in played.world.facts.values()
    )
    assert 70 < opened < 130


def test_a_record_that_shows_nothing_is_refused(compiled: dsl.Compiled, recorded: Recorded) -> None:
    only_views = [event for event in recorded.events if event.name == "Page Viewed"]

    with pytest.raises(FileError, match="nobody comes to an email"):
        learn(compiled, replace(recorded, events=only_views), None, Behaviour())


def test_what_a_record_never_holds_is_what_the_behaviour_says(
    compiled: dsl.Compiled, recorded: Recorded
) -> None:
    clicks = replace(recorded, events=[one for one in recorded.events if one.name != "Email Opened"])
    given = Behaviour(mail=Mail(open=0.5, reply=0.1), said=frozenset({"open", "reply"}))

    behaviour, _ = learn(compiled, clicks, None, given)
    first = behaviour.of("Whitepaper delivery", None)

    # Ten of forty clicked: half of those who open, as many as the behaviour says.
    assert (first.open, first.click, first.reply) == (0.5, 0.5, 0.1)
    assert never_recorded(clicks) == ["open", "reply", "unsubscribe", "complain"]
    assert learn(compiled, clicks, None, Behaviour())[0].of("Whitepaper delivery", None).reply == 0.0
