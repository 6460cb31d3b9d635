"""The long measurements: `make bench-scale` runs them and writes `benchmarks/scale.md`.

`python -m benchmarks.scale NAME …` runs some of them alone, and writes nothing.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import growth, intake, parked
from benchmarks.measure import Row, pace

_SIZES = (1_000, 10_000, 100_000)
_MEASUREMENTS: dict[str, Callable[[], list[Row]]] = {
    "intake": intake.measure,
    "reactions": intake.reactions,
    "growth": lambda: growth.measure(_SIZES),
    "growth-postgresql": lambda: growth.measure(_SIZES[:2], "PostgreSQL"),
    "parked": parked.measure,
}


def main(names: list[str]) -> None:
    """Measure everything, or some of it."""
    rows: list[Row] = []
    for name in names or _MEASUREMENTS:
        busy = os.getloadavg()[0]
        print(f"{name} (load {busy:.0f}) …", flush=True)
        found = _MEASUREMENTS[name]()
        for row in found:
            print(f"  {row.what}: {row.figure} (goal {row.goal}) {row.ratio}", flush=True)
        rows += found
    if names:
        return
    text = [
        "# At scale",
        "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, at the end {pace():.0f} million loop "
        f"rounds a second and a load of {os.getloadavg()[0]:.0f}. Written by `make bench-scale`; machines "
        "are shared and noisy, so read the ratios.",
        "",
        "| what | figure | goal | ratio |",
        "|---|---|---|---|",
        *(f"| {r.what} | {r.figure} | {r.goal} | {r.ratio} |" for r in rows),
        "",
    ]
    Path(__file__).with_name("scale.md").write_text("\n".join(text), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
