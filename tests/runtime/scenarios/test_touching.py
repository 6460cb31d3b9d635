"""Touching: a change of a journey concerns the scenarios that came to what has changed, and no others."""

from __future__ import annotations

import pytest

import dsl
from runtime.scenarios.keeping import Keeper
from runtime.scenarios.playing import play
from runtime.scenarios.running import result
from runtime.scenarios.stage import Set
from runtime.scenarios.touching import ALL, Noted
from tests.dsl.workspaces import example

PATH = "journeys/whitepaper.journey"
WAIT = "day-5/wait:up-to-5-days"
FAILS = b"""
scenario "One who is forgotten"
  given contact "Ana"
  on monday 10:00
    contact "Ana" submits form "Whitepaper"
    expect no email to "Ana"
"""


def again(old: str, new: str, **more: bytes) -> tuple[set[str], set[str]]:
    """Return the titles of the scenarios that are played again after a change, and of all."""
    files = example("whitepaper", scenarios=True) | more
    compiled, made = dsl.compile_scenarios(files)
    keeper, set_ = Keeper(), Set.of(compiled, noted=True)
    keeper.move(set_)
    for script in made.scripts:
        keeper.keep(script, result(script, set_))
    assert old in files[PATH].decode()
    changed = files | {PATH: files[PATH].decode().replace(old, new).encode()}
    compiled, made = dsl.compile_scenarios(changed)
    assert compiled.ok
    assert not keeper.move(Set.of(compiled, noted=True)).shared
    left = {script.title for script in made.scripts if keeper.recall(script) is None}
    return left, {script.title for script in made.scripts}


def came(step: str) -> set[str]:
    """Return the titles of the scenarios in which a run comes to a step, by its traces."""
    compiled, made = dsl.compile_scenarios(example("whitepaper", scenarios=True))
    set_, found = Set.of(compiled), set()
    for script in made.scripts:
        world = play(script, set_).stage.world
        if any(row.step == step for run in world.runs.values() for row in run.rows):
            found.add(script.title)
    return found


def test_a_change_of_a_step_concerns_those_who_came_to_it() -> None:
    left, all_ = again("up to 5 days until", "up to 6 days until")
    assert left == came(WAIT)
    assert 3 < len(left) < len(all_) / 2


def test_a_change_of_the_lines_alone_concerns_nobody_but_failures_which_name_lines() -> None:
    assert again('  owner "Demand', '  # a remark\n  owner "Demand')[0] == set()
    left, _ = again('  owner "Demand', '  # a remark\n  owner "Demand', **{"scenarios/x.scenario": FAILS})
    assert left == {"One who is forgotten"}


def test_a_step_more_concerns_everybody_who_was_in_the_journey() -> None:
    left, all_ = again("    add 10 to score\n", "    add 10 to score\n    add 1 to score\n")
    ran = came("day-0/send:whitepaper-delivery")
    assert left == ran < all_


def test_what_is_read_past_the_notes_counts_as_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Noted, "__getitem__", tuple.__getitem__)  # as code that is compiled reads it
    left, _ = again("up to 5 days until", "up to 6 days until")
    assert left == came("day-0/send:whitepaper-delivery")


def test_to_go_through_all_parts_is_to_touch_them_all() -> None:
    parts = Noted.of("abc")
    assert parts[1] == "b"
    assert parts.seen == {1}
    assert list(parts) == ["a", "b", "c"]
    assert parts.seen == {1, ALL}
    parts = Noted.of("abc")
    assert parts[-1] == "c"
    assert parts.seen == {ALL}
