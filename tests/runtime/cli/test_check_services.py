"""`nurture check --fix` and its formats for other programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.runtime.cli.conftest import Run

WRONG = (
    'journey "A"',
    "  start by hand",
    "  runs once for each contact",
    "  wait for 2 days",
    "  ad 5 to score",
    "  wait 4 hrs",
)


def test_fix_mends_what_is_certain_in_place_and_says_what_is_left(
    nurture: Run, workspace: Callable[..., Path]
) -> None:
    folder = workspace(*WRONG, '  exit "Gone" now')
    ran = nurture("check", folder, "--fix")
    text = (folder / "a.journey").read_text("utf-8")
    assert "  wait 2 days\n" in text
    assert "  wait 4 hours\n" in text
    assert "Mended" in ran.out
    assert "a.journey:4: wait for 2 days → wait 2 days\n" in ran.out
    assert ran.code == 1
    assert "“ad” cannot stand here." in ran.out


def test_fixing_twice_changes_nothing_more(nurture: Run, workspace: Callable[..., Path]) -> None:
    folder = workspace(*WRONG)
    nurture("check", folder, "--fix")
    before = (folder / "a.journey").read_bytes()
    assert "Mended" not in nurture("check", folder, "--fix").out
    assert (folder / "a.journey").read_bytes() == before


def test_without_fix_no_file_is_touched(nurture: Run, workspace: Callable[..., Path]) -> None:
    folder = workspace(*WRONG)
    before = (folder / "a.journey").read_bytes()
    assert nurture("check", folder).code == 1
    assert (folder / "a.journey").read_bytes() == before


def test_sarif_names_rules_places_and_fixes(nurture: Run, workspace: Callable[..., Path]) -> None:
    ran = nurture("check", workspace(*WRONG), "--format", "sarif")
    found = json.loads(ran.out)["runs"][0]
    assert ran.code == 1
    assert {r["ruleId"] for r in found["results"]} <= {r["id"] for r in found["tool"]["driver"]["rules"]}
    lines = [r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in found["results"]]
    assert {4, 5, 6} <= set(lines)


def test_a_fix_names_its_file_as_its_place_does(nurture: Run, workspace: Callable[..., Path]) -> None:
    ran = nurture("check", workspace(*WRONG), "--format", "sarif")
    (result, *_) = [r for r in json.loads(ran.out)["runs"][0]["results"] if "fixes" in r]
    (change,) = result["fixes"][0]["artifactChanges"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert change["artifactLocation"] == place == {"uri": "workspace/a.journey"}


def test_github_annotations_are_one_a_line(nurture: Run, workspace: Callable[..., Path]) -> None:
    ran = nurture("check", workspace(*WRONG), "--format", "github")
    assert all(line.startswith("::error file=") for line in ran.out.splitlines())
    assert len(ran.out.splitlines()) >= 3
