"""`nurture fmt`: one look for all journeys and scenarios."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.cli.failures import FILES, Failure
from runtime.cli.files import replace_file
from runtime.workspace import WorkspaceError, read_workspace

if TYPE_CHECKING:
    from dsl.formatting import Formatted

_SCENARIO = ".scenario"


def fmt(path: Path = Path(), *, check: bool = False, diff: bool = False) -> int:
    """Format the journeys and scenarios of a workspace, or one file. There are no options for how it looks.

    Spaces, indentation, quotes and empty lines are settled; comments stay. The result is read again before
    anything is written: it means the same.

    Parameters
    ----------
    path
        A folder of a workspace, a .journey file or a .scenario file.
    check
        Write nothing; exit with 1 if a file would change.
    diff
        Write nothing; show what would change, and exit with 1 if anything would.
    """
    changed = unchanged = 0
    for place, data, made in _formatted(path):
        if not made.changed:
            unchanged += 1
            continue
        changed += 1
        if diff:
            sys.stdout.write(_difference(place, data, made.data))
        elif check:
            print(f"{place} would change.")
        else:
            replace_file(place, made.data)
            print(f"{place} was formatted.")
    if not diff:
        print(_summary(changed, unchanged, done=not check))
    return FILES if changed and (check or diff) else 0


def _formatted(path: Path) -> Iterator[tuple[str, bytes, Formatted]]:
    from dsl.formatting import FormattingRefused, format_source

    for place, data in _files(path):
        try:
            yield place, data, format_source(data, "scenario" if place.endswith(_SCENARIO) else "journey")
        except FormattingRefused as refused:
            raise Failure(f"{place}: {refused}") from None


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files that are meant; a single one need not lie in a workspace."""
    if path.is_file():
        if path.suffix not in (".journey", _SCENARIO):
            raise WorkspaceError(f"{path} is not a .journey file. Name one, or the folder of a workspace.")
        yield str(path), path.read_bytes()
        return
    workspace = read_workspace(path)
    for name in sorted([*workspace.journeys(), *workspace.scenarios()]):
        place = os.path.relpath(workspace.root / name)
        yield str(workspace.root / name) if place.startswith("..") else place, workspace.files[name]


def _difference(place: str, before: bytes, after: bytes) -> str:
    rows = [text.decode("utf-8", "replace").splitlines(keepends=True) for text in (before, after)]
    shown = difflib.unified_diff(rows[0], rows[1], place, f"{place} (formatted)")
    return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in shown)


def _summary(changed: int, unchanged: int, *, done: bool) -> str:
    if not changed:
        return f"{_count(unchanged)} formatted already."
    word = "formatted" if done else "to be formatted"
    return f"{_count(changed)} {word}" + (f", {unchanged} already." if unchanged else ".")


def _count(number: int) -> str:
    return f"{number} file{'' if number == 1 else 's'}"
