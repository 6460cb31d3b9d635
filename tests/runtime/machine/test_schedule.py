"""Timed blocks."""

from __future__ import annotations

from typing import Any

from dsl.plan import Block, DateField, DayOfRun, Ref, Schedule
from tests.runtime.machine.build import DAY, HOUR, Driver, plan, send, tag, wait


def schedule(*blocks: Block) -> Schedule:
    return Schedule(id="schedule", line=1, text="", blocks=blocks)


def block(label: str, at: int, body: int | None, **more: Any) -> Block:
    return Block(label=label, at=at, body=body, **more)


def days(*numbers: int, fold: bool = False) -> dict[str, Any]:
    return {"instants": tuple(DayOfRun(day=n, fold=fold) for n in numbers)}


def test_blocks_run_in_order_of_their_moments_not_of_the_file() -> None:
    journey = plan(
        schedule(block("day-5", 0, 1), block("day-2", 1, 2)), tag("a", None), tag("b", None), **days(5, 2)
    )
    driver = Driver(journey, {0: 5 * DAY, 1: 2 * DAY}).start()
    driver.due(2 * DAY)
    driver.due(5 * DAY)
    assert [r.step for r in driver.rows if r.kind == "tagged"] == ["b", "a"]
    assert driver.state.ended == ("completed", "")


def test_a_block_of_the_entry_day_begins_at_once_and_the_next_waits() -> None:
    journey = plan(
        schedule(block("day-0", 0, 1), block("day-2", 1, 2)), tag("a", None), tag("b", None), **days(0, 2)
    )
    driver = Driver(journey, {0: 0, 1: 2 * DAY}).start()
    assert driver.kinds() == ["entered", "block day-0", "tagged a", "waiting day-2"]
    assert driver.state.due() == 2 * DAY


def test_a_late_block_runs_at_once_but_keeps_a_day_from_the_last_send() -> None:
    journey = plan(
        schedule(block("day-0", 0, 1), block("day-1", 1, 3)),
        wait("w", 2, 2), send("s", None), tag("late", None),
        instants=(DayOfRun(day=0), DayOfRun(day=1), DayOfRun(day=9)),
    )  # fmt: skip
    driver = Driver(journey, {0: 0, 1: DAY, 2: 3 * DAY}).start()
    driver.due(3 * DAY)
    driver.done()
    waiting = driver.rows[-1]
    assert (waiting.kind, waiting.step, waiting.due) == ("waiting", "day-1", 4 * DAY)
    driver.due(4 * DAY)
    begun = next(r for r in driver.rows if r.step == "day-1" and r.kind == "block")
    assert begun.reason == "late"


def test_a_late_block_with_sending_hours_asks_for_the_next_moment_inside_them() -> None:
    journey = plan(
        schedule(block("day-0", 0, 1), block("day-1", 1, 2)),
        wait("w", None, 2), send("s", None),
        instants=(DayOfRun(day=0), DayOfRun(day=1, fold=True), DayOfRun(day=9)),
    )  # fmt: skip
    driver = Driver(journey, {0: 0, 1: DAY, 2: 3 * DAY})
    driver.fold = 8 * HOUR
    driver.start()
    driver.due(3 * DAY)
    assert driver.state.due() == 3 * DAY + 8 * HOUR


def dated(late: str) -> Driver:
    field = DateField(ref=Ref(of="contact", field="renewal"), amount=-7)
    journey = plan(
        schedule(block("before", 0, 1, dated=True, late=late), block("day-2", 1, 2)),
        tag("a", None), tag("b", None),
        instants=(field, DayOfRun(day=2)),
    )  # fmt: skip
    return Driver(journey, {0: -DAY, 1: 2 * DAY}).start()


def test_a_dated_block_that_is_past_is_skipped_alone() -> None:
    driver = dated("skip")
    assert driver.kinds() == ["entered", "block skipped before", "waiting day-2"]


def test_a_dated_block_that_is_past_runs_at_once_if_the_file_says_so() -> None:
    driver = dated("at once")
    assert driver.kinds()[:3] == ["entered", "block before", "tagged a"]


def test_a_dated_block_that_is_past_leaves_if_the_file_says_so() -> None:
    assert dated("exit").state.ended == ("exit", "late")
