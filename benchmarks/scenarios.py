"""Scenarios: two hundred of the example as one process, and after changes in a process that watches."""

from __future__ import annotations

import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.measure import EXAMPLE, NURTURE, Row, bare_python, process

_WANTED = 200
_TIMES = 12
_REST = 0.3
_POLICY = """policy "Marketing"
  require consent "Marketing"
  allow at most 5 emails in any 7 days, otherwise hold up to 3 days
"""
_CHANGES = (
    ("a scenario", "scenarios/0-0.scenario", "Tuesday at ten", "Tuesday at 10"),
    ("a journey", "journeys/re-engagement.journey", "up to 14 days", "up to 15 days"),
    ("the longest journey", "journeys/whitepaper.journey", "up to 5 days", "up to 6 days"),
    ("the policy", "policy.journey", "at most 5", "at most 6"),
)
_SUM = re.compile(r"\d+ scenarios: .*, in [\d.]+ s\.")


def measure() -> list[Row]:
    """Play two hundred scenarios, and those again that changes concern."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "workspace")
        shutil.copytree(EXAMPLE, root)
        _multiply(root)
        (root / "policy.journey").write_text(_POLICY, encoding="utf-8")
        return [_process(root), *_watched(root)]


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
    bare = bare_python()
    return Row(
        f"{_WANTED} scenarios of the example, a whole process",
        f"{taken:.2f} s",
        "3 s",
        f"{taken / bare:.0f} × a Python that does nothing",
    )


def _watched(root: Path) -> list[Row]:
    """Change files beside a `nurture test --watch`, and measure until it has told everything."""
    whole = process([NURTURE, "test", root], 3)
    rows = []
    with _Watching(root) as watching:
        for what, name, old, new in _CHANGES:
            times, played = zip(*(watching.change(root / name, old, new) for _ in range(_TIMES)), strict=True)
            middle, worst = statistics.median(times), max(times)
            rows.append(
                Row(
                    f"nurture test --watch after a change of {what}: {played[-1]} of {watching.all} played",
                    f"{middle * 1000:.0f} ms (p50 of {_TIMES}, at most {worst * 1000:.0f} ms)",
                    "300 ms",
                    f"{middle / whole:.2f} of a whole process",
                )
            )
    return rows


class _Watching:
    """A process that watches a workspace."""

    def __init__(self, root: Path) -> None:
        command = [NURTURE, "test", root, "--watch"]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.all = 0

    def __enter__(self) -> _Watching:
        self.all = int(self._told()[-1].split()[0])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def change(self, file: Path, old: str, new: str) -> tuple[float, int]:
        """Write one text in place of the other, or back; return the seconds, and how many were played."""
        time.sleep(_REST)
        text = file.read_text(encoding="utf-8")
        old, new = (new, old) if new in text else (old, new)
        beside = file.with_suffix(".new")
        beside.write_text(text.replace(old, new), encoding="utf-8")
        began = time.perf_counter()
        beside.replace(file)
        told = self._told()
        taken = time.perf_counter() - began
        line = next(line for line in told if " changed: " in line)
        said = line.split(" changed: ")[1].split()
        return taken, self.all if said[0] == "all" else int(said[0])

    def _told(self) -> list[str]:
        """Read up to the line with the sum."""
        assert self._process.stdout is not None
        found = []
        for line in self._process.stdout:
            found.append(line)
            if _SUM.match(line):
                return found
        raise RuntimeError("nurture test --watch has ended.")
