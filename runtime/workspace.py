"""Workspaces on disk: which folder is meant, and the bytes of its files. The compiler opens none itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dsl.decoding import LARGEST

SETTINGS = "nurture.toml"

_MOST_FILES = 20_000
_NAMED = 2  # so many workspaces below are proposed; among more of them nobody can guess
_FOREIGN = frozenset({"node_modules", "venv", "__pycache__"})


class WorkspaceError(Exception):
    """A folder or file that a person named is no workspace. The message names the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The files of a workspace by their path relative to `root`, with `/`.

    `only`: the part that was asked about, a file or a folder relative to `root`; "" is all of it.
    """

    root: Path
    files: dict[str, bytes] = field(repr=False)
    only: str = ""

    def concerns(self, file: str) -> bool:
        """Tell whether a file lies in the part that was asked about."""
        return not self.only or file == self.only or file.startswith(f"{self.only}/")

    def journeys(self) -> list[str]:
        """Return the paths of the `.journey` files that were asked about."""
        return sorted(path for path in self.files if path.endswith(".journey") and self.concerns(path))

    def scenarios(self) -> list[str]:
        """Return the paths of the `.scenario` files that were asked about."""
        return sorted(path for path in self.files if path.endswith(".scenario") and self.concerns(path))

    def emails(self) -> list[str]:
        """Return the paths of the emails that were asked about."""
        return sorted(path for path in self.files if path.endswith(".md") and self.concerns(path))


def read_workspace(path: Path) -> Workspace:
    """Read the workspace that a folder or a `.journey` file belongs to.

    Raises:
        WorkspaceError: there is nothing at `path`, it belongs to no workspace, or it holds no journey.
    """
    try:
        place = path.resolve()
    except RuntimeError:
        raise WorkspaceError(
            f"{path} is a link that leads back to itself. Name a file or a folder."
        ) from None
    if not place.exists():
        raise WorkspaceError(f"There is no file or folder {path}. Check how the path is written.")
    if not place.is_dir() and not (place.is_file() and place.suffix in (".journey", ".scenario")):
        raise WorkspaceError(f"{path} is not a .journey file. Name one, or the folder of a workspace.")
    root = _root(place)
    if root is None:
        raise WorkspaceError(_no_settings(path, place))
    workspace = Workspace(root, dict(_files(root)), _relative(place, root))
    if not workspace.journeys() and not workspace.scenarios():
        raise WorkspaceError(
            f"There is no .journey file in {path}. Write one, or name the folder that holds your journeys."
        )
    return workspace


def _root(place: Path) -> Path | None:
    folders = [place, *place.parents] if place.is_dir() else list(place.parents)
    return next((folder for folder in folders if (folder / SETTINGS).is_file()), None)


def _no_settings(path: Path, place: Path) -> str:
    folder = place if place.is_dir() else place.parent
    message = f"There is no {SETTINGS} in {path} or in a folder above it."
    below = _workspaces_below(folder)
    if below:
        named = [str(path / one) if place.is_dir() else one for one in below]
        return f"{message} Did you mean {' or '.join(named)}?"
    return f'{message} Add one with [workspace], name = "…" and time_zone = "Europe/Berlin".'


def _workspaces_below(folder: Path) -> list[str]:
    """Name the workspaces right below a folder, else those below that; none if they are many or anybody's.

    In a folder where everybody may write, such as that of temporary files, lie those of others.
    """
    try:
        if folder.stat().st_mode & stat.S_IWOTH:
            return []
        for pattern in (f"*/{SETTINGS}", f"*/*/{SETTINGS}"):
            found = [settings.parent.relative_to(folder) for settings in folder.glob(pattern)]
            named = sorted(place.as_posix() for place in found if not any(map(_skipped, place.parts)))
            if named:
                return named if len(named) <= _NAMED else []
    except OSError:
        pass
    return []


def _relative(place: Path, root: Path) -> str:
    return "" if place == root else place.relative_to(root).as_posix()


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    taken = 0
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        # A folder with settings of its own is another workspace.
        folders[:] = sorted(n for n in folders if not _skipped(n) and not (here / n / SETTINGS).is_file())
        for name in sorted(names):
            path = here / name
            relative = path.relative_to(root).as_posix()
            if not _belongs(relative) or not (path.is_file() or _leads_nowhere(path)):
                continue
            taken += 1
            if taken > _MOST_FILES:
                raise WorkspaceError(
                    f"{root} holds more than {_MOST_FILES} files of a workspace. Split it up."
                )
            yield relative, _read(path)


def _skipped(name: str) -> bool:
    return name.startswith(".") or name in _FOREIGN


def _belongs(relative: str) -> bool:
    name = relative.rsplit("/", 1)[-1]
    if name.startswith("."):
        return False
    return (
        relative == SETTINGS
        or name.endswith((".journey", ".scenario"))
        or (relative.startswith("emails/") and name.endswith(".md"))
    )


def _leads_nowhere(path: Path) -> bool:
    """Whether it is a link to nothing, or back to itself: a journey that would be missed without a word."""
    return path.is_symlink() and not path.exists()


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size <= LARGEST:
            return path.read_bytes()
        with path.open("rb") as file:  # one byte more is enough: the compiler refuses the file
            return file.read(LARGEST + 1)
    except OSError as problem:
        raise WorkspaceError(
            f"{path} cannot be read: {problem.strerror or type(problem).__name__}. Check who may read it."
        ) from None
