"""Events are what a run costs on Temporal: counted one by one, and held to a budget."""

from __future__ import annotations

from pathlib import Path

import pytest

import dsl
from dsl import Compiled
from tests.equality.drivers import Outcome, on_temporal
from tests.histories import whitepaper
from tests.histories.golden import check_golden
from tests.histories.listing import listing, weight
from tests.histories.whitepaper import DAY, ENTRY, MONDAY

THREE_EMAILS = """
journey "Three emails"
  start when contact submits form "Whitepaper"
  runs once for each contact
  send email "Related blog post"
  wait 2 days
  send email "Case study"
  wait 2 days
  send email "Demo invitation"
"""


async def test_golden_three_emails_and_two_delays_are_at_most_36_events(tmp_path: Path, url: str) -> None:
    files = whitepaper.workspace() | {"journeys/whitepaper.journey": THREE_EMAILS.encode()}
    compiled = dsl.compile_workspace(files)
    real = await _play(whitepaper.path("three", ENTRY, days=10, journeys=compiled), tmp_path, url)
    history = real.histories["three-emails/ana/-/1"]
    assert len(history.events) <= 36
    check_golden("three-emails.txt", listing(history))


async def test_golden_the_longest_path_through_the_whitepaper_journey_is_at_most_75_events(
    tmp_path: Path, url: str
) -> None:
    real = await _play(whitepaper.path("longest", ENTRY), tmp_path, url)
    history = real.histories["whitepaper-nurture/ana/-/1"]
    sent = [row.step for row in real.traces["whitepaper-nurture/ana/-/1"] if row.kind == "sent"]
    print(f"{len(history.events)} events, {weight(history)} bytes")
    assert len(sent) == 6
    assert len(history.events) <= 75
    assert weight(history) <= 10_000
    check_golden("whitepaper-longest.txt", listing(history))


async def test_whatever_the_weekday_only_holds_and_events_cost_more_than_the_budget(
    tmp_path: Path, url: str
) -> None:
    real = await _play(_every_weekday(), tmp_path, url)
    over = []
    for run, history in real.histories.items():
        if not run.startswith("whitepaper-nurture/"):
            continue
        held = sum(row.kind == "held" for row in real.traces[run])
        heard = sum("signaled" in (e.WhichOneof("attributes") or "") for e in history.events)
        # A hold is a look, a timer and another look; an event heard is a signal, a task and a marker.
        if len(history.events) > 75 + 11 * held + 5 * heard:
            over.append((run, len(history.events), held, heard))
    assert len(real.histories) > 14  # and those of the journeys that follow
    assert over == []


@pytest.mark.parametrize("news", [0, 3])
async def test_an_event_that_only_moves_the_inbox_costs_five(news: int, tmp_path: Path, url: str) -> None:
    visits = [(0.1 + n / 10, "Asset Downloaded", {"asset": "Case study"}) for n in range(news)]
    real = await _play(whitepaper.path("news", ENTRY, *visits, days=1), tmp_path, url)
    history = real.histories["whitepaper-nurture/ana/-/1"]
    up_to_the_timer_of_day_2 = 11
    assert len(history.events) == up_to_the_timer_of_day_2 + 5 * news


def _every_weekday() -> whitepaper.Case:
    """Contacts who enter on each day of a week, one by day and one, who downloads later, by night."""
    cases = [
        whitepaper.path(
            "week",
            ENTRY,
            *([(5.6, "Asset Downloaded", {"asset": "Case study"})] if at_night else []),
            start=MONDAY + day * DAY + (10 * 3600 if at_night else 0),
            contact=f"c{day}{'n' if at_night else 'd'}",
            days=82,
        )
        for day in range(7)
        for at_night in (False, True)
    ]
    return whitepaper.together(cases)


async def _play(case: whitepaper.Case, folder: Path, url: str) -> Outcome:
    assert isinstance(case.compiled, Compiled)
    assert case.compiled.ok, case.compiled.diagnostics
    return await on_temporal(case, folder, url=url)
