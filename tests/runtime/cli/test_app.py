"""What every command does with success, misuse and failure."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.cli import app, failures
from tests.runtime.cli.conftest import EXAMPLE, NURTURE, Run


def test_it_says_its_version_and_its_commands(nurture: Run) -> None:
    assert nurture("--version").out == "nurture 0.1.0\n"
    ran = nurture("--help")
    assert ran.code == 0
    for command in ("check", "simulate", "demo", "worker", "import", "enter", "event", "show"):
        assert command in ran.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["chekc"], "nurture: There is no command chekc. Did you mean check?\n"),
        (["frobnicate"], "nurture: There is no command frobnicate. See `nurture --help`.\n"),
    ],
)
def test_an_unknown_command_is_refused_with_a_guess(
    nurture: Run, arguments: list[str], sentence: str
) -> None:
    ran = nurture(*arguments)
    assert (ran.code, ran.out, ran.err) == (2, "", sentence)


def test_a_wrong_option_points_at_the_help_of_its_command(nurture: Run) -> None:
    for arguments in (["check", "a", "b"], ["check", "--format", "xml"], ["simulate"]):
        ran = nurture(*arguments)
        assert ran.code == 2
        assert ran.err.startswith("nurture: ")
        assert ran.err.endswith(f"See `nurture {arguments[0]} --help`.\n")
        assert ran.err.count("\n") == 1


def test_every_expected_exception_exists() -> None:
    for name in failures.EXPECTED:
        module, _, kind = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), kind), Exception), name


def test_what_nobody_foresaw_is_one_sentence_that_says_how_to_see_more(
    nurture: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_path: Path) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("runtime.cli.check.read_workspace", fail)
    ran = nurture("check")
    assert ran.code == 2
    assert ran.err == (
        "nurture: This should not have happened (ZeroDivisionError: division by zero). "
        "Set NURTURE_DEBUG=1 and run it again to see where.\n"
    )
    monkeypatch.setenv("NURTURE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        app.run(["check"])


def test_an_interruption_is_quiet(nurture: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("runtime.cli.check.read_workspace", interrupt)
    ran = nurture("check")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path) -> None:
    command = [NURTURE, "simulate", "Whitepaper nurture", "--workspace", str(EXAMPLE)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        code = process.wait(30)
    assert said == b""
    assert code in (0, 141)  # 0 where all of it fitted into the pipe


def test_a_refusal_of_the_system_names_the_place() -> None:
    assert failures.sentence(PermissionError(13, "Permission denied", "/etc/x")) == (
        "The system refused /etc/x: Permission denied."
    )


def test_the_module_runs_as_the_command_does(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "runtime.cli", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout == "nurture 0.1.0\n"
