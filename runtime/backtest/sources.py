"""Versions of a workspace to compare: folders, or revisions that git keeps."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.workspace import WorkspaceError


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
    packed = _git("archive", "--format=tar", revision, "--", inside or ".")
    if packed is None:
        raise WorkspaceError(f"Git keeps no folder {inside or '.'} in {revision}. Check how it is written.")
    with tempfile.TemporaryDirectory(prefix="nurture-backtest-") as place:
        _unpack(packed, Path(place))
        yield Path(place, inside)


def _unpack(packed: bytes, place: Path) -> None:
    """Write the files of an archive. Links are left out: a workspace is read from its own folder alone."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            file = (place / member.name).resolve()
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None and file.is_relative_to(place.resolve()):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(stream.read())


def _git(*arguments: str) -> bytes | None:
    try:
        done = subprocess.run(["git", *arguments], check=False, capture_output=True)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
