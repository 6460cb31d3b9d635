"""Checking at scale: a thousand journeys cold, unchanged and after one change; long, deep; formatting."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from random import Random

import dsl
from benchmarks.measure import NURTURE, ROOT, Row, pace, seconds
from benchmarks.workspaces import journey, nested, workspace
from dsl.formatting import format_source
from dsl.workspace import Rechecking

_JOURNEYS, _EMAILS = 1_000, 300


def measure() -> list[Row]:
    """Measure the compiler on a large workspace."""
    files = workspace(_JOURNEYS, _EMAILS)
    rounds = pace()
    rows = [*_processes(files, rounds), _changed(files, rounds), _formatter()]
    return [*rows, *_growth()]


def _processes(files: dict[str, bytes], rounds: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "workspace")
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        environ = {**os.environ, "XDG_CACHE_HOME": f"{folder}/cache"}

        def check(**more: str) -> None:
            command = [NURTURE, "check", root]
            subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env={**environ, **more})

        cold = seconds(lambda: check(NURTURE_CACHE="off"), 3)
        check()
        again = seconds(check, 3)
    lines = sum(data.count(b"\n") for name, data in files.items() if name.endswith(".journey"))
    what = f"{_JOURNEYS:,} journeys of 60 lines and {_EMAILS} emails"
    return [
        Row(
            f"{what}, checked cold",
            f"{cold:.2f} s",
            "5 s",
            f"{lines / cold / rounds:,.0f} lines a million rounds",
        ),
        Row("the same, nothing changed", f"{again:.2f} s", "1 s", f"{again / cold:.2f} of the cold check"),
    ]


def _changed(files: dict[str, bytes], rounds: float) -> Row:
    name = "journeys/3/3.journey"
    rechecking = Rechecking()
    rechecking.check(files)
    points = iter(range(1, 100))

    def work() -> None:
        more = f"  add {next(points)} to score\n".encode()
        rechecking.check({**files, name: files[name] + more})

    taken = seconds(work)
    figure = f"{taken * 1000:.0f} ms"
    return Row("one file changed, in one process", figure, "50 ms", f"{taken * rounds:.2f} million rounds")


def _formatter() -> Row:
    text = journey(0, _EMAILS, 3_000, Random(2)).encode()
    taken = seconds(lambda: format_source(text), 3)
    rate = text.count(b"\n") / taken
    return Row(
        "formatter, with its check of itself",
        f"{rate:,.0f} lines/s",
        "4,000 lines/s",
        f"{rate / 4000:.1f} of the goal",
    )


def _growth() -> list[Row]:
    """Compare with half as much: what is linear takes twice as long."""
    half, long = (_alone(journey(0, _EMAILS, lines, Random(3)), _EMAILS) for lines in (2_500, 5_000))
    less, deep = (_alone(nested(levels), 1) for levels in (100, 200))
    return [
        Row("one journey of 5,000 lines", f"{long:.2f} s", "linear", f"{long / half:.1f} × one of 2,500"),
        Row("200 levels of nesting", f"{deep * 1000:.0f} ms", "linear", f"{deep / less:.1f} × 100 levels"),
    ]


def _alone(text: str, emails: int) -> float:
    """Time the check of a workspace with one journey, its definitions and emails included."""
    files = {name: data for name, data in workspace(1, emails).items() if not name.startswith("journeys/")}
    files["x.journey"] = text.encode()
    return seconds(lambda: dsl.check_workspace(files), 3)
