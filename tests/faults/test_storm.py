"""A small storm: each kind of fault once, over two hundred effects. `make faults` runs the large one."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

import pytest

from tests.faults.storm.storm import Plan, storm
from tests.faults.storm.weather import KINDS
from tests.postgres import binaries, let_in


@pytest.mark.skipif(binaries() is None, reason="no PostgreSQL server is installed")
@pytest.mark.timeout(400)
# Drivers leave connections unclosed that die under them.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_small_storm_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    let_in(tmp_path)
    seed = SystemRandom().randrange(10**6)
    plan = Plan(200, 5, seed, tmp_path / "storm", None, at_once=8, megabytes=600, patience=1)
    plan.folder.mkdir()
    report = await storm(plan)
    assert report.reckoning.harm == {}, f"seed {seed}: {report.reckoning.harm}"
    assert report.enough
    assert set(KINDS) - set(report.faults) == report.left_out
