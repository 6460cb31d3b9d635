"""The example workspace, wherever it is: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

import runtime
from runtime.workspace import WorkspaceError


def example() -> Path:
    """Return its folder. Raises `WorkspaceError` if it is not installed."""
    package = Path(runtime.__file__).parent
    for folder in (package / "_example", package.parent / "examples" / "whitepaper"):
        if folder.is_dir():
            return folder
    raise WorkspaceError("The example is not installed. Name a workspace with --workspace.")
