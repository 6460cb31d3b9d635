"""The ends of a run: `goal`, `stop when`, `stop as soon as`, `reach goal`, `exit`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.events import Event
from dsl.constructs.segment import turns_silently
from dsl.lowering import Lowering
from dsl.nodes import ConditionNode, Context, LineNode, Name, Statement, find_condition, line
from dsl.parser import Tree
from dsl.plan import AnyStep, End, Ending, Interest
from dsl.span import Span


def interest_in(low: Lowering, event: Event) -> int:
    """Number the interest in an event."""
    what = event.what
    where = what.lower_where(low.given)
    return low.interests.number(Interest(event=what.event, args=what.args, where=where))


@dataclass(frozen=True, slots=True)
class Exit(LineNode, ABC):
    """A line of the head that ends the run wherever it stands."""

    @abstractmethod
    def lower_ending(self, low: Lowering, words: str) -> Ending:
        """Return the ending; `words`: the line as written."""


@line("goal", "goal", Context.HEAD)
@dataclass(frozen=True, slots=True)
class Goal(Exit):
    """`goal "Demo requested" when …`: success, leaves at once; with `, and stay` it only records."""

    name: Name
    event: Event
    stay: bool

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        event = Event.read(tree.need("event"))
        return cls(span, body, Name.of(tree.token("STRING")), event, tree.has("stay"))

    def check(self, check: Checker) -> None:
        self.event.check(check)
        check_goal(check, self.name)

    def lower_ending(self, low: Lowering, words: str) -> Ending:
        return Ending(
            id=low.name("", "goal", self.name.text),
            line=self.span.line,
            text=words,
            kind="goal",
            name=self.name.text,
            interest=interest_in(low, self.event),
            stay=self.stay,
        )


@line("goal_fact", "goal", Context.HEAD)
@dataclass(frozen=True, slots=True)
class GoalFact(Exit):
    """`goal "Qualified" as soon as score is at least "MQL"`: success if the fact holds, or turns true."""

    name: Name
    condition: ConditionNode

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        found = find_condition(tree)
        assert found is not None
        return cls(span, body, Name.of(tree.token("STRING")), found)

    def check(self, check: Checker) -> None:
        check_goal(check, self.name)
        self.condition.check(check)
        check_watchable(check, self.condition)

    def lower_ending(self, low: Lowering, words: str) -> Ending:
        changes = tuple(sorted(self.condition.depends(low.given)))
        return Ending(
            id=low.name("", "goal", self.name.text),
            line=self.span.line,
            text=words,
            kind="goal",
            name=self.name.text,
            interest=low.interests.number(Interest(changes=changes)),
            predicate=low.predicate(self.condition),
        )


def check_goal(check: Checker, name: Name) -> None:
    """Report a goal that stands twice."""
    if name.text in check.goals:
        message = f"The goal “{name.text}” stands twice in this journey."
        check.report.add("N201", name.span, message, "Give it another name.")
    check.goals.add(name.text)


@line("stop_when", "stop when", Context.HEAD)
@dataclass(frozen=True, slots=True)
class StopWhen(Exit):
    """`stop when contact does "Webinar Cancelled"`: an event ends the run, without success."""

    event: Event

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Event.read(tree.need("event")))

    def check(self, check: Checker) -> None:
        self.event.check(check)

    def lower_ending(self, low: Lowering, words: str) -> Ending:
        name = words.removeprefix("stop when ")
        return Ending(
            id=low.name("", "stop", name),
            line=self.span.line,
            text=words,
            kind="exit",
            name=name,
            interest=interest_in(low, self.event),
        )


@line("stop_as_soon", "stop as soon as", Context.HEAD)
@dataclass(frozen=True, slots=True)
class StopAsSoonAs(Exit):
    """`stop as soon as account has an open opportunity`: true at entry, or turning true."""

    condition: ConditionNode

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        found = find_condition(tree)
        assert found is not None
        return cls(span, body, found)

    def check(self, check: Checker) -> None:
        self.condition.check(check)
        check_watchable(check, self.condition)

    def lower_ending(self, low: Lowering, words: str) -> Ending:
        name = words.removeprefix("stop as soon as ")
        changes = tuple(sorted(self.condition.depends(low.given)))
        return Ending(
            id=low.name("", "stop", name),
            line=self.span.line,
            text=words,
            kind="exit",
            name=name,
            interest=low.interests.number(Interest(changes=changes)),
            predicate=low.predicate(self.condition),
        )


def check_watchable(
    check: Checker, condition: ConditionNode, then: str = "Write “exit” after the send."
) -> None:
    """Report a fact that cannot be watched: nothing happens at the moment it turns true.

    `then`: what to write instead of watching what was sent.
    """
    if silent := turns_silently(condition, check.given):
        message = "This can turn true by the mere passage of time, so no event tells when."
        fix = "Watch an event (“stop when …”), or ask with “if” after a wait."
        check.report.add("N412", silent, message, fix)
    elif any(fact.startswith("sent:") for fact in condition.depends(check.given)):
        message = "What was sent is known to the journey itself and cannot be watched."
        check.report.add("N412", condition.span, message, then)


@line("reach_goal", "reach goal", Context.BODY)
@dataclass(frozen=True, slots=True)
class ReachGoal(Statement):
    """`reach goal "Qualified"`: success, from inside; the run ends."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def label(self) -> tuple[str, str]:
        return "goal", self.name.text

    def ends(self) -> bool:
        return True

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        return End(**low.head(self, f"Reach goal “{self.name.text}”", None), kind="goal", name=self.name.text)


@line("exit", "exit", Context.BODY)
@dataclass(frozen=True, slots=True)
class ExitLine(Statement):
    """`exit "reason"`: the run ends, without success."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def label(self) -> tuple[str, str]:
        return "exit", self.name.text

    def ends(self) -> bool:
        return True

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        return End(**low.head(self, f"Exit: {self.name.text}", None), kind="exit", name=self.name.text)
