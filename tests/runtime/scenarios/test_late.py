"""Events that are received after they happened: by the receipt journeys go, by the occurrence points do."""

from __future__ import annotations

import pytest

from dsl.formatting import format_source
from runtime.scenarios.telling import Told, as_text
from tests.dsl.workspaces import DEFINITIONS, SENDS, SETTINGS, workspace
from tests.runtime.scenarios.playing import missed, play, scripts

GIVEN = 'given account "Acme"\ngiven contact "Ana"'
FADES = DEFINITIONS.replace(
    'scoring "Lead score"\n  add 25 when contact visits page "/pricing"\n',
    'scoring "Lead score"\n  engagement, halved every 30 days\n'
    '    add 40 when contact visits page "/pricing", at most 40 a day\n',
)
HEARD = (
    'contact "Ana" submits form "Whitepaper"',
    'contact "Ana" does "Webinar Registered" with webinar_id "a", minutes 5',
    'contact "Ana" visits page "/pricing" by a machine',
    'contact "Ana" unsubscribes',
    'account "Acme" does "Contract Signed"',
    'email "News" to "Ana" bounces',
    'email "News" to "Ana" bounces for now',
    'sales accepts "Ana"',
    'sales rejects "Ana" because "No budget"',
)


def told(steps: str, **files: bytes) -> list[Told]:
    return play(steps, GIVEN, workspace(**({"sends.journey": SENDS} | files)))


@pytest.mark.parametrize("line", HEARD)
@pytest.mark.parametrize(
    ("ago", "seconds"),
    [
        ("2 hours", 7_200),
        ("1 minute", 60),
        ("90 seconds", 90),
        ("1 second", 1),
        # Clocks have gone forward on that Sunday: the same time of day is 23 hours before.
        ("1 day", 23 * 3_600),
        ("1 week", 7 * 86_400 - 3_600),
    ],
)
def test_it_is_received_at_its_moment_and_happened_so_long_before(line: str, ago: str, seconds: int) -> None:
    text = f'{line}, {ago} ago\n    expect no email to "Ana"\n'
    source = f'scenario "X"\n  {GIVEN}\n  on 29 march 2026 10:00\n    {text}'.replace("\ng", "\n  g")
    assert format_source(source.encode(), "scenario").text.count(f"{line}, {ago} ago\n") == 1
    journey = SENDS.replace(b'        hand off to "SDR"\n', b"")
    (script,), _ = scripts(source, workspace(**{"sends.journey": journey}))
    (act,) = script.acts
    assert getattr(act.what, "occurred", None) == act.at - seconds


def test_points_fade_from_when_it_happened_and_a_day_has_its_cap() -> None:
    files = {"definitions.journey": FADES.encode()}
    steps = 'on day 40 10:00\n  contact "Ana" visits page "/pricing"{}\n  expect score of "Ana" is {}\n'
    assert told(steps.format("", 40), **files) == []
    assert told(steps.format(", 720 hours ago", 20), **files) == []
    late = 'on day 40 10:00\n  contact "Ana" visits page "/pricing", {} ago\n'
    twice = late.format("2 hours") + late.format("{}").split("\n")[1] + '\n  expect score of "Ana" is {}\n'
    assert told(twice.format("3 hours", "between 39 and 40"), **files) == []
    assert told(twice.format("720 hours", "between 59 and 60"), **files) == []


def test_runs_go_by_the_receipt() -> None:
    steps = (
        'on monday 10:00\n  contact "Ana" submits form "Whitepaper", 1 day ago\n'
        '  expect email "Receipt" to "Ana"\n'
        'on day 1\n  expect no email to "Ana"\non day 2 10:00\n  expect email "Offer" to "Ana"\n'
    )
    assert told(steps) == []


def test_what_is_later_than_the_settings_allow_wakes_nobody() -> None:
    settings = SETTINGS.replace('name = "Test"', 'name = "Test"\nlate_events = "3 hours"').encode()
    steps = 'on monday 10:00\n  contact "Ana" submits form "Whitepaper", {} ago\n  expect contact "Ana" {}\n'
    files = {"nurture.toml": settings}
    assert told(steps.format("3 hours", 'enters journey "Sends"'), **files) == []
    assert told(steps.format("181 minutes", 'does not enter journey "Sends"'), **files) == []


def test_the_story_says_when_it_happened() -> None:
    late = 'on monday 10:00\n  contact "Ana" visits page "/pricing", {} ago\n  expect score of "Ana" is 1\n'
    (one,) = told(late.format("2 days"))
    assert "Visited /pricing (happened Sat 28 Feb 10:00)" in as_text(one)
    (one,) = told(late.format("59 seconds"))
    assert "happened" not in as_text(one)


def test_what_is_received_late_must_have_been_possible_when_it_happened() -> None:
    steps = (
        'on monday 10:00\n  contact "Ana" submits form "Whitepaper"\n'
        'on day 2 12:00\n  contact "Ana" opens email "Offer", {} ago\n  expect no email to "Ana"\n'
    )
    assert told(steps.format("2 hours")) == []
    (early,) = told(steps.format("3 hours"))
    assert early.when == "happens Wed 4 Mar 09:00"
    assert early.nearest == "The email “Offer” was sent on Wed 4 Mar 10:00, 1 hour later."
    answered = (
        'on monday 10:00\n  contact "Ana" submits form "Whitepaper"\n'
        'on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\n'
        'on day 2 13:00\n  sales accepts "Ana", {} ago\n  expect handoff of "Ana" is accepted\n'
    )
    assert told(answered.format("1 hour")) == []
    assert missed(told(answered.format("3 hours"))) == ['sales accepts "Ana", 3 hours ago']
