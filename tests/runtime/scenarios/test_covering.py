"""Coverage: what scenarios have reached of a journey, and what it has to be reached."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from runtime.cli.app import run as run_command
from runtime.scenarios.covering import Covered, percent
from runtime.scenarios.running import run
from tests.dsl.workspaces import SENDS, example, workspace
from tests.runtime.scenarios.playing import scripts
from tests.runtime.scenarios.test_page import PAGE

ENTER = (
    'scenario "X"\n  given contact "Ana"\n  on monday 10:00\n    contact "Ana" submits form "Whitepaper"\n'
)

NO_MAIL = '    expect no email to "Ana"\n'


def covered(steps: str, journey: str = "Sends", files: dict[str, bytes] | None = None) -> Covered:
    found, set_ = scripts(ENTER + steps, files)
    results = run(found, set_)
    assert not results.failed
    all_ = results.coverage().of(set_.compiled.plans, set_.compiled.definitions)
    return next(one for one in all_ if one.journey == journey)


def missed(one: Covered, *kinds: str) -> list[str]:
    return [point.text for point in one.missed(*kinds)]  # type: ignore[arg-type]


def test_ways_of_a_wait_and_what_stands_on_them_are_told_apart() -> None:
    silent = covered('  by day 10\n    expect 3 emails to "Ana"\n')
    wait = "Wait up to 3 days for a click on “Yes” in “Offer”"
    assert missed(silent, "way") == [f"{wait}: it happens"]
    assert missed(silent, "step") == ["Notify team “SDR”: “Worth a call”", "Hand off to “SDR”"]
    clicks = '  on day 2 11:00\n    contact "Ana" clicks link "Yes" in email "Offer"\n' + NO_MAIL
    assert missed(covered(clicks), "way") == [f"{wait}: in vain"]
    assert [point.line for point in silent.missed("step")] == [13, 14]


def test_a_block_is_reached_when_it_begins_and_not_while_it_is_ahead() -> None:
    early = covered('  on day 1\n    expect no email to "Ana"\n')
    assert ("day 0", "") in early.reached
    assert "day 2" in missed(early, "step")


def test_endings_and_outcomes_count_apart() -> None:
    early = covered('  on day 1\n    expect no email to "Ana"\n')
    assert missed(early, "ending") == ["goal “Asked” when contact submits form “Demo request”"]
    leaves = '  on day 1 10:00\n    contact "Ana" unsubscribes\n  on day 2\n'
    without = covered(leaves + '    expect email "Offer" to "Ana" skipped\n')
    assert "Send email “Offer”: left out" in missed(early, "outcome")
    assert "Send email “Offer”: left out" not in missed(without, "outcome")
    reached, all_ = early.counted("step", "way", "handler", "ending")
    assert percent([early]) == 100 * reached / all_


def test_handlers_splits_branches_and_late_blocks_are_points() -> None:
    journey = b"""
journey "Many"
  start when contact submits form "Whitepaper"
  runs once for each contact
  whenever contact visits page "/pricing"
    add 1 to score
  if contact.title is "VP"
    add 2 to score
  otherwise if contact.title is empty
    add 3 to score
  split "Half"
    variant 50% "One"
      add 4 to score
    variant 50% "Other"
      add 5 to score
  day 1
    add 6 to score
