"""Build the wheel whose machine is compiled to C, as `make compiled` does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = (sys.executable, "-P")
"""A Python that looks into the folder it is started in only if it is told to."""


def can_be_built() -> bool:
    """Whether there is a C compiler, with Python's headers."""
    return shutil.which("cc") is not None and Path(sysconfig.get_path("include"), "Python.h").exists()


def build(folder: Path) -> Path:
    """Build it, and return a folder with what is in it."""
    hatch = sys.executable, "-m", "hatchling", "build", "--directory", folder, "--target"
    run((*hatch, "sdist"), ROOT)
    (archive,) = folder.glob("*.tar.gz")
    shutil.unpack_archive(archive, folder, filter="data")
    (source,) = (path for path in folder.iterdir() if path.is_dir())
    run((*hatch, "wheel"), source, HATCH_BUILD_HOOK_ENABLE_MYPYC="1")
    (wheel,) = folder.glob("*.whl")
    installed = folder / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    for metadata in installed.glob("*.dist-info"):  # or pytest would find its plugin twice
        shutil.rmtree(metadata)
    return installed


def before(compiled: Path) -> str:
    """Return the `PYTHONPATH` by which what is compiled is found before its sources, and the rest there."""
    return os.pathsep.join(map(str, (compiled, ROOT)))


def run(command: tuple[str | Path, ...], folder: Path, **variables: str) -> str:
    """Run a command, and return what it prints. Raises `AssertionError` with all it said if it fails."""
    ran = subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
