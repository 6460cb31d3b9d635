"""Playing scenarios from their text, in the small workspace that tests share or in an example."""

from __future__ import annotations

import dsl

# A pytest within a pytest forgets what it was the first to import, so all of it is imported here.
import dsl.scenarios.compiling
from dsl.scenarios.script import Script
from runtime.scenarios import playing, telling
from runtime.scenarios.stage import Set
from runtime.scenarios.telling import Told
from tests.dsl.workspaces import MESSAGES, SENDS, workspace


def scripts(text: str, files: dict[str, bytes] | None = None) -> tuple[list[Script], Set]:
    """Compile scenarios, which must be without mistakes."""
    if files is None:
        files = workspace(**{"sends.journey": SENDS}, **MESSAGES)
    compiled, made = dsl.compile_scenarios(files | {"x.scenario": text.encode()})
    assert compiled.ok, dsl.as_text(compiled.diagnostics)
    assert not made.diagnostics, dsl.as_text(made.diagnostics)
    return [script for script in made.scripts if script.file == "x.scenario"], Set.of(compiled)


def misses(text: str, files: dict[str, bytes] | None = None) -> list[Told]:
    """Play scenarios; return what was otherwise than expected."""
    found, set_ = scripts(text, files)
    return [told for script in found for told in telling.misses(playing.play(script, set_))]


def play(steps: str, given: str = 'given contact "Ana"', files: dict[str, bytes] | None = None) -> list[Told]:
    """Play the moments of one scenario."""
    rows = "\n".join(f"  {row}" for row in [*given.strip().split("\n"), *steps.strip("\n").split("\n")])
    return misses(f'scenario "Test"\n{rows}\n', files)


def missed(told: list[Told]) -> list[str]:
    """Return the lines that were not so."""
    return [one.text for one in told]
