"""Play all cases, and tell which machine did it and what each run went through, as JSON."""

from __future__ import annotations

import json
import sys

from runtime import turn
from tests.equality.case import CASES, load
from tests.equality.drivers import simulated


def played() -> dict[str, list[list[object]]]:
    """Return the trace rows of all runs, by case and run."""
    found = {}
    for path in CASES:
        for id_, run in simulated(load(path)).runs.items():
            found[f"{path.stem}: {id_}"] = [list(row) for row in run.rows]
    return found


if __name__ == "__main__":
    json.dump({"machine": turn.__file__, "played": played()}, sys.stdout)
