"""How often a contact may run: `runs once for each contact`, `runs again 90 days after it ended`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.values import Duration, Reference
from dsl.nodes import Context, LineNode, line
from dsl.parser import Tree
from dsl.plan import Runs
from dsl.span import Span


@dataclass(frozen=True, slots=True)
class RunsLine(LineNode, ABC):
    """One of the ways to say it; a journey has exactly one. `account`: a run is of an account."""

    account: bool

    @abstractmethod
    def lower_runs(self) -> Runs:
        """Return the rule of the plan."""


@line("runs_once", "runs", Context.HEAD)
@dataclass(frozen=True, slots=True)
class RunsOnce(RunsLine):
    """`runs once for each contact`, `… for each account`, `… for each trigger.webinar_id`."""

    key: Reference | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        key = tree.find("ref")
        return cls(span, body, tree.has("account"), Reference.read(key) if key else None)

    def check(self, check: Checker) -> None:
        if self.key is None:
            return
        if self.key.owner != "trigger":
            message = "A run is told from another of the same contact by a field of its trigger."
            check.report.add("N414", self.key.span, message, "Write trigger.…, “contact” or “account”.")
            return
        self.key.check(check)

    def lower_runs(self) -> Runs:
        return Runs(kind="once", line=self.span.line, key=self.key.lower() if self.key else None)


@line("runs_again", "runs", Context.HEAD)
@dataclass(frozen=True, slots=True)
class RunsAgain(RunsLine):
    """`runs again 90 days after it ended`, `runs again at any time`; `, for each account`."""

    after: Duration | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        end = tree.find("after_end")
        return cls(span, body, tree.has("account"), Duration.read(end.need("duration")) if end else None)

    def check(self, check: Checker) -> None:
        if self.after:
            self.after.check(check)

    def lower_runs(self) -> Runs:
        if self.after is None:
            return Runs(kind="again", line=self.span.line)
        return Runs(kind="again", line=self.span.line, amount=self.after.whole, unit=self.after.one)
