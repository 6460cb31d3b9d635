"""Versions of a workspace to compare: folders, or revisions that git keeps."""

from __future__ import annotations

import io
import posixpath
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from runtime.workspace import SETTINGS, WorkspaceError


@contextmanager
def folder(named: str) -> Iterator[Path]:
    """Give the folder of a version: a path, or a revision of git, `REVISION` or `REVISION:FOLDER`.

    Raises:
        WorkspaceError: it is neither.
    """
    if Path(named).exists():
        yield Path(named)
        return
    revision, _, inside = named.partition(":")
    if (
        not revision
        or _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") is None
    ):
        raise WorkspaceError(
            f"{named} is no folder, and no revision of git here. Name the folder of a workspace, a revision "
            "such as HEAD~1, or HEAD~1:FOLDER."
        )
    kept = _kept(revision, inside)
    packed = _git("archive", "--format=tar", f"{revision}:{kept}", top=True)
    if packed is None:
        raise WorkspaceError(f"Git keeps no folder {inside or '.'} in {revision}. Check how it is written.")
    with tempfile.TemporaryDirectory(prefix="nurture-backtest-") as place:
        _unpack(packed, Path(place))
        yield Path(place)


def _kept(revision: str, inside: str) -> str:
    """Return the folder of the workspace in a revision, from the top: the one that is named, or the nearest.

    A folder is named as seen from the current one, and without a name the workspace is the nearest folder
    that holds settings, as everywhere.
    """
    prefix = PurePosixPath((_git("rev-parse", "--show-prefix") or b"").decode().strip())
    here = posixpath.normpath(prefix / inside)
    found = [here] if inside else [here, *map(str, PurePosixPath(here).parents)]
    if here.startswith("..") or _git("cat-file", "-e", f"{revision}:{_path(here)}", top=True) is None:
        raise WorkspaceError(f"Git keeps no folder {inside or '.'} in {revision}. Check how it is written.")
    for folder in found:
        if _git("cat-file", "-e", f"{revision}:{_path(folder, SETTINGS)}", top=True) is not None:
            return _path(folder)
    where = f"{inside}" if inside else "the current folder, or in one above it,"
    raise WorkspaceError(
        f"Git keeps no {SETTINGS} in {where} at {revision}. Name the folder of a workspace: "
        f"{revision}:FOLDER, as seen from here."
    )


def _path(*parts: str) -> str:
    return "/".join(part for part in parts if part != ".")


def _unpack(packed: bytes, place: Path) -> None:
    """Write the files of an archive. Links are left out: a workspace is read from its own folder alone."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            file = (place / member.name).resolve()
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None and file.is_relative_to(place.resolve()):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(stream.read())


def _git(*arguments: str, top: bool = False) -> bytes | None:
    """Return what git says, None if it fails. `top`: ask in the topmost folder that it keeps."""
    try:
        if top:
            folder = subprocess.run(["git", "rev-parse", "--show-toplevel"], check=True, capture_output=True)
            arguments = ("-C", folder.stdout.decode().rstrip("\n"), *arguments)
        done = subprocess.run(["git", *arguments], check=False, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout if done.returncode == 0 else None
