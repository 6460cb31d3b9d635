"""A worker of an older workspace, while a newer one is being brought out: it loses nothing."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from activities.host import Host
from activities.smtp import SmtpSettings
from activities.turning import _CARRY_OUT
from dsl.plan import Definitions, Effect, Notify, SendEmail, Sync
from runtime.evaluate import RunView
from runtime.published import Published
from runtime.store import Claim
from runtime.turn import Outer
from tests.activities.conftest import SECRET, SENDER
from tests.runtime.snapshots import MONDAY, facts, plan


@pytest.mark.parametrize(
    ("effect", "reason"),
    [
        (SendEmail(email="New"), "email missing"),
        (Notify(team="New", message="A lead"), "team missing"),
        (Sync(target="New"), "target missing"),
    ],
)
async def test_what_it_does_not_know_yet_is_tried_again(
    effect: Effect, reason: str, client: httpx2.AsyncClient
) -> None:
    store: Any = None
    host = Host(store, {}, {}, {}, {}, SENDER, SmtpSettings.parse("smtp://127.0.0.1:25"), client, SECRET)
    journey = plan()
    view = RunView("r", journey.journey, journey.hash, MONDAY, {})
    published = Published.of(Definitions(workspace="W", time_zone="UTC"), [journey])
    outer = Outer(0, "step", 1, 1, effect, MONDAY)
    claim = Claim(view, 0, journey, outer, 1, frozenset({effect.kind}), facts(), published)
    outcome = await _CARRY_OUT[effect.kind](host, claim, MONDAY)
    assert (outcome.kind, outcome.reason) == ("retry", reason)
