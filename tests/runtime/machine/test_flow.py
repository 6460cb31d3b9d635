"""Flow: branches, splits, loops, sections and ends."""

from __future__ import annotations

from dsl.plan import Branch, Call, Decide, End, Leave, Loop, Record, Split, Variant
from tests.runtime.machine.build import Driver, plan, send, tag, wait


def test_a_run_with_nothing_to_do_completes_at_entry() -> None:
    driver = Driver(plan(tag("t", None))).start()
    assert driver.kinds() == ["entered", "tagged t", "completed"]
    assert driver.state.ended == ("completed", "")


def test_the_first_true_branch_is_taken_and_bodies_rejoin() -> None:
    decide = Decide(
        id="if",
        line=1,
        text="",
        next=3,
        branches=(Branch(predicate=0, to=1), Branch(predicate=1, to=2)),
        otherwise=3,
    )
    journey = plan(decide, tag("a", 3), tag("b", 3), tag("after", None))
    driver = Driver(journey)
    driver.truths = {1: True}
    driver.start()
    assert driver.kinds() == ["entered", "took if", "tagged b", "tagged after", "completed"]
    assert driver.rows[1].reason == "branch 2"


def test_no_true_branch_goes_on_at_otherwise() -> None:
    decide = Decide(id="if", line=1, text="", branches=(Branch(predicate=0, to=1),), otherwise=None)
    driver = Driver(plan(decide, tag("a", None))).start()
    assert driver.kinds() == ["entered", "took if", "completed"]
    assert driver.rows[1].reason == "otherwise"


def test_a_split_follows_the_variant_that_was_chosen() -> None:
    split = Split(
        id="split", line=1, text="", name="S",
        variants=(Variant(name="one", weight=50, to=1), Variant(name="two", weight=50, to=2)),
    )  # fmt: skip
    driver = Driver(plan(split, tag("a", None), tag("b", None)))
    driver.choice = 1
    driver.start()
    assert driver.kinds() == ["entered", "chose split", "tagged b", "completed"]
    assert driver.rows[1].reason == "two"


def test_a_loop_runs_its_body_as_often_as_it_says_and_counts_visits() -> None:
    loop = Loop(id="loop", line=1, text="", next=2, body=1, times=3)
    driver = Driver(plan(loop, tag("a", None), tag("after", None))).start()
    assert driver.kinds() == ["entered", "tagged a", "tagged a", "tagged a", "tagged after", "completed"]
    assert [r.visit for r in driver.rows if r.step == "a"] == [1, 2, 3]


def test_leave_ends_the_innermost_loop_from_inside_a_section() -> None:
    loop = Loop(id="loop", line=1, text="", next=4, body=1, times=5)
    call = Call(id="call", line=1, text="", next=None, body=2)
    leave = Leave(id="leave", line=1, text="")
    driver = Driver(plan(loop, call, tag("a", 3), leave, tag("after", None))).start()
    assert driver.kinds() == ["entered", "tagged a", "tagged after", "completed"]


def test_a_section_returns_to_where_it_was_called() -> None:
    first = Call(id="c1", line=1, text="", next=1, body=2)
    second = Call(id="c2", line=1, text="", next=None, body=2)
    driver = Driver(plan(first, second, wait("w", 3), tag("a", None))).start()
    driver.due(86_400)
    driver.due(2 * 86_400)
    assert driver.kinds() == [
        "entered", "waiting w", "woke w", "tagged a", "waiting w", "woke w", "tagged a", "completed",
    ]  # fmt: skip


def test_reach_goal_ends_with_success_and_record_goes_on() -> None:
    record = Record(id="r", line=1, text="", next=1, name="Half way")
    end = End(id="g", line=1, text="", kind="goal", name="Qualified")
    driver = Driver(plan(record, end)).start()
    assert driver.kinds() == ["entered", "goal r", "goal g"]
    assert driver.state.ended == ("goal", "Qualified")


def test_two_identical_sends_have_their_own_ids_and_a_loop_gives_visits() -> None:
    loop = Loop(id="loop", line=1, text="", body=1, times=2)
    driver = Driver(plan(loop, send("s", 2), send("s~2", None))).start()
    for _ in range(4):
        driver.done()
    sent = [(r.step, r.visit) for r in driver.rows if r.kind == "sent"]
    assert sent == [("s", 1), ("s~2", 1), ("s", 2), ("s~2", 2)]
