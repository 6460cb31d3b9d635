"""The pytest plugin: scenarios are tests, and Python tests play journeys on a clock of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

import tests.runtime.scenarios.playing  # noqa: F401  see there
from tests.dsl.workspaces import MESSAGES, SENDS, workspace

pytest_plugins = ["pytester"]

GOOD = """scenario "One who asks"
  given contact "Ana"
  on monday 10:00
    contact "Ana" submits form "Whitepaper"
    expect email "Receipt" to "Ana"
"""
BAD = """scenario "One who is forgotten"
  given contact "Ana"
  on monday 10:00
    contact "Ana" submits form "Whitepaper"
  by day 1
    expect email "Offer" to "Ana"
"""
PYTHON = """
import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from runtime.scenarios.acting import ActingError

def test_a_click_calls_sales(journey, contact, clock):
    ana = contact("Ana", industry="Fintech", score=40)
    ben = contact("Ben", account=contact.account("Acme"))
    clock.to("monday 10:00")
    ana.submits("Whitepaper")
    assert [mail.name for mail in ana.emails] == ["Receipt"]
    assert ana.tags == {"topic: automation"}
    assert journey("Sends").position(ana) == ["day 2"]
    clock.to("day 2 11:00")
    ana.clicks("Offer", link="Yes")
    assert [one.handoff for one in ana.handoffs] == ["SDR"]
    assert ana.score == 40
    ana.becomes(title="Head of IT")
    assert ana.fields["title"] == "Head of IT"
    clock.forward(days=1)
    ana.submits("Demo request")
    assert journey("Sends").goals(ana) == ["Asked"]
    assert journey("Sends").ends(ana) == [("goal", "Asked")]
    assert not journey("Sends").holds(ana)
    assert ben.emails == []

def test_companies_act_too(journey, contact, clock):
    acme = contact.account("Acme", employees=5)
    ana = contact("Ana", account=acme)
    clock.to("monday 10:00")
    ana.submits("Demo request")
    assert [(one.name, one.text) for one in ana.messages] == [("Tour", "Look around, Ana")]
    acme.becomes(employees=500)
    assert journey("Big").holds(ana)
    acme.does("Opportunity Opened", opportunity="big deal")
    assert not journey("Big").holds(ana)
    with pytest.raises(ActingError, match="not by the account"):
        acme.does("Form Submitted")

def test_the_clock_is_that_of_everything(contact, clock):
    contact("Ana")
    clock.to("day 3 09:30")
    assert clock.now.isoformat() == "2026-03-05T09:30:00+01:00"
    assert datetime.now(timezone.utc) == clock.now
    asyncio.run(asyncio.sleep(0))
    clock.to("3 hours later")
    assert datetime.now(timezone.utc) == clock.now

def test_sales_answers_and_providers_fail(contact, clock, sales, provider):
    ana = contact("Ana")
    clock.to("monday 10:00")
    ana.submits("Whitepaper")
    provider.down("emails", until="day 3 10:00", again=timedelta(hours=1))
    clock.to("day 3 09:00")
    assert [mail.name for mail in ana.emails] == ["Receipt"]
    clock.to("day 3 12:00")
    ana.clicks("Offer", link="Yes")
    clock.forward(minutes=5)
    sales.accepts(ana)
    assert ana.handoffs[0].accepted_at is not None

def test_what_cannot_be_is_said_in_words(journey, contact, clock):
    with pytest.raises(ActingError, match="Did you mean title"):
        contact("Ana", titel="VP")
    ana = contact("Ana")
    with pytest.raises(ActingError, match="no journey"):
        journey("Send")
    clock.to("day 2 10:00")
    with pytest.raises(ActingError, match="too late"):
        contact("Ben")
    with pytest.raises(ActingError, match="is no moment to come"):
        clock.to("day 1 10:00")
    with pytest.raises(ActingError, match="is no moment to come"):
        clock.to("soon")
    with pytest.raises(ActingError, match="does not go back"):
        clock.forward(days=-1)
    with pytest.raises(ActingError, match="no event"):
        ana.does("Nothing")
    with pytest.raises(ActingError, match="no event field page"):
        ana.does("Form Submitted", page="/")
    with pytest.raises(ActingError, match="By then Ana had been sent no email. Let the clock go on"):
        ana.clicks("Offer")
    with pytest.raises(ActingError, match="has happened"):
        ana.does("Form Submitted", ago=timedelta(hours=-1))
    ana.does("Form Submitted", form="Whitepaper", ago=timedelta(hours=2))
    assert journey("Sends").holds(ana)
    ana.clicks("News")
    ana.does("Email Clicked", email="Offer")
"""


BIG = b"""
segment "Big ones"
  account.employees is at least 200
journey "Big"
  start when account enters segment "Big ones"
  runs once for each account
  stop as soon as account has an open opportunity
  wait 30 days
