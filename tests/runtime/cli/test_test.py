"""`nurture test`: what it plays, what it says, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from runtime.cli.app import run
from tests.dsl.workspaces import SENDS, workspace

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


@pytest.fixture
def place(tmp_path: Path) -> Path:
    files = workspace(**{"sends.journey": SENDS, "a.scenario": GOOD.encode()})
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_scenarios_that_hold_are_counted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", str(place)]) == 0
    assert capsys.readouterr().out.startswith("1 scenario: 1 passed, in ")


def test_one_that_fails_is_told_with_its_line_and_the_code_is_1(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "b.scenario").write_text(BAD)
    assert run(["test", str(place)]) == 1
    out = capsys.readouterr().out
    assert 'b.scenario:6: expect email "Offer" to "Ana"' in out
    assert "The email “Offer” was sent on Wed 4 Mar 10:00, 10 hours later." in out
    assert "2 scenarios: 1 passed, 1 failed" in out


def test_json_and_junit_hold_the_same(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "b.scenario").write_text(BAD)
    assert run(["test", str(place), "--format", "json", "--junit", str(place / "out.xml")]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["scenarios"], found["failed"], found["ok"]) == (2, 1, False)
    cases = ElementTree.fromstring((place / "out.xml").read_text()).findall(".//testcase")
    assert [(case.get("name"), len(case)) for case in cases] == [
        (one["title"], len(one["misses"])) for one in found["results"]
    ]


def test_scenarios_are_chosen_by_name(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "b.scenario").write_text(BAD)
    assert run(["test", str(place), "-k", "one who and not forgotten"]) == 0
    assert capsys.readouterr().out.startswith("1 scenario:")
    assert run(["test", str(place), "-k", "nobody"]) == 2
    assert "No scenario has a name that fits" in capsys.readouterr().err


def test_one_file_is_played_alone(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "b.scenario").write_text(BAD)
    assert run(["test", str(place / "a.scenario")]) == 0


def test_mistakes_are_told_and_nothing_is_played(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "b.scenario").write_text(BAD.replace("Offer", "Ofer"))
    assert run(["test", str(place)]) == 1
    err = capsys.readouterr().err
    assert "N304" in err
    assert "Nothing was played: 1 error." in err
    assert run(["check", str(place)]) == 1


def test_files_without_a_scenario_are_said_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "a.scenario").write_text("# later\n", "utf-8")
    assert run(["test", str(place)]) == 2
    said = capsys.readouterr().err
    assert 'There is no scenario in these files. Write one, whose first line is: scenario "…"' in said
    assert "docs/" not in said


def test_a_workspace_without_scenarios_is_said_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "a.scenario").unlink()
    assert run(["test", str(place)]) == 1
    assert "There is no .scenario file" in capsys.readouterr().err
