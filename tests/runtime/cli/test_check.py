"""`nurture check` says everything that is wrong, and where, and exits accordingly."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.runtime.cli.conftest import EXAMPLE, Ran, Run


def test_the_installed_command_is_not_shadowed_by_folders_of_the_same_names(installed: Run) -> None:
    ran = installed("check", EXAMPLE)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Checked 4 journey files, 3 scenario files and 8 email files: no mistakes.\n"


def test_it_imports_neither_temporal_nor_a_database_nor_what_draws(tmp_path: Path) -> None:
    program = (
        "import sys; from runtime.cli.app import run; code = run(['check', sys.argv[1]]);"
        "print(sorted({'temporalio', 'sqlalchemy', 'rich', 'lark', 'httpx2', 'pydantic_settings'}"
        " & sys.modules.keys()), code)"
    )
    command = [sys.executable, "-c", program, str(EXAMPLE)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[] 0", done.stderr


def test_mistakes_are_told_all_at_once_each_at_its_place(
    nurture: Run, workspace: Callable[..., Path]
) -> None:
    folder = workspace(
        'journey "One"',
        '  start when contact submits form "Whitepaper"',
        "\truns once for each contact",
        "  sned email “Hello”",
        '  dispatch parcel "Box"',
    )
    ran = nurture("check", folder)
    assert ran.code == 1
    assert "Traceback" not in ran.out + ran.err
    places = [line.split(": ")[0] for line in ran.out.splitlines() if ": error N" in line]
    assert {place.split(":")[1] for place in places} == {"2", "3", "4", "5"}
    assert all(place.startswith("workspace/a.journey:") for place in places)
    assert "  fix: " in ran.out
    assert ran.out.rstrip().splitlines()[-1].startswith("Checked 1 journey file: ")


def test_json_is_for_programs(nurture: Run, workspace: Callable[..., Path]) -> None:
    folder = workspace('journey "One"', "  sned nothing")
    ran = nurture("check", folder, "--format", "json")
    assert ran.code == 1
    assert ran.json["ok"] is False
    assert ran.json["files"] == ["a.journey", "nurture.toml"]
    found = next(d for d in ran.json["diagnostics"] if d["line"] == 2)
    assert found["file"] == "a.journey"
    assert found["severity"] == "error"
    assert {"code", "title", "message", "consequence", "fix", "column", "end_column"} <= found.keys()


def test_one_file_is_told_of_its_own_mistakes_alone(nurture: Run, workspace: Callable[..., Path]) -> None:
    folder = workspace('journey "One"', "  sned nothing")
    workspace('journey "Two"', "  sned nothing", name="b.journey")
    ran = nurture("check", folder / "b.journey", "--format", "json")
    assert {d["file"] for d in ran.json["diagnostics"]} == {"b.journey"}


def one_sentence(ran: Ran) -> str:
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("nurture: ")
    return ran.err.removeprefix("nurture: ").strip()


def test_places_that_are_no_workspace_are_the_users_mistake(nurture: Run, tmp_path: Path) -> None:
    ran = nurture("check", "nowhere.journey")
    assert ran.code == 1
    assert one_sentence(ran).startswith("There is no file or folder nowhere.journey.")
    (tmp_path / "nurture.toml").touch()
    ran = nurture("check", tmp_path)
    assert ran.code == 1
    assert "There is no .journey file in" in one_sentence(ran)
