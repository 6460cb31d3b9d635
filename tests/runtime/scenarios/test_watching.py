"""Watching a workspace: a change is seen at the next look, and nothing else is one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from runtime.cli.app import run
from runtime.scenarios import watching
from runtime.scenarios.watching import changes
from tests.dsl.workspaces import SENDS, example, workspace
from tests.runtime.cli.test_test import BAD, GOOD
from tests.runtime.scenarios.test_page import PAGE


class Stop(Exception):
    """The last look."""


def counted(root: Path, *deeds: Callable[[], object]) -> int:
    """Count the changes that are seen while each deed is done between two looks."""
    left = list(deeds)
    found = -1

    def pause() -> None:
        if not left:
            raise Stop
        left.pop(0)()

    with suppress(Stop):
        for _ in changes(root, pause):
            found += 1
    return found


def test_what_is_written_new_or_gone_is_a_change(tmp_path: Path) -> None:
    file = tmp_path / "a.scenario"
    assert counted(tmp_path, lambda: file.write_text("x")) == 1
    assert counted(tmp_path, lambda: file.write_text("xy")) == 1
    assert counted(tmp_path, file.unlink) == 1
    assert counted(tmp_path, lambda: (tmp_path / "journeys").mkdir()) == 0


def test_other_files_and_folders_are_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    deeds = (
        lambda: (tmp_path / "notes.txt").write_text("x"),
        lambda: (tmp_path / ".git" / "a.journey").write_text("x"),
        lambda: None,
    )
    assert counted(tmp_path, *deeds) == 0


def test_the_command_plays_again_after_each_change_and_survives_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in workspace(**{"sends.journey": SENDS, "a.scenario": GOOD.encode()}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    b = tmp_path / "b.scenario"
    deeds = iter(
        [
            lambda: b.write_text(BAD.replace("Offer", "Ofer")),
            lambda: b.write_text(BAD),
            lambda: b.write_text(BAD.replace("by day 1", "by day 3")),
        ]
    )

    _between_looks(monkeypatch, deeds)
    assert run(["test", str(tmp_path), "--watch"]) == 0
    said = capsys.readouterr()
    played = [row for row in said.out.splitlines() if re.match(r"\d\d:\d\d:\d\d  ", row)]
    assert [row.split("  ", 1)[1] for row in played] == [
        "b.scenario is new: there is a mistake in it, and no other scenario hangs on that; "
        "none is played again.",
        "b.scenario changed: 1 of 2 scenarios is played again, the one that was written anew.",
        "b.scenario changed: 1 of 2 scenarios is played again, the one that was written anew.",
    ]
    rows = [row.split(", in ")[0] for row in said.out.splitlines() if " passed" in row]
    assert rows == [
        "1 scenario: 1 passed",
        "1 scenario: 1 passed",
        "2 scenarios: 1 passed, 1 failed",
        "2 scenarios: 2 passed",
    ]
    assert "N304" in said.err


def test_the_page_shows_what_follows_a_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in example("whitepaper", scenarios=True).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    journey = tmp_path / "journeys" / "re-engagement.journey"
    looks = iter((lambda: journey.write_text(journey.read_text().replace("14 days", "15 days")),))

    _between_looks(monkeypatch, looks)
    assert run(["test", str(tmp_path), "--watch"]) == 0
    shown = re.search(r"```text\n\d\d:\d\d:\d\d  (\S+ changed: .*)\n(.*), in", PAGE)
    assert shown is not None
    told = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"\d\d:\d\d:\d\d  {re.escape(shown[1])}", told[-2])
    assert told[-3] == ""
    assert told[-1].split(", in ")[0] == shown[2]


def test_what_is_mended_or_gone_is_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = workspace(**{"sends.journey": SENDS, "a.scenario": GOOD.encode(), "b.scenario": BAD.encode()})
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    journey = tmp_path / "sends.journey"
    deeds = iter(
        [
            lambda: journey.write_bytes(SENDS.replace(b"Offer", b"Ofer")),
            lambda: journey.write_bytes(SENDS),
            (tmp_path / "b.scenario").unlink,
            lambda: journey.write_bytes(SENDS.replace(b"day 9", b"day 8")),
        ]
    )
    _between_looks(monkeypatch, deeds)
    assert run(["test", str(tmp_path), "--watch"]) == 0
    said = capsys.readouterr()
    rows = [row.split("  ", 1)[1] for row in said.out.splitlines() if re.match(r"\d\d:", row)]
    assert rows == [
        "sends.journey changed: "
        "there is a mistake in the journeys, and until it is mended nothing is played.",
        "sends.journey changed: the mistake is mended, and all is as it was before it; none is played again.",
        "b.scenario is gone: 1 scenario less, none is played again.",
        "sends.journey changed: the only scenario is played again.",
    ]
    assert "Nothing was played: 1 error." in said.err


def test_a_file_that_is_being_written_is_looked_at_once_more(tmp_path: Path) -> None:
    file = tmp_path / "a.scenario"
    file.write_text("x")
    assert counted(tmp_path, lambda: file.write_text(""), lambda: file.write_text("y")) == 1
    assert counted(tmp_path, lambda: file.write_text(""), lambda: None) == 1


def _between_looks(monkeypatch: pytest.MonkeyPatch, deeds: Iterator[Callable[[], object]]) -> None:
    """Let one thing be done each time that the watch waits, and Ctrl-C be pressed when all is done."""

    def pause(_seconds: float) -> None:
        deed = next(deeds, None)
        if deed is None:
            raise KeyboardInterrupt
        deed()

    monkeypatch.setattr(watching.time, "sleep", pause)
