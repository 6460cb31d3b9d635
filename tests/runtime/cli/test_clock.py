"""Commands are where the clock is read: with the clock stopped, what they write down is the stopped time."""

from __future__ import annotations

from freezegun import freeze_time

from tests.databases import execute
from tests.runtime.cli.conftest import Run

# A moment before the sample's own events, so that nothing else has it.
NOON = "2026-01-05T12:00:00Z"


def test_an_entry_is_at_the_time_of_the_clock(database: str, nurture: Run) -> None:
    with freeze_time(NOON, real_asyncio=True):
        assert nurture("enter", "Monthly newsletter", "cnt_000101").code == 0
    assert execute(database, "select entered from runs") == [(1_767_614_400,)]


def test_an_event_is_received_at_the_time_of_the_clock_whenever_it_happened(
    database: str, nurture: Run
) -> None:
    form = ("--contact", "cnt_000101", "--property", "form=Whitepaper", "--at", "2026-01-01T00:00:00Z")
    with freeze_time(NOON, real_asyncio=True):
        assert nurture("event", "Form Submitted", *form).code == 0
    assert execute(database, "select at, occurred from events") == [(1_767_614_400, 1_767_225_600)]
    assert execute(database, "select entered from runs") == [(1_767_614_400,)]
