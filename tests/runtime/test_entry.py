"""Entry: who may start a journey now, and what the run is called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.plan import Ref, Runs
from runtime.entry import Enter, Refused, decide, entry_key, run_id
from tests.runtime.snapshots import DAY, DEFINITIONS, MONDAY, facts, plan, run

ONCE = Runs(kind="once")
ANY_TIME = Runs(kind="again")
AFTER_90_DAYS = Runs(kind="again", amount=90, unit="day")
WEBINAR = Runs(kind="once", key=Ref(of="trigger", field="webinar_id"))


@pytest.mark.parametrize(
    ("runs", "ended", "decision"),
    [
        (ONCE, [], Enter(1)),
        (ONCE, [None], Refused("already running")),
        (ONCE, [MONDAY - 400 * DAY], Refused("runs once")),
        (ANY_TIME, [MONDAY], Enter(2)),
        (ANY_TIME, [MONDAY - DAY, None], Refused("already running")),
        (AFTER_90_DAYS, [MONDAY - 90 * DAY], Enter(2)),
        (AFTER_90_DAYS, [MONDAY - 90 * DAY + 1], Refused("too soon")),
        (AFTER_90_DAYS, [MONDAY - 300 * DAY, MONDAY - 10 * DAY], Refused("too soon")),
        (AFTER_90_DAYS, [MONDAY - 300 * DAY, MONDAY - 100 * DAY], Enter(3)),
    ],
)
def test_the_journey_says_how_often_a_contact_may_run(
    runs: Runs, ended: list[int | None], decision: Enter | Refused
) -> None:
    journey = plan(runs=runs)
    past = [run(journey, str(n), end, ordinal=n) for n, end in enumerate(ended, 1)]
    assert decide(journey, facts(runs=past), "", MONDAY, DEFINITIONS) == decision


def test_days_after_the_end_are_days_of_the_contacts_calendar() -> None:
    journey = plan(runs=Runs(kind="again", amount=30, unit="day"))
    ended = 1_772_798_400  # 2026-03-06T12:00Z, 07:00 in New York; the clocks change two days later
    past = [run(journey, ended=ended)]
    same_clock_time = ended + 30 * DAY - 3_600
    for zone, at, decision in (
        ("America/New_York", same_clock_time, Enter(2)),
        ("America/New_York", same_clock_time - 1, Refused("too soon")),
        ("UTC", same_clock_time, Refused("too soon")),
        ("Nowhere/Atall", same_clock_time, Refused("too soon")),  # the workspace's own zone: UTC
    ):
        assert decide(journey, facts(runs=past, time_zone=zone), "", at, DEFINITIONS) == decision


def test_other_journeys_and_other_keys_do_not_count() -> None:
    journey = plan(runs=WEBINAR)
    first, second = (entry_key(journey, {"webinar_id": id_}) for id_ in ("w1", "w2"))
    known = facts(runs=[run(journey, key=first), run(plan("Other"), key=second)])
    assert decide(journey, known, first, MONDAY, DEFINITIONS) == Refused("already running")
    assert decide(journey, known, second, MONDAY, DEFINITIONS) == Enter(1)


def test_journeys_that_start_each_other_while_no_time_passes_come_to_rest() -> None:
    journey = plan(runs=ANY_TIME)
    past = [run(journey, str(n), MONDAY, ordinal=n, entered=MONDAY) for n in range(1, 26)]
    assert decide(journey, facts(runs=past[:24]), "", MONDAY, DEFINITIONS) == Enter(25)
    assert decide(journey, facts(runs=past), "", MONDAY, DEFINITIONS) == Refused("chain")
    assert decide(journey, facts(runs=past), "", MONDAY + 1, DEFINITIONS) == Enter(26)


def test_an_entry_key_is_a_digest_since_its_value_may_be_personal() -> None:
    journey = plan(runs=Runs(kind="once", key=Ref(of="trigger", field="email")))
    key = entry_key(journey, {"email": "ana@example.com"})
    assert len(key) == 12
    assert int(key, 16) >= 0
    assert "ana" not in run_id("J", "cnt_1", key, 1)
    assert entry_key(plan(), {"email": "ana@example.com"}) == ""


@pytest.mark.parametrize("values", [(7, 7.0, "7"), (None, "")])
def test_values_written_alike_are_one_key(values: tuple[Any, ...]) -> None:
    journey = plan(runs=WEBINAR)
    assert len({entry_key(journey, {"webinar_id": value}) for value in values}) == 1


def test_run_ids_can_be_read() -> None:
    assert run_id("Whitepaper nurture", "cnt_0001", "", 1) == "whitepaper-nurture/cnt_0001/-/1"
    assert run_id("Webinar", "cnt_1", "abc123abc123", 2) == "webinar/cnt_1/abc123abc123/2"
    assert run_id("ABM – EMEA", "a/b c", "", 1) == "~ABM-%E2%80%93-EMEA/a%2Fb%20c/-/1"


NAMES = st.text(st.sampled_from("Aab1 -/~%ü"), min_size=1, max_size=5)
PARTS = st.tuples(NAMES, NAMES, st.text(st.sampled_from("a-/%"), max_size=3), st.integers(1, 12))


@given(one=PARTS, other=PARTS)
def test_distinct_runs_have_distinct_ids(
    one: tuple[str, str, str, int], other: tuple[str, str, str, int]
) -> None:
    assert (run_id(*one) == run_id(*other)) == (one == other)


@given(
    kind=st.sampled_from(["once", "again"]),
    amount=st.integers(0, 30),
    wishes=st.lists(st.tuples(st.integers(1, 20 * DAY), st.booleans()), max_size=12),
)
def test_never_two_active_runs_and_never_an_ordinal_twice(
    kind: Any, amount: int, wishes: list[tuple[int, bool]]
) -> None:
    journey, now = plan(runs=Runs(kind=kind, amount=amount)), MONDAY
    known = facts()
    for later, end_first in wishes:
        now += later
        if end_first and known.runs and known.runs[-1].ended is None:
            known.runs[-1].ended = now - 1
        decision = decide(journey, known, "", now, DEFINITIONS)
        if isinstance(decision, Enter):
            known.runs.append(run(journey, ordinal=decision.ordinal, entered=now))
    assert sum(one.ended is None for one in known.runs) <= 1
    assert [one.ordinal for one in known.runs] == list(range(1, len(known.runs) + 1))
    if kind == "once":
        assert len(known.runs) <= 1
    for before, after in zip(known.runs, known.runs[1:], strict=False):
        assert before.ended is not None
        assert after.entered >= before.ended + amount * DAY
