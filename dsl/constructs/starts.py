"""Ways in that are no event: `start with everyone in segment "X" every monday 09:00`, `start by hand`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dsl.checking import Checker
from dsl.constructs.entry import StartLine
from dsl.constructs.history import check_before_start
from dsl.constructs.hours import check_clock, weekday
from dsl.constructs.segment import lower_segment
from dsl.nodes import ConditionNode, Context, Given, LineNode, Name, find_condition, line
from dsl.parser import Tree
from dsl.plan import Everyone, Start
from dsl.span import Span
from dsl.tokens import Token


@line("start_everyone", "start with everyone", Context.HEAD)
@dataclass(frozen=True, slots=True)
class StartEveryone(StartLine):
    """Present members too: once as the journey is published, or each day or week at a time."""

    segment: Name
    clock: Token | None
    weekday: int | None
    condition: ConditionNode | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        again = tree.find("again")
        day = again.find("weekday") if again else None
        return cls(
            span,
            body,
            Name.of(tree.token("STRING")),
            again.token("CLOCK") if again else None,
            weekday(day) if day else None,
            find_condition(tree),
        )

    def check(self, check: Checker) -> None:
        check.known("segment", self.segment)
        if self.clock:
            check_clock(check, self.clock)
        if self.condition:
            self.condition.check(replace(check, sends=frozenset(), started=False))
            check_before_start(check, self.condition)

    def lower_start(self, given: Given) -> Start:
        given = replace(given, own=frozenset())
        everyone = Everyone(
            segment=self.segment.text,
            members=lower_segment(given, self.segment.text),
            weekday=self.weekday,
            clock=self.clock.text if self.clock else None,
        )
        condition = self.condition.lower(given) if self.condition else None
        return Start(line=self.span.line, everyone=everyone, condition=condition)


@line("start_by_hand", "start by hand", Context.HEAD)
@dataclass(frozen=True, slots=True)
class StartByHand(StartLine):
    """A person starts it for a contact, or another journey does with `start journey`."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body)

    def lower_start(self, given: Given) -> Start:
        return Start(line=self.span.line, by_hand=True)
