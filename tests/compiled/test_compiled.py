"""The wheel whose machine is compiled to C does what the Python does (docs/decisions/0018)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.compiled.plays import played

ROOT = Path(__file__).parents[2]
PYTHON = (sys.executable, "-P")
"""A Python that looks into the folder it is started in only if it is told to."""

_HEADER = Path(sysconfig.get_path("include")) / "Python.h"

pytestmark = [
    pytest.mark.skipif(
        shutil.which("cc") is None or not _HEADER.exists(), reason="no C compiler with Python's headers"
    ),
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("compiled"),
]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as `make compiled` does, and return a folder with what is in it."""
    folder = tmp_path_factory.mktemp("compiled")
    _run([sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", folder], ROOT)
    (archive,) = folder.glob("*.tar.gz")
    shutil.unpack_archive(archive, folder, filter="data")
    (source,) = (path for path in folder.iterdir() if path.is_dir())
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    _run(build, source, HATCH_BUILD_HOOK_ENABLE_MYPYC="1")
    (wheel,) = folder.glob("*.whl")
    installed = folder / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    for metadata in installed.glob("*.dist-info"):  # or pytest would find its plugin twice
        shutil.rmtree(metadata)
    return installed


def test_every_case_is_played_alike(compiled: Path) -> None:
    told = json.loads(_run([*PYTHON, "-m", "tests.compiled.plays"], ROOT, PYTHONPATH=_before(compiled)))
    assert Path(told["machine"]).is_relative_to(compiled)
    assert Path(told["machine"]).suffix in (".so", ".pyd")
    assert told["played"] == json.loads(json.dumps(played()))


def test_it_passes_the_tests_of_turns_and_drives_workers(compiled: Path) -> None:
    tests = ["tests/runtime/test_turn.py", "tests/runtime/machine", "tests/dsl/test_civil.py"]
    workers = ["tests/runtime/why/test_both.py", "-k", "not postgresql"]
    by_it = "import pathlib, runtime.turn, sys, pytest; machine = pathlib.Path(runtime.turn.__file__);"
    by_it += "assert machine.is_relative_to(sys.argv[1]), machine; sys.exit(pytest.main(sys.argv[2:]))"
    _run([*PYTHON, "-c", by_it, compiled, "-n0", *tests, *workers], ROOT, PYTHONPATH=_before(compiled))


def _before(compiled: Path) -> str:
    return os.pathsep.join(map(str, (compiled, ROOT)))


def _run(command: list[str | Path], folder: Path, **variables: str) -> str:
    ran = subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