"""
    files = workspace(**{"sends.journey": SENDS, "many.journey": journey})
    one = covered('  by day 2\n    expect score of "Ana" is at least 9\n', "Many", files)
    # Which way the split goes is settled by the contact and its name.
    assert {p.text for p in one.points if p.kind == "way"} >= {
        "If contact.title is “VP”: the contact's title is “VP”",
        "If contact.title is “VP”: the contact's title is empty",
        "If contact.title is “VP”: otherwise",
    }
    assert len(missed(one, "way")) == 3
    assert len(missed(one, "handler")) == 1
    assert "day 1" not in missed(one, "step")


def test_the_page_shows_coverage_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in example("whitepaper", scenarios=True).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    file = str(tmp_path / "scenarios" / "after.scenario")
    assert run_command(["test", file, "--coverage", "-k", "newsletter or comes back or quiet"]) == 0
    told = [" ".join(row.split()) for row in capsys.readouterr().out.splitlines()]
    shown = re.search(r"```text\n(Re-engagement.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    rows = [" ".join(row.split()) for row in shown[1].splitlines()]
    assert len(rows) == 5
    assert set(rows) <= set(told)


def test_json_tells_every_point_and_paints_the_graph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, data in example("whitepaper", scenarios=True).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert run_command(["test", str(tmp_path), "--coverage", "--min", "100", "--format", "json"]) == 0
    said = capsys.readouterr().out
    found = {one["journey"]: one for one in json.loads(said)["coverage"]}
    assert found["Re-engagement"]["percent"] == 100.0
    assert found["Re-engagement"]["counts"]["way"] == {"reached": 4, "of": 4}
    (tmp_path / "coverage.json").write_text(said)
    graph = ["graph", "Re-engagement", "--workspace", str(tmp_path), "--coverage"]
    assert run_command([*graph, str(tmp_path / "coverage.json")]) == 0
    assert "✓ Send email “We miss you”" in capsys.readouterr().out
    assert run_command([*graph, str(tmp_path / "nurture.toml")]) == 2
    assert "holds no coverage" in capsys.readouterr().err
    assert run_command([*graph, str(tmp_path / "none.json")]) == 2
    assert f"There is no file {tmp_path / 'none.json'}. Write it with" in capsys.readouterr().err


def test_coverage_of_another_version_is_painted_and_said_to_be_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, data in example("whitepaper", scenarios=True).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert run_command(["test", str(tmp_path), "--coverage", "--format", "json"]) == 0
    (tmp_path / "coverage.json").write_text(capsys.readouterr().out)
    graph = ["graph", "Re-engagement", "--workspace", str(tmp_path)]
    graph += ["--coverage", str(tmp_path / "coverage.json")]
    assert run_command(graph) == 0
    assert capsys.readouterr().err == ""
    journey = tmp_path / "journeys" / "re-engagement.journey"
    journey.write_text("# only a remark\n" + journey.read_text())
    assert run_command(graph) == 0
    assert capsys.readouterr().err == ""
    journey.write_text(journey.read_text().replace("14 days", "15 days"))
    assert run_command(graph) == 0
    said = capsys.readouterr()
    assert "coverage.json is of another version of “Re-engagement”" in said.err
    assert "✓ Send email “We miss you”" in said.out


def test_ways_of_a_wait_for_several_events_are_told_by_their_events() -> None:
    journey = b"""
journey "Many"
  start when contact submits form "Whitepaper"
  runs once for each contact
  wait up to 4 days
    when contact submits form "Demo request"
      add 1 to score
    when contact visits page "/pricing"
      add 2 to score
"""
    files = workspace(**{"sends.journey": SENDS, "many.journey": journey})
    ways = missed(covered('  on day 1\n    expect no email to "Ana"\n', "Many", files), "way")
    assert [way.split(": ")[1] for way in ways] == [
        "in vain",
        "the contact submits form “Demo request”",
        "the contact visits page “/pricing”",
    ]


def test_too_little_fails_and_says_how_much(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = workspace(
        **{"sends.journey": SENDS, "x.scenario": (ENTER + '    expect email to "Ana"\n').encode()}
    )
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert run_command(["test", str(tmp_path), "--min", "90"]) == 1
    assert "of the journeys was reached, less than 90 %." in capsys.readouterr().err
    assert run_command(["test", str(tmp_path), "--min", "10"]) == 0


def test_ways_in_pauses_and_updates_of_the_trigger_are_points() -> None:
    journey = b"""
journey "Many"
  start when contact submits form "Whitepaper"
  start when contact submits form "Demo request"
  runs once for each contact
  update trigger when contact submits form "Whitepaper"
  pause while contact has tag "topic: automation"
  wait 3 days
  if trigger.form is "Whitepaper"
    add 5 to score
"""
    untagged = SENDS.replace(b'    add tag "topic: automation"\n', b"")
    files = workspace(**{"sends.journey": untagged, "many.journey": journey})
    quiet = covered('  by day 4\n    expect score of "Ana" is at least 5\n', "Many", files)
    assert missed(quiet, "start") == ["Start by Form Submitted, form “Demo request”"]
    assert len(missed(quiet, "handler")) == 2
    steps = '  on day 1 10:00\n    contact "Ana" submits form "Whitepaper"\n' + NO_MAIL
    assert missed(covered(steps, "Many", files | {"sends.journey": SENDS}), "handler") == []


def test_who_is_let_in_by_hand_came_by_that_start() -> None:
    journey = b"""
journey "Many"
  start when contact submits form "Whitepaper"
  start by hand
  runs once for each contact
  wait 3 days
  add 5 to score
"""
    files = workspace(**{"sends.journey": SENDS, "many.journey": journey})
    by_form = covered(NO_MAIL.replace("no email", "email"), "Many", files)
    assert missed(by_form, "start") == ["Start by hand"]
    text = 'scenario "X"\n  given contact "Ana"\n  on monday 10:00\n    start journey "Many" for "Ana"\n'
    found, set_ = scripts(text + '    expect contact "Ana" is in journey "Many"\n', files)
    hits = run(found, set_).coverage().hits
    assert ("Many", "start 2", "") in hits
    assert ("Many", "start 1", "") not in hits
