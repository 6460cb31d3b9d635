"""The scenarios of the examples hold."""

from __future__ import annotations

import pytest

import dsl
from runtime.scenarios.covering import TOTAL, percent
from runtime.scenarios.running import run
from runtime.scenarios.stage import Set
from tests.dsl.workspaces import example


@pytest.mark.parametrize("name", ["whitepaper", "lifecycle"])
def test_the_scenarios_of_an_example_hold_and_reach_every_way_of_its_journeys(name: str) -> None:
    compiled, made = dsl.compile_scenarios(example(name, scenarios=True))
    assert dsl.as_text(made.diagnostics) == ""
    found = run(made.scripts, Set.of(compiled))
    assert [one.title for one in found.failed] == []
    covered = found.coverage().of(compiled.plans, compiled.definitions)
    assert [point.text for one in covered for point in one.missed(*TOTAL)] == []
    assert percent(covered) == 100
