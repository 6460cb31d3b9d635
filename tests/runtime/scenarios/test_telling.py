"""Telling misses: where nothing happened it is said, and no story is told twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.cli.app import run
from runtime.scenarios.telling import as_texts
from tests.dsl.workspaces import SENDS, workspace
from tests.runtime.scenarios.playing import misses, play

THREE = 'given contact "Ana"\ngiven contact "Tom"\ngiven contact "Zoe"'
ENTER = 'on monday 10:00\n  contact "Ana" submits form "Whitepaper"\n'


@pytest.mark.parametrize(
    "line",
    [
        'expect email "Offer" to "Tom"',
        'expect contact "Tom" enters journey "Sends"',
        'expect handoff "SDR" of "Tom"',
        'expect score of "Tom" is 5',
    ],
)
def test_where_nothing_happened_to_somebody_it_is_said(line: str) -> None:
    (told,) = play(f"{ENTER}  {line}", THREE)
    assert told.nearest == "From the start until then nothing at all happened to Tom."
    assert told.story == ()


def test_of_whom_something_is_told_it_is_not_said() -> None:
    (told,) = play(f'{ENTER}  contact.title of "Tom" becomes "CEO"\n  expect email "Offer" to "Tom"', THREE)
    assert told.nearest == ""
    (told,) = play(f'{ENTER}  contact "Tom" visits page "/"\n  expect email "Offer" to "Tom"', THREE)
    assert told.nearest == ""
    assert told.contact == "Tom"
    assert told.story


def test_where_nobody_is_named_the_nearest_is_told_with_its_story() -> None:
    clicks = f'{ENTER}on day 2 11:00\n  contact "Ana" clicks link "Yes" in email "Offer"\n'
    (told,) = play(
        f'{clicks}on day 3\n  expect notice "Nobody has answered the SDR handoff" to team "SDR"', THREE
    )
    assert (
        told.nearest
        == "The notice “New SDR handoff” was sent on Wed 4 Mar 11:00, 13 hours earlier, about Ana."
    )
    assert told.contact == "Ana"
    assert told.story
    (told,) = play(f'{ENTER}on day 1\n  expect notice "Worth a call" to team "SDR"', THREE)
    assert (told.nearest, told.contact) == ("", "Ana")
    assert told.story
    (told,) = play('on day 1\n  expect notice "Worth a call" to team "SDR"', THREE)
    assert told.nearest == "From the start until then nothing at all happened to anybody."


TWICE = f"""scenario "Test"
  given contact "Ana"
  given contact "Ben"
  {ENTER.replace(chr(10), chr(10) + "  ")}
    contact "Ben" submits form "Whitepaper"
    expect email "Case" to "Ana"
    expect email "Case" to "Ben"
    expect contact "Ana" leaves journey "Sends"
    expect contact "Ana" is in stage "Known"
"""


def test_the_same_story_is_told_once_and_where_it_stands_after_that() -> None:
    text = as_texts(misses(TWICE))
    assert text.count("Submitted the form “Whitepaper”") == 2
    assert text.count("\n  Ana:\n") == text.count("\n  Ben:\n") == 1
    assert text.count("What happened to Ana stands above, under line 8.") == 2


def test_the_command_tells_it_once_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in workspace(**{"sends.journey": SENDS, "x.scenario": TWICE.encode()}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    junit = tmp_path / "out.xml"
    assert run(["test", str(tmp_path), "--junit", str(junit)]) == 1
    for text in (capsys.readouterr().out, junit.read_text()):
        assert text.count("Submitted the form “Whitepaper”") == 2
        assert text.count("What happened to Ana stands above, under line 8.") == 2


def test_another_part_of_a_story_is_told() -> None:
    visits = "".join(f'on day {day} 10:00\n  contact "Ana" visits page "/{day}"\n' for day in range(10, 18))
    later = f'{ENTER}  expect email "Case" to "Ana"\n{visits}on day 30\n  expect email "Case" to "Ana"'
    text = as_texts(play(later))
    assert text.count("\n  Ana:\n") == 2
