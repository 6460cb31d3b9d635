from __future__ import annotations

import pytest

from dsl.plan import Branch, DateField, DayOfRun, Decide, Do, HourOfRun, Plan, Ref, Split, Sync, Variant
from dsl.plan.steps import Block, Schedule
from runtime.machine import Due, Started, State, advance_in_place, start_state
from tests.runtime.machine.build import DAY, ending, notify, plan, send, tag, wait
from workflows.forecast import foresee


def _forecast(plan: Plan, state: State | None = None, clock: int = 0, foresight: int = 0) -> str | None:
    found = foresee(plan, state or start_state(0), clock, foresight)
    return found.text if found else None


def _blocks(*instants: object) -> Plan:
    blocks = tuple(Block(label=f"block {n}", at=n, body=n + 1) for n in range(len(instants)))
    sends = (send(f"s{n}", None) for n in range(len(instants)))
    schedule = Schedule(id="schedule", line=1, text="", next=None, blocks=blocks)
    return plan(schedule, *sends, instants=instants)


def test_a_send_at_the_very_start_is_foreseen() -> None:
    assert _forecast(plan(send("s", None))) == "s"


def test_a_sync_at_the_very_start_is_foreseen() -> None:
    sync = Do(id="crm", line=1, text="crm", next=None, effect=Sync(target="CRM"))
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
    foresee(plan(send("s", None)), state, 0, 1)
    assert state == start_state(0)


def test_inner_effects_first_are_left_to_bookkeeping() -> None:
    assert _forecast(plan(tag("t", 1), send("s", None))) is None


def _branch(*ways: int, otherwise: int | None) -> Decide:
    branches = tuple(Branch(predicate=0, to=way) for way in ways)
    return Decide(id="if", line=1, text="if", branches=branches, otherwise=otherwise)


def test_a_run_that_looks_further_sees_the_send_behind_effects_on_records() -> None:
    journey = plan(tag("t", 1), tag("u", 2), send("s", None))
    assert _forecast(journey, foresight=1) == "s"


def test_a_branch_is_foreseen_if_every_way_begins_with_the_same_kind_of_effect() -> None:
    journey = plan(_branch(1, otherwise=2), send("a", None), tag("t", 3), send("b", None))
    assert _forecast(journey, foresight=1) == "if"
    assert _forecast(journey, foresight=0) is None


def test_a_branch_with_a_way_without_an_effect_is_not_foreseen() -> None:
    journey = plan(_branch(1, otherwise=2), send("a", None), wait("w", 1))
    assert _forecast(journey, foresight=1) is None
    assert _forecast(plan(_branch(1, otherwise=None), send("a", None)), foresight=1) is None


def test_a_branch_to_effects_of_different_kinds_is_not_foreseen() -> None:
    assert _forecast(plan(_branch(1, otherwise=2), send("a", None), notify("n", None)), foresight=1) is None


def test_a_split_whose_variants_all_send_is_foreseen() -> None:
    variants = (Variant(name="A", weight=50, to=1), Variant(name="B", weight=50, to=2))
    split = Split(id="split", line=1, text="split", next=None, name="S", variants=variants)
    assert _forecast(plan(split, send("a", None), send("b", None)), foresight=1) == "split"


def test_more_branches_than_can_be_looked_at_are_not_foreseen() -> None:
    steps = [_branch(n + 1, otherwise=n + 1) for n in range(12)]
    assert _forecast(plan(*steps, send("a", None)), foresight=1) is None
