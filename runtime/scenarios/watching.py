"""Watching: what has changed in a workspace, by looking at its files now and then.

A look at the files of a workspace costs less than a millisecond, and works on every file system.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

LOOK_EVERY = 0.05
"""Seconds between two looks."""

_SUFFIXES = (".journey", ".scenario", ".md", ".toml")
_FOREIGN = frozenset({"node_modules", "venv", "__pycache__"})

Seen = dict[str, tuple[int, int]]


def changes(root: Path, pause: Callable[[], None] | None = None) -> Iterator[None]:
    """Yield at once, and then each time that a file of the workspace is new, gone or different.

    `pause`: waits for the next look.
    """
    pause = pause or (lambda: time.sleep(LOOK_EVERY))
    before = look(root)
    yield
    while True:
        pause()
        now = look(root)
        if emptied(before, now):  # most likely it is being written at this moment
            pause()
            now = look(root)
        if now != before:
            before = now
            yield


def emptied(before: Seen, now: Seen) -> bool:
    """Whether a file holds nothing any more: who writes one anew empties it first."""
    return any(not now[path][1] and size for path, (_, size) in before.items() if path in now)


def look(root: Path) -> Seen:
    """Return when each file of the workspace was last written, and its size."""
    found: Seen = {}
    stack = [str(root)]
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name in _FOREIGN:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
                    elif entry.name.endswith(_SUFFIXES):
                        about = entry.stat()
                        found[entry.path] = (about.st_mtime_ns, about.st_size)
        except OSError:
            continue  # a folder or file that has just gone
    return found
