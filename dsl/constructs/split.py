"""`split "Day 3 message"`: a sticky choice among variants, with a holdout and a rule for the winner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from dsl.checking import Checker
from dsl.constructs.values import Duration
from dsl.lowering import Lowering
from dsl.nodes import Broken, Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Variant, Winner
from dsl.plan import Split as SplitStep
from dsl.span import Span
from dsl.tokens import Token

_Kind = TypeVar("_Kind", bound=LineNode)
_MEASURES: dict[str, Literal["clicks", "replies", "goal"]] = {
    "by_clicks": "clicks",
    "by_replies": "replies",
    "by_goal": "goal",
}


@line("split", "split", Context.BODY, body=Context.SPLIT, needs="the variants")
@dataclass(frozen=True, slots=True)
class Split(Statement):
    """Each contact gets one variant, always the same one; then the flow goes on below."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def all(self, kind: type[_Kind]) -> list[_Kind]:
        """The lines of one kind under the split."""
        return [found for found in self.body if isinstance(found, kind)]

    def bodies(self) -> Iterator[tuple[LineNode, ...]]:
        for way in self.all(VariantLine):
            yield way.body

    def check(self, check: Checker) -> None:
        if self.all(Broken) or not self.body:
            return
        for kind, words in ((Holdout, "holdout"), (WinnerLine, "winner")):
            for again in self.all(kind)[1:]:
                check.report.add("N206", again.span, f"A split has one “{words}” line.", "Remove one.")
        self._check_shares(check)
        seen: set[str] = set()
        for way in self.all(VariantLine):
            if way.name.text in seen:
                message = f"The variant “{way.name.text}” stands twice in this split."
                check.report.add("N201", way.name.span, message, "Give it another name.")
            seen.add(way.name.text)

    def _check_shares(self, check: Checker) -> None:
        ways = self.all(VariantLine)
        shares = [share(way.share) for way in ways] + [share(out.share) for out in self.all(Holdout)[:1]]
        if any(n is None for n in shares):
            return
        total = sum(n for n in shares if n is not None)
        if len(shares) < 2 or not ways:
            message = "A split needs at least two variants, or a variant and a holdout."
            fix = 'Add a line such as: variant 50% "Another"'
            check.report.add("N204", self.span, message, fix)
        elif abs(total - 100) > 1e-9:
            message = f"The percentages of this split total {total:g}, not 100."
            check.report.add("N420", self.span, message, "Change them, so that everybody gets one variant.")

    def label(self) -> tuple[str, str]:
        return "split", self.name.text

    def ends(self) -> bool:
        whole = not self.all(Holdout) and bool(self.all(VariantLine))
        return whole and all(any(isinstance(s, Statement) and s.ends() for s in b) for b in self.bodies())

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        variants = [
            Variant(name=way.name.text, weight=share(way.share) or 0, to=low.body(way.body, next_))
            for way in self.all(VariantLine)
        ]
        for out in self.all(Holdout):
            variants.append(Variant(name="Holdout", weight=share(out.share) or 0, to=next_, holdout=True))
        winner = next(iter(self.all(WinnerLine)), None)
        return SplitStep(
            **low.head(self, f"Split “{self.name.text}”", next_),
            name=self.name.text,
            variants=tuple(variants),
            winner=winner.lower_winner() if winner else None,
        )


def share(token: Token) -> float | None:
    """Read a percentage; None if it is none."""
    found = float(token.text)
    return found if 0 < found <= 100 else None


def check_share(check: Checker, token: Token) -> None:
    """Report a percentage that nobody can belong to."""
    if share(token) is None:
        message = f"{token.text}% is no share of the contacts."
        check.report.add("N403", token.span, message, "Write more than 0% and at most 100%.")


@line("variant", "variant", Context.SPLIT, body=Context.BODY, needs="what these contacts get")
@dataclass(frozen=True, slots=True)
class VariantLine(LineNode):
    """`variant 50% "Stories"`."""

    share: Token
    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, tree.token("NUMERAL"), Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        check_share(check, self.share)


@line("holdout", "holdout", Context.SPLIT)
@dataclass(frozen=True, slots=True)
class Holdout(LineNode):
    """`holdout 10%`: contacts who get no variant, to compare with; they go on below."""

    share: Token

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, tree.token("NUMERAL"))

    def check(self, check: Checker) -> None:
        check_share(check, self.share)


@line("winner", "winner", Context.SPLIT)
@dataclass(frozen=True, slots=True)
class WinnerLine(LineNode):
    """`winner by clicks after 200 contacts`: what decides, and how many each variant needs, or how long."""

    measure: Literal["clicks", "replies", "goal"]
    goal: Name | None
    after: Token | Duration

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        measure = tree.need(*_MEASURES)
        goal, time = measure.tokens("STRING"), tree.find("duration")
        return cls(
            span,
            body,
            _MEASURES[measure.rule],
            Name.of(goal[0]) if goal else None,
            Duration.read(time) if time else tree.token("NUMERAL"),
        )

    def check(self, check: Checker) -> None:
        if isinstance(self.after, Duration):
            self.after.check(check)
        elif not self.after.text.isdigit() or int(self.after.text) < 2:
            message = f"{self.after.text} contacts cannot tell which variant is better."
            check.report.add("N403", self.after.span, message, "Write a whole number, such as 200.")
        if self.goal and not (self.goal.text in check.all_goals or check.catalog.doubts(self.goal.text)):
            message = f"This journey has no goal “{self.goal.text}”."
            fix = "Name a goal of this journey, or write: winner by clicks after 200 contacts"
            check.report.add("N302", self.goal.span, message, fix)

    def lower_winner(self) -> Winner:
        """Return the rule of the plan."""
        goal = self.goal.text if self.goal else None
        if isinstance(self.after, Duration):
            return Winner(measure=self.measure, goal=goal, time=self.after.whole, unit=self.after.one)
        return Winner(measure=self.measure, goal=goal, after=int(self.after.text))
