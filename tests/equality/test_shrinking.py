"""A pair that differs shrinks to what it takes, and is kept as a case file that reads back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from tests.equality import files, remains, shrinking
from tests.equality.__main__ import made
from tests.equality.case import Case, load
from tests.equality.drivers import simulated


def _sends_a_receipt(cases: Sequence[Case]) -> list[bool]:
    """Stands for a difference: the simulator sends the email "Receipt"."""
    return [
        any(
            row.kind == "sent" and row.step.endswith("send:receipt")
            for record in world.runs.values()
            for row in record.rows
        )
        for world in map(simulated, cases)
    ]


def test_a_pair_shrinks_to_what_it_takes() -> None:
    pair = next(pair for pair in made(0, 0) if _sends_a_receipt([pair.case])[0])
    small = shrinking.shrink(pair.data, _sends_a_receipt)
    case = shrinking.compiled(small)
    assert case is not None
    assert _sends_a_receipt([case]) == [True]
    # A journey with a way in, how often it runs, and the send; one contact; one event.
    assert len(small["journey"].split()) < len(pair.data["journey"].split())
    assert [line.strip() for line in small["journey"].splitlines() if "send" in line] == [
        line.strip() for line in small["journey"].splitlines() if "Receipt" in line
    ]
    assert (len(small["contacts"]), len(small["happens"])) == (1, 1)


def test_a_pair_that_is_written_down_reads_back(tmp_path: Path) -> None:
    for pair in islice(made(0, 1), 10):
        files.write(tmp_path / "pair.toml", pair.data, ["A pair."])
        case = load(tmp_path / "pair.toml")
        assert remains.of_world(simulated(case), case) == remains.of_world(pair.world, pair.case)
