"""Whole processes: `nurture check` of the example, start-up included, and the demo."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time

from benchmarks.measure import EXAMPLE, NURTURE, ROOT, Row, bare_python, process


def check() -> list[Row]:
    """Time `nurture check` of the example workspace."""
    bare = bare_python()
    cold = process([NURTURE, "check", EXAMPLE], NURTURE_CACHE="off")
    again = process([NURTURE, "check", EXAMPLE])
    return [
        Row(
            "nurture check of the example, nothing kept from before",
            f"{cold:.2f} s",
            "0.6 s",
            f"{cold / bare:.1f} × a bare python",
        ),
        Row("the same, nothing changed", f"{again:.2f} s", "0.6 s", f"{again / bare:.1f} × a bare python"),
    ]


def demo() -> list[Row]:
    """Time the whole demo: fifty contacts, ninety days, on the time-skipping server."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        done = subprocess.run(
            [NURTURE, "demo", "--out", f"{folder}/demo", "--format", "json"],
            check=True,
            capture_output=True,
            cwd=ROOT,
        )
        taken = time.perf_counter() - start
    result = json.loads(done.stdout)
    return [
        Row(
            f"nurture demo: 50 contacts × 90 days, {result['runs']} runs",
            f"{taken:.1f} s",
            "45 s",
            f"{result['runs'] / taken:.1f} runs/s",
        )
    ]
