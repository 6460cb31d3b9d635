"""`whenever contact visits page "/pricing", at most once every 7 days`: a handler beside the main flow."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.ends import interest_in
from dsl.constructs.events import Event
from dsl.constructs.values import Duration
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, line
from dsl.parser import Tree
from dsl.plan import After, Handler
from dsl.span import Span


@line("whenever", "whenever", Context.HEAD, body=Context.BODY, needs="what to do whenever it happens")
@dataclass(frozen=True, slots=True)
class Whenever(LineNode):
    """Run the body each time, at most once in `every`; the main flow goes on meanwhile."""

    event: Event
    every: Duration | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        every = tree.find("at_most_once")
        duration = Duration.read(every.need("duration")) if every else None
        return cls(span, body, Event.read(tree.need("event")), duration)

    def check(self, check: Checker) -> None:
        self.event.check(check)
        if self.every:
            self.every.check(check)

    def path(self) -> str:
        """Name the handler in the ids of its steps."""
        return self.event.what.noun().removeprefix("a ").removeprefix("an ")

    def lower_handler(self, low: Lowering, words: str) -> Handler:
        """Return the handler, and make the steps of its body."""
        id_ = low.name("", "whenever", self.path())
        low.enter(self.body, id_)
        every = self.every and After(amount=self.every.whole, unit=self.every.one)
        return Handler(
            id=id_,
            line=self.span.line,
            text=words,
            interest=interest_in(low, self.event),
            body=low.body(self.body, None),
            every=low.instants.number(every) if every else None,
        )
