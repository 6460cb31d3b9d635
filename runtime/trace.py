"""Trace rows: what a run did and why, equal on every driver. They hold no personal data."""

from __future__ import annotations

from typing import NamedTuple


class TraceRow(NamedTuple):
    """One line of a run's journal.

    `n`: contiguous from 1 within the run. `at`: logical time. `step`: a step id, or "" for the run itself.
    `visit`: from 1. `kind`: see `KINDS`. `reason`: an enumeration or a name from the plan. `due`: the
    instant that a wait or hold ends, if any.
    """

    n: int
    at: int
    step: str
    visit: int
    kind: str
    reason: str = ""
    due: int | None = None


def place_of(row: TraceRow) -> int | None:
    """Return which branch was taken, or which arm was met, counted from 0; None: none of them."""
    kind, _, place = row.reason.partition(",")[0].partition(" ")
    return int(place) - 1 if kind in ("branch", "arm") and place.isdigit() else None
