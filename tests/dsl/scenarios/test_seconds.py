"""Times of scenarios may be told to the second; those of journeys go by the minute."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import dsl
from dsl.formatting import format_source
from dsl.scenarios.script import Script
from runtime.scenarios.playing import play
from runtime.scenarios.stage import Set
from runtime.scenarios.telling import as_text, misses

_SETTINGS = b'[workspace]\nname = "Test"\ntime_zone = "UTC"\n'
_JOURNEY = """
fields of contact
  field renewal is date and time

event "Ping"

journey "Test"
  start when contact does "Ping"
  runs again at any time

  wait 1 hour
  add 5 to score
"""
_SCENARIO = """scenario "To the second"
  given contact "Ana" with renewal day 3 08:00:07
  starting monday 2 march 2026 09:59:30

  on monday 10:00:01
    contact "Ana" does "Ping"
  on day 0 11:00
    expect score of "Ana" is 0
  between day 0 11:00:01 and day 0 11:00:02
    expect contact "Ana" leaves journey "Test"
  on 2 march 2026 11:00:03
    expect score of "Ana" is 5
"""


def _files(scenario: str, journey: str = _JOURNEY) -> dict[str, bytes]:
    return {"nurture.toml": _SETTINGS, "a.journey": journey.encode(), "a.scenario": scenario.encode()}


def _script(scenario: str) -> tuple[Script, Set]:
    compiled, made = dsl.compile_scenarios(_files(scenario))
    assert compiled.ok
    assert not made.diagnostics, [one.message for one in made.diagnostics]
    return made.scripts[0], Set.of(compiled)


def test_a_moment_is_told_to_the_second() -> None:
    script, set_ = _script(_SCENARIO)
    assert [datetime.fromtimestamp(at, UTC).isoformat() for at in (script.start, script.acts[0].at)] == [
        "2026-03-02T09:59:30+00:00",
        "2026-03-02T10:00:01+00:00",
    ]
    assert script.people[0].fields["renewal"] == "2026-03-05T08:00:07+00:00"
    assert play(script, set_).ok


def test_a_second_decides() -> None:
    late = _SCENARIO.replace("between day 0 11:00:01 and day 0 11:00:02", "on day 0 11:00:02")
    script, set_ = _script(late)
    (told,) = misses(play(script, set_))
    assert "  expected Mon 2 Mar 11:00:02\n" in as_text(told)
    assert "on Mon 2 Mar 11:00:01, 1 second earlier" in as_text(told)


def test_the_formatter_leaves_seconds_as_they_are() -> None:
    assert format_source(_SCENARIO.encode(), "scenario").text == _SCENARIO


@pytest.mark.parametrize(
    ("wrong", "says", "right"),
    [
        ("on monday 10:00:00", "10:00:00 is 10:00.", "10:00"),
        ("on monday 10:00:60", "No clock shows 10:00:60.", None),
        ("on day 0 24:00:01", "No clock shows 24:00:01.", None),
    ],
)
def test_there_is_one_spelling(wrong: str, says: str, right: str | None) -> None:
    text = _SCENARIO.replace("on monday 10:00:01", wrong)
    (found,) = [one for one in dsl.compile_scenarios(_files(text))[1].diagnostics if one.code == "N413"]
    assert found.message == says
    assert found.fix is not None
    assert [edit.text for edit in found.fix.edits] == ([right] if right else [])


def test_journeys_go_by_the_minute() -> None:
    journey = _JOURNEY.replace("wait 1 hour", "wait until 10:00:01")
    found = [one for one in dsl.compile_workspace(_files("", journey)).diagnostics if one.code == "N413"]
    assert [one.message for one in found] == ["Times in a journey have no seconds."]
    assert [one.fix.text for one in found if one.fix] == ["Write 10:00."]
