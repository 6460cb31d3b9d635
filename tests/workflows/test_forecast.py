from __future__ import annotations

import pytest

from dsl.plan import Branch, DateField, DayOfRun, Decide, Do, HourOfRun, Plan, Ref, Sync
from dsl.plan.steps import Block, Schedule
from runtime.machine import Due, Started, State, advance_in_place, start_state
from tests.runtime.machine.build import DAY, ending, plan, send, tag, wait
from workflows.forecast import first_effect


def _forecast(plan: Plan, state: State | None = None, clock: int = 0) -> str | None:
    command = first_effect(plan, state or start_state(0), clock)
    return plan.steps[command.step].id if command else None


def _blocks(*instants: object) -> Plan:
    blocks = tuple(Block(label=f"block {n}", at=n, body=n + 1) for n in range(len(instants)))
    sends = (send(f"s{n}", None) for n in range(len(instants)))
    schedule = Schedule(id="schedule", line=1, text="", next=None, blocks=blocks)
    return plan(schedule, *sends, instants=instants)


def test_a_send_at_the_very_start_is_foreseen() -> None:
    assert _forecast(plan(send("s", None))) == "s"


def test_a_sync_at_the_very_start_is_foreseen() -> None:
    sync = Do(id="crm", line=1, text="", next=None, effect=Sync(target="CRM"))
    assert _forecast(plan(sync)) == "crm"


def test_the_send_of_day_0_is_foreseen() -> None:
    assert _forecast(_blocks(DayOfRun(day=0), DayOfRun(day=2, fold=True))) == "s0"
    assert _forecast(_blocks(HourOfRun(hour=0), HourOfRun(hour=1))) == "s0"


def test_the_block_that_is_now_is_foreseen_wherever_it_stands_in_the_file() -> None:
    assert _forecast(_blocks(DayOfRun(day=3), DayOfRun(day=0))) == "s1"


@pytest.mark.parametrize(
    "first",
    [
        DayOfRun(day=0, fold=True),
        DayOfRun(day=0, clock="09:00"),
        DayOfRun(day=1),
        HourOfRun(hour=0, fold=True),
        DateField(ref=Ref(of="contact", field="renewal")),
    ],
    ids=repr,
)
def test_a_block_that_may_be_later_is_not_foreseen(first: object) -> None:
    assert _forecast(_blocks(first)) is None


def test_watched_facts_are_taken_not_to_hold_yet() -> None:
    assert _forecast(plan(send("s", None), endings=(ending("exit", 0, predicate=0),))) == "s"


def test_a_branch_is_not_guessed() -> None:
    decide = Decide(id="if", line=1, text="", branches=(Branch(predicate=0, to=1),), otherwise=1)
    assert _forecast(plan(decide, send("s", None))) is None


def test_the_send_after_a_wait_is_foreseen_when_the_wait_is_over() -> None:
    journey = plan(wait("w", 1), send("s", None))
    state = start_state(0)
    advance_in_place(journey, state, Started(0))
    state.threads[0].status, state.threads[0].due, state.asking = "waiting", DAY, None
    assert _forecast(journey, state, DAY - 1) is None
    assert _forecast(journey, state, DAY) == "s"


def test_an_effect_in_flight_is_what_the_turn_begins_with() -> None:
    journey = plan(wait("w", 1), send("s", None))
    state = start_state(0)
    advance_in_place(journey, state, Started(0))
    state.threads[0].status, state.threads[0].due, state.asking = "waiting", DAY, None
    advance_in_place(journey, state, Due(DAY))
    assert state.flight == 0
    assert _forecast(journey, state, DAY) == "s"


def test_forecasting_changes_nothing() -> None:
    state = start_state(0)
    first_effect(plan(send("s", None)), state, 0)
    assert state == start_state(0)


def test_inner_effects_first_are_left_to_bookkeeping() -> None:
    assert _forecast(plan(tag("t", 1), send("s", None))) is None
