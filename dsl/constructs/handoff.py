"""`handoff "SDR"`: who in sales takes a contact over, by when, and who hears when it is late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.values import Duration, Reference
from dsl.nodes import Broken, Context, LineNode, Name, line
from dsl.parser import Tree
from dsl.plan import HandoffRule, Ref
from dsl.span import Span


@line("handoff_definition", "handoff", Context.TOP, body=Context.HANDOFF, needs="who takes over, and by when")
@dataclass(frozen=True, slots=True)
class HandoffDefinition(LineNode):
    """The service level between marketing and sales, stated once."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def declare(self, catalog: Catalog) -> None:
        catalog.declare("handoff", self.name.text, self.name.span)

    def check(self, check: Checker) -> None:
        for kind, words in ((Assign, "assign to"), (HandoffTeam, "notify team"), (Respond, "respond within")):
            found = [b for b in self.body if isinstance(b, kind)]
            if not found and not any(isinstance(b, Broken) for b in self.body):
                message = f"The handoff “{self.name.text}” lacks “{words} …”."
                check.report.add("N205", self.span, message, f"Add a line: {words} …")
            for again in found[1:]:
                check.report.add("N206", again.span, f"A handoff has one “{words}” line.", "Remove one.")

    def lower_rule(self) -> HandoffRule:
        """Return the rule of the definitions. The handoff must be free of errors."""
        assign = next(b for b in self.body if isinstance(b, Assign))
        respond = next(b for b in self.body if isinstance(b, Respond))
        team = next(b for b in self.body if isinstance(b, HandoffTeam))
        escalate = next((b for b in self.body if isinstance(b, Escalate)), None)
        return HandoffRule(
            name=self.name.text,
            team=team.team.text,
            assign=tuple(assign.lower_ways()),
            respond=respond.within.seconds,
            respond_high=respond.high.seconds if respond.high else None,
            escalate_to=escalate.team.text if escalate else None,
        )


@line("assign", "assign to", Context.HANDOFF)
@dataclass(frozen=True, slots=True)
class Assign(LineNode):
    """`assign to account.owner, otherwise round robin`: tried in order. None: round robin."""

    ways: tuple[Reference | None, ...]

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, tuple(Reference.read(t) if t.rule == "ref" else None for t in tree.trees()))

    def check(self, check: Checker) -> None:
        for way in self.ways:
            found = way.check(check) if way else None
            if way and found and found.type != "text":
                message = f"A person is named by a text; {way.owner}.{way.name} is a {found.type}."
                check.report.add("N401", way.span, message, "Assign by another field.")

    def lower_ways(self) -> list[Ref | Literal["round robin"]]:
        """Return the ways, in order."""
        return [way.lower() if way else "round robin" for way in self.ways]


@line("notify_team", "notify team", Context.HANDOFF)
@dataclass(frozen=True, slots=True)
class HandoffTeam(LineNode):
    """`notify team "SDR"`: the team that takes over."""

    team: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        check.known("team", self.team)


@line("respond", "respond within", Context.HANDOFF)
@dataclass(frozen=True, slots=True)
class Respond(LineNode):
    """`respond within 24 hours, high priority within 2 hours`: elapsed time."""

    within: Duration
    high: Duration | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        high = tree.find("high_within")
        return cls(
            span,
            body,
            Duration.read(tree.need("duration")),
            Duration.read(high.need("duration")) if high else None,
        )

    def check(self, check: Checker) -> None:
        self.within.check(check)
        if self.high:
            self.high.check(check)


@line("escalate", "escalate", Context.HANDOFF)
@dataclass(frozen=True, slots=True)
class Escalate(LineNode):
    """`escalate to team "Sales managers" when overdue`."""

    team: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        check.known("team", self.team)
