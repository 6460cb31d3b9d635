"""However a check is carried out, on two cores or from the cache, it says the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
    assert checking.check_anew(files, large=0) == dsl.check_workspace(files, checking.player())


def test_two_processes_prove_what_one_proves() -> None:
    found = set()
    for case in CASES[::4]:
        first = dsl.check_workspace(case.files, checking.player())
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


def _compilers(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Callable[[], bytes | None]:
    """Let a copy of some files be the compiler, and return a function that says which one it is."""
    (folder / "dsl" / "constructs").mkdir(parents=True)
    for name in ("__init__.py", "grammar.lark", "constructs/send.py"):
        (folder / "dsl" / name).write_text("one", "utf-8")
    monkeypatch.setattr(dsl, "__file__", str(folder / "dsl" / "__init__.py"))
    return checking._compiler.__wrapped__


def test_another_compiler_never_takes_what_an_older_one_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = _compilers(monkeypatch, tmp_path)
    known = [which()]
    assert which() == known[0]
    edited = tmp_path / "dsl" / "constructs" / "send.py"
    times = edited.stat()
    edited.write_text("two", "utf-8")  # as long as before, and with the times of before
    os.utime(edited, ns=(times.st_atime_ns, times.st_mtime_ns))
    known.append(which())
    (tmp_path / "dsl" / "__pycache__").mkdir()
    assert which() == known[-1]
    (tmp_path / "dsl" / "new.py").touch()
    known.append(which())
    monkeypatch.setattr(sys, "version", "another")
    known.append(which())
    packages = tmp_path / "site-packages"
    (packages / "pydantic-99.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(packages), str(tmp_path / "no such folder")])
    known.append(which())
    (packages / "pydantic-99.0.dist-info").rename(packages / "pydantic-99.1.dist-info")
    known.append(which())
    assert None not in known
    assert len(set(known)) == len(known)


def test_of_a_compiler_that_cannot_be_known_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dsl, "__file__", str(tmp_path / "archive.zip" / "dsl" / "__init__.py"))
    monkeypatch.setattr(checking, "_compiler", checking._compiler.__wrapped__)
    assert checking.check(BROKEN, _environ(tmp_path)) == dsl.check_workspace(BROKEN)
    assert not (tmp_path / "cache").exists()


def test_an_entry_that_is_no_file_is_passed_over(tmp_path: Path) -> None:
    first = checking.check(BROKEN, _environ(tmp_path))
    (entry,) = (tmp_path / "cache" / "nurture" / "checks").iterdir()
    makes: list[Callable[[], None]] = [
        lambda: entry.mkdir(),
        lambda: os.mkfifo(entry),
        lambda: entry.symlink_to(entry),
    ]
    for make in makes:
        entry.unlink() if not entry.is_dir() else entry.rmdir()
        make()
        assert checking.check(BROKEN, _environ(tmp_path)) == first
        assert [p for p in entry.parent.iterdir() if p != entry] == []


@pytest.mark.parametrize(
    "refused", ["mkdir", "write_bytes", "replace", "read_bytes", "stat", "unlink", "iterdir"]
)
def test_a_cache_that_refuses_changes_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    checking.check(workspace(), _environ(tmp_path))
    monkeypatch.setattr(Path, refused, refuse)
    for _ in range(2):
        assert checking.check(BROKEN, _environ(tmp_path)) == dsl.check_workspace(BROKEN)
    monkeypatch.undo()
    assert not list((tmp_path / "cache").rglob("*.tmp")) or refused == "unlink"


def test_what_may_only_be_read_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = checking.check(BROKEN, _environ(tmp_path))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    monkeypatch.setattr(checking, "check_anew", lambda *_, **__: pytest.fail("it was kept"))
    assert checking.check(BROKEN, _environ(tmp_path)) == first


def test_many_at_once_disturb_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "nurture" / "checks"
    (folder / "a folder").mkdir(parents=True)
    many_files = [workspace(HEAD + f"  wait {n} dyas\n") for n in range(50)]
    wanted = [dsl.check_workspace(files, checking.player()) for files in many_files]

    def check(n: int) -> bool:
        return checking.check(many_files[n], _environ(tmp_path)) == wanted[n]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(check, [n % 50 for n in range(200)]))
    assert len(list(folder.iterdir())) <= 41  # those that are written this moment may be one more each
