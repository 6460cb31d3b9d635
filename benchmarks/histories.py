"""Histories: the events and bytes of a run, from the golden files that a test keeps true."""

from __future__ import annotations

from benchmarks.measure import ROOT, Row

_GOLDEN = ROOT / "tests" / "histories" / "golden"
_GOALS = {"three-emails": 36, "whitepaper-longest": 75}


def measure() -> list[Row]:
    """Read the event budgets."""
    rows = []
    for name, goal in _GOALS.items():
        found = (_GOLDEN / f"{name}.txt").read_text("utf-8").splitlines()[0]
        events = int(found.split()[0])
        rows.append(Row(f"history: {name}", found, f"{goal} events", f"{events / goal:.2f} of the goal"))
    return rows
