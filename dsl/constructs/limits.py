"""What holds for all mail of a journey and for its versions: `allow at most`, `priority`, `people inside`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, cast

from dsl.checking import Checker
from dsl.constructs.values import Duration
from dsl.diagnostics import Edit
from dsl.nodes import Context, LineNode, line
from dsl.parser import Tree
from dsl.plan import Limit
from dsl.span import Span
from dsl.tokens import Token

_MOST = 1000


@line("allow", "allow at most", Context.HEAD | Context.POLICY)
@dataclass(frozen=True, slots=True)
class AllowAtMost(LineNode):
    """`allow at most 3 emails in any 7 days, otherwise hold up to 3 days`.

    `within`: a rolling window, or the calendar's day or week. `hold`: how long mail waits for room; None:
    skipped.
    """

    count: Token
    mails: Token
    within: Duration | Literal["day", "week"]
    hold: Duration | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        calendar: Literal["day", "week"] = "day" if tree.has("calendar_day") else "week"
        rolling, hold = tree.find("rolling"), tree.find("hold_up_to")
        return cls(
            span,
            body,
            tree.token("NUMERAL"),
            tree.need("mails").token("WORD"),
            Duration.read(rolling.need("duration")) if rolling else calendar,
            Duration.read(hold.need("duration")) if hold else None,
        )

    def check(self, check: Checker) -> None:
        if not self.count.text.isdigit() or not 1 <= int(self.count.text) <= _MOST:
            message = f"“{self.count.text}” is no number of emails."
            check.report.add("N403", self.count.span, message, f"Write a whole number from 1 to {_MOST}.")
        else:
            self._check_agreement(check)
        for time in (self.within, self.hold):
            if isinstance(time, Duration):
                time.check(check)

    def _check_agreement(self, check: Checker) -> None:
        right = "email" if int(self.count.text) == 1 else "emails"
        if self.mails.text != right:
            message = f"“{self.count.text} {self.mails.text}” reads wrong."
            fix = f"Write {self.count.text} {right}."
            check.report.add(
                "N404", self.count.span.to(self.mails.span), message, fix, [Edit(self.mails.span, right)]
            )

    def lower_limit(self) -> Limit:
        """Return the limit of the plan."""
        return Limit(
            line=self.span.line,
            count=int(self.count.text),
            amount=self.within.whole if isinstance(self.within, Duration) else 0,
            unit=self.within.one if isinstance(self.within, Duration) else self.within,
            hold=self.hold.whole if self.hold else 0,
            hold_unit=self.hold.one if self.hold else "day",
        )


@line("journey_priority", "priority", Context.HEAD)
@dataclass(frozen=True, slots=True)
class JourneyPriority(LineNode):
    """`priority high`: whose mail goes first when a contact may get only one."""

    level: Literal["high", "normal", "low"]

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        level = tree.need("high", "normal", "low").rule
        return cls(span, body, cast(Literal["high", "normal", "low"], level))


@dataclass(frozen=True, slots=True)
class PeopleInside(LineNode, ABC):
    """What a new version of the journey means for the people inside."""

    @property
    @abstractmethod
    def inside(self) -> Literal["stay", "move"]:
        """The rule of the plan."""


@line("people_stay", "people inside", Context.HEAD)
@dataclass(frozen=True, slots=True)
class PeopleStay(PeopleInside):
    """`people inside stay on their version`: they finish as they came in."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body)

    @property
    def inside(self) -> Literal["stay", "move"]:
        return "stay"


@line("people_move", "people inside", Context.HEAD)
@dataclass(frozen=True, slots=True)
class PeopleMove(PeopleInside):
    """`people inside move to the new version`: they go on in it where they stand."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body)

    @property
    def inside(self) -> Literal["stay", "move"]:
        return "move"
