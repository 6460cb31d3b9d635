"""What a contact has done, has been sent, and how far back that looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from dsl.checking import Checker
from dsl.constructs.events import PERFECT, Happening
from dsl.constructs.values import Duration
from dsl.diagnostics import Edit
from dsl.nodes import ConditionNode, Given, Name, Node, condition, find_condition
from dsl.parser import Tree
from dsl.plan import Condition, Not, Scope, WasSent
from dsl.plan import HasDone as HasDoneFact
from dsl.plan import HasEngaged as HasEngagedFact
from dsl.reaching import end_of_fact
from dsl.span import Span
from dsl.tokens import tokens


@dataclass(frozen=True, slots=True)
class Reach(Node):
    """How far back a fact looks: `ever`, `since the start`, `in the last 14 days`."""

    kind: Literal["ever", "run", "last"]
    last: Duration | None = None

    @classmethod
    def find(cls, tree: Tree) -> Self | None:
        """Read the scope among the parts, if there is one."""
        found = tree.find("ever", "since_start", "in_last")
        if found is None:
            return None
        if found.rule == "in_last":
            return cls(found.span, "last", Duration.read(found.need("duration")))
        return cls(found.span, "ever" if found.rule == "ever" else "run")

    def check(self, check: Checker) -> None:
        """Report a window that is no length of time."""
        if self.last:
            self.last.check(check)

    def lower(self) -> Scope:
        """Return the scope of the plan."""
        if self.last:
            return Scope(kind="last", amount=self.last.whole, unit=self.last.one)
        return Scope(kind=self.kind)


def check_reach(check: Checker, reach: Reach | None, span: Span, own: bool) -> None:
    """Report a missing scope, unless the fact is about an email of this journey."""
    if reach:
        reach.check(check)
    elif not own:
        message = "This fact does not say how far back it looks."
        guess = "since the start" if check.started else "ever"
        fix = f"Add “{guess}”, or such as “in the last 30 days”."
        rows = check.report.sources.get(span.file, [])
        row = rows[span.line - 1] if span.line <= len(rows) else ""
        end = end_of_fact(tokens(row, Span(span.file, span.line, 1, len(row) + 1)), span.start)
        place = Span(span.file, span.line, end, end) if end else span.at_end()
        check.report.add("N407", span, message, fix, [Edit(place, f" {guess}")])


def _is_own(check: Checker, email: str) -> bool:
    """Whether an email is one of the journey's, or may be: a misspelt name costs one message, not two."""
    known = check.catalog.names["email"]
    misspelt = email not in known or any(name not in known for name in check.sends)
    return email in check.sends or misspelt or check.catalog.doubts(email)


@condition("has_done")
@dataclass(frozen=True, slots=True)
class HasDone(ConditionNode):
    """`contact has not clicked email "X" at least 2 times in the last 14 days`."""

    what: Happening
    sent: bool
    negated: bool
    times: int
    reach: Reach | None

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        what = Happening.read(tree.need("sent", *PERFECT), find_condition(tree))
        times = tree.find("at_least_times")
        count = times.token("NUMERAL").text if times else "1"
        return cls(
            tree.span,
            what,
            tree.has("sent"),
            tree.has("has_not"),
            int(count) if count.isdigit() else 0,
            Reach.find(tree),
        )

    @property
    def email(self) -> Name | None:
        """The email that the fact is about."""
        return self.what.names[-1] if self.sent and self.what.names else self.what.email

    def check(self, check: Checker) -> None:
        if self.sent:
            self._check_sent(check)
        else:
            self.what.check(check)
        if self.times < 1:
            check.report.add(
                "N403", self.span, "The number of times is a whole number from 1.", "Write it so."
            )
        own = self.email is not None and _is_own(check, self.email.text)
        place = Span(self.span.file, self.span.line, self.span.start, self.what.span.end)
        check_reach(check, self.reach, place, own)

    def _check_sent(self, check: Checker) -> None:
        if self.email is None:
            message = "“been sent” asks about one email."
            check.report.add("N408", self.span, message, 'Name it: been sent email "…".')
        else:
            check.known("email", self.email)
        if self.what.where or self.times != 1:
            message = "“been sent” takes neither a number of times nor “where”."
            check.report.add("N408", self.span, message, "Leave them out.")

    def lower(self, given: Given) -> Condition:
        scope = self.reach.lower() if self.reach else Scope(kind="run")
        fact: Condition
        if self.sent:
            fact = WasSent(email=self.email.text if self.email else "", scope=scope)
        else:
            fact = HasDoneFact(
                event=self.what.event,
                args=self.what.args,
                where=self.what.lower_where(given),
                scope=scope,
                at_least=self.times,
            )
        return Not(condition=fact) if self.negated else fact

    def depends(self, given: Given) -> frozenset[str]:
        if self.sent:
            return frozenset({f"sent:{self.email.text}"} if self.email else ())
        return frozenset({f"event:{self.what.event}"})

    def by_time(self, negated: bool = False) -> Span | None:
        window = self.reach is not None and self.reach.kind == "last"
        return self.span if window and self.negated != negated else None


@condition("has_engaged")
@dataclass(frozen=True, slots=True)
class HasEngaged(ConditionNode):
    """`contact has engaged in the last 14 days`: any of the workspace's engagement events."""

    negated: bool
    reach: Reach | None

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, tree.has("has_not"), Reach.find(tree))

    def check(self, check: Checker) -> None:
        check_reach(check, self.reach, self.span, own=False)
        if not check.catalog.engaged and not check.catalog.doubts("engagement"):
            message = "The workspace does not declare what engagement is."
            fix = (
                "Add “engagement” to a file of definitions, with lines such as: when contact clicks any email"
            )
            check.report.add("N308", self.span, message, fix)

    def lower(self, given: Given) -> Condition:
        scope = self.reach.lower() if self.reach else Scope(kind="run")
        return HasEngagedFact(events=given.engaged, scope=scope, negated=self.negated)

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset(f"event:{e}" for e in given.engaged)

    def by_time(self, negated: bool = False) -> Span | None:
        window = self.reach is not None and self.reach.kind == "last"
        return self.span if window and self.negated != negated else None


def check_before_start(check: Checker, condition: ConditionNode) -> None:
    """Report facts of a run where there is none yet."""
    for part in condition.parts():
        check_before_start(check, part)
    if isinstance(condition, HasDone | HasEngaged) and condition.reach and condition.reach.kind == "run":
        message = "Before the journey has started, nothing happened “since the start”."
        check.report.add("N408", condition.reach.span, message, "Write “ever” or “in the last 30 days”.")
