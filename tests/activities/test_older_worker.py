"""A worker of an older workspace, while a newer one is being brought out: it loses nothing."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from activities.handing_off import notify_handoff
from activities.host import Host
from activities.smtp import SmtpSettings
from activities.turning import _CARRY_OUT
from dsl.plan import Definitions, Effect, Notify, SendEmail, SendMessage, Sync
from runtime.evaluate import RunView
from runtime.messages import HandoffRequest
from runtime.published import Published
from runtime.store import Claim, Store
from runtime.turn import Outer
from tests.activities.conftest import SECRET, SENDER
from tests.runtime.snapshots import MONDAY, facts, plan
from tests.runtime.store.test_handoffs import hand_off


def knows_nothing(store: Any, client: httpx2.AsyncClient) -> Host:
    """The host of a worker whose settings name nothing."""
    return Host(store, {}, {}, {}, {}, SENDER, SmtpSettings.parse("smtp://127.0.0.1:25"), client, SECRET)


@pytest.mark.parametrize(
    ("effect", "reason"),
    [
        (SendEmail(email="New"), "email missing"),
        (Notify(team="New", message="A lead"), "team missing"),
        (Sync(target="New"), "target missing"),
        (SendMessage(channel="sms", message="New"), "message missing"),
    ],
)
async def test_what_it_does_not_know_yet_is_tried_again(
    effect: Effect, reason: str, client: httpx2.AsyncClient
) -> None:
    host = knows_nothing(None, client)
    journey = plan()
    view = RunView("r", journey.journey, journey.hash, MONDAY, {})
    published = Published.of(Definitions(workspace="W", time_zone="UTC"), [journey])
    outer = Outer(0, "step", 1, 1, effect, MONDAY)
    claim = Claim(view, 0, journey, outer, 1, frozenset({effect.kind}), facts(), published)
    outcome = await _CARRY_OUT[effect.kind](host, claim, MONDAY)
    assert (outcome.kind, outcome.reason) == ("retry", reason)


@pytest.mark.parametrize("notice", ["assigned", "overdue"])
async def test_a_notice_of_a_handoff_is_left_to_a_worker_that_knows_the_team(
    notice: str, store: Store, client: httpx2.AsyncClient
) -> None:
    (handoff,) = await hand_off(store, "cnt_1")
    host = knows_nothing(store, client)
    result = await notify_handoff(host, HandoffRequest(handoff, MONDAY, notice))
    assert (result.kind, result.until) == ("held", MONDAY + 15 * 60)
