"""Lowering: from the checked syntax tree of a journey to the flat steps of its plan.

Steps are numbered and named in a first walk, in file order; then each statement makes its one step, with
the numbers of the steps that follow it. Predicates, instants and interests are tables without duplicates.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypedDict, TypeVar

from pydantic import BaseModel, TypeAdapter

from dsl.nodes import ConditionNode, Given, LineNode, Statement
from dsl.plan import AnyStep, Condition, Instant, Interest
from dsl.span import Span

_Row = TypeVar("_Row", bound=BaseModel)
_LONGEST_SLUG = 48
_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


class Head(TypedDict):
    """What every step has."""

    id: str
    line: int
    text: str
    next: int | None


@dataclass(slots=True)
class Numbered(Generic[_Row]):
    """A table without duplicates."""

    rows: list[_Row] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def number(self, row: _Row) -> int:
        """Return the number of the row, entering it if it is new."""
        key = type(row).__name__ + row.model_dump_json()
        if key not in self._seen:
            self._seen[key] = len(self.rows)
            self.rows.append(row)
        return self._seen[key]


@dataclass(frozen=True, slots=True)
class Guard:
    """The truth that an enclosing `if` needs, and the facts that it looks at."""

    predicate: int
    truth: bool
    depends: frozenset[str]


@dataclass(frozen=True, slots=True)
class Called:
    """A section: its first step, and the facts that running it changes."""

    first: int | None
    writes: frozenset[str]


@dataclass(slots=True)
class Lowering:
    """The plan being made. `hours`: whether the journey has sending hours; `rows`: the file."""

    given: Given
    hours: bool
    rows: Sequence[str]
    predicates: Numbered[Condition] = field(default_factory=Numbered)
    instants: Numbered[Instant] = field(default_factory=Numbered)
    interests: Numbered[Interest] = field(default_factory=Numbered)
    steps: dict[int, AnyStep] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)
    sections: dict[str, Called] = field(default_factory=dict)
    reply: int | None = None
    _numbers: dict[Span, int] = field(default_factory=dict)
    _nodes: dict[int, Statement] = field(default_factory=dict)
    _ids: dict[Span, str] = field(default_factory=dict)
    _equals: Counter[str] = field(default_factory=Counter)

    def enter(self, statements: Sequence[LineNode], path: str = "") -> None:
        """Number and name statements and all below them, in file order."""
        for statement in statements:
            for line in statement.walk():
                if isinstance(line, Statement):
                    kind, name = line.label()
                    self._nodes[len(self._numbers)] = line
                    self._numbers[line.span] = len(self._numbers)
                    words = self.words(name) if isinstance(name, Span) else name
                    self._ids[line.span] = self.name(path, kind, words)

    def reserve(self, span: Span, kind: str) -> int:
        """Number and name a step that no single line stands for."""
        self._numbers[span] = len(self._numbers)
        self._ids[span] = self.name("", kind, "")
        return self._numbers[span]

    def name(self, path: str, kind: str, name: str) -> str:
        """Make a stable id: path/kind:name, then ~2 for the second of equals."""
        base = f"{path}/" if path else ""
        base += f"{kind}:{slug(name)}" if name else kind
        self._equals[base] += 1
        return base if self._equals[base] == 1 else f"{base}~{self._equals[base]}"

    def first(self, statements: Sequence[LineNode], otherwise: int | None) -> int | None:
        """Return the number of the first step of a body, or of what follows if the body is empty."""
        return next((self._numbers[s.span] for s in statements if isinstance(s, Statement)), otherwise)

    def body(self, statements: Sequence[LineNode], after: int | None) -> int | None:
        """Make the steps of a body that goes on at `after`; return the number of the first."""
        steps = [s for s in statements if isinstance(s, Statement)]
        before = list(self.guards)
        for n, statement in enumerate(steps):
            next_ = self._numbers[steps[n + 1].span] if n + 1 < len(steps) else after
            self.steps[self._numbers[statement.span]] = statement.lower(self, next_)
            # A body may change the fact that led into it; then it is no longer asked for at dispatch.
            if self.guards:
                changed = self.changes(statement)
                self.guards = [g for g in self.guards if not g.depends & changed]
        self.guards = before
        return self.first(steps, after)

    def changes(self, statement: Statement) -> frozenset[str]:
        """Name the facts changed by a statement, all below it, and the sections that these run."""
        inner = [found.section() for found in statement.walk() if isinstance(found, Statement)]
        called = (self.sections[name].writes for name in inner if name in self.sections)
        return statement.all_writes().union(*called)

    def head(self, node: LineNode, text: str, next_: int | None) -> Head:
        """Return what every step has."""
        return Head(id=self._ids[node.span], line=node.span.line, text=text, next=next_)

    def words(self, span: Span) -> str:
        """Return the source text at a place, as shown to people."""
        return re.sub(r'"([^"]*)"', r"“\1”", self.rows[span.line - 1][span.start - 1 : span.end - 1])

    def sends_within_hours(self, step: int | None) -> bool:
        """Whether the step is a send that keeps to the journey's sending hours: the wait before it folds."""
        return step is not None and self.hours and step in self._nodes and self._nodes[step].keeps_hours()

    def predicate(self, node: ConditionNode) -> int:
        """Number a condition."""
        found = node.lower(self.given)
        if self.reply is not None and "reply" in (data := found.model_dump_json()):
            found = _CONDITION.validate_python(_bound(json.loads(data), self.reply))
        return self.predicates.number(found)

    @contextmanager
    def replying(self, node: LineNode) -> Iterator[None]:
        """Lower what stands under an arm `as reply` of the wait `node`."""
        before, self.reply = self.reply, self._numbers[node.span]
        try:
            yield
        finally:
            self.reply = before

    @contextmanager
    def forgetting(self, changed: frozenset[str]) -> Iterator[None]:
        """Lower lines before which these facts may have changed since the `if`s around them were asked."""
        before = list(self.guards)
        self.guards = [g for g in before if not g.depends & changed]
        try:
            yield
        finally:
            self.guards = before

    @contextmanager
    def guarded(self, guards: Sequence[Guard]) -> Iterator[None]:
        """Lower what stands under an `if`."""
        before = list(self.guards)
        self.guards = [*before, *guards]
        try:
            yield
        finally:
            self.guards = before


def _bound(data: Any, wait: int) -> Any:
    """Say in JSON data of a condition which wait its `reply` is of."""
    if isinstance(data, list):
        return [_bound(part, wait) for part in data]
    if not isinstance(data, dict):
        return data
    found = {name: _bound(part, wait) for name, part in data.items()}
    return {**found, "wait": wait} if data.get("of") == "reply" and "field" in data else found


def slug(name: str) -> str:
    """Turn a name into letters, digits and hyphens for an id."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]+", "-", folded).strip("-")[:_LONGEST_SLUG].rstrip("-") or "x"
