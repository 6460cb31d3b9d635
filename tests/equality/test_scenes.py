"""The scenarios of the examples come to pass on real Temporal as `nurture test` foretells.

They share the databases between them: every second one runs on PostgreSQL. What may differ between the two
is tried by the cases, each on both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from dsl.scenarios.script import Script
from runtime.scenarios.playing import play
from runtime.scenarios.stage import Set
from tests.equality import remains, scenes

_EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def found(example: str) -> tuple[Set, list[Script]]:
    return scenes.scripts(_EXAMPLES / example)


_NAMED = [
    pytest.param(example, number, "postgresql" if number % 2 else "sqlite", id=f"{example}: {script.title}")
    for example in ("whitepaper", "lifecycle")
    for number, script in enumerate(found(example)[1])
]


@pytest.mark.parametrize(("example", "number", "databases"), _NAMED, indirect=["databases"])
async def test_a_scenario_is_the_same_on_temporal(
    example: str, number: int, url: str, tmp_path: Path
) -> None:
    set_, scripts = found(example)
    script = scripts[number]
    played = play(script, set_)
    assert played.ok
    real = await scenes.play(script, set_, tmp_path, url)
    foretold = remains.of_world(played.stage.world, scenes.case_of(script, set_))
    assert scenes.alike(real.remains) == scenes.alike(foretold)
    assert real.duplicates == []
