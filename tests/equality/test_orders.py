"""Which orders of one second the judge of pairs takes for possible, and which it does not."""

from __future__ import annotations

from itertools import islice

import pytest

from runtime.machine import Done
from runtime.simulator import RunRecord, Simulator
from runtime.turn import Outer, Turn
from runtime.writes import Write
from tests.equality import orders, remains
from tests.equality.__main__ import made
from tests.equality.case import FOUND, load, read
from tests.equality.drivers import simulated

_JOURNEYS = """
journey "One"
  start when contact submits form "Whitepaper"
  runs once for each contact
  start journey "Two"
  send service email "News"
  start journey "Two"

journey "Two"
  start when contact submits form "Whitepaper"
  runs once for each contact
  add 1 to score
"""
_CASE = {
    "until": "2041-10-25T00:00:00Z",
    "time_zone": "UTC",
    "journey": _JOURNEYS,
    "definitions": 'forms "Whitepaper"\nconsents "News"\n',
    "emails": {"news": "---\nname: News\nclass: service\nsubject: News\n---\nHello.\n"},
    "contacts": [{"id": "ana"}],
    "happens": [
        {
            "at": "2041-10-24T01:00:00Z",
            "event": "Form Submitted",
            "contact": "ana",
            "properties": {"form": "Whitepaper"},
        }
    ],
}


def _refusals(lines: list[str]) -> tuple[str, ...]:
    return tuple(line.split("not started ")[1].split("'")[1] for line in lines if "not started" in line)


def test_another_run_may_come_first_or_between_two_transactions_of_a_turn() -> None:
    found = {_refusals(lines) for lines in orders.others(read("orders", _CASE))}
    assert found == {
        ("already running", "already running"),
        ("runs once", "runs once"),
        ("already running", "runs once"),
    }


def test_a_turn_in_parts_comes_to_what_the_whole_turn_does() -> None:
    for pair in islice(made(2026, 3), 60):
        assert orders.in_parts(pair.case) == remains.of_world(pair.world, pair.case)


def test_what_depends_on_where_a_turn_is_cut_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the simulator was once: others of an account heard at the end of a turn, not at each commit."""
    case = load(FOUND / "an_account_changed_around_an_effect.toml")
    right = remains.of_world(simulated(case), case)
    deliver, keep, held = Simulator._deliver, Simulator._keep, []

    def hold(self: Simulator, record: RunRecord, outer: Outer, written: list[Write]) -> Done:
        held.extend(written)
        return deliver(self, record, outer, [])

    def keep_all(self: Simulator, record: RunRecord, taken: Turn) -> None:
        taken.writes[:0] = held
        held.clear()
        keep(self, record, taken)

    assert orders.in_parts(case) == right
    monkeypatch.setattr(Simulator, "_deliver", hold)
    monkeypatch.setattr(Simulator, "_keep", keep_all)
    assert orders.in_parts(case) == right
    assert remains.of_world(simulated(case), case) != right
