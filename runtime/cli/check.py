"""`nurture check`: everything that is wrong with a workspace or one journey of it."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from runtime.cli.failures import FILES
from runtime.cli.files import replace_file
from runtime.cli.loading import placed, summary
from runtime.cli.output import print_json
from runtime.workspace import Workspace, read_workspace

if TYPE_CHECKING:
    from dsl import Diagnostic


Report = Literal["text", "json", "sarif", "github"]


def check(
    path: Path = Path(), *, fix: bool = False, save_scenario: Path | None = None, format: Report = "text"
) -> int:
    """Check a workspace, or one journey of it.

    Exits with 1 if there is an error; warnings and hints are shown and do no harm.

    Parameters
    ----------
    path
        A folder of a workspace, a .journey file or a .scenario file.
    fix
        Mend first what can be mended without a doubt about the meaning: words of the language, quotes, tabs.
        Which email, field or stage a misspelt name means is not decided.
    save_scenario
        A folder into which each finding that is shown by a path is written as a scenario that goes it.
    format
        What to print: text for people, JSON for programs, SARIF for code scanners, GitHub's annotations.
    """
    # The process is over before there is anything to collect, and looking takes a tenth of its time.
    gc.disable()
    try:
        code = _check(path, fix, format)
        if save_scenario is not None:
            from runtime.cli.saving import save_counterexamples

            workspace = read_workspace(path)
            save_counterexamples(workspace.files, workspace.journeys(), save_scenario)
        return code
    finally:
        gc.enable()


def _check(path: Path, fix: bool, format: Report) -> int:
    workspace = read_workspace(path)
    found = _mended(workspace, quiet=format != "text") if fix else _found(workspace)
    ok = not any(d.severity == "error" for d in found)
    if format == "json":
        _print_json(workspace, found, ok)
    elif format == "text":
        _print_text(workspace, found)
    else:
        from dsl.rendering import as_github, as_sarif

        said = (as_sarif if format == "sarif" else as_github)(placed(workspace, found))
        if said:
            print(said.removesuffix("\n"))
    return 0 if ok else FILES


def _found(workspace: Workspace) -> list[Diagnostic]:
    from runtime import checking

    return [d for d in checking.check(workspace.files, os.environ) if workspace.concerns(d.span.file)]


def _mended(workspace: Workspace, *, quiet: bool) -> list[Diagnostic]:
    """Mend the files in place, and return what is left."""
    from dsl.fixing import fix_workspace
    from dsl.workspace import Rechecking
    from runtime.checking import player

    fixed = fix_workspace(workspace.files, Rechecking(player()).check, concerns=workspace.concerns)
    for file, data in fixed.files.items():
        replace_file(workspace.root / file, data)
    if fixed.applied and not quiet:
        for file, data in sorted(fixed.files.items()):
            _print_mended(file, workspace.files[file], data)
        files = f"{len(fixed.files)} file{'' if len(fixed.files) == 1 else 's'}"
        mistakes = f"{len(fixed.applied)} mistake{'' if len(fixed.applied) == 1 else 's'}"
        print(f"Mended {mistakes} in {files}.")
    return [d for d in fixed.left if workspace.concerns(d.span.file)]


def _print_mended(file: str, before: bytes, after: bytes) -> None:
    """Print each line that was mended: the file, its number, what it was and what it is."""
    rows = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
    for number, (old, new) in enumerate(zip(*rows, strict=False), 1):
        if old.strip() != new.strip():
            print(f"{file}:{number}: {old.strip()} → {new.strip()}")


def _print_json(workspace: Workspace, found: list[Diagnostic], ok: bool) -> None:
    from dsl.diagnostics import as_dict

    print_json({"ok": ok, "files": _files(workspace), "diagnostics": [as_dict(d) for d in found]})


def _print_text(workspace: Workspace, found: list[Diagnostic]) -> None:
    from dsl import as_text
    from dsl.spelling import one_of

    if found:
        print(as_text(placed(workspace, found)))
    counted = (
        ("journey", workspace.journeys()),
        ("scenario", workspace.scenarios()),
        ("email", workspace.emails()),
    )
    read = one_of(
        (f"{len(files)} {kind} file{'' if len(files) == 1 else 's'}" for kind, files in counted if files),
        "and",
    )
    print(f"Checked {read}: {summary(found)}.")


def _files(workspace: Workspace) -> list[str]:
    return sorted(path for path in workspace.files if workspace.concerns(path))
