"""Counterexamples: the paths by which the proofs show their findings, each as a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dsl.plan import Plan
from dsl.proofs import Finding
from dsl.workspace import check_workspace
from runtime.explore import Bound
from runtime.playing import SILENT, Player
from runtime.routes import Route, along
from runtime.saving.givens import Unwritable
from runtime.saving.writing import scenario

_MOST = Bound(happenings=2_000)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one finding with a path. `text`: its scenario, "" if there is none; `why`: then."""

    code: str
    journey: str
    file: str
    line: int
    text: str = ""
    why: str = ""

    @property
    def name(self) -> str:
        """Name the file for it."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.journey.lower()).strip("-") or "journey"
        code = re.sub(r"[^a-z0-9]+", "-", self.code.lower()).strip("-")
        line = f"-line-{self.line}" if self.line else ""
        return f"{slug}-{code}{line}.scenario"


def counterexamples(files: Mapping[str, bytes]) -> Iterator[Saved]:
    """Yield, for each finding that is shown by a path, the scenario in which a contact goes it."""
    found: list[tuple[Plan, Finding]] = []
    player = Player()

    def play(plan: Plan, finding: Finding) -> str:
        found.append((plan, finding))
        return player(plan, finding)

    diagnostics = check_workspace(files, play)
    broken = any(one.severity == "error" for one in diagnostics)
    seen: set[str] = set()
    for plan, finding in found:
        saved = Saved(finding.code, plan.journey, plan.file, finding.line)
        if saved.name in seen:
            continue
        seen.add(saved.name)
        if broken:
            why = "the workspace has errors; mend them first, for scenarios are played with all of it"
            yield Saved(finding.code, plan.journey, plan.file, finding.line, why=why)
            continue
        try:
            route = _route(plan, finding)
            title = f"{finding.code} in {plan.journey}, line {finding.line}"
            text = scenario(files, plan, route, title, _note(plan, finding))
        except Unwritable as unwritable:
            why = f"the path asks for {unwritable}"
            yield Saved(finding.code, plan.journey, plan.file, finding.line, why=why)
        else:
            yield Saved(finding.code, plan.journey, plan.file, finding.line, text)


def _route(plan: Plan, finding: Finding) -> Route:
    assert finding.trail is not None
    taken = [plan.steps[number] for number in finding.trail.steps]
    route = along(plan, [step.id for step in taken if step.op not in SILENT], _MOST)
    if route is None:
        raise Unwritable("what the machine was not led along")
    return route


def _note(plan: Plan, finding: Finding) -> str:
    assert finding.trail is not None
    said = " ".join(finding.message.split())
    path = " ".join(finding.trail.words.split())
    return f"{plan.file}:{finding.line}: {finding.code}: {said}\nThe path: {path}"
