"""Waits, arms, outer effects, holds, exits, goals and handlers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.plan import Arm, Arms, Handler
from runtime.machine import (
    Answered,
    Applied,
    Done,
    Due,
    ProtocolError,
    Started,
    State,
    Told,
    advance,
    read,
    write,
)
from tests.runtime.machine.build import DAY, Driver, arms, ending, notify, plan, send, tag, wait


def test_an_exit_breaks_a_wait_at_once() -> None:
    driver = Driver(plan(wait("w", 1), send("s", None), endings=(ending("exit", 0),))).start()
    driver.told(10, 0)
    assert driver.kinds() == ["entered", "waiting w", "exit exit"]
    assert driver.rows[-1].at == 10


def test_an_exit_drops_what_is_held_and_says_so() -> None:
    driver = Driver(plan(send("s", None), endings=(ending("exit", 0),))).start()
    driver.done("held", "sending hours", 500)
    driver.told(10, 0)
    assert [(r.kind, r.step, r.reason) for r in driver.rows[-2:]] == [
        ("skipped", "s", "left"),
        ("exit", "exit", "exit"),
    ]


def test_an_exit_comes_before_a_goal_and_both_before_arms_of_the_same_second() -> None:
    journey = plan(
        arms("w", (2, 1), timeout=None), tag("t", None), endings=(ending("goal", 0), ending("exit", 1))
    )
    driver = Driver(journey).start()
    driver.feed(Told(10, ((1, (2,)), (2, (0,)), (3, (1,)))))
    assert driver.state.ended == ("exit", "exit")
    assert "met w" not in driver.kinds()


def test_the_first_event_wins_among_arms_and_the_source_breaks_a_tie() -> None:
    journey = plan(arms("w", (0, 1), (1, 2), timeout=None), tag("a", None), tag("b", None))
    first = Driver(journey).start()
    first.told(10, 1)
    assert "tagged b" in first.kinds()
    tie = Driver(journey).start()
    tie.told(10, 0, 1)
    assert "tagged a" in tie.kinds()
    assert "tagged b" not in tie.kinds()


def test_arms_time_out_at_their_moment() -> None:
    driver = Driver(plan(arms("w", (0, 1), timeout=2), tag("a", None), tag("late", None))).start()
    assert driver.state.due() == DAY
    driver.due(DAY)
    assert driver.kinds()[-3:] == ["timeout w", "tagged late", "completed"]


def test_a_held_send_is_looked_at_again_with_a_higher_attempt() -> None:
    driver = Driver(plan(send("s", None))).start()
    driver.done("held", "cap", 100)
    assert driver.state.due() == 100
    assert driver.flying() is None
    driver.due(100)
    assert driver.flying() == "s"
    driver.done()
    assert driver.kinds() == ["entered", "held s", "sent s", "completed"]


def test_a_handler_runs_while_the_main_flow_is_held() -> None:
    handler = Handler(id="h", line=1, text="", interest=0, body=1)
    driver = Driver(plan(send("s", None), tag("t", None), handlers=(handler,))).start()
    driver.done("held", "sending hours", 500)
    driver.told(20, 0)
    assert driver.kinds() == ["entered", "held s", "fired h", "tagged t"]
    driver.due(500)
    driver.done()
    assert driver.kinds()[-2:] == ["sent s", "completed"]


def test_a_handler_fires_at_most_once_in_its_time() -> None:
    handler = Handler(id="h", line=1, text="", interest=0, body=1, every=0)
    driver = Driver(plan(wait("w", None, 1), tag("t", None), handlers=(handler,)), {1: 10 * DAY})
    driver.plan = driver.plan.model_copy(update={"instants": driver.plan.instants * 2})
    driver.start()
    driver.told(10, 0)
    driver.told(20, 0)
    driver.told(10 + DAY, 0)
    assert [r.kind for r in driver.rows if r.step == "h"] == ["fired", "not fired", "fired"]


def test_two_events_of_one_second_fire_a_quiet_handler_once() -> None:
    handler = Handler(id="h", line=1, text="", interest=0, body=1, every=0)
    driver = Driver(plan(wait("w", None), tag("t", None), handlers=(handler,))).start()
    driver.feed(Told(10, ((1, (0,)), (2, (0,)))))
    assert [r.kind for r in driver.rows if r.step == "h"] == ["fired", "not fired"]


def test_the_run_ends_only_when_its_handlers_have_finished() -> None:
    handler = Handler(id="h", line=1, text="", interest=0, body=1)
    driver = Driver(plan(wait("w", None), notify("n", None), handlers=(handler,))).start()
    driver.told(10, 0)
    driver.done("held", "provider unreachable", 5 * DAY)
    driver.due(DAY)
    assert driver.state.ended is None
    driver.told(2 * DAY, 0)  # the main flow is over: nothing new begins
    assert [r.kind for r in driver.rows if r.step == "h"] == ["fired"]
    driver.due(5 * DAY)
    driver.done()
    assert driver.state.ended == ("completed", "")


def test_outer_effects_go_one_at_a_time_first_in_first_out() -> None:
    handler = Handler(id="h", line=1, text="", interest=0, body=2)
    driver = Driver(plan(wait("w", 1), send("main", None), notify("side", None), handlers=(handler,))).start()
    driver.told(5, 0)
    assert driver.flying() == "side"
    driver.done("held", "provider unreachable", DAY)
    driver.due(DAY)  # the wait and the hold end in the same second: the lower thread goes first
    assert driver.flying() == "main"
    driver.done()
    assert driver.flying() == "side"


def test_a_fact_that_is_true_at_entry_ends_the_run_before_anything_is_sent() -> None:
    stop = ending("exit", 0, predicate=0, name="open opportunity")
    driver = Driver(plan(send("s", None), endings=(stop,)))
    driver.truths = {0: True}
    driver.start()
    assert driver.kinds() == ["entered", "exit exit"]


def test_a_fact_that_turns_true_by_the_runs_own_effect_ends_it_before_the_next_send() -> None:
    stop = ending("exit", 0, predicate=0)
    journey = plan(tag("t", 1), send("s", None), endings=(stop,))
    driver = Driver(journey)
    state = advance(journey, driver.state, Started(0)).state
    state = advance(journey, state, Answered((False,), ())).state
    state = advance(journey, state, Applied("", (0,))).state
    advanced = advance(journey, state, Answered((True,), ()))
    assert advanced.state.ended == ("exit", "exit")


def test_a_watching_handler_fires_each_time_its_fact_turns_true() -> None:
    handler = Handler(id="h", line=1, text="", interest=0, predicate=0, body=1)
    driver = Driver(plan(wait("w", None), tag("t", None), handlers=(handler,))).start()
    driver.truths = {0: True}
    driver.told(1, 0)
    driver.told(2, 0)
    driver.truths = {0: False}
    driver.told(3, 0)
    driver.truths = {0: True}
    driver.told(4, 0)
    assert [r.at for r in driver.rows if r.kind == "fired"] == [1, 4]


def test_a_goal_that_stays_is_recorded_and_the_run_goes_on() -> None:
    driver = Driver(plan(wait("w", None), endings=(ending("goal", 0, stay=True),))).start()
    driver.told(5, 0)
    assert driver.kinds() == ["entered", "waiting w", "goal goal"]
    assert driver.state.ended is None


def test_the_machine_refuses_what_it_did_not_ask_for() -> None:
    driver = Driver(plan(send("s", None))).start()
    for happening in (Started(0), Told(1, ((1, (0,)),)), Due(9), Answered(), Applied()):
        with pytest.raises(ProtocolError):
            advance(driver.plan, driver.state, happening)
    driver.done()
    with pytest.raises(ProtocolError):
        advance(driver.plan, driver.state, Done("sent"))


def test_advancing_leaves_the_state_that_was_passed_in_alone() -> None:
    driver = Driver(plan(wait("w", None), endings=(ending("exit", 0),))).start()
    before = driver.state.to_json()
    advance(driver.plan, driver.state, Told(1, ((1, (0,)),)))
    assert driver.state.to_json() == before


TOLD = st.builds(
    Told,
    st.integers(0, 10**10),
    st.lists(
        st.tuples(st.integers(1, 99), st.lists(st.integers(0, 9), min_size=1).map(tuple)), min_size=1
    ).map(tuple),
)
HAPPENINGS = st.one_of(
    st.builds(Started, st.integers(0, 10**10)),
    st.builds(Due, st.integers(0, 10**10)),
    TOLD,
    st.builds(Done, st.just("skipped"), st.just("left"), st.none(), st.none(), TOLD),
    st.builds(
        Answered,
        st.lists(st.booleans()).map(tuple),
        st.lists(st.none() | st.integers(0, 10**10)).map(tuple),
        st.integers(0, 9),
    ),
    st.builds(Applied, st.sampled_from(["", "runs once"]), st.lists(st.integers(0, 9)).map(tuple)),
    st.builds(
        Done,
        st.sampled_from(["sent", "held", "skipped"]),
        st.sampled_from(["", "no consent"]),
        st.none() | st.integers(0, 10**10),
        st.none() | st.integers(0, 10**10),
    ),
)


@given(HAPPENINGS)
def test_a_transcript_reads_back_as_it_was_written(happening: object) -> None:
    import json

    assert read(json.loads(json.dumps(write(happening)))) == happening  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(["a", "b", "due", "hold", "send", "exit"]), max_size=30))
def test_any_sequence_keeps_the_state_serialisable_and_the_rows_contiguous(moves: list[str]) -> None:
    handler = Handler(id="h", line=1, text="", interest=1, body=3, every=0)
    journey = plan(
        arms("w", (0, 1), timeout=1), send("s", 2), wait("x", 0), notify("n", None),
        handlers=(handler,), endings=(ending("exit", 2),),
    )  # fmt: skip
    driver = Driver(journey).start()
    now = 0
    for move in moves:
        if driver.state.ended:
            break
        now += 1000
        if driver.flying():
            driver.done("held", "cap", now + 500) if move == "hold" else driver.done()
        elif move in ("a", "b", "exit"):
            driver.told(now, {"a": 0, "b": 1, "exit": 2}[move])
        elif (due := driver.state.due()) is not None:
            now = max(now, due)
            driver.due(now)
        assert State.from_json(driver.state.to_json()) == driver.state
    assert [r.n for r in driver.rows] == list(range(1, len(driver.rows) + 1))
    assert [r.at for r in driver.rows] == sorted(r.at for r in driver.rows)


def fact_arms(timeout: int | None) -> Arms:
    arm = Arm(interest=0, to=1, already=0, predicate=0)
    return Arms(id="w", line=1, text="w", arms=(arm,), until=0, timeout=timeout)


def test_a_wait_for_a_fact_is_over_at_once_if_the_fact_holds() -> None:
    driver = Driver(plan(fact_arms(None), tag("t", None)))
    driver.truths[0] = True
    driver.start()
    assert driver.kinds() == ["entered", "met w", "tagged t", "completed"]


def test_a_wait_for_a_fact_asks_again_only_when_the_fact_changes_and_keeps_its_moment() -> None:
    driver = Driver(plan(fact_arms(None), tag("t", None))).start()
    driver.told(10, 1)
    driver.told(20, 0)
    assert driver.kinds() == ["entered", "waiting w"]
    assert driver.state.due() == DAY
    driver.truths[0] = True
    driver.told(30, 0)
    assert driver.kinds()[2:] == ["met w", "tagged t", "completed"]


def test_a_wait_for_a_fact_times_out_at_the_moment_first_asked_for() -> None:
    driver = Driver(plan(fact_arms(1), tag("t", None))).start()
    driver.told(20, 0)
    driver.due(DAY)
    assert driver.kinds()[2:] == ["timeout w", "tagged t", "completed"]


def test_a_fact_that_the_run_changes_itself_ends_its_own_waits() -> None:
    handler = Handler(id="h", line=1, text="", interest=1, body=2)
    steps = (fact_arms(None), tag("t", None), tag("u", None))
    driver = Driver(plan(*steps, handlers=(handler,))).start()
    driver.truths[0] = True
    driver.heard = (0,)
    driver.told(10, 1)
    assert "met w" in driver.kinds()


def test_a_state_in_the_middle_of_asking_again_survives_its_own_data() -> None:
    driver = Driver(plan(fact_arms(None), tag("t", None))).start()
    advanced = advance(driver.plan, driver.state, Told(10, ((1, (0,)),)))
    assert advanced.state.threads[0].again
    assert State.from_json(advanced.state.to_json()) == advanced.state
