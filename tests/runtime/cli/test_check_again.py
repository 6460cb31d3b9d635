"""`nurture check` of what was checked before prints what the first check printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dsl.workspaces import HEAD
from tests.dsl.workspaces import workspace as files_of
from tests.runtime.cli.conftest import Run

BROKEN = files_of(HEAD + '  sned email "News"\n  send email "Nwes"\n')


@pytest.mark.parametrize("format", ["text", "json", "sarif", "github"])
def test_the_command_prints_the_same_from_memory(
    nurture: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    folder = tmp_path / "workspace"
    for name, data in BROKEN.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    without = nurture("check", folder, "--format", format)
    monkeypatch.setenv("NURTURE_CACHE", "on")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first, again = (nurture("check", folder, "--format", format) for _ in range(2))
    assert first == again == without
    assert (tmp_path / "cache" / "nurture").is_dir()
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == BROKEN.keys()
