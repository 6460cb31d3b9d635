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