journey "Tour"
  start when contact submits form "Demo request"
  runs once for each contact
  send in-app "Tour"
"""


@pytest.fixture
def place(pytester: pytest.Pytester) -> Path:
    for name, data in workspace(**{"sends.journey": SENDS, "big.journey": BIG}, **MESSAGES).items():
        (pytester.path / name).parent.mkdir(exist_ok=True)
        (pytester.path / name).write_bytes(data)
    return pytester.path


def ran(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest("-p", "no:xdist", "-p", "no:asyncio", *arguments)


def test_scenarios_are_items_and_a_failure_is_told_without_a_traceback(
    pytester: pytest.Pytester, place: Path
) -> None:
    (place / "a.scenario").write_text(GOOD)
    (place / "b.scenario").write_text(BAD)
    found = ran(pytester, "-v")
    found.assert_outcomes(passed=1, failed=1)
    found.stdout.fnmatch_lines(
        [
            "a.scenario::One who asks PASSED*",
            "*One who is forgotten*",
            'b.scenario:6: expect email "Offer" to "Ana"',
            "  It did not happen.",
            "*The email “Offer” was sent on Wed 4 Mar 10:00, 10 hours later.",
        ]
    )
    assert "Traceback" not in found.stdout.str()
    ran(pytester, "-k", "asks").assert_outcomes(passed=1, deselected=1)


def test_mistakes_in_a_file_are_told_and_the_others_are_played(
    pytester: pytest.Pytester, place: Path
) -> None:
    (place / "a.scenario").write_text(GOOD)
    (place / "b.scenario").write_text(BAD.replace("Offer", "Ofer"))
    found = ran(pytester)
    found.assert_outcomes(passed=1, errors=1)
    found.stdout.fnmatch_lines(["*ERROR at setup of b.scenario: mistakes*", "*N304*Did you mean*Offer*"])
    assert "plugin.py" not in found.stdout.str()
    ran(pytester, "-k", "asks").assert_outcomes(passed=1, deselected=1)


def test_mistakes_of_journeys_are_told_once(pytester: pytest.Pytester, place: Path) -> None:
    (place / "a.scenario").write_text(GOOD)
    (place / "b.scenario").write_text(BAD)
    (place / "sends.journey").write_bytes(SENDS.replace(b'email "Offer"', b'email "Ofer"'))
    pytester.makepyfile("def test_it(contact): contact('Ana')\ndef test_else(): pass")
    found = ran(pytester)
    found.assert_outcomes(passed=1, errors=3)
    found.stdout.fnmatch_lines(
        [
            "*a.scenario: mistakes*",
            "  fix: Write *Offer*",
            "*b.scenario: mistakes*",
            "*N304*Did you mean*Offer*",
            "Nothing can be played; a.scenario tells more.",
        ]
    )


def test_files_outside_of_a_workspace_are_left_alone(pytester: pytest.Pytester) -> None:
    (pytester.path / "other.scenario").write_text("this is of another tool\n")
    found = ran(pytester)
    assert found.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    found.stdout.fnmatch_lines(
        ["nurture: *other.scenario was not played: there is no nurture.toml in its folder or above it."]
    )


def test_python_tests_play_journeys_on_a_clock_that_everything_sees(
    pytester: pytest.Pytester, place: Path
) -> None:
    pytester.makepyfile(PYTHON)
    ran(pytester).assert_outcomes(passed=5)


def test_what_is_refused_is_told_at_the_line_of_the_test(pytester: pytest.Pytester, place: Path) -> None:
    pytester.makepyfile("def test_it(contact):\n    ana = contact('Ana')\n    ana.submits('Whitpaper')")
    found = ran(pytester)
    found.assert_outcomes(failed=1)
    said = found.stdout.str()
    assert 'ActingError: There is no form "Whitpaper". Did you mean "Whitepaper"?' in said
    assert ">       ana.submits('Whitpaper')\n" in said
    assert "vetting.py" not in said.split("short test summary")[0]
    assert "Compiled(" not in said


def test_the_workspace_may_lie_elsewhere(pytester: pytest.Pytester, place: Path) -> None:
    (place / "sub").mkdir()
    for name in (
        "nurture.toml",
        "definitions.journey",
        "sends.journey",
        "big.journey",
        "messages.journey",
        "emails",
    ):
        (place / name).rename(place / "sub" / name)
    pytester.makepyfile("def test_it(contact): contact('Ana')")
    found = ran(pytester)
    found.assert_outcomes(errors=1)
    found.stdout.fnmatch_lines(["*nurture_workspace*"])
    assert "plugin.py" not in found.stdout.str()
    pytester.makeini("[pytest]\nnurture_workspace = sub\n")
    ran(pytester).assert_outcomes(passed=1)
