"""`and`, `or` and parentheses."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.history import HasDone
from dsl.nodes import ConditionNode, Given, condition, read_condition
from dsl.parser import Tree
from dsl.plan import AllOf, AnyOf, Condition
from dsl.span import Span


@dataclass(frozen=True, slots=True)
class _Several(ConditionNode):
    """Several conditions, joined by one word."""

    conditions: tuple[ConditionNode, ...]

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, tuple(map(read_condition, tree.trees())))

    def check(self, check: Checker) -> None:
        for n, part in enumerate(self.conditions[:-1]):
            part.check(check)
            # Read aloud, "where a and b" is unclear: does b belong to the event or to the contact?
            if isinstance(part, HasDone) and (where := part.what.where) and not isinstance(where, Group):
                self._report_unclear(check, where.span)
                with check.matching(part.what.fields(check)):
                    for other in self.conditions[n + 1 :]:
                        other.check(check)
                return
        self.conditions[-1].check(check)

    def _report_unclear(self, check: Checker, where: Span) -> None:
        message = "It is unclear what belongs to “where”: several conditions follow it."
        row = check.report.sources[where.file][where.line - 1]
        words = row[where.start - 1 : self.conditions[-1].span.end - 1]
        fix = f"Put what belongs to “where” in parentheses, such as: where ({words})"
        check.report.add("N102", where, message, fix)

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset().union(*(part.depends(given) for part in self.conditions))

    def by_time(self, negated: bool = False) -> Span | None:
        return next((s for part in self.conditions if (s := part.by_time(negated))), None)

    def parts(self) -> tuple[ConditionNode, ...]:
        return self.conditions


@condition("all_of")
@dataclass(frozen=True, slots=True)
class All(_Several):
    """`a and b`: both."""

    def lower(self, given: Given) -> Condition:
        return AllOf(conditions=tuple(part.lower(given) for part in self.conditions))


@condition("any_of")
@dataclass(frozen=True, slots=True)
class Any(_Several):
    """`a or b`: at least one."""

    def lower(self, given: Given) -> Condition:
        return AnyOf(conditions=tuple(part.lower(given) for part in self.conditions))


@condition("group")
@dataclass(frozen=True, slots=True)
class Group(ConditionNode):
    """`( … )`."""

    inner: ConditionNode

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, read_condition(tree.trees()[0]))

    def check(self, check: Checker) -> None:
        self.inner.check(check)

    def lower(self, given: Given) -> Condition:
        return self.inner.lower(given)

    def depends(self, given: Given) -> frozenset[str]:
        return self.inner.depends(given)

    def by_time(self, negated: bool = False) -> Span | None:
        return self.inner.by_time(negated)

    def parts(self) -> tuple[ConditionNode, ...]:
        return (self.inner,)
