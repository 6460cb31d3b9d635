"""`nurture fmt` settles how journeys look, and writes only what means the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dsl import formatting
from tests.runtime.cli.conftest import EXAMPLE, Run

MESSY = ('journey   "One"', '\towner "B"# why')
TIDY = 'journey "One"\n  owner "B"  # why\n'


def test_files_are_formatted_once(nurture: Run, workspace: Callable[..., Path]) -> None:
    folder = workspace(*MESSY)
    ran = nurture("fmt", folder)
    assert (ran.code, ran.out) == (0, "workspace/a.journey was formatted.\n1 file formatted.\n")
    assert (folder / "a.journey").read_text("utf-8") == TIDY
    assert sorted(p.name for p in folder.iterdir()) == ["a.journey", "nurture.toml"]
    assert nurture("fmt", folder).out == "1 file formatted already.\n"


def test_checking_writes_nothing_and_fails(nurture: Run, workspace: Callable[..., Path]) -> None:
    folder = workspace(*MESSY)
    ran = nurture("fmt", folder, "--check")
    assert (ran.code, ran.out) == (1, "workspace/a.journey would change.\n1 file to be formatted.\n")
    assert (folder / "a.journey").read_text("utf-8") != TIDY


def test_a_difference_is_shown(nurture: Run, workspace: Callable[..., Path]) -> None:
    ran = nurture("fmt", workspace(*MESSY) / "a.journey", "--diff")
    assert ran.code == 1
    assert '-journey   "One"\n' in ran.out
    assert '+  owner "B"  # why\n' in ran.out


def test_the_example_is_formatted(nurture: Run) -> None:
    assert nurture("fmt", EXAMPLE, "--check").code == 0


def test_a_file_outside_a_workspace_is_formatted_too(nurture: Run, tmp_path: Path) -> None:
    place = tmp_path / "alone.journey"
    place.write_text("\n".join(MESSY), "utf-8")
    assert nurture("fmt", place).code == 0
    assert place.read_text("utf-8") == TIDY


def test_another_kind_of_file_is_refused(nurture: Run, tmp_path: Path) -> None:
    place = tmp_path / "a.txt"
    place.write_text("", "utf-8")
    ran = nurture("fmt", place)
    assert (ran.code, "is not a .journey file" in ran.err) == (1, True)


def test_a_refused_result_leaves_the_file_alone(
    nurture: Run, workspace: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formatting, "_spaced", lambda text: text.replace("One", "Two"))
    folder = workspace(*MESSY)
    before = (folder / "a.journey").read_bytes()
    ran = nurture("fmt", folder)
    assert (ran.code, (folder / "a.journey").read_bytes()) == (2, before)
    assert "refused its own result" in ran.err
