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


def test_mistakes_of_a_file_are_told_and_the_others_are_played(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "b.scenario").write_text(BAD.replace("Offer", "Ofer"))
    for arguments in ([], ["-k", "asks"]):
        assert run(["test", str(place), *arguments]) == 1
        said = capsys.readouterr()
        assert "N304" in said.err
        assert said.out.startswith("1 scenario: 1 passed, in ")
        assert said.out.endswith(" s. b.scenario was not played: 1 error.\n")
    assert run(["test", str(place), "-k", "forgotten"]) == 1
    said = capsys.readouterr()
    assert said.err.endswith(
        "Nothing was played: 1 error, and no other scenario has a name that fits -k forgotten.\n"
    )
    assert run(["test", str(place / "a.scenario")]) == 0
    assert run(["check", str(place)]) == 1


def test_mistakes_reach_programs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "b.scenario").write_text(BAD.replace("Offer", "Ofer"))
    junit = place / "out.xml"
    assert run(["test", str(place), "--format", "json", "--junit", str(junit)]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    found = json.loads(said.out)
    assert (found["ok"], found["scenarios"], found["failed"], found["errors"]) == (False, 1, 0, 1)
    assert [(one["file"], one["line"], one["code"]) for one in found["diagnostics"]] == [
        ("b.scenario", 6, "N304")
    ]
    root = ElementTree.fromstring(junit.read_text())
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "0", "1")
    errors = [
        (case.get("file"), case.get("line"), case[0].tag) for case in root.iter("testcase") if len(case)
    ]
    assert errors == [("b.scenario", "6", "error")]
    assert 'Did you mean "Offer"?' in (root.findall(".//error")[0].text or "")


def test_mistakes_of_journeys_leave_nothing_to_play_and_reach_programs_too(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "sends.journey").write_bytes(SENDS.replace(b'send email "Offer"', b'send email "Ofer"'))
    junit = place / "out.xml"
    assert run(["test", str(place), "--coverage", "--junit", str(junit)]) == 1
    assert "Nothing was played: 1 error." in capsys.readouterr().err
    root = ElementTree.fromstring(junit.read_text())
    assert [suite.get("name") for suite in root.iter("testsuite")] == ["sends.journey"]
    assert run(["test", str(place), "--format", "json", "--min", "50"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["results"]) == (False, [])
    assert {one["file"] for one in found["diagnostics"]} == {"sends.journey"}


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
