"""A case in which the journey is replaced while people are inside, and they are moved."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import dsl
from dsl import Compiled
from dsl.plan import Plan
from runtime import migrating
from runtime.store import publish
from runtime.store.moving import Outlook, begin_move
from runtime.virtual import VirtualDriver
from tests.equality.case import Case, Step, load, workspace
from tests.equality.drivers import PausableRelay, Stage

FILE = Path(__file__).with_name("moved.toml")
MOVED_AT = int(datetime(2041, 3, 7, 8, tzinfo=UTC).timestamp())


def moved() -> Case:
    """Return the case, with the emails of both versions."""
    case = load(FILE)
    journey = tomllib.loads(FILE.read_text("utf-8"))
    both = replace_journey(case, journey["journey"] + journey["newer"].replace('"Moved"', '"Other"'))
    emails = {name: data for name, data in both.items() if name.startswith("emails/")}
    return replace(case, compiled=_compiled({**case.files, **emails}))


def newer(case: Case) -> Compiled:
    """Return the workspace with the newer version of the journey."""
    text = tomllib.loads(FILE.read_text("utf-8"))["newer"]
    return _compiled(replace_journey(case, text))


def replace_journey(case: Case, text: str) -> dict[str, bytes]:
    """Return the files of the case with another journey, and an email for each that it sends."""
    return {**case.files, **workspace({"journey": text})}


def _compiled(files: dict[str, bytes]) -> Compiled:
    compiled = dsl.compile_workspace(files)
    assert compiled.ok, compiled.diagnostics
    return compiled


@dataclass(slots=True)
class Moving(Stage):
    """Deploys the newer version at its time, and moves everybody who is inside."""

    outlook: Outlook = field(default_factory=Outlook)
    plans: list[Plan] = field(default_factory=list)

    def _script(self, driver: VirtualDriver, relay: PausableRelay, step: Step) -> None:
        Stage._script(self, driver, relay, step)
        if not self.plans:
            compiled = newer(self.case)
            self.plans = [*self.case.compiled.plans.values(), *compiled.plans.values()]
            driver.at(MOVED_AT, lambda: self._move(compiled))

    async def _move(self, compiled: Compiled) -> None:
        await publish(self.store, compiled.definitions, compiled.plans.values(), MOVED_AT)
        (plan,) = compiled.plans.values()
        one = await begin_move(self.store, plan.journey, plan.hash, {}, MOVED_AT)
        self.outlook = await migrating.migrate(self.store, one, lambda: MOVED_AT, rate=0, passes=1)
