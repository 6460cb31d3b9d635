"""What reached other systems, as a marketer says it."""

from __future__ import annotations

import pytest

from dsl.plan import CallWebhook, ChangeAudience, CreateTask, Effect, SendMessage
from runtime.reporting.words import Teller
from runtime.trace import TraceRow
from tests.runtime.snapshots import plan
from tests.runtime.store.world import do

SMS = SendMessage(channel="sms", message="Hello")


@pytest.mark.parametrize(
    ("effect", "kind", "reason", "said"),
    [
        (SMS, "sent", "", "Sent “Hello” on sms"),
        (SMS, "skipped", "no address", "Skipped “Hello” on sms: no address for sms"),
        (SMS, "failed", "http 400", "Could not send “Hello” on sms: http 400"),
        (
            SMS,
            "in doubt",
            "connection lost",
            "In doubt: “Hello” on sms may or may not have arrived (connection lost); it was not sent again",
        ),
        (CallWebhook(webhook="W"), "sent", "", "Called the webhook “W”"),
        (
            CallWebhook(webhook="W"),
            "held",
            "private address",
            "Held the webhook “W”: the settings name an address in a private network",
        ),
        (ChangeAudience(audience="A"), "sent", "", "Added to the audience “A”"),
        (ChangeAudience(audience="A", add=False), "sent", "", "Removed from the audience “A”"),
        (
            ChangeAudience(audience="A"),
            "skipped",
            "no consent",
            "Skipped adding to the audience “A”: no consent to marketing",
        ),
        (CreateTask(title="Call", team="SDR"), "sent", "", "Created the task “Call” for “SDR”"),
        (
            CreateTask(title="Call"),
            "skipped",
            "nobody named",
            "Skipped the task “Call”: the field that names the person is empty",
        ),
    ],
)
def test_what_came_of_it_is_said_in_words(effect: Effect, kind: str, reason: str, said: str) -> None:
    teller = Teller(plan(steps=(do("it", effect, None),)))
    assert teller.tell(TraceRow(1, 0, "it", 1, kind, reason, None), str) == said
