"""`scoring "Lead score"`: points for events, and thresholds by name."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.events import Event
from dsl.constructs.fit import Decaying, Fit
from dsl.constructs.score import check_points
from dsl.nodes import Context, Given, LineNode, Name, line
from dsl.parser import Tree
from dsl.plan import FitRule, ScoreRule
from dsl.span import Span
from dsl.tokens import Token


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
        rules = [rule.lower_rule(given) for rule in self.body if isinstance(rule, ScoreLine)]
        for fading in (found for found in self.body if isinstance(found, Decaying)):
            lines = (rule for rule in fading.body if isinstance(rule, ScoreLine))
            rules += [rule.lower_rule(given, decays=True) for rule in lines]
        return tuple(rules)

    def lower_fit(self, given: Given) -> tuple[FitRule, ...]:
        """Return the rules of fit of the definitions."""
        return tuple(r for found in self.body if isinstance(found, Fit) for r in found.lower_rules(given))

    @property
    def half_life(self) -> int | None:
        """Seconds after which half of the decaying points are left."""
        return next((found.half.seconds for found in self.body if isinstance(found, Decaying)), None)

    def check(self, check: Checker) -> None:
        for kind, words in ((Fit, "fit"), (Decaying, "engagement, halved every …")):
            for again in [found for found in self.body if isinstance(found, kind)][1:]:
                check.report.add("N206", again.span, f"A scoring model has one “{words}”.", "Join them.")


@line("score_rule", "a scoring rule", Context.SCORING | Context.SCORES)
@dataclass(frozen=True, slots=True)
class ScoreLine(LineNode):
    """`add 25 when contact visits page "/pricing"`: counted once, with the event."""

    points: float
    place: Span
    event: Event
    daily: Token | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        token = tree.token("NUMERAL")
        sign = 1 if tree.has("add") else -1
        cap = tree.find("daily_cap")
        return cls(
            span,
            body,
            sign * float(token.text),
            token.span,
            Event.read(tree.need("event")),
            cap.token("NUMERAL") if cap else None,
        )

    def check(self, check: Checker) -> None:
        self.event.check(check)
        check_points(check, self.points, self.place)
        if self.daily and float(self.daily.text) < abs(self.points):
            message = f"At most {self.daily.text} a day is less than the rule gives once."
            check.report.add("N403", self.daily.span, message, f"Write {abs(self.points):g} or more.")
        if self.event.what.made:
            message = "Points follow what a contact does, not a change that follows from it."
            check.report.add("N408", self.event.what.span, message, "Score what the contact does.")
        elif self.event.subject == "account":
            message = "The lead score belongs to a contact; an event of an account cannot change it yet."
            check.report.add("N901", self.event.span, message, "Score what the contact does.")

    def lower_rule(self, given: Given, decays: bool = False) -> ScoreRule:
        """Return the rule of the definitions."""
        what = self.event.what
        return ScoreRule(
            points=self.points,
            event=what.event,
            args=what.args,
            where=what.lower_where(given),
            daily=float(self.daily.text) if self.daily else None,
            decays=decays,
        )


@line("threshold", "threshold", Context.SCORING)
@dataclass(frozen=True, slots=True)
class Threshold(LineNode):
    """`threshold "MQL" at 65`: points with a name."""

    name: Name
    points: float

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")), float(tree.token("NUMERAL").text))
