"""Run every measurement and write the result down, even where it falls short."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

from benchmarks import checking, compiled, histories, processes, scenarios, simulator, versus
from benchmarks.measure import Row

_MEASUREMENTS: tuple[tuple[str, Callable[[], list[Row]]], ...] = (
    ("check", processes.check),
    ("checking", checking.measure),
    ("simulator", simulator.measure),
    ("compiled", compiled.measure),
    ("scenarios", scenarios.measure),
    ("histories", histories.measure),
    ("demo", processes.demo),
    ("backtest", processes.backtest),
    ("versus", versus.measure),
)


def main() -> None:
    """Measure everything."""
    rows: list[Row] = []
    for name, measure in _MEASUREMENTS:
        print(f"{name} …", flush=True)
        found = measure()
        for row in found:
            print(f"  {row.what}: {row.figure} (goal {row.goal}) {row.ratio}", flush=True)
        rows += found
    text = [
        "# Results",
        "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores. Written by `make bench`; machines are "
        "shared and noisy, so read the ratios.",
        "",
        "| what | figure | goal | ratio |",
        "|---|---|---|---|",
        *(f"| {r.what} | {r.figure} | {r.goal} | {r.ratio} |" for r in rows),
        "",
    ]
    Path(__file__).with_name("results.md").write_text("\n".join(text), "utf-8")


if __name__ == "__main__":
    main()
