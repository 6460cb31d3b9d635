"""Scenarios: two hundred of the example as one process, one more time in a process that watches."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from benchmarks.measure import EXAMPLE, NURTURE, Row, bare_python, process, seconds
from dsl.workspace import Recompiling
from runtime.scenarios.running import run
from runtime.scenarios.stage import Set
from runtime.workspace import read_workspace

_WANTED = 200


def measure() -> list[Row]:
    """Play two hundred scenarios."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "workspace")
        shutil.copytree(EXAMPLE, root)
        _multiply(root)
        return [_process(root), _watched(root)]


def _multiply(root: Path) -> None:
    """Copy the scenarios of the example, under other names, until there are enough of them."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(root.glob("scenarios/*.scenario"))]
    shutil.rmtree(root / "scenarios")
    (root / "scenarios").mkdir()
    made, copy = 0, 0
    while made < _WANTED:
        for number, text in enumerate(texts):
            heads = [row for row in text.split("\n") if row.startswith("scenario ")]
            (root / "scenarios" / f"{copy}-{number}.scenario").write_text(text, encoding="utf-8")
            made += len(heads)
        copy += 1


def _process(root: Path) -> Row:
    taken = process([NURTURE, "test", root], 5)
    alone = process([NURTURE, "test", root, "--workers", "1"], 3)
    bare = bare_python()
    return Row(
        f"{_WANTED} scenarios of the example, a whole process",
        f"{taken:.2f} s",
        "3 s",
        f"{taken / bare:.0f} × a Python that does nothing; {alone:.2f} s on one core",
    )


def _watched(root: Path) -> Row:
    """Measure what follows a change, in a process that has everything in memory."""
    files, compiler = dict(read_workspace(root).files), Recompiling()
    compiler.compile(files)
    name = "scenarios/0-0.scenario"
    changes = iter(range(1, 100))

    def work() -> None:
        files[name] += f"\n# {next(changes)}\n".encode()
        compiled, made = compiler.compile(files)
        run(made.scripts, Set.of(compiled), workers=0)

    taken = seconds(work, 5)
    few = {n: data for n, data in files.items() if not n.startswith("scenarios/") or n == name}
    files = few
    return Row(
        "the same after a change, in one process that watches",
        f"{taken * 1000:.0f} ms; one file of them {seconds(work, 5) * 1000:.0f} ms",
        "300 ms",
        "",
    )
