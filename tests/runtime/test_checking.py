"""However a check is carried out, on two cores or from the cache, it says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import dsl
from benchmarks.workspaces import workspace as many
from runtime import checking
from tests.dsl.proofs.cases import CASES
from tests.dsl.workspaces import HEAD, example, workspace

BROKEN = workspace(
    HEAD + '  sned email "News"\n  send email "Nwes"\n', **{"y.journey": b'journey "Two"\n  what'}
)


@pytest.mark.parametrize(
    "files",
    [example(), BROKEN, many(6, 5), {**many(6, 5), "a.journey": HEAD.encode()}, workspace()],
    ids=["example", "broken", "many", "many and a broken one", "one file"],
)
def test_two_processes_find_what_one_finds(files: dict[str, bytes]) -> None:
    assert checking.check_anew(files, large=0) == dsl.check_workspace(files)


def test_two_processes_prove_what_one_proves() -> None:
    found = set()
    for case in CASES[::4]:
        first = dsl.check_workspace(case.files)
        assert checking.check_anew(case.files, large=0) == first, case
        found |= {d.code for d in first}
    assert len(found) > 3


def _environ(folder: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(folder / "cache")}


def test_what_is_kept_is_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = checking.check(BROKEN, _environ(tmp_path))
    assert any(d.fix and d.fix.edits for d in first)
    monkeypatch.setattr(checking, "check_anew", lambda *_, **__: pytest.fail("it was kept"))
    assert checking.check(BROKEN, _environ(tmp_path)) == first == dsl.check_workspace(BROKEN)


def test_any_change_of_the_workspace_is_checked_anew(tmp_path: Path) -> None:
    checking.check(BROKEN, _environ(tmp_path))
    changed = workspace(HEAD + '  send email "News"\n')
    assert checking.check(changed, _environ(tmp_path)) == dsl.check_workspace(changed)
    moved = {f"folder/{path}" if path == "y.journey" else path: data for path, data in BROKEN.items()}
    assert checking.check(moved, _environ(tmp_path)) == dsl.check_workspace(moved)


@pytest.mark.parametrize("damage", [b"", b"[]", b"\xff" * 200, b'0\n[["N101"]]'])
def test_a_damaged_entry_is_ignored_and_written_again(tmp_path: Path, damage: bytes) -> None:
    first = checking.check(BROKEN, _environ(tmp_path))
    (entry,) = (tmp_path / "cache" / "nurture" / "checks").iterdir()
    whole = entry.read_bytes()
    for text in (damage, whole[:-9] + damage, whole.replace(b"N", b"M")):
        entry.write_bytes(text)
        assert checking.check(BROKEN, _environ(tmp_path)) == first
        assert entry.read_bytes() == whole


def test_the_cache_has_bounds_and_may_be_impossible_or_unwanted(tmp_path: Path) -> None:
    for n in range(40):
        checking.check(workspace(x=b"%d" % n), _environ(tmp_path))
    assert len(list((tmp_path / "cache" / "nurture" / "checks").iterdir())) == 32
    (tmp_path / "file").touch()
    for environ in ({"XDG_CACHE_HOME": f"{tmp_path}/file"}, {}, {"HOME": ""}, {"XDG_CACHE_HOME": "here"}):
        assert checking.check(BROKEN, environ) == dsl.check_workspace(BROKEN)
    checking.check(BROKEN, {"XDG_CACHE_HOME": f"{tmp_path}/off", "NURTURE_CACHE": "off"})
    assert not (tmp_path / "off").exists()
