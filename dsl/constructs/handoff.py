"""`handoff "SDR"`: who in sales takes a contact over, by when, and who hears when it is late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.business import BusinessTime
from dsl.constructs.territories import check_territories
from dsl.constructs.values import Duration, Literal_, Reference, Value, read_list
from dsl.diagnostics import Report
from dsl.nodes import Broken, Context, Given, LineNode, Name, Node, line
from dsl.parser import Tree
from dsl.plan import HandoffRule, Ref, Territory
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

    def settle(self, report: Report) -> None:
        for kind, words, compulsory in _LINES:
            found = [b for b in self.body if isinstance(b, kind)]
            if compulsory and not found:
                self._report_lack(words, report)
            for again in found[1:]:
                report.add("N206", again.span, f"A handoff has one “{words}” line.", "Remove one.")

    def check(self, check: Checker) -> None:
        self._check_territories(check)
        # Which teams there are is not known where the settings cannot be read, and that is said there.
        own_team = check.catalog.settings is None or self.name.text in check.catalog.names["team"]
        if not own_team and not any(isinstance(b, HandoffTeam) for b in self.body):
            self._report_lack("notify team", check.report)

    def _report_lack(self, words: str, report: Report) -> None:
        if not any(isinstance(b, Broken) for b in self.body):
            message = f"The handoff “{self.name.text}” lacks “{words} …”."
            # What nobody would know without the line.
            report.add("N205", self.span, message, f"Add a line: {words} …", consequence=_LACKS[words])

    def _check_territories(self, check: Checker) -> None:
        team = next((b.team.text for b in self.body if isinstance(b, HandoffTeam)), self.name.text)
        for assign in (b for b in self.body if isinstance(b, Assign)):
            for number, way in enumerate(assign.ways, 1):
                if isinstance(way, TerritoryBy):
                    check_territories(check, way.by, team, last=number == len(assign.ways))

    def lower_rule(self, given: Given) -> HandoffRule:
        """Return the rule of the definitions. The handoff must be free of errors."""
        assign = next(b for b in self.body if isinstance(b, Assign))
        respond = next(b for b in self.body if isinstance(b, Respond))
        team = next((b for b in self.body if isinstance(b, HandoffTeam)), None)
        escalate = next((b for b in self.body if isinstance(b, Escalate)), None)
        reject = next((b for b in self.body if isinstance(b, Reject)), None)
        counted = any(isinstance(time, BusinessTime) for time in (respond.within, respond.high))
        return HandoffRule(
            name=self.name.text,
            team=team.team.text if team else self.name.text,
            assign=tuple(assign.lower_ways()),
            respond=_amount(respond.within),
            respond_high=_amount(respond.high) if respond.high else None,
            escalate_to=escalate.team.text if escalate else None,
            respond_in=_unit(respond.within),
            respond_high_in=_unit(respond.high) if respond.high else "second",
            remind_at_half=any(isinstance(b, Remind) for b in self.body),
            reject_reasons=reject.texts() if reject else (),
            hours=given.business if counted else None,
        )


@dataclass(frozen=True, slots=True)
class TerritoryBy(Node):
    """`territory by contact.country`: whom the team's settings name for the value."""

    by: Reference

    def check(self, check: Checker) -> None:
        """Report a field that no settings can name a value of."""
        found = self.by.check(check)
        if found and found.type not in ("text", "choice"):
            message = (
                f"A territory is told by a text or a choice; {self.by.owner}.{self.by.name} is {found.type}."
            )
            check.report.add("N401", self.by.span, message, "Write another field, such as contact.country.")

    def lower(self) -> Territory:
        """Return the way of the definitions."""
        return Territory(by=self.by.lower())


def _way(tree: Tree) -> Reference | TerritoryBy | None:
    if tree.rule == "territory":
        return TerritoryBy(tree.span, Reference.read(tree.need("ref")))
    return Reference.read(tree) if tree.rule == "ref" else None


@line("assign", "assign to", Context.HANDOFF)
@dataclass(frozen=True, slots=True)
class Assign(LineNode):
    """`assign to account.owner, otherwise round robin`: tried in order. None: round robin."""

    ways: tuple[Reference | TerritoryBy | None, ...]

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, tuple(map(_way, tree.trees())))

    def check(self, check: Checker) -> None:
        for way in self.ways:
            if isinstance(way, TerritoryBy):
                way.check(check)
                continue
            found = way.check(check) if way else None
            if way and found and found.type != "text":
                message = f"A person is named by a text; {way.owner}.{way.name} is a {found.type}."
                check.report.add("N401", way.span, message, "Assign by another field.")

    def lower_ways(self) -> list[Ref | Territory | Literal["round robin"]]:
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
    """`respond within 24 business hours, high priority within 2 hours`."""

    within: Duration | BusinessTime
    high: Duration | BusinessTime | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        high = tree.find("high_within")
        return cls(
            span,
            body,
            _time(tree),
            _time(high) if high else None,
        )

    def check(self, check: Checker) -> None:
        self.within.check(check)
        if self.high:
            self.high.check(check)


def _time(tree: Tree) -> Duration | BusinessTime:
    business = tree.find("business_time")
    return BusinessTime.read(business) if business else Duration.read(tree.need("duration"))


def _amount(time: Duration | BusinessTime) -> int:
    return time.whole if isinstance(time, BusinessTime) else time.seconds


def _unit(time: Duration | BusinessTime) -> Literal["second", "business hour", "business day"]:
    if isinstance(time, BusinessTime):
        return "business day" if time.one == "day" else "business hour"
    return "second"


@line("remind", "remind at half time", Context.HANDOFF)
@dataclass(frozen=True, slots=True)
class Remind(LineNode):
    """`remind at half time`: the owner hears again when half of the time to respond is over."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body)


@line("reject", "reject only as", Context.HANDOFF)
@dataclass(frozen=True, slots=True)
class Reject(LineNode):
    """`reject only as ("No budget", "Student")`: the reasons that sales may give."""

    reasons: tuple[Value, ...]

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, read_list(tree.need("list")))

    def texts(self) -> tuple[str, ...]:
        """The reasons."""
        return tuple(str(one.value) for one in self.reasons if isinstance(one, Literal_))

    def check(self, check: Checker) -> None:
        seen: set[str] = set()
        for one in self.reasons:
            if isinstance(one, Literal_) and one.type != "text":
                check.report.add("N401", one.span, "A reason is a text.", 'Write it in quotes: "No budget".')
            elif isinstance(one, Literal_) and str(one.value) in seen:
                check.report.add("N201", one.span, f"The reason “{one.value}” stands twice.", "Remove one.")
            seen |= {str(one.value)} if isinstance(one, Literal_) else set()


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


# The lines of a handoff, each at most once: class, words, whether it is compulsory for every handoff.
_LACKS = {
    "assign to": "Nobody would be given the contact.",
    "respond within": "Nobody would know by when sales must answer.",
    "notify team": "Nobody would be told that a contact was handed over.",
}
_LINES: tuple[tuple[type[LineNode], str, bool], ...] = (
    (Assign, "assign to", True),
    (HandoffTeam, "notify team", False),
    (Respond, "respond within", True),
    (Escalate, "escalate to team", False),
    (Remind, "remind at half time", False),
    (Reject, "reject only as", False),
)
