"""Pairs made by chance leave the same behind on both drivers: 300 of them, always the same ones.

Most have their databases on SQLite, fifty on PostgreSQL; what may differ between the databases is tried more
closely by all other tests. A longer run, with other pairs, is `make equality`.
"""

from __future__ import annotations

from itertools import islice

import pytest

from tests.databases import Databases
from tests.equality import judging
from tests.equality.__main__ import BATCH, batch, made

SEED = 0
_LAST = 300 // BATCH - 1
_WHERE = [*((number, "sqlite") for number in range(_LAST)), (_LAST, "postgresql")]


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("default::UserWarning")  # an activity that is slow today is told twice to stop
@pytest.mark.parametrize(("number", "databases"), _WHERE, indirect=["databases"])
def test_made_pairs_leave_the_same_behind_on_both_drivers(number: int, databases: Databases) -> None:
    together = batch(SEED, number)
    assert len(together) == BATCH
    verdicts = judging.judge([pair.case for pair in together], databases.server)
    different = [
        (pair.seed, *verdict.difference)
        for pair, verdict in zip(together, verdicts, strict=True)
        if verdict.kind not in ("equal", "race")
    ]
    where = "sqlite" if databases.server is None else "postgresql"
    again = f"make equality N={BATCH} SEED={SEED} FROM={number * BATCH} DATABASE={where}"
    assert not different, f"Keep it as a case: {again}"
    # Outcomes that hang on an order that nothing gives are rare, or the comparison would be worth little.
    assert sum(verdict.kind == "race" for verdict in verdicts) <= BATCH // 10


def test_a_pair_follows_from_its_number_alone() -> None:
    ones, again = islice(made(SEED, 3), 8), islice(made(SEED, 3), 8)
    for one, other in zip(ones, again, strict=True):
        assert one.data == other.data
        assert one.world.runs.keys() == other.world.runs.keys()
