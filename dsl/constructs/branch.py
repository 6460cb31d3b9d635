"""`if … / otherwise if … / otherwise`: branches, which rejoin by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dsl.checking import Checker
from dsl.lowering import Guard, Lowering
from dsl.nodes import ConditionNode, Context, LineNode, Statement, find_condition, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Branch, Decide
from dsl.span import Span

_NEEDS = "what to do then"


@dataclass(frozen=True, slots=True)
class Way:
    """One branch: its condition and its body."""

    condition: ConditionNode
    body: tuple[LineNode, ...]


@line("if_", "if", Context.BODY, body=Context.BODY, needs=_NEEDS)
@dataclass(frozen=True, slots=True)
class If(Statement):
    """The first branch whose condition is true is taken, else `otherwise`."""

    ways: tuple[Way, ...]
    otherwise: LineNode | None = None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        found = find_condition(tree)
        assert found is not None
        return cls(span, body, (Way(found, body),))

    def bodies(self) -> Iterator[tuple[LineNode, ...]]:
        for way in self.ways:
            yield way.body
        if self.otherwise:
            yield self.otherwise.body

    def below(self) -> list[LineNode]:
        return [line for body in self.bodies() for line in body]

    def check(self, check: Checker) -> None:
        for way in self.ways:
            way.condition.check(check)

    def label(self) -> tuple[str, str | Span]:
        return "if", self.ways[0].condition.span

    def ends(self) -> bool:
        return self.otherwise is not None and all(any(s.ends() for s in _steps(b)) for b in self.bodies())

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        failed: list[Guard] = []
        branches: list[Branch] = []
        for way in self.ways:
            number = low.predicate(way.condition)
            depends = way.condition.depends(low.given)
            with low.guarded([*failed, Guard(number, True, depends)]):
                body = low.body(way.body, next_)
                branches.append(Branch(line=way.condition.span.line, predicate=number, to=body))
            failed.append(Guard(number, False, depends))
        last = next_
        if self.otherwise:
            with low.guarded(failed):
                last = low.body(self.otherwise.body, next_)
        text = low.words(self.ways[0].condition.span)
        return Decide(**low.head(self, f"If {text}", next_), branches=tuple(branches), otherwise=last)


def _steps(body: tuple[LineNode, ...]) -> list[Statement]:
    return [s for s in body if isinstance(s, Statement)]


@line("otherwise_if", "otherwise if", Context.BODY, body=Context.BODY, needs=_NEEDS)
@dataclass(frozen=True, slots=True)
class OtherwiseIf(LineNode):
    """A further branch of the `if` above."""

    condition: ConditionNode

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        found = find_condition(tree)
        assert found is not None
        return cls(span, body, found)

    def joins(self, previous: LineNode) -> LineNode | None:
        if isinstance(previous, If) and previous.otherwise is None:
            return replace(previous, ways=(*previous.ways, Way(self.condition, self.body)))
        return None


@line("otherwise", "otherwise", Context.BODY | Context.ARMS, body=Context.BODY, needs=_NEEDS)
@dataclass(frozen=True, slots=True)
class Otherwise(LineNode):
    """The other case: of the `if` above, or of the wait that it stands in."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body)

    def joins(self, previous: LineNode) -> LineNode | None:
        if isinstance(previous, If) and previous.otherwise is None:
            return replace(previous, otherwise=self)
        return None
