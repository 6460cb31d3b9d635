"""The lead score: `score is at least "MQL"`, and `add 10 to score`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.comparison import ORDERS, check_between
from dsl.constructs.values import Literal_, number
from dsl.lowering import Lowering
from dsl.nodes import ConditionNode, Context, Given, LineNode, Name, Statement, condition, line
from dsl.parser import Tree
from dsl.plan import AddScore, AllOf, AnyStep, Condition, Do, Score
from dsl.span import Span
from dsl.tokens import Token


@condition("score_is")
@dataclass(frozen=True, slots=True)
class ScoreIs(ConditionNode):
    """The score compared with points or with a threshold by name. `how`: one of `ORDERS`, or between."""

    how: str
    limits: tuple[Literal_ | Name, ...]

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        how = tree.need(*ORDERS, "between").rule
        tokens = [p for p in tree.parts if isinstance(p, Token)]
        return cls(tree.span, how, tuple(map(_limit, tokens)))

    def check(self, check: Checker) -> None:
        for limit in self.limits:
            if isinstance(limit, Name):
                check.known("threshold", limit)
        if self.how == "between":
            check_between(check, self, tuple(v for v in self.limits if isinstance(v, Literal_)))

    def lower(self, given: Given) -> Condition:
        points = [_points(limit, given) for limit in self.limits]
        if self.how == "between":
            return AllOf(conditions=(Score(kind="ge", points=points[0]), Score(kind="le", points=points[1])))
        return Score(kind=ORDERS[self.how], points=points[0])

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset({"score"})


_BEYOND = 10**15


def _limit(token: Token) -> Literal_ | Name:
    return Name.of(token) if token.kind == "STRING" else Literal_(token.span, number(token.text))


def _points(limit: Literal_ | Name, given: Given) -> float:
    if isinstance(limit, Name):
        return given.thresholds.get(limit.text, 0.0)
    # A number of hundreds of digits fits no float; no score comes near either.
    return float(max(-_BEYOND, min(limit.value, _BEYOND)))


@line("change_score", "a change of the score", Context.BODY)
@dataclass(frozen=True, slots=True)
class ChangeScore(Statement):
    """`add 10 to score`, `subtract 10 from score`."""

    points: float
    place: Span

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        token = tree.token("NUMERAL")
        sign = 1 if tree.has("add") else -1
        return cls(span, body, sign * float(token.text), token.span)

    def check(self, check: Checker) -> None:
        check_points(check, self.points, self.place)

    def label(self) -> tuple[str, str]:
        return "score", f"{'add' if self.points >= 0 else 'subtract'} {abs(self.points):g}"

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        text = (
            f"Add {self.points:g} to the score"
            if self.points >= 0
            else f"Subtract {-self.points:g} from the score"
        )
        return Do(**low.head(self, text, next_), effect=AddScore(points=self.points))

    def writes(self) -> frozenset[str]:
        return frozenset({"score"})


def check_points(check: Checker, points: float, place: Span) -> None:
    """Report points that change nothing or say the opposite of the verb."""
    text = check.report.sources[place.file][place.line - 1][place.start - 1 : place.end - 1]
    if points == 0 or text.startswith("-"):
        message = "Points are more than 0; the verb says which way they go."
        row = check.report.sources[place.file][place.line - 1]
        verb, turned = ("subtract", "from") if row.lstrip().startswith("add") else ("add", "to")
        fix = f"Write “{verb} {abs(points):g} …”." if points else "Write “add 5 …” or “subtract 5 …”."
        if points and row.rstrip().endswith("score"):
            fix = f"Write “{verb} {abs(points):g} {turned} score”."
        check.report.add("N403", place, message, fix)
