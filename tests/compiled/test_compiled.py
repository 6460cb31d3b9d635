"""The wheel whose machine is compiled to C does what the Python does (docs/decisions/0018)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.compiled.plays import played
from tests.compiled.wheel import PYTHON, ROOT, before, build, can_be_built, run

pytestmark = [
    pytest.mark.skipif(not can_be_built(), reason="no C compiler with Python's headers"),
    pytest.mark.timeout(600),
]

# The machine is looked at before pytest runs, to be sure which one it is.
_IMPORTED = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"


def test_cases_are_played_alike_and_workers_run_on_it(tmp_path: Path) -> None:
    compiled = build(tmp_path)
    told = json.loads(run((*PYTHON, "-m", "tests.compiled.plays"), ROOT, PYTHONPATH=before(compiled)))
    assert Path(told["machine"]).is_relative_to(compiled)
    assert Path(told["machine"]).suffix in (".so", ".pyd")
    assert told["played"] == json.loads(json.dumps(played()))

    tests = (
        "tests/runtime/test_turn.py",
        "tests/runtime/why/test_both.py",
        "-k",
        "not postgresql",
        "-W",
        _IMPORTED,
    )
    by_it = "import pathlib, runtime.turn, sys, pytest; machine = pathlib.Path(runtime.turn.__file__);"
    by_it += "assert machine.is_relative_to(sys.argv[1]), machine; sys.exit(pytest.main(sys.argv[2:]))"
    run((*PYTHON, "-c", by_it, compiled, "-n0", *tests), ROOT, PYTHONPATH=before(compiled))
