"""The simulator compiled to C beside the simulator in Python: the journey of twenty steps, in turns."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Row
from tests.compiled.wheel import PYTHON, ROOT, before, build, can_be_built, run

_RUNS = 1_000
_TURNS = 5
_ONE = (
    "import json; from benchmarks.simulator import rate_of_twenty; "
    f"print(json.dumps(rate_of_twenty({_RUNS})))"
)


def measure() -> list[Row]:
    """Build the wheel, and measure both by the processor's time, in processes of their own."""
    what = "the same, compiled to C (`make compiled`)"
    if not can_be_built():
        return [Row(what, "no C compiler with Python's headers here", "3,000 runs/s", "")]
    with tempfile.TemporaryDirectory() as folder:
        compiled = build(Path(folder))
        python: list[list[float]] = []
        c: list[list[float]] = []
        for _ in range(_TURNS):
            python.append(json.loads(run((sys.executable, "-c", _ONE), ROOT)))
            c.append(json.loads(run((*PYTHON, "-c", _ONE), ROOT, PYTHONPATH=before(compiled))))
    rate, paced = (statistics.median(each) for each in zip(*c, strict=True))
    ratio = statistics.median(mine[1] / theirs[1] for mine, theirs in zip(c, python, strict=True))
    figure = f"{rate:,.0f} runs/s"
    return [
        Row(
            what,
            figure,
            "3,000 runs/s",
            f"{ratio:.2f} × Python's in turns; {paced:,.0f} a million loop rounds",
        )
    ]


if __name__ == "__main__":
    for row in measure():
        print(row.what, row.figure, row.ratio, sep=" | ")
