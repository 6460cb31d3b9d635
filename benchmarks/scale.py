"""The long measurements: `make bench-scale` runs them and writes `benchmarks/scale.md`.

`python -m benchmarks.scale NAME …` runs some of them alone.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import growth, intake, parked
from benchmarks.measure import Row, pace

_FILE = Path(__file__).with_name("scale.md")
_HEAD = (
    "# At scale\n\nWritten by `make bench-scale`, or by `python -m benchmarks.scale NAME …` for some of it. "
    "Machines are shared and noisy: look at the load, and read the ratios."
)
_SIZES = (1_000, 10_000, 100_000)
_MEASUREMENTS: dict[str, Callable[[], list[Row]]] = {
    "intake": intake.measure,
    "reactions": intake.reactions,
    "growth": lambda: growth.measure(_SIZES),
    "growth-postgresql": lambda: growth.measure(_SIZES, "PostgreSQL"),
    "parked": parked.measure,
}


def main(names: list[str]) -> None:
    """Measure everything, or some of it; what is not measured stays as it was."""
    sections = _read()
    for name in names or _MEASUREMENTS:
        busy = os.getloadavg()[0]
        print(f"{name} (load {busy:.0f}) …", flush=True)
        rows = _MEASUREMENTS[name]()
        for row in rows:
            print(f"  {row.what}: {row.figure} (goal {row.goal}) {row.ratio}", flush=True)
        machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
        lines = [
            f"{machine}, {pace():.0f} million loop rounds a second, load {busy:.0f} before.",
            "",
            "| what | figure | goal | ratio |",
            "|---|---|---|---|",
            *(f"| {r.what} | {r.figure} | {r.goal} | {r.ratio} |" for r in rows),
        ]
        sections[name] = "\n".join(lines)
        _write(sections)


def _read() -> dict[str, str]:
    """Return the sections of the file by their headings."""
    text = _FILE.read_text("utf-8") if _FILE.exists() else ""
    parts = (part.partition("\n") for part in text.split("\n## ")[1:])
    return {heading: body.strip() for heading, _, body in parts}


def _write(sections: dict[str, str]) -> None:
    order = [*_MEASUREMENTS, *(name for name in sections if name not in _MEASUREMENTS)]
    parts = [_HEAD, *(f"## {name}\n\n{sections[name]}" for name in order if name in sections)]
    _FILE.write_text("\n\n".join(parts) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
