"""kill -9 of a worker in each state of the ledger: every effect happens once, or is reported in doubt."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.faults.stage import Left, Scenario, play

_REST = ("scored", "waiting", "woke", "sent", "scored")


@dataclass(frozen=True, slots=True)
class Expected:
    """What one scenario is to leave behind, beside what all have in common."""

    journey: str
    point: str
    mails: dict[str, int]
    chats: int = 0
    upserts: int = 0
    repeated: int = 0
    calls: int = 0
    doubts: tuple[tuple[str, str], ...] = ()
    rows: tuple[str, ...] = ("sent", *_REST)
    ended: int = -signal.SIGKILL
    continued: str | None = None
    handoff: str | None = None

    @property
    def scenario(self) -> Scenario:
        return Scenario(self.journey, self.point)


_BOTH = {"First": 1, "Last": 1}
_TOLD = {"sdr": 1, "Last": 1}
_LOOK = ("message", "SDR")

EMAILS = [
    Expected("Mails", "before the claim", _BOTH),
    Expected("Mails", "claimed", _BOTH),
    Expected("Mails", "offered", {"Last": 1}, doubts=(("send", "First"),), rows=("in doubt", *_REST)),
    Expected("Mails", "accepted", _BOTH, doubts=(("send", "First"),), rows=("in doubt", *_REST)),
    Expected("Mails", "settled", _BOTH),
    Expected("Later", "first booking committed", _BOTH, rows=("waiting", "woke", "sent", *_REST)),
    Expected("Mails", "last email settled", _BOTH),
    Expected("Mails", "word delivered", _BOTH),
    Expected("Mails", "stalled", _BOTH, continued="fenced"),
    Expected("Both", "sync posted", _BOTH, upserts=1, repeated=1, rows=("sent", "sent", *_REST)),
]

NOTICES_AND_SYNCS = [
    Expected("Notice", "mail of the notice claimed", _TOLD, chats=1),
    Expected("Notice", "mail of the notice offered", {"Last": 1}, chats=1, doubts=(_LOOK,)),
    Expected("Notice", "mail of the notice accepted", _TOLD, chats=1, doubts=(_LOOK,)),
    Expected("Notice", "mail of the notice settled", _TOLD, chats=1),
    Expected("Notice", "chat claimed", _TOLD, chats=1),
    Expected("Notice", "chat offered", _TOLD, chats=0, doubts=(_LOOK,)),
    Expected("Notice", "chat taken", _TOLD, chats=1, doubts=(_LOOK,)),
    Expected("Notice", "notice settled", _TOLD, chats=1),
    Expected("Sync", "claimed", {"Last": 1}, upserts=1),
    Expected("Sync", "sync posted", {"Last": 1}, upserts=1, repeated=1),
    Expected("Sync", "sync settled", {"Last": 1}, upserts=1),
    Expected(
        "Handoff",
        "owner's mail accepted",
        {"one": 1, "sdr": 1, "Last": 1},
        chats=1,
        doubts=(_LOOK,),
        rows=("scored", "waiting", "woke", "sent", "scored", "handed off SDR"),
        handoff="accepted",
    ),
]


_SMS = ("message", "sms: Hello")

CALLS = [
    Expected("Message", "claimed", {"Last": 1}, calls=1),
    Expected("Message", "message offered", {"Last": 1}, doubts=(_SMS,), rows=("in doubt", *_REST)),
    Expected("Message", "message taken", {"Last": 1}, calls=1, doubts=(_SMS,), rows=("in doubt", *_REST)),
    Expected("Message", "message settled", {"Last": 1}, calls=1),
    Expected("Webhook", "claimed", {"Last": 1}, calls=1),
    Expected("Webhook", "webhook called", {"Last": 1}, calls=1, repeated=1),
]


async def test_a_killed_worker_loses_no_call_and_repeats_none_that_a_person_would_see(
    tmp_path: Path, databases: Databases, subtests: pytest.Subtests
) -> None:
    await _hold(CALLS, tmp_path, databases, subtests)


async def test_a_killed_worker_loses_and_repeats_no_email(
    tmp_path: Path, databases: Databases, subtests: pytest.Subtests
) -> None:
    await _hold(EMAILS, tmp_path, databases, subtests)


async def test_a_killed_worker_loses_and_repeats_no_notice_and_no_sync(
    tmp_path: Path, databases: Databases, subtests: pytest.Subtests
) -> None:
    await _hold(NOTICES_AND_SYNCS, tmp_path, databases, subtests)


async def _hold(
    expected: Sequence[Expected], folder: Path, databases: Databases, subtests: pytest.Subtests
) -> None:
    left = await play([one.scenario for one in expected], folder, databases)
    for one in expected:
        with subtests.test(one.scenario.name):
            found = left[one.scenario]
            if isinstance(found, Exception):
                raise found
            _as_expected(found, one)


def _as_expected(left: Left, expected: Expected) -> None:
    assert left.ended == expected.ended
    assert left.continued == expected.continued
    assert left.handoff == expected.handoff
    assert left.result == "completed"
    assert left.mails == expected.mails
    assert left.duplicates == []
    assert (left.chats, left.upserts, left.repeated) == (expected.chats, expected.upserts, expected.repeated)
    assert left.calls == expected.calls
    assert left.doubts == list(expected.doubts)
    # What only the database sees is applied once: scores, tags, the journal.
    assert left.score == 25
    assert left.score_changes == [10, 10, 5]
    assert left.tags == ["hot"]
    assert left.journal == list(range(1, len(left.journal) + 1))
    assert left.kinds == ["entered", "scored", "tagged", *expected.rows, "completed"]
    assert left.undelivered == 0
