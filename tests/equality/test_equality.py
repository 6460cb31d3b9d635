"""The same journey and events on the simulator and on real Temporal leave equal traces: the spine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from runtime.evaluate import score
from runtime.handoffs import Handoff
from tests.equality import remains
from tests.equality.case import CASES, Case, load
from tests.equality.drivers import Traces, on_temporal, simulated


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_the_simulator_and_temporal_leave_equal_traces(path: Path, tmp_path: Path, url: str) -> None:
    case = load(path)
    world = simulated(case)
    foretold = {id_: record.rows for id_, record in world.runs.items()}
    _as_expected(case, foretold)
    real = await on_temporal(case, tmp_path, url=url)
    assert _lines(real.traces) == _lines(foretold)
    assert _handed_over(real.handoffs) == _handed_over(world.sales.handoffs.values())
    assert real.turned_away == world.turned_away
    assert real.remains == remains.of_world(world, case)
    assert real.scores == {contact: score(facts, case.until) for contact, facts in world.facts.items()}
    # What the workflows made of their transcripts is what the database's journal says.
    shown = {run: [tuple(row) for row in rows] for run, rows in real.timelines.items()}
    assert shown == {run: [tuple(row) for row in rows[-200:]] for run, rows in real.traces.items()}
    assert real.duplicates == []
    # One call for each effect that went by HTTP, none twice.
    assert len(real.calls) == sum(r.kind == "sent" and _calls(r.step) for r in _all(foretold))
    assert real.mails >= sum(row.kind == "sent" and "/send:" in row.step for row in _all(foretold))


def _handed_over(handoffs: Iterable[Handoff]) -> list[Handoff]:
    return sorted(handoffs, key=lambda handoff: handoff.id)


def _calls(step: str) -> bool:
    kinds = ("sms", "in-app", "webhook", "audience", "leave-audience", "task")
    return step.rsplit("/", 1)[-1].split(":")[0] in kinds


def _as_expected(case: Case, traces: Traces) -> None:
    """The case shows what it is there to show: these rows occur, in this order."""
    rows = iter(f"{row.kind} {row.step} {row.reason}".strip() for row in _all(traces))
    missing = [wanted for wanted in case.expect if wanted not in rows]
    assert not missing, f"{case.name} does not show {missing}:\n" + "\n".join(_lines(traces))


def _all(traces: Traces) -> list:  # type: ignore[type-arg]
    return [row for _run, rows in sorted(traces.items()) for row in rows]


def _lines(traces: Traces) -> list[str]:
    return [
        f"{run} {row.n} {row.at} {row.step} {row.visit} {row.kind} {row.reason!r} {row.due}"
        for run, rows in sorted(traces.items())
        for row in rows
    ]
