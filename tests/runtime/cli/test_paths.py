"""`nurture paths`, as it is typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.runtime.cli.conftest import EXAMPLE, Run

JOURNEY = "Whitepaper nurture"
HERE = ("--workspace", EXAMPLE)


def test_all_paths_are_told_with_their_emails_and_choices(nurture: Run) -> None:
    ran = nurture("paths", JOURNEY, *HERE)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("Whitepaper nurture   ")
    assert lines[2] == "1. 6 days 23 h, 3 emails, reaches the goal “Qualified”"
    assert "   Score is at least “MQL”: yes" in lines
    told = nurture("paths", JOURNEY, *HERE, "--format", "json").json
    assert (told["partial"], told["looked_at"]) == (False, len(told["paths"]))
    assert {path["ended"] for path in told["paths"]} == {"goal", "completed"}


def test_one_path_is_told_with_the_line_of_each_step(nurture: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)
    longest = nurture("paths", JOURNEY, "--longest").out.splitlines()
    assert longest[2] == "80 days, 5 emails, comes to the end"
    assert any(line.endswith("journeys/whitepaper.journey:44") for line in longest)
    to = nurture("paths", JOURNEY, *HERE, "--to", "Demo invitation", "--format", "json").json
    (path,) = to["paths"]
    assert path["mails"][-1]["email"] == "Demo invitation"
    most = nurture("paths", JOURNEY, *HERE, "--most-emails", "--format", "json").json
    assert len(most["paths"][0]["mails"]) == 5
    by_end = nurture("paths", JOURNEY, *HERE, "--to", "send:demo-invitation", "--format", "json").json
    assert by_end["paths"] == to["paths"]
    one = nurture("paths", "Monthly newsletter", *HERE, "--longest").out
    assert "journeys/newsletter.journey:" in one, "also where there is no other path"
    short = nurture("paths", JOURNEY, *HERE, "--shortest", "--format", "json").json
    assert short["paths"][0]["seconds"] < to["paths"][0]["seconds"]


def test_interrupts_let_goals_happen(nurture: Run) -> None:
    told = nurture("paths", "Re-engagement", *HERE, "--interrupts", "--format", "json").json
    assert "Came back" in {path["rows"][-1]["reason"] for path in told["paths"]}


def test_what_was_not_looked_at_is_called_partial(nurture: Run) -> None:
    ran = nurture("paths", JOURNEY, *HERE, "--bound", "3")
    assert ran.code == 0
    assert "There are more than these: this is partial. `--bound 30` looks further" in ran.out
    assert nurture("paths", JOURNEY, *HERE, "--bound", "3", "--format", "json").json["partial"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Whitepaper nurtur",), "There is no journey"),
        ((JOURNEY, "--longest", "--shortest"), "Give one of --longest, --shortest, --most-emails and --to."),
        ((JOURNEY, "--to", "Case studi"), "Did you mean “Case study”?"),
        (
            (JOURNEY, "--to", "36"),
            "Line 36 of “Whitepaper nurture” holds no step; the next one is in line 38.",
        ),
        ((JOURNEY, "--bound", "0"), "Must be >= 1"),
        ((JOURNEY, "--at", "soon"), "is not a moment"),
    ],
)
def test_bad_input_is_a_sentence(nurture: Run, arguments: tuple[str, ...], sentence: str) -> None:
    ran = nurture("paths", *arguments, *HERE)
    assert (ran.code, ran.out) == (2, "") or ran.code == 1
    assert sentence in ran.err
    assert "Traceback" not in ran.err


def test_a_path_is_saved_as_a_scenario_that_passes(
    nurture: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(EXAMPLE, folder)
    monkeypatch.chdir(folder)
    ran = nurture("paths", JOURNEY, "--most-emails", "--save-scenario", "scenarios/paths")
    file = "scenarios/paths/whitepaper-nurture-most-emails.scenario"
    assert (ran.code, ran.err) == (0, f"Saved {file}.\n")
    assert nurture("check").code == 0
    assert nurture("fmt", "--check").code == 0
    assert "1 scenario: 1 passed" in nurture("test", file).out
    again = nurture("paths", JOURNEY, "--most-emails", "--save-scenario", "scenarios/paths")
    assert again.err == f"Saved {file}.\n"
    Path(file).write_text(f"# Mine.\n{Path(file).read_text('utf-8')}", "utf-8")
    kept = nurture("paths", JOURNEY, "--most-emails", "--save-scenario", "scenarios/paths")
    assert (kept.code, "is there already and says otherwise; it stays." in kept.err) == (0, True)
    assert Path(file).read_text("utf-8").startswith("# Mine.\n")
    no_folder = nurture("paths", JOURNEY, "--longest", "--save-scenario", "nurture.toml")
    assert (no_folder.code, no_folder.err) == (
        2,
        "nurture: nurture.toml is no folder. Name one for the scenarios.\n",
    )
    without = nurture("paths", JOURNEY, "--save-scenario", "scenarios")
    assert ("Say which way is to be saved" in without.err, without.out) == (True, "")


def test_a_counterexample_is_saved_as_a_scenario_that_passes(
    nurture: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(EXAMPLE, folder)
    monkeypatch.chdir(folder)
    nothing = nurture("check", "--save-scenario", "scenarios/found")
    assert (nothing.code, "so there is nothing to save" in nothing.err) == (0, True)
    journey = folder / "journeys" / "re-engagement.journey"
    text = journey.read_text("utf-8")
    journey.write_text(
        text.replace('  send email "We miss you"\n', '  send email "We miss you"\n' * 2), "utf-8"
    )
    ran = nurture("check", "journeys/re-engagement.journey", "--save-scenario", "scenarios/found")
    (saved,) = (folder / "scenarios" / "found").glob("*.scenario")
    assert (ran.code, ran.err) == (0, f"Saved {saved.relative_to(folder)}.\n")
    assert nurture("check", saved.relative_to(folder)).code == 0
    assert "1 scenario: 1 passed" in nurture("test", saved.relative_to(folder)).out
