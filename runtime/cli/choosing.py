"""Choosing: the journeys that a person means by a name or a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.cli.loading import load
from runtime.workspace import WorkspaceError

if TYPE_CHECKING:
    from dsl import Compiled
    from dsl.plan import Plan

JOURNEY = re.compile(r'^journey\s*"([^"]*)"', re.MULTILINE)


def choose(journey: str, workspace: Path) -> tuple[Compiled, list[Plan]]:
    """Compile the workspace and return the plans of a journey, or of all journeys of a file.

    Raises:
        WorkspaceError: there is no such journey, or the file holds none.
        Exit: the workspace has errors; they have been printed.
    """
    if not journey.endswith(".journey"):
        _, compiled = load(workspace)
        if journey in compiled.plans:
            return compiled, [compiled.plans[journey]]
        raise WorkspaceError(_no_journey(journey, list(compiled.plans)))
    found, compiled = load(Path(journey))
    text = found.files[found.only].decode("utf-8-sig")
    plans = [compiled.plans[name] for name in JOURNEY.findall(text) if name in compiled.plans]
    if not plans:
        raise WorkspaceError(f"{journey} holds no journey. Name a file that does, or the journey itself.")
    return compiled, plans


def _no_journey(journey: str, known: list[str]) -> str:
    from dsl.spelling import nearest

    guess = nearest(journey, known)
    advice = f'Did you mean "{guess}"?' if guess else f"There are: {', '.join(sorted(known)) or 'none'}."
    return f'There is no journey "{journey}" in this workspace. {advice}'
