"""The command, once as the installed program in a folder that would shadow its packages, else in process."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runtime.cli.app import run

EXAMPLE = Path(__file__).parents[3] / "examples" / "whitepaper"
GOLDEN = Path(__file__).parent / "golden"
NURTURE = Path(sys.executable).with_name("nurture")


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def shadowing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose own packages break whatever imports them."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for name in ("activities", "workflows", "runtime", "dsl"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise ImportError('the folder of the user')", "utf-8")
    return folder


@pytest.fixture(scope="session")
def installed(shadowing: Path) -> Run:
    """Run the installed program."""

    def ran(*arguments: object, environ: dict[str, str] | None = None) -> Ran:
        done = subprocess.run(
            [NURTURE, *map(str, arguments)],
            cwd=shadowing,
            env={**_clean(), **(environ or {})},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return ran


@pytest.fixture
def nurture(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Run]:
    """Run a command in this process, in a folder of its own."""
    for name in os.environ.keys() - _clean().keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("NURTURE_CACHE", "off")
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    # A command that runs on sends the log where it wants; the next test does not.
    root, ours = logging.getLogger(), logging.getLogger("nurture")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield ran
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def _clean() -> dict[str, str]:
    ours = ("NURTURE_", "TEMPORAL_")
    kept = {k: v for k, v in os.environ.items() if k == "NURTURE_GOLDEN" or not k.startswith(ours)}
    return {**kept, "NURTURE_CACHE": "off"}


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[..., Path]:
    """Make a workspace with one journey of these lines."""

    def make(*lines: str, name: str = "a.journey") -> Path:
        folder = tmp_path / "workspace"
        folder.mkdir(exist_ok=True)
        settings = '[workspace]\nname = "Test"\ntime_zone = "Europe/Berlin"\n'
        (folder / "nurture.toml").write_text(settings, "utf-8")
        (folder / name).write_text("\n".join(lines) + "\n", "utf-8")
        return folder

    return make


@pytest.fixture
def database(url: str, monkeypatch: pytest.MonkeyPatch, nurture: Run) -> str:
    """The URL of a database in which the example is published and its sample imported."""
    from dsl import compile_workspace
    from runtime.store import open_store, publish
    from runtime.workspace import read_workspace

    monkeypatch.setenv("NURTURE_DATABASE_URL", url)

    async def fill() -> None:
        store = await open_store(url)
        compiled = compile_workspace(read_workspace(EXAMPLE).files)
        await publish(store, compiled.definitions, compiled.plans.values(), 0)
        await store.close()

    asyncio.run(fill())
    assert nurture("import", "accounts", EXAMPLE / "sample" / "accounts.csv").code == 0
    assert nurture("import", "contacts", EXAMPLE / "sample" / "contacts.csv").code == 0
    return url


def golden(name: str, text: str) -> None:
    """Compare with a golden file, or write it if NURTURE_GOLDEN=write."""
    file = GOLDEN / name
    if os.environ.get("NURTURE_GOLDEN") == "write":
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")
