"""Handlers beside the main flow: `whenever contact visits …`, `as soon as score is at least 65`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.ends import check_watchable, interest_in
from dsl.constructs.events import Event
from dsl.constructs.values import Duration
from dsl.lowering import Lowering
from dsl.nodes import ConditionNode, Context, LineNode, find_condition, line
from dsl.parser import Tree
from dsl.plan import After, Handler, Interest
from dsl.span import Span


@dataclass(frozen=True, slots=True)
class HandlerLine(LineNode, ABC):
    """A line of the head whose body runs beside the main flow, at most once in `every`."""

    every: Duration | None

    def check(self, check: Checker) -> None:
        if self.every:
            self.every.check(check)

    @abstractmethod
    def lower_handler(self, low: Lowering, words: str) -> Handler:
        """Return the handler, and make the steps of its body."""

    def _lower(
        self, low: Lowering, words: str, id_: str, interest: int, predicate: int | None = None
    ) -> Handler:
        low.enter(self.body, id_)
        every = self.every and After(amount=self.every.whole, unit=self.every.one)
        return Handler(
            id=id_,
            line=self.span.line,
            text=words,
            interest=interest,
            predicate=predicate,
            body=low.body(self.body, None),
            every=low.instants.number(every) if every else None,
        )


def read_every(tree: Tree) -> Duration | None:
    """Read `, at most once every 7 days`, if it is there."""
    every = tree.find("at_most_once")
    return Duration.read(every.need("duration")) if every else None


@line("whenever", "whenever", Context.HEAD, body=Context.BODY, needs="what to do whenever it happens")
@dataclass(frozen=True, slots=True)
class Whenever(HandlerLine):
    """Run the body each time; the main flow goes on meanwhile."""

    event: Event

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, read_every(tree), Event.read(tree.need("event")))

    def check(self, check: Checker) -> None:
        HandlerLine.check(self, check)
        self.event.check(check)

    def path(self) -> str:
        """Name the handler in the ids of its steps."""
        return self.event.what.noun().removeprefix("a ").removeprefix("an ")

    def lower_handler(self, low: Lowering, words: str) -> Handler:
        return self._lower(low, words, low.name("", "whenever", self.path()), interest_in(low, self.event))


@line("as_soon_as", "as soon as", Context.HEAD, body=Context.BODY, needs="what to do as soon as it is so")
@dataclass(frozen=True, slots=True)
class AsSoonAs(HandlerLine):
    """Run the body when a fact holds at entry or turns true; again only after it was false."""

    condition: ConditionNode

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        found = find_condition(tree)
        assert found is not None
        return cls(span, body, read_every(tree), found)

    def check(self, check: Checker) -> None:
        HandlerLine.check(self, check)
        self.condition.check(check)
        check_watchable(check, self.condition, "Write what is to happen then after the send.")

    def lower_handler(self, low: Lowering, words: str) -> Handler:
        id_ = low.name("", "as-soon-as", low.words(self.condition.span))
        changes = tuple(sorted(self.condition.depends(low.given)))
        interest = low.interests.number(Interest(changes=changes))
        return self._lower(low, words, id_, interest, low.predicate(self.condition))
