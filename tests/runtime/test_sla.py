"""How a handoff stands against its time, in words."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from runtime.cli import render
from runtime.handoffs import Handoff
from runtime.reporting.sla import level, span

HOUR, DAY = 3_600, 86_400


def handoff(**more: Any) -> Handoff:
    return Handoff(
        **(
            {
                "id": "h",
                "run": "r",
                "contact": "ana",
                "handoff": "SDR",
                "priority": "normal",
                "status": "assigned",
                "owner": "one",
                "opened_at": 0,
                "due_at": DAY,
            }
            | more
        )
    )


@pytest.mark.parametrize(
    ("found", "at", "in_time", "text"),
    [
        (handoff(), 20 * HOUR + 1800, None, "waits, 3 h 30 min left"),
        (handoff(reminded_at=12 * HOUR), 13 * HOUR, None, "waits, 11 h left, reminded at half time"),
        (handoff(), 3 * DAY + 3 * HOUR, False, "overdue for 2 days 3 h"),
        (handoff(accepted_at=40 * 60), 9 * DAY, True, "accepted after 40 min, in time"),
        (handoff(accepted_at=2 * DAY), 9 * DAY, False, "accepted after 2 days, 1 day late"),
        (
            handoff(rejected_at=DAY, rejected_as="Student"),
            9 * DAY,
            True,
            "rejected as “Student” after 1 day, in time",
        ),
    ],
)
def test_a_handoff_says_how_it_stands(found: Handoff, at: int, in_time: bool | None, text: str) -> None:
    stands = level(found, at)
    assert (stands.in_time, stands.text) == (in_time, text)


def test_lengths_of_time_are_written_in_two_units() -> None:
    assert [span(n) for n in (0, 5, 90, HOUR, DAY - 20, 26 * HOUR)] == [
        "0 min",
        "1 min",
        "2 min",
        "1 h",
        "1 day",
        "1 day 2 h",
    ]


def test_each_handoff_of_a_contact_is_told_in_two_lines() -> None:
    out = Console(width=100, file=StringIO())
    found = [
        (handoff(priority="high", accepted_at=60), level(handoff(accepted_at=60), DAY)),
        (handoff(owner=None), level(handoff(), 2 * DAY)),
    ]
    out.print(render.handoffs(found, str))
    assert isinstance(out.file, StringIO)
    assert [line.rstrip() for line in out.file.getvalue().splitlines() if line.strip()] == [
        "Handed to sales, “SDR”, high priority: accepted after 1 min, in time",
        "  one since 0, to answer by 86400",
        "Handed to sales, “SDR”: overdue for 1 day",
        "  nobody in person since 0, to answer by 86400",
    ]
