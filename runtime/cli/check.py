"""`nurture check`: everything that is wrong with a workspace or one journey of it."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.cli.failures import FILES
from runtime.cli.loading import placed, summary
from runtime.cli.output import Format, print_json
from runtime.workspace import Workspace, read_workspace

if TYPE_CHECKING:
    from dsl import Diagnostic


def check(path: Path = Path(), *, format: Format = "text") -> int:
    """Check a workspace, or one journey of it.

    Exits with 1 if there is an error; warnings and hints are shown and do no harm.

    Parameters
    ----------
    path
        A folder of a workspace, or a .journey file.
    format
        What to print: text for people, JSON for programs.
    """
    # The process is over before there is anything to collect, and looking takes a tenth of its time.
    gc.disable()
    try:
        return _check(path, format)
    finally:
        gc.enable()


def _check(path: Path, format: Format) -> int:
    from dsl import check_workspace

    workspace = read_workspace(path)
    found = [d for d in check_workspace(workspace.files) if workspace.concerns(d.span.file)]
    ok = not any(d.severity == "error" for d in found)
    if format == "json":
        _print_json(workspace, found, ok)
    else:
        _print_text(workspace, found)
    return 0 if ok else FILES


def _print_json(workspace: Workspace, found: list[Diagnostic], ok: bool) -> None:
    from dsl.diagnostics import as_dict

    print_json({"ok": ok, "files": _files(workspace), "diagnostics": [as_dict(d) for d in found]})


def _print_text(workspace: Workspace, found: list[Diagnostic]) -> None:
    from dsl import as_text

    if found:
        print(as_text(placed(workspace, found)))
    journeys, emails = len(workspace.journeys()), len(workspace.emails())
    read = f"{journeys} journey file{'' if journeys == 1 else 's'}"
    if emails:
        read += f" and {emails} email file{'' if emails == 1 else 's'}"
    print(f"Checked {read}: {summary(found)}.")


def _files(workspace: Workspace) -> list[str]:
    return sorted(path for path in workspace.files if workspace.concerns(path))
