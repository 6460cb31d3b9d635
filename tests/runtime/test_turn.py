"""Turns taken late: what happened first still comes first."""

from __future__ import annotations

from typing import Any

from dsl.plan import After, Arm, Arms, Handler, Interest, Plan, Wait
from runtime.evaluate import RunView
from runtime.machine import State, start_state
from runtime.turn import Around, InboxRow, Turn, take
from tests.runtime.snapshots import DAY, MONDAY, facts, plan, published

HOUR = 3_600


def two_threads(**more: Any) -> Plan:
    """Wait three days for B; a handler that A fires waits one day beside it."""
    steps = (
        Arms(id="wait:B", line=1, text="w", arms=(Arm(interest=1, to=None),), until=0, timeout=None),
        Wait(id="wait:handler", line=2, text="w", until=1),
    )
    instants = (After(amount=3, unit="day"), After(amount=1, unit="day"))
    handlers = (Handler(id="whenever:A", line=3, text="h", interest=0, body=1),)
    interests = (Interest(event="A"), Interest(event="B"))
    return plan(entry=0, steps=steps, instants=instants, handlers=handlers, interests=interests, **more)


def taken(journey: Plan, state: State, clock: int, *inbox: InboxRow) -> Turn:
    view = RunView("r", journey.journey, journey.hash, MONDAY, {})
    return take(journey, view, state, Around(clock, facts(), published(journey), inbox))


def told_of(turn: Turn) -> list[tuple[str, str, int]]:
    return [(row.step, row.kind, (row.at - MONDAY) // HOUR) for row in turn.rows]


def test_an_event_before_a_deadline_wins_although_another_wait_is_woken_late_before_it() -> None:
    journey = two_threads()
    first = taken(journey, start_state(MONDAY), MONDAY, InboxRow(1, MONDAY, (0,)))
    assert first.state.due() == MONDAY + DAY

    # The worker was away for four days. The handler's wait was over, then B came, then the deadline.
    late = taken(journey, first.state, MONDAY + 4 * DAY, InboxRow(2, MONDAY + 2 * DAY, (1,)))
    assert told_of(late) == [
        ("wait:handler", "woke", 96),
        ("wait:B", "met", 96),
        ("", "completed", 96),
    ]


def test_without_news_all_that_is_over_is_woken_together() -> None:
    journey = two_threads()
    first = taken(journey, start_state(MONDAY), MONDAY, InboxRow(1, MONDAY, (0,)))
    late = taken(journey, first.state, MONDAY + 4 * DAY)
    assert [row[1] for row in told_of(late)] == ["woke", "timeout", "completed"]
    assert late.transcript[0] == ["due", MONDAY + 4 * DAY]


def test_a_clock_behind_what_the_run_has_heard_changes_nothing() -> None:
    journey = two_threads()
    first = taken(journey, start_state(MONDAY), MONDAY)
    told = InboxRow(1, MONDAY + 3 * DAY, (0,))
    turns = [taken(journey, first.state, MONDAY + 3 * DAY - behind, told) for behind in (0, 1)]
    assert [row[1] for row in told_of(turns[0])] == ["fired", "waiting", "timeout"]
    assert turns[0].rows == turns[1].rows
