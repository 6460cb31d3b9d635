"""Pairs made by chance leave the same behind on both drivers: 300 of them, always the same ones.

Most have their databases on SQLite, fifty on PostgreSQL; what may differ between the databases is tried more
closely by all other tests. A longer run, with other pairs, is `make equality`.
"""

from __future__ import annotations

import pytest

from tests.databases import Databases
from tests.equality import judging
from tests.equality.__main__ import BATCH, batch

SEED = 0
_LAST = 300 // BATCH - 1
_WHERE = [*((number, "sqlite") for number in range(_LAST)), (_LAST, "postgresql")]


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("default::UserWarning")  # an activity that is slow today is told twice to stop
@pytest.mark.parametrize(("number", "databases"), _WHERE, indirect=["databases"])
def test_made_pairs_leave_the_same_behind_on_both_drivers(number: int, databases: Databases) -> None:
    made = batch(SEED, number)
    assert len(made) == BATCH
    verdicts = judging.judge([pair.case for pair in made], databases.server)
    different = [
        (pair.seed, *verdict.difference)
        for pair, verdict in zip(made, verdicts, strict=True)
        if verdict.kind not in ("equal", "race")
    ]
    where = "sqlite" if databases.server is None else "postgresql"
    again = f"make equality N={BATCH} SEED={SEED} FROM={number * BATCH} DATABASE={where}"
    assert not different, f"Keep it as a case: {again}"
    # Outcomes that hang on an order that nothing gives are rare, or the comparison would be worth little.
    assert sum(verdict.kind == "race" for verdict in verdicts) <= BATCH // 10


def test_a_pair_follows_from_its_number_alone() -> None:
    one, again = batch(SEED, 3)[7], batch(SEED, 3)[7]
    assert one.data == again.data
    assert one.world.runs.keys() == again.world.runs.keys()
