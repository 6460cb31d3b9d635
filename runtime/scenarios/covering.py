"""Coverage: what of the journeys scenarios have reached, from the traces of all runs.

A *point* is something that can be reached or not: a start where there are several, a step or a timed block, a
way on from a branch, a wait or a split, a handler, a pause, an update of the trigger, an ending. Apart from
these stand the *outcomes*: that a marketing message was held or left out, where that can be. They are told,
and counted by themselves: to hold each message once is seldom worth a scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from dsl.plan import (
    AnyStep,
    Arms,
    Decide,
    Definitions,
    Do,
    Plan,
    Schedule,
    SendEmail,
    SendMessage,
    Split,
    Start,
)
from dsl.plan.plan import plain
from runtime.scenarios.stage import Stage
from runtime.simulator import RunRecord

if TYPE_CHECKING:
    from dsl.naming import Names
    from dsl.wording import Words

Kind = Literal["start", "step", "way", "handler", "ending", "outcome"]
KINDS: tuple[Kind, ...] = ("start", "step", "way", "handler", "ending", "outcome")

_SILENT = ("schedule", "loop", "leave", "call")  # these leave no trace: what stands in them does
_NOT_REACHED = frozenset({"block skipped", "not fired"})

Hit = tuple[str, str, str]
"""A journey, the id of a step, block, handler or ending, and a way or an outcome."""


@dataclass(frozen=True, slots=True)
class Point:
    """Something to be reached. `way`: of a step; `text`: in words."""

    kind: Kind
    step: str
    way: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Covered:
    """One journey: its points, and which of them were reached. `plan`: the hash of what was played."""

    journey: str
    file: str
    plan: str
    points: tuple[Point, ...]
    reached: frozenset[tuple[str, str]]

    def missed(self, *kinds: Kind) -> list[Point]:
        """Return the points that nobody came to, in the order of their lines."""
        wanted = kinds or KINDS
        missed = [p for p in self.points if p.kind in wanted and (p.step, p.way) not in self.reached]
        return sorted(missed, key=lambda point: point.line)

    def counted(self, *kinds: Kind) -> tuple[int, int]:
        """Return how many points were reached, and how many there are."""
        wanted = kinds or KINDS
        points = [point for point in self.points if point.kind in wanted]
        return sum((p.step, p.way) in self.reached for p in points), len(points)


TOTAL: tuple[Kind, ...] = ("start", "step", "way", "handler", "ending")
"""What counts for the percentage."""


@dataclass(slots=True)
class Coverage:
    """What was reached, collected from many scenarios."""

    hits: set[Hit] = field(default_factory=set)

    def of(
        self, plans: Mapping[str, Plan], definitions: Definitions, names: Names | None = None
    ) -> list[Covered]:
        """Return the coverage of each journey, in the order of their names. `names`: those of segments."""
        found = []
        for name, plan in sorted(plans.items()):
            reached = frozenset((step, way) for journey, step, way in self.hits if journey == name)
            points = tuple(points_of(plan, definitions, names))
            found.append(Covered(name, plan.file, plan.hash, points, reached))
        return found


def as_json(covered: Iterable[Covered]) -> list[dict[str, Any]]:
    """Return coverage as plain data, to be kept and to be painted on a graph."""
    return [
        {
            "journey": one.journey,
            "file": one.file,
            "plan": one.plan,
            "percent": round(percent([one]), 1),
            "counts": {kind: dict(zip(("reached", "of"), one.counted(kind), strict=True)) for kind in KINDS},
            "points": [
                {
                    "kind": point.kind,
                    "step": point.step,
                    "way": point.way,
                    "line": point.line,
                    "text": point.text,
                    "reached": (point.step, point.way) in one.reached,
                }
                for point in one.points
            ],
        }
        for one in covered
    ]


def percent(covered: Iterable[Covered]) -> float:
    """Return how much of several journeys was reached, in percent, outcomes apart."""
    reached, points = 0, 0
    for one in covered:
        some, all_ = one.counted(*TOTAL)
        reached, points = reached + some, points + all_
    return 100 * reached / points if points else 100.0


# ------------------------------------------------------------------------------------------- what there is


def points_of(plan: Plan, definitions: Definitions, names: Names | None = None) -> Iterator[Point]:
    """Yield the points of a journey."""
    from dsl.graph import words_of  # only who asks for coverage needs pictures

    words = words_of(plan, definitions, names)
    if len(plan.starts) > 1:  # a journey with one start has been reached by it
        for number, start in enumerate(plan.starts, 1):
            yield Point("start", f"start {number}", "", start.line, _way_in(start))
    for step in plan.steps:
        if isinstance(step, Schedule):
            for block in step.blocks:
                yield Point("step", block.label, "", getattr(block, "line", 0), block.label)
                if block.dated and block.late == "skip":
                    text = f"{block.label}: left out, for it was late"
                    yield Point("outcome", block.label, "skipped", getattr(block, "line", 0), text)
        elif step.op not in _SILENT:
            yield Point("step", step.id, "", step.line, step.text)
        for way, line, text in _ways(step, plan, words):
            yield Point("way", step.id, way, line or step.line, f"{step.text}: {text}")
        if isinstance(step, Do) and isinstance(step.effect, SendEmail | SendMessage):
            yield from _outcomes(step, step.effect, plan, definitions)
    for handler in plan.handlers:
        yield Point("handler", handler.id, "", handler.line, handler.text)
    for number, pause in enumerate(plan.pauses, 1):
        yield Point("handler", f"pause {number}", "", pause.line, pause.text)
    for number, update in enumerate(plan.updates, 1):
        yield Point("handler", f"update {number}", "", update.line, update.text)
    for ending in plan.endings:
        yield Point("ending", ending.id, "", ending.line, ending.text)


def _way_in(start: Start) -> str:
    """Say what lets contacts in."""
    if start.by_hand:
        return "Start by hand"
    if start.everyone is not None:
        return f"Start with everyone in segment “{start.everyone.segment}”"
    args = "".join(f", {name} “{value}”" for name, value in start.args.items())
    return f"Start by {start.event.removeprefix('nurture:')}{args}"


def _ways(step: AnyStep, plan: Plan, words: Words) -> Iterator[tuple[str, int, str]]:
    """Yield the ways on from a step: as traces name them, the line, and in words."""
    if isinstance(step, Decide):
        single = len(step.branches) == 1
        said = _said(step, plan, words)
        for number, branch in enumerate(step.branches, 1):
            yield f"branch {number}", branch.line, "yes" if single else said[number - 1]
        yield "otherwise", 0, "no" if single else "otherwise"
    elif isinstance(step, Arms):
        single = len(step.arms) == 1
        said = _said(step, plan, words)
        for number, arm in enumerate(step.arms, 1):
            yield f"arm {number}", arm.line, "it happens" if single else said[number - 1]
        if step.until is not None:
            yield "timeout", 0, "in vain"
    elif isinstance(step, Split):
        for variant in step.variants:
            yield variant.name, getattr(variant, "line", 0), f"variant “{variant.name}”"


def _said(step: AnyStep, plan: Plan, words: Words) -> list[str]:
    """Say what opens each of several ways, as the graph does."""
    from dsl.weave import ways

    return [way.label for way in ways(plan, step, words) if way.part is not None]


def _outcomes(
    step: Do, effect: SendEmail | SendMessage, plan: Plan, definitions: Definitions
) -> Iterator[Point]:
    """Yield what else can become of a message than that it is sent."""
    rules = () if effect.service else definitions.policies
    limits = [] if effect.service else list(plan.limits)
    quiet = any(rule.quiet or rule.holds for rule in rules)
    capped = any(limit.hold for limit in (*limits, *(limit for rule in rules for limit in rule.limits)))
    hours = plan.sending_hours is not None and not effect.ignore_hours
    if quiet or hours or (capped and isinstance(effect, SendEmail)):
        yield Point("outcome", step.id, "held", step.line, f"{step.text}: held")
    if not effect.service or (isinstance(effect, SendEmail) and effect.guards):
        yield Point("outcome", step.id, "skipped", step.line, f"{step.text}: left out")


# ----------------------------------------------------------------------------------------- what was reached


def hits_of(stage: Stage) -> set[Hit]:
    """Return what the runs of a stage have reached."""
    found: set[Hit] = set()
    for run in stage.world.runs.values():
        journey = run.view.journey
        found |= {(journey, step, "") for step in _beside_steps(run, stage.set.published.plan(run.view.plan))}
        for row in run.rows:
            if row.kind == "block skipped":
                found.add((journey, row.step, "skipped"))
            if not row.step or row.kind in _NOT_REACHED:
                continue
            if row.kind == "waiting" and row.step not in stage.set.steps[run.view.plan]:
                continue  # a block that is still ahead
            found.add((journey, row.step, ""))
            if row.kind in ("took", "chose"):
                found.add((journey, row.step, row.reason))
            elif row.kind == "met":
                found.add((journey, row.step, row.reason.split(",")[0]))
            elif row.kind in ("timeout", "held", "skipped"):
                found.add((journey, row.step, row.kind))
    return found


def _beside_steps(run: RunRecord, plan: Plan) -> Iterator[str]:
    """Name what a run has met that is no step: the way by which it came, pauses, updates of its trigger."""
    if len(plan.starts) > 1:
        came = None if run.start is None else plain(run.start)  # its line may be that of an equal plan
        for number, start in enumerate(plan.starts, 1):
            if plain(start) == came or (came is None and start.by_hand):
                yield f"start {number}"
    reasons = {row.reason for row in run.rows if row.kind == "paused"}
    yield from (f"pause {n}" for n, pause in enumerate(plan.pauses, 1) if pause.text in reasons)
    yield from (f"update {number + 1}" for number in run.updated)
