"""The two halves of a score: `fit` (who they are) and `engagement, halved every 30 days` (what they do)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dsl.checking import Checker
from dsl.constructs.history import check_before_start
from dsl.constructs.score import check_points
from dsl.constructs.values import Duration
from dsl.nodes import ConditionNode, Context, Given, LineNode, find_condition, line
from dsl.parser import Tree
from dsl.plan import FitRule
from dsl.span import Span


@line("fit", "fit", Context.SCORING, body=Context.FIT, needs="its rules: add 20 if …")
@dataclass(frozen=True, slots=True)
class Fit(LineNode):
    """Points for what a contact and its account are; they count as long as the fact is true."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body)

    def lower_rules(self, given: Given) -> tuple[FitRule, ...]:
        """Return the rules of the definitions."""
        return tuple(found.lower_rule(given) for found in self.body if isinstance(found, FitLine))


@line("fit_rule", "a rule of fit", Context.FIT)
@dataclass(frozen=True, slots=True)
class FitLine(LineNode):
    """`add 20 if account.employees is between 200 and 5000`."""

    points: float
    place: Span
    condition: ConditionNode

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        token = tree.token("NUMERAL")
        found = find_condition(tree)
        assert found is not None
        sign = 1 if tree.has("add") else -1
        return cls(span, body, sign * float(token.text), token.span, found)

    def check(self, check: Checker) -> None:
        check_points(check, self.points, self.place)
        self.condition.check(replace(check, sends=frozenset(), started=False))
        check_before_start(check, self.condition)
        given = check.given
        if any(key == "score" for key in self.condition.depends(given)):
            message = "The score cannot depend on itself."
            check.report.add("N408", self.condition.span, message, "Ask about a field, a tag or a list.")
        elif any(key.startswith(("event:", "sent:", "account ")) for key in self.condition.depends(given)):
            message = "Fit is about who a contact is, not about what happened."
            fix = "Score what happened with “when”: add 5 when contact …"
            check.report.add("N408", self.condition.span, message, fix)

    def lower_rule(self, given: Given) -> FitRule:
        """Return the rule of the definitions."""
        return FitRule(points=self.points, condition=self.condition.lower(given))


@line(
    "decaying",
    "engagement",
    Context.SCORING,
    body=Context.SCORES,
    needs="its rules: add 5 when …",
)
@dataclass(frozen=True, slots=True)
class Decaying(LineNode):
    """Points for what a contact does, which fade: after this time half of them are left."""

    half: Duration

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Duration.read(tree.need("duration")))

    def check(self, check: Checker) -> None:
        self.half.check(check)
        if self.half.seconds < 86_400:
            message = f"Points that are halved every {self.half} are gone before anybody looks at them."
            check.report.add("N403", self.half.span, message, "Write at least 1 day.")
