"""What every part of the syntax tree is, and the register of what can be read."""

from __future__ import annotations

import enum
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeVar

from dsl.parser import Tree
from dsl.span import Span
from dsl.tokens import Token

if TYPE_CHECKING:
    from dsl.catalog import Catalog
    from dsl.checking import Checker
    from dsl.diagnostics import Report
    from dsl.lowering import Lowering
    from dsl.plan import AnyStep, BusinessHours, Condition, Scalar


class Context(enum.Flag):
    """Where a line may stand: what the line above it (by indentation) allows."""

    TOP = enum.auto()
    HEAD = enum.auto()
    BLOCK = enum.auto()
    BODY = enum.auto()
    ARMS = enum.auto()
    FIELDS = enum.auto()
    ENGAGEMENT = enum.auto()
    SCORING = enum.auto()
    HANDOFF = enum.auto()
    SPLIT = enum.auto()
    SEGMENT = enum.auto()
    MESSAGE = enum.auto()
    POLICY = enum.auto()
    FIT = enum.auto()
    SCORES = enum.auto()
    HOLIDAYS = enum.auto()
    UNKNOWN = enum.auto()
    JOURNEY = HEAD | BLOCK | BODY


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the syntax tree.

    What is abstract below is held to by the type checker alone: `isinstance` asks an `ABC` slowly, and is
    asked a million times in a large workspace.
    """

    span: Span


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name in quotes."""

    text: str

    @classmethod
    def of(cls, token: Token) -> Self:
        """Read a STRING token."""
        return cls(token.span, token.value)


@dataclass(frozen=True, slots=True)
class LineNode(Node):
    """A line that parsed, with what is indented under it. `span` is the line's own text."""

    body: tuple[LineNode, ...]

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        """Shape the parse of a line."""
        return cls(span, body)

    def joins(self, previous: LineNode) -> LineNode | None:
        """Return the node that `previous` becomes with this line, if this line continues it."""
        return None

    def settle(self, report: Report) -> None:
        """Report what is missing directly under the line, and what stands in the wrong order."""

    def declare(self, catalog: Catalog) -> None:
        """Enter what the line declares into the catalog."""

    def check(self, check: Checker) -> None:
        """Report what is wrong with the line, not with its body."""

    def bodies(self) -> Iterator[tuple[LineNode, ...]]:
        """Yield the bodies of statements, in file order."""
        yield self.body

    def below(self) -> Sequence[LineNode]:
        """Return the lines that a walk comes to next, in file order."""
        return self.body

    def walk(self) -> Iterator[LineNode]:
        """Yield the line and all below it, in file order."""
        stack: list[LineNode] = [self]
        while stack:
            line = stack.pop()
            yield line
            if below := line.below():
                stack.extend(reversed(below))


@dataclass(frozen=True, slots=True)
class Broken(LineNode):
    """A line that was reported already: nothing more is said about it."""


@dataclass(frozen=True, slots=True)
class Statement(LineNode):
    """A line of a body. It becomes exactly one step of the plan, with bodies."""

    @abstractmethod
    def label(self) -> tuple[str, str | Span]:
        """Return the kind and the name for the step's id; a place stands for the words there."""

    @abstractmethod
    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        """Return the step; lower the bodies."""

    def writes(self) -> frozenset[str]:
        """Name the facts that carrying out the line changes."""
        return frozenset()

    def keeps_hours(self) -> bool:
        """Whether the line is a send that keeps to the sending hours."""
        return False

    def ends(self) -> bool:
        """Whether the run never goes on after the line."""
        return False

    def section(self) -> str | None:
        """Name the section that the line runs."""
        return None

    def all_writes(self) -> frozenset[str]:
        """Name the facts changed by the line and all below it."""
        found = (line.writes() for line in self.walk() if isinstance(line, Statement))
        return frozenset().union(*found)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a kind of line is read and where it may stand.

    `body`: what may be indented under it (None: nothing). `needs`: what is missing if nothing is.
    `called`: its name in messages.
    """

    node: type[LineNode]
    called: str
    within: Context
    body: Context | None
    needs: str | None

    def first_words(self, words: frozenset[str]) -> list[str]:
        """Return the words that such a line begins with."""
        first = self.called.split()[0]
        return [first] if first != "a" else list(_BEGINNINGS.get(self.called, ()))


# How lines begin that are not called by their first word.
_BEGINNINGS = {
    "a scoring rule": ("add", "subtract"),
    "a change of the score": ("add", "subtract"),
    "a change of a list or an audience": ("add", "remove"),
    "a rule of fit": ("add", "subtract"),
    "a condition": ("account", "contact", "score"),
}

LINES: dict[str, Shape] = {}

_Line = TypeVar("_Line", bound=type[LineNode])


def line(
    rule: str,
    called: str,
    within: Context,
    *,
    body: Context | None = None,
    needs: str | None = None,
) -> Callable[[_Line], _Line]:
    """Register a class as the reader of a rule of the grammar."""

    def register(node: _Line) -> _Line:
        LINES[rule] = Shape(node, called, within, body, needs)
        return node

    return register


@dataclass(frozen=True, slots=True)
class Given:
    """What a condition's meaning takes from around it.

    `own`: the emails that the journey sends. `engaged`: the events that count as engagement. `segments`: the
    conditions of each. `lists`: the values of each, None for a list of contacts. `holidays`: the closed days
    of each calendar.
    """

    own: frozenset[str]
    engaged: tuple[str, ...]
    thresholds: Mapping[str, float]
    segments: Mapping[str, tuple[ConditionNode, ...]] = field(default_factory=dict)
    lists: Mapping[str, tuple[Scalar, ...] | None] = field(default_factory=dict)
    holidays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    business: BusinessHours | None = None


@dataclass(frozen=True, slots=True)
class ConditionNode(Node):
    """A fact that is asked about."""

    @classmethod
    @abstractmethod
    def read(cls, tree: Tree) -> ConditionNode:
        """Shape the parse of a condition."""

    def check(self, check: Checker) -> None:
        """Report what is wrong with the condition."""

    @abstractmethod
    def lower(self, given: Given) -> Condition:
        """Return the condition of the plan."""

    def depends(self, given: Given) -> frozenset[str]:
        """Name the facts that the condition looks at, as in `Interest.changes`."""
        return frozenset()

    def by_time(self, negated: bool = False) -> Span | None:
        """Return the part that can turn true by the mere passage of time (false, if negated)."""
        return None

    def silent(self, given: Given, negated: bool = False) -> Span | None:
        """Return the part that can turn true by the mere passage of time, segments looked into."""
        if parts := self.parts():
            return next((s for part in parts if (s := part.silent(given, negated))), None)
        return self.by_time(negated)

    def parts(self) -> tuple[ConditionNode, ...]:
        """The conditions that this one is made of."""
        return ()


CONDITIONS: dict[str, type[ConditionNode]] = {}

_Condition = TypeVar("_Condition", bound=type[ConditionNode])


def condition(rule: str) -> Callable[[_Condition], _Condition]:
    """Register a class as the reader of a rule for a fact."""

    def register(node: _Condition) -> _Condition:
        CONDITIONS[rule] = node
        return node

    return register


def read_condition(tree: Tree) -> ConditionNode:
    """Read a fact."""
    return CONDITIONS[tree.rule].read(tree)


def find_condition(tree: Tree) -> ConditionNode | None:
    """Read the fact among the parts of a line, if there is one."""
    found = tree.find(*CONDITIONS)
    return read_condition(found) if found else None
