"""`scoring "Lead score"`: points for events, and thresholds by name."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.events import Event
from dsl.constructs.score import check_points
from dsl.nodes import Context, Given, LineNode, Name, line
from dsl.parser import Tree
from dsl.plan import ScoreRule
from dsl.span import Span


@line("scoring", "scoring", Context.TOP, body=Context.SCORING, needs="its rules")
@dataclass(frozen=True, slots=True)
class Scoring(LineNode):
    """The scoring model; a workspace has one."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def declare(self, catalog: Catalog) -> None:
        if catalog.scored:
            message = "The workspace has a scoring model already."
            catalog.report.add("N206", self.span, message, "Put all rules under one “scoring”.")
        catalog.scored = True
        for found in self.body:
            if isinstance(found, Threshold) and catalog.declare(
                "threshold", found.name.text, found.name.span
            ):
                catalog.thresholds[found.name.text] = found.points

    def lower_rules(self, given: Given) -> tuple[ScoreRule, ...]:
        """Return the rules of the definitions."""
        return tuple(rule.lower_rule(given) for rule in self.body if isinstance(rule, ScoreLine))


@line("score_rule", "a scoring rule", Context.SCORING)
@dataclass(frozen=True, slots=True)
class ScoreLine(LineNode):
    """`add 25 when contact visits page "/pricing"`: counted once, with the event."""

    points: float
    place: Span
    event: Event

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        token = tree.token("NUMERAL")
        sign = 1 if tree.has("add") else -1
        return cls(span, body, sign * float(token.text), token.span, Event.read(tree.need("event")))

    def check(self, check: Checker) -> None:
        self.event.check(check)
        check_points(check, self.points, self.place)
        if self.event.subject == "account":
            message = "The lead score belongs to a contact; an event of an account cannot change it yet."
            check.report.add("N901", self.event.span, message, "Score what the contact does.")

    def lower_rule(self, given: Given) -> ScoreRule:
        """Return the rule of the definitions."""
        what = self.event.what
        return ScoreRule(points=self.points, event=what.event, args=what.args, where=what.lower_where(given))


@line("threshold", "threshold", Context.SCORING)
@dataclass(frozen=True, slots=True)
class Threshold(LineNode):
    """`threshold "MQL" at 65`: points with a name."""

    name: Name
    points: float

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")), float(tree.token("NUMERAL").text))
