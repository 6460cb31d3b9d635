"""`segment "Cold and idle"`: conditions with a name; and `contact is in segment "Cold and idle"`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.history import check_before_start
from dsl.nodes import Broken, ConditionNode, Context, Given, LineNode, Name, condition, find_condition, line
from dsl.parser import Tree
from dsl.plan import AllOf, Condition, Not
from dsl.span import Span


@line("segment", "segment", Context.TOP, body=Context.SEGMENT, needs="its conditions")
@dataclass(frozen=True, slots=True)
class Segment(LineNode):
    """The contacts for whom all lines are true at this moment."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def conditions(self) -> tuple[ConditionNode, ...]:
        """The conditions of its lines."""
        return tuple(found.condition for found in self.body if isinstance(found, SegmentLine))

    def declare(self, catalog: Catalog) -> None:
        if catalog.declare("segment", self.name.text, self.name.span):
            catalog.segments[self.name.text] = self.conditions()
        if any(isinstance(found, Broken) for found in self.body):
            catalog.doubt([self.name.text])


@line("segment_line", "a condition", Context.SEGMENT)
@dataclass(frozen=True, slots=True)
class SegmentLine(LineNode):
    """One condition; the lines of a segment are joined by `and`."""

    condition: ConditionNode

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        found = find_condition(tree)
        assert found is not None
        return cls(span, body, found)

    def check(self, check: Checker) -> None:
        self.condition.check(replace(check, sends=frozenset(), started=False))
        check_before_start(check, self.condition)


@condition("in_segment")
@dataclass(frozen=True, slots=True)
class InSegment(ConditionNode):
    """`contact is in segment "X"`, `contact is not in segment "X"`: the segment's conditions in its place."""

    segment: Name
    negated: bool

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, Name.of(tree.token("STRING")), tree.has("is_not"))

    def check(self, check: Checker) -> None:
        check.known("segment", self.segment)

    def lower(self, given: Given) -> Condition:
        found = lower_segment(given, self.segment.text)
        return Not(condition=found) if self.negated else found

    def depends(self, given: Given) -> frozenset[str]:
        parts = given.segments.get(self.segment.text, ())
        return frozenset().union(*(part.depends(given) for part in parts))

    def silent(self, given: Given, negated: bool = False) -> Span | None:
        """Return the condition, if one of the segment can turn true by the mere passage of time."""
        for part in given.segments.get(self.segment.text, ()):
            if part.silent(given, self.negated != negated):
                return self.span
        return None


def lower_segment(given: Given, name: str) -> Condition:
    """Return the conditions of a segment as one."""
    parts = tuple(part.lower(given) for part in given.segments[name])
    return parts[0] if len(parts) == 1 else AllOf(conditions=parts)


def turns_silently(node: ConditionNode, given: Given, negated: bool = False) -> Span | None:
    """Return the part that can turn true (false, if negated) by the mere passage of time."""
    return node.silent(given, negated)


def drop_circles(catalog: Catalog) -> None:
    """Report segments that are made of themselves, and forget them, so that nothing follows the circle."""
    for name in list(catalog.segments):
        if _leads_to(name, name, catalog, set()):
            span = catalog.names["segment"][name]
            assert span is not None
            message = f"The segment “{name}” is made of itself, so nobody can tell who is in it."
            catalog.report.add("N521", span, message, "Leave out the line that leads back to it.")
            catalog.segments[name] = ()


def _leads_to(name: str, goal: str, catalog: Catalog, seen: set[str]) -> bool:
    stack = list(catalog.segments.get(name, ()))
    while stack:
        node = stack.pop()
        stack += node.parts()
        if isinstance(node, InSegment):
            inner = node.segment.text
            if inner == goal:
                return True
            if inner not in seen:
                seen.add(inner)
                stack += catalog.segments.get(inner, ())
    return False
