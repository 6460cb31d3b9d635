"""Loading: the workspace that a command is about, or its mistakes and exit code 1."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from runtime.cli.failures import FILES, Exit
from runtime.workspace import Workspace, read_workspace

if TYPE_CHECKING:
    from dsl import Compiled, Diagnostic
    from dsl.diagnostics import Fix
    from dsl.span import Span


def load(path: Path) -> tuple[Workspace, Compiled]:
    """Read and compile a workspace.

    Raises:
        WorkspaceError: there is none.
        Exit: it has errors; they have been printed.
    """
    from dsl import compile_workspace

    workspace = read_workspace(path)
    compiled = compile_workspace(workspace.files)
    if not compiled.ok:
        refuse(workspace, compiled)
    return workspace, compiled


def refuse(workspace: Workspace, compiled: Compiled) -> NoReturn:
    """Print the errors of a workspace, and end with their code."""
    from dsl import as_text

    errors = [d for d in compiled.diagnostics if d.severity == "error"]
    print(as_text(placed(workspace, errors)), file=sys.stderr)
    print(f"Nothing was done: {summary(errors)} in {workspace.root}.", file=sys.stderr)
    raise Exit(FILES)


def load_to_carry(path: Path) -> tuple[Workspace, Compiled]:
    """Read and compile a workspace for a worker: its settings are what a worker needs of it.

    Journeys, definitions and emails may have errors, for what is deployed stands in the database. Raises as
    `load_to_run` does, for errors of the settings alone.
    """
    from dsl import compile_workspace
    from dsl.settings import FILE as SETTINGS

    workspace = read_workspace(path)
    compiled = compile_workspace(workspace.files)
    if compiled.ok:
        _refuse_unsupported(compiled)
    elif compiled.settings is None or any(
        d.severity == "error" and d.span.file == SETTINGS for d in compiled.diagnostics
    ):
        refuse(workspace, compiled)
    return workspace, compiled


def load_to_run(path: Path) -> tuple[Workspace, Compiled]:
    """Read and compile a workspace that is about to run.

    Raises:
        WorkspaceError: there is none.
        Exit: it has errors, or asks for what cannot run yet; that has been printed.
    """
    workspace, compiled = load(path)
    _refuse_unsupported(compiled)
    return workspace, compiled


def _refuse_unsupported(compiled: Compiled) -> None:
    from runtime.support import unsupported

    wanting = [sentence for plan in compiled.plans.values() for sentence in unsupported(plan)]
    if wanting:
        print("\n".join(wanting), file=sys.stderr)
        print("Nothing was done: leave these out to run the rest, or keep them for `check`.", file=sys.stderr)
        raise Exit(FILES)


def placed(workspace: Workspace, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics whose files are named as seen from the current folder, to be clicked on."""
    names: dict[str, str] = {}

    def seen(span: Span) -> Span:
        name = names.get(span.file)
        if name is None:
            name = names[span.file] = _seen(workspace.root / span.file)
        return span._replace(file=name)

    def mended(fix: Fix) -> Fix:
        return replace(fix, edits=tuple(replace(edit, span=seen(edit.span)) for edit in fix.edits))

    return [replace(d, span=seen(d.span), fix=d.fix and mended(d.fix)) for d in diagnostics]


def _seen(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Count diagnostics in words, the worst first."""
    found: list[str] = [d.severity for d in diagnostics]
    parts = []
    for severity, one in (("error", "error"), ("warning", "warning"), ("info", "hint")):
        if number := found.count(severity):
            parts.append(f"{number} {one}{'' if number == 1 else 's'}")
    return ", ".join(parts) or "no mistakes"
