"""People inside go on under a newer version on real Temporal, and their workflows with them."""

from __future__ import annotations

from pathlib import Path

from runtime.store.moving import Outlook
from runtime.trace import TraceRow
from tests.equality.drivers import Outcome, on_temporal
from tests.versions.stage import Moving, moved, newer


def _said(rows: list[TraceRow]) -> list[str]:
    return [" ".join(filter(None, (row.kind, row.step, row.reason))) for row in rows]


async def test_people_inside_go_on_under_the_new_version(tmp_path: Path, url: str) -> None:
    stages: list[Moving] = []

    class Kept(Moving):
        async def play(self) -> Outcome:
            stages.append(self)
            return await Moving.play(self)

    case = moved()
    outcome = await on_temporal(case, tmp_path, Kept, url)
    assert stages[0].outlook == Outlook(moved=3)
    assert not outcome.duplicates
    for id_, rows in outcome.traces.items():
        assert outcome.timelines[id_] == [list(row) for row in rows], id_

    (plan,) = newer(case).plans.values()
    hash_ = f"moved {plan.hash}"
    ana, bob, eva = (_said(outcome.traces[f"moved/{name}/-/1"]) for name in ("ana", "bob", "eva"))
    # Two rounds are over when a third would begin, for the new version has two; what is behind goes by it.
    assert ana[4:8] == [
        hash_,
        "timeout day-0/wait:up-to-4-days",
        "waiting day-0/wait:up-to-4-days",
        "timeout day-0/wait:up-to-4-days",
    ]
    assert "block skipped day 2 late" in ana
    assert [row for row in ana if row.startswith("sent")] == [
        "sent day-0/send:welcome",
        "sent day-13/send:between",
        "sent day-16/send:second",
    ]
    # A handler that had fired goes on under the new version, and keeps the moment it waits for.
    fired = outcome.traces["moved/bob/-/1"]
    woke = next(row for row in fired if row.kind == "woke")
    began = next(row for row in fired if row.kind == "fired")
    assert (woke.step, woke.at - began.at) == ("whenever:visit-to-pricing/wait:5-days", 10 * 86_400)
    assert "scored whenever:visit-to-pricing/score:add-3" in bob
    # A goal that only the new version has ends a run that began under the old one.
    assert eva[-1] == "goal goal:qualified Qualified"
