"""Checking a workspace from outside the compiler: on two cores if it is large, from memory if it is known.

What is kept lies in the user's cache folder, never in the workspace: diagnostics alone, under the hash of the
workspace and of the compiler, so that an entry can be old but never wrong. `NURTURE_CACHE=off` keeps nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from dsl import Diagnostic
    from dsl.conversation import Conversation, Verdict

LARGE = 500_000  # bytes; below, a second process costs more than it saves
_MOST_ENTRIES = 32
_LARGEST_ENTRY = 4_000_000


def check(files: Mapping[str, bytes], environ: Mapping[str, str], *, large: int = LARGE) -> list[Diagnostic]:
    """Return all diagnostics of a workspace, as `dsl.check_workspace` does."""
    entry = _entry(files, environ)
    found = _recall(entry) if entry else None
    if found is None:
        found = check_anew(files, large=large)
        if entry:
            _keep(entry, found)
    return found


def check_anew(files: Mapping[str, bytes], *, large: int = LARGE) -> list[Diagnostic]:
    """Check a workspace, with a second process if it is large and one can be had."""
    from dsl import check_workspace

    size = sum(map(len, files.values()))
    if size < large or not hasattr(os, "fork") or sys.platform == "darwin" or (os.cpu_count() or 1) < 2:
        return check_workspace(files)
    found = _check_in_two(files)
    return check_workspace(files) if found is None else found


# ---------------------------------------------------------------------------------------------- two processes


def _check_in_two(files: Mapping[str, bytes]) -> list[Diagnostic] | None:
    """Check both halves of the files side by side; None if the other process was lost."""
    import multiprocessing

    from dsl.conversation import conclude, converse
    from dsl.parts import Part
    from dsl.tables import tables

    tables()  # before the fork, so that both have them
    first, second = _halves(files)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_second, args=(files, second, theirs, ours), daemon=True)
    process.start()
    theirs.close()
    try:
        part = Part.read(files, first)
        mine = _talk(converse(part), ours, speaks_first=False)
        other: Verdict = ours.recv()
        return conclude(part, mine, other)
    except (EOFError, OSError):
        return None
    finally:
        ours.close()
        process.join()


def _second(files: Mapping[str, bytes], own: Sequence[str], line: Connection, other: Connection) -> None:
    import gc

    from dsl.conversation import converse
    from dsl.parts import Part

    gc.disable()
    other.close()
    # If the first process is gone, nobody waits for an answer.
    with line, suppress(EOFError, OSError):
        line.send(_talk(converse(Part.read(files, own)), line, speaks_first=True))


def _talk(conversation: Conversation, line: Connection, *, speaks_first: bool) -> Verdict:
    # One speaks first, for a pipe holds little: two that only speak would wait for each other for ever.
    said: Any = next(conversation)
    try:
        while True:
            if speaks_first:
                line.send(said)
                heard = line.recv()
            else:
                heard = line.recv()
                line.send(said)
            said = conversation.send(heard)
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict


def _halves(files: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
    """Share the files out in order, so that both have as much to read."""
    from dsl.parts import sources

    names = sources(files)
    size, taken = sum(len(files[name]) for name in names), 0
    for place, name in enumerate(names):
        taken += len(files[name])
        if taken * 2 >= size:
            return names[: place + 1], names[place + 1 :]
    return names, []


# -------------------------------------------------------------------------------------------------- the cache


def _entry(files: Mapping[str, bytes], environ: Mapping[str, str]) -> Path | None:
    """Return where the result of a check is kept; None if nothing is to be kept."""
    if environ.get("NURTURE_CACHE", "").lower() == "off":
        return None
    base = environ.get("XDG_CACHE_HOME") or (f"{environ['HOME']}/.cache" if environ.get("HOME") else "")
    if not os.path.isabs(base):
        return None
    digest = hashlib.sha256(_compiler())
    for path, data in sorted(files.items()):
        digest.update(b"%d %d " % (len(path.encode("utf-8", "surrogateescape")), len(data)))
        digest.update(path.encode("utf-8", "surrogateescape") + data)
    return Path(base, "nurture", "checks", digest.hexdigest() + ".json")


def _compiler() -> bytes:
    """Return what tells one compiler from another: its files, their sizes and times."""
    import dsl

    rows = [sys.version]
    for folder, folders, names in os.walk(Path(dsl.__file__).parent):
        folders[:] = sorted(n for n in folders if n != "__pycache__")
        for name in sorted(names):
            stat = os.stat(os.path.join(folder, name))
            rows.append(f"{os.path.basename(folder)}/{name} {stat.st_size} {stat.st_mtime_ns}")
    return "\n".join(rows).encode("utf-8", "surrogateescape")


def _recall(entry: Path) -> list[Diagnostic] | None:
    """Read a kept result; None if there is none or it is damaged."""
    from dsl.diagnostics import Diagnostic, Edit, Fix
    from dsl.span import Span

    def fix(row: list[Any] | None) -> Fix | None:
        return None if row is None else Fix(row[0], tuple(Edit(Span(*s), text) for s, text in row[1]))

    try:
        text = entry.read_bytes()
        if hashlib.sha256(text[65:]).hexdigest().encode() != text[:64]:
            return None
        found = [
            Diagnostic(code, severity, Span(*span), message, why, fix(mend), excerpt, path)
            for code, severity, span, message, why, mend, excerpt, path in json.loads(text[65:])
        ]
        os.utime(entry)
    except (OSError, ValueError, TypeError):
        return None
    return found


def _keep(entry: Path, found: Sequence[Diagnostic]) -> None:
    """Keep a result, in one stroke; a cache that cannot be written is no mistake of anybody."""
    from dataclasses import astuple

    text = json.dumps([astuple(d) for d in found], default=str).encode()
    if len(text) > _LARGEST_ENTRY:
        return
    draft = entry.with_name(f"{entry.name}.{os.getpid()}.tmp")
    try:
        entry.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_bytes(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
        draft.replace(entry)
        kept = sorted(entry.parent.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in kept[_MOST_ENTRIES:]:
            old.unlink(missing_ok=True)
    except OSError:
        return
