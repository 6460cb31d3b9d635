"""Histories: the events and bytes of a run, from the golden files that a test keeps true."""

from __future__ import annotations

import json

from benchmarks.measure import ROOT, Row

_GOLDEN = ROOT / "tests" / "histories" / "golden"
_GOALS = {"three-emails-two-delays": 36, "whitepaper-longest-path": 75}


def measure() -> list[Row]:
    """Read the event budgets."""
    rows = []
    for name, goal in _GOALS.items():
        found = json.loads((_GOLDEN / f"{name}.json").read_text("utf-8"))
        rows.append(
            Row(
                f"history: {name}",
                f"{len(found['events'])} events, {found['bytes']:,} bytes",
                f"{goal} events",
            )
        )
    return rows
