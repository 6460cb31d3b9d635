"""Keeping results: which scenarios a change of the workspace can alter, so that the others are not played.

A result hangs on its script; on what journeys share: definitions, settings, and the ways into all journeys;
on the journeys that ran in it or let somebody not in, there on what it has touched of them; and on the emails
that were written in it. Nobody else is asked anything while a script is played: a journey in which nobody is
does nothing but wait at its door, and a step to which nobody comes does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from dsl.plan import Plan
from dsl.plan.plan import plain
from dsl.scenarios.script import Script
from runtime import routing
from runtime.scenarios.running import Result, Run
from runtime.scenarios.stage import Set
from runtime.scenarios.touching import Touched, differing, meets


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two compiled workspaces. `shared`: what every scenario hangs on.

    `journeys`: with the parts that differ; None: more than single parts.
    """

    shared: bool = True
    journeys: Mapping[str, Touched | None] = field(default_factory=dict)
    emails: frozenset[str] = frozenset()

    @classmethod
    def between(cls, before: Set, after: Set) -> Change:
        """Compare two workspaces."""
        was, now = before.compiled, after.compiled
        if (was.definitions, was.settings) != (now.definitions, now.settings):
            return cls()
        if list(was.plans) != list(now.plans):
            return cls()
        pairs = [(was.plans[name], plan) for name, plan in now.plans.items() if was.plans[name] is not plan]
        if any(_door(one) != _door(other) for one, other in pairs):
            return cls()
        journeys = {
            other.journey: differing(one, other) for one, other in pairs if _inside(one) != _inside(other)
        }
        names = was.emails.keys() | now.emails.keys()
        emails = frozenset(name for name in names if was.emails.get(name) != now.emails.get(name))
        return cls(False, journeys, emails)

    def alters(self, kept: Result) -> bool:
        """Whether a result may be another one now."""
        if self.shared or not self.emails.isdisjoint(kept.emails):
            return True
        concerned = self.journeys.keys() & kept.journeys
        if kept.touched is None or not kept.ok:  # what is told of a failure names lines and texts
            return bool(concerned)
        return any(meets(kept.touched.get(name), self.journeys[name]) for name in concerned)


@dataclass(slots=True)
class Keeper:
    """The results of one workspace, by file and line, with the scripts that they are of.

    `set`: what they were played with.
    """

    set: Set | None = None
    kept: dict[tuple[str, int], tuple[Script, Result]] = field(default_factory=dict)

    def move(self, set_: Set) -> Change:
        """Take a workspace as the present one; forget the results that may be others now."""
        change = Change.between(self.set, set_) if self.set is not None else Change()
        self.kept = {place: one for place, one in self.kept.items() if not change.alters(one[1])}
        self.set = set_
        return change

    def recall(self, script: Script) -> Result | None:
        """Return the result of a script, if it is known."""
        known, result = self.kept.get((script.file, script.line), (None, None))
        return result if known is script or known == script else None

    def keep(self, script: Script, result: Result) -> None:
        """Remember a result."""
        self.kept[script.file, script.line] = script, result

    def run(self, scripts: Sequence[Script]) -> Run:
        """Return the results of scripts, all of which are known."""
        return Run([result for script in scripts if (result := self.recall(script)) is not None])


def in_order(
    scripts: Sequence[Script], changed: Sequence[str], failed: frozenset[tuple[str, int]]
) -> list[Script]:
    """Put first what a person waits for: what failed last time, then what is nearest to the changed files.

    `failed`: by file and line. Near is a file of the same name, then one of a folder nearby.
    """

    def rank(script: Script) -> tuple[bool, tuple[bool, int]]:
        near = min((_distance(script.file, file) for file in changed), default=(False, 0))
        return (script.file, script.line) not in failed, near

    return sorted(scripts, key=rank)


def _distance(one: str, other: str) -> tuple[bool, int]:
    a, b = PurePosixPath(one), PurePosixPath(other)
    common = sum(1 for _ in _alike(a.parent.parts, b.parent.parts))
    away = len(a.parent.parts) + len(b.parent.parts) - 2 * common
    return a.stem != b.stem, 0 if one == other else 1 + away


def _alike(some: Sequence[str], others: Sequence[str]) -> list[str]:
    found = []
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        found.append(one)
    return found


# ------------------------------------------------------------------------------------------ what is compared


def _door(plan: Plan) -> tuple[Any, ...]:
    """Return what a journey does to contacts who are not in it: who may come in, and whom it watches."""
    starts = [plain(start) for start in plan.starts]
    return plan.subject, starts, plain(plan.runs), routing.index(plan).segments


def _inside(plan: Plan) -> Plan:
    """Return what a journey does to contacts who are in it: all that it says. Emails are compared apart."""
    return plan.model_copy(update={"hash": "", "emails": {}})
