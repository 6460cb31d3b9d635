"""The scenarios of the examples hold."""

from __future__ import annotations

import pytest

import dsl
from runtime.scenarios.running import run
from runtime.scenarios.stage import Set
from tests.dsl.workspaces import example


@pytest.mark.parametrize("name", ["whitepaper"])
def test_the_scenarios_of_an_example_hold(name: str) -> None:
    compiled, made = dsl.compile_scenarios(example(name))
    assert dsl.as_text(made.diagnostics) == ""
    found = run(made.scripts, Set.of(compiled))
    assert found.results
    assert [one.title for one in found.failed] == []
