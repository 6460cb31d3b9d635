from __future__ import annotations

import pytest

from activities.outcomes import Outcome, failed, retry, sent
from activities.riders import Riders


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _call(riders: Riders, clock: _Clock, outcome: Outcome | None, seconds: float, kind: str = "sync") -> None:
    with riders.timing(kind) as timed:
        clock.now += seconds
        timed.outcome = outcome


CALLS = {"sync", "webhook", "audience", "task"}


def test_calls_may_follow_a_send_in_its_activity_and_nothing_that_a_person_sees_may() -> None:
    assert Riders().beside("send") == CALLS


def test_what_shares_a_queue_may_follow_each_other_and_an_email_never() -> None:
    for kind in (*CALLS, "notify", "message"):
        assert Riders().beside(kind) == {*CALLS, "notify", "message"}


def test_an_unwell_receiver_keeps_calls_from_sends_alone() -> None:
    clock = _Clock()
    riders = Riders(clock)
    _call(riders, clock, retry("http 503"), 0.1)
    assert riders.beside("send") == frozenset()
    assert riders.beside("sync") != frozenset()


@pytest.mark.parametrize("outcome", [sent(), failed("http 400")], ids=lambda o: o.kind)
def test_a_prompt_answer_of_any_kind_changes_nothing(outcome: Outcome) -> None:
    clock = _Clock()
    riders = Riders(clock)
    _call(riders, clock, outcome, 0.2)
    assert riders.beside("send") == CALLS


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [(sent(), 3.0), (retry("http 503"), 0.1), (None, 0.1)],
    ids=["slow", "lost", "cut off"],
)
def test_after_a_slow_or_lost_call_syncs_take_their_own_queue_for_a_minute(
    outcome: Outcome | None, seconds: float
) -> None:
    clock = _Clock()
    riders = Riders(clock)
    _call(riders, clock, outcome, seconds)
    assert riders.beside("send") == frozenset()
    clock.now += 60
    assert riders.beside("send") == CALLS


def test_a_slow_mail_server_says_nothing_about_webhooks() -> None:
    clock = _Clock()
    riders = Riders(clock)
    _call(riders, clock, retry("smtp 450"), 30, kind="send")
    assert riders.beside("send") == CALLS
