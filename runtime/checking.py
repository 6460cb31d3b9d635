"""Checking a workspace from outside the compiler: on two cores if it is large, from memory if it is known.

What is kept lies in the user's cache folder, never in the workspace: diagnostics alone, under the hash of the
workspace and of the compiler with all that it stands on, so that an entry can be old but never wrong.
`NURTURE_CACHE=off` keeps nothing.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from dsl import Diagnostic
    from dsl.conversation import Conversation, Verdict
    from dsl.plan import Plan
    from dsl.proofs import Finding
    from dsl.proofs.placing import Play

LARGE = 500_000  # bytes; below, a second process costs more than it saves
_MOST_ENTRIES = 32
_LARGEST_ENTRY = 4_000_000
_PLAYING = ("playing.py", "explore.py", "evaluate.py", "facts.py", "days.py", "points.py")


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
        return check_workspace(files, player())
    found = _check_in_two(files)
    return check_workspace(files, player()) if found is None else found


# ---------------------------------------------------------------------------------------------- two processes


def player() -> Play:
    """Return what plays the paths of one check on the machine, which is loaded for the first of them."""
    players: list[Play] = []

    def play(plan: Plan, finding: Finding) -> str:
        if not players:
            from runtime.playing import Player

            players.append(Player())
        return players[0](plan, finding)

    return play


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
        return conclude(part, mine, other, play=player())
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
    # If the first process is gone, nobody waits for an answer. Whatever else fails, it meets alone and tells.
    with line, suppress(Exception):
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
    compiler = _compiler()
    if compiler is None:
        return None
    digest = hashlib.sha256(compiler)
    for path, data in sorted(files.items()):
        digest.update(b"%d %d " % (len(path.encode("utf-8", "surrogateescape")), len(data)))
        digest.update(path.encode("utf-8", "surrogateescape") + data)
    return Path(base, "nurture", "checks", digest.hexdigest() + ".json")


@functools.cache
def _compiler() -> bytes | None:
    """Return what tells one compiler from another, or None if that cannot be told.

    Our own files are known by their places, sizes and times. The time of the last change of a file's state is
    among these: nobody can set it, so a file that was edited, or unpacked with the times of an older one, is
    another. Packages are known by the names of their `dist-info` folders, which hold the versions. A process
    asks once, for it goes on with the modules that it has loaded.
    """
    import dsl

    own = Path(dsl.__file__).parent
    rows = [sys.version, own.as_posix(), os.environ.get("PYTHONTZPATH", "")]
    try:
        rows += _files_of(own)
        rows += _files_of(Path(__file__).with_name("machine"))
        rows += [_known(Path(__file__).with_name(name)) for name in _PLAYING]
        rows += [_known(Path(__file__)), _known(Path("/usr/share/zoneinfo"), there=False)]
        rows += _packages()
    except OSError:
        return None  # a file is being replaced this moment, or the compiler lies in an archive
    return "\n".join(rows).encode("utf-8", "surrogateescape")


def _files_of(own: Path) -> list[str]:
    rows = []
    for folder, folders, names in os.walk(own):
        folders[:] = sorted(n for n in folders if n != "__pycache__")
        rows += [_known(Path(folder, name)) for name in sorted(names)]
    if not rows:
        raise FileNotFoundError(own)
    return rows


def _known(path: Path, *, there: bool = True) -> str:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        if there:
            raise
        return f"{path} -"
    return f"{path} {found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def _packages() -> list[str]:
    rows = []
    for folder in sys.path:
        with suppress(FileNotFoundError, NotADirectoryError):
            rows += sorted(name for name in os.listdir(folder or ".") if name.endswith(".dist-info"))
    return rows


def _recall(entry: Path) -> list[Diagnostic] | None:
    """Read a kept result; None if there is none or it is damaged."""
    from dsl.diagnostics import Diagnostic, Edit, Fix
    from dsl.span import Span

    def fix(row: list[Any] | None) -> Fix | None:
        return None if row is None else Fix(row[0], tuple(Edit(Span(*s), text) for s, text in row[1]))

    try:
        about = entry.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST_ENTRY + 65:
            return None
        text = entry.read_bytes()
        if hashlib.sha256(text[65:]).hexdigest().encode() != text[:64]:
            return None
        found = [
            Diagnostic(code, severity, Span(*span), message, why, fix(mend), excerpt, path, times)
            for code, severity, span, message, why, mend, excerpt, path, times in json.loads(text[65:])
        ]
    except (OSError, ValueError, TypeError):
        return None
    with suppress(OSError):  # a folder that may only be read serves as well
        os.utime(entry)
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
    except OSError:
        with suppress(OSError):
            draft.unlink()
    with suppress(OSError):
        _prune(entry.parent)


def _prune(folder: Path) -> None:
    """Drop the oldest entries. Another process may do the same at the same time."""
    ages = []
    for file in folder.iterdir():
        with suppress(OSError):
            ages.append((file.stat().st_mtime, file))
    for _, old in sorted(ages, reverse=True)[_MOST_ENTRIES:]:
        with suppress(OSError):
            old.unlink()
