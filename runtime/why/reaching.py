"""Reaching: whether a run came to a step, and if not, which of its choices led elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dsl.plan import Arms, Decide, Plan, Schedule, Split
from runtime.reporting.words import interest, reason_of
from runtime.trace import TraceRow, place_of
from runtime.why.answer import Reason
from runtime.why.case import Passage
from runtime.why.gates import Gate, gates
from runtime.why.operands import Look, deciding
from runtime.why.standing import line_of, told
from runtime.why.telling import Telling


@dataclass(slots=True)
class Way:
    """How far a run came on the way to a step. `turned`: in a clause, where it turned off; "" if it did not.

    `reasons`: the gates that it passed, and the one that it did not. `stopped`: it has not come to one yet.
    `never`: the clause says that something did not happen, and it may still. `n`: the last row that is told.
    """

    reasons: list[Reason] = field(default_factory=list)
    turned: str = ""
    passed: int = 0
    n: int = 0
    stopped: bool = False
    never: bool = False
    kind: str = ""


def ways(telling: Telling, passage: Passage, number: int) -> Way:
    """Follow a run towards a step. Of several ways to it, the one on which it came furthest is told."""
    plan = telling.sources.plan(passage.plan)
    paths = gates(plan).get(number, [()])
    found = [_Following(telling, passage, plan).follow(path) for path in paths]
    return max(found, key=lambda way: (not way.turned, way.passed))


def row(telling: Telling, passage: Passage, row: TraceRow) -> list[Reason]:
    """Tell one row of a run; of a branch, with the values that decided."""
    plan = telling.sources.plan(passage.plan)
    step = next((step for step in plan.steps if step.id == row.step), None)
    if isinstance(step, Decide) and row.kind == "took":
        return _Following(telling, passage, plan).decision(step, row, len(step.branches), Way())
    return [told(telling, passage, row)]


@dataclass(slots=True)
class _Following:
    telling: Telling
    passage: Passage
    plan: Plan

    def follow(self, path: Sequence[Gate]) -> Way:
        way = Way()
        for gate in path:
            getattr(self, gate.kind)(gate, way)
            if way.turned or way.stopped:
                break
            way.passed += 1
        return way

    def rows(self, id_: str, *kinds: str) -> list[TraceRow]:
        return [row for row in self.passage.rows if row.step == id_ and row.kind in kinds]

    def tell(self, row: TraceRow, way: Way) -> Reason:
        way.n = max(way.n, row.n)
        return told(self.telling, self.passage, row)

    # --------------------------------------------------------------------------------------- each kind

    def branch(self, gate: Gate, way: Way) -> None:
        step = self.plan.steps[gate.owner]
        assert isinstance(step, Decide)
        wanted = f"branch {gate.way + 1}" if gate.way < len(step.branches) else "otherwise"
        rows = self.rows(step.id, "took")
        taken = [row for row in rows if row.reason == wanted]
        if not rows:
            way.stopped = True
            return
        row = taken[-1] if taken else rows[-1]
        way.reasons += self.decision(step, row, gate.way, way)
        if not taken:
            way.kind = "another way"
            because = self.because(step, row, gate.way)
            way.turned = f"took another way on {self.telling.clock(row.at)} ({because})"

    def because(self, step: Decide, row: TraceRow, wanted: int) -> str:
        """Say in a clause which condition led elsewhere, and what it found."""
        look, taken = self.look(row), _taken(step, row)
        place = min(taken, wanted)
        if look is None or place >= len(step.branches):
            return f"“{step.text}”"
        condition = self.plan.predicates[step.branches[place].predicate]
        if look.truth(condition) != (place == taken):
            return f"{look.words.condition(condition)}: {'yes' if place == taken else 'no'}"
        return " and ".join(part.told() for part in deciding(condition, look)[:2])

    def look(self, row: TraceRow) -> Look | None:
        return self.telling.look(row.at, self.passage, account=self.plan.subject == "account")

    def decision(self, step: Decide, row: TraceRow, wanted: int, way: Way) -> list[Reason]:
        """Tell what was true: each condition up to the one that was taken, or that was wanted."""
        told = self.tell(row, way)
        look, taken = self.look(row), _taken(step, row)
        if look is None:
            return [told]
        reasons = []
        for place, branch in enumerate(step.branches[: taken + 1]):
            if wanted < place:
                break
            where = self.telling.place(self.plan, branch.line or step.line)
            condition = self.plan.predicates[branch.predicate]
            reasons += self.telling.decided(condition, look, place == taken, where)
        return reasons

    def arm(self, gate: Gate, way: Way) -> None:
        step = self.plan.steps[gate.owner]
        assert isinstance(step, Arms)
        rows = self.rows(step.id, "met", "timeout")
        if not rows:
            way.stopped = True
            return
        wanted = [row for row in rows if self.way_of(row, step) == gate.way]
        row = wanted[-1] if wanted else rows[-1]
        way.reasons.append(self.tell(row, way))
        if wanted:
            return
        way.kind = "another way"
        if row.kind == "timeout":
            heard = interest(self.plan.interests[step.arms[gate.way].interest])
            line = step.arms[gate.way].line or step.line
            text = f"Until then it did not happen: {heard[:1].lower()}{heard[1:]}"
            way.reasons.append(self.telling.reason(text, None, self.telling.place(self.plan, line)))
            way.turned = f"{waited(step)} in vain, until {self.telling.clock(row.at)}"
        else:
            what = self.tell(row, way).text
            way.turned = f"went another way on {self.telling.clock(row.at)} ({what[:1].lower()}{what[1:]})"

    def way_of(self, row: TraceRow, step: Arms) -> int:
        met = place_of(row)
        return len(step.arms) if met is None else met

    def variant(self, gate: Gate, way: Way) -> None:
        step = self.plan.steps[gate.owner]
        assert isinstance(step, Split)
        rows = self.rows(step.id, "chose")
        if not rows:
            way.stopped = True
            return
        way.reasons.append(self.tell(rows[-1], way))
        if rows[-1].reason != step.variants[gate.way].name:
            way.kind = "another way"
            way.turned = f"got the variant “{rows[-1].reason}” of “{step.name}”"

    def block(self, gate: Gate, way: Way) -> None:
        step = self.plan.steps[gate.owner]
        assert isinstance(step, Schedule)
        label = step.blocks[gate.way].label
        begun = self.rows(label, "block")
        left_out = self.rows(label, "block skipped")
        if begun:
            way.reasons.append(self.tell(begun[-1], way))
        elif left_out:
            way.reasons.append(self.tell(left_out[-1], way))
            way.kind = "another way"
            way.turned = f"left the block “{label}” out: {reason_of(left_out[-1].reason)}"
        else:
            way.stopped = True

    def handler(self, gate: Gate, way: Way) -> None:
        handler = self.plan.handlers[gate.owner]
        fired = self.rows(handler.id, "fired")
        if fired:
            way.reasons.append(self.tell(fired[-1], way))
            return
        missed = self.rows(handler.id, "not fired")
        way.kind = "another way"
        if missed:
            way.reasons.append(self.tell(missed[-1], way))
            way.turned = f"did not do it: {handler.text}"
            return
        way.never = True
        place = self.telling.place(self.plan, line_of(self.plan, handler.id))
        way.reasons.append(self.telling.reason(f"It has not happened: {handler.text}", None, place))
        way.turned = f"has not come to it: {handler.text}"

    def loop(self, _gate: Gate, _way: Way) -> None:
        """Nothing is on record of the beginning of a loop: whoever comes to it goes in."""

    def call(self, _gate: Gate, _way: Way) -> None:
        """Nor of a section's."""


def _taken(step: Decide, row: TraceRow) -> int:
    """Return which branch was taken; the number behind the last one is the other case."""
    taken = place_of(row)
    return len(step.branches) if taken is None else taken


def waited(step: Arms) -> str:
    """Say a wait as what the run did."""
    text = step.text.replace("Wait ", "waited ", 1)
    return text[:1].lower() + text[1:]
