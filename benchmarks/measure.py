"""What all measurements share: repeating, the machine's own pace, and a row of the result."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "whitepaper"
NURTURE = Path(sys.executable).parent / "nurture"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `ratio`: against a yardstick measured in the same run, for machines differ."""

    what: str
    figure: str
    goal: str
    ratio: str = ""


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """Return the median wall time of several runs, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def process(arguments: Sequence[str | Path], times: int = 5, **environ: str) -> float:
    """Return the median wall time of a whole process, in seconds."""
    # What is installed has its bytecode beside it, whatever this shell says of writing any.
    env = {**os.environ, **environ, "PYTHONDONTWRITEBYTECODE": ""}
    return seconds(
        lambda: subprocess.run(arguments, check=True, capture_output=True, cwd=ROOT, env=env), times
    )


def bare_python() -> float:
    """Return the yardstick for processes: a Python that does nothing."""
    return process([sys.executable, "-c", "pass"])


def pace() -> float:
    """Return the yardstick for pure Python: millions of plain loop rounds a second."""
    rounds = 2_000_000

    def work() -> int:
        total = 0
        for number in range(rounds):
            total += number & 7
        return total

    return rounds / seconds(work, 3) / 1e6
