"""`wait up to 5 days until …`, and with different ways on: `when … / otherwise`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.branch import Otherwise
from dsl.constructs.business import Time, check_wait, lower_time, read_time
from dsl.constructs.ends import check_watchable, interest_in
from dsl.constructs.events import Event
from dsl.constructs.history import HasDone, HasEngaged
from dsl.diagnostics import Report
from dsl.lowering import Lowering
from dsl.nodes import Broken, ConditionNode, Context, LineNode, Statement, find_condition, line
from dsl.parser import Tree
from dsl.plan import AnyStep, Arm, Arms, Interest
from dsl.span import Span


@line("when", "when", Context.ARMS | Context.ENGAGEMENT, body=Context.BODY)
@dataclass(frozen=True, slots=True)
class When(LineNode):
    """An event: an arm of a wait, or a line of `engagement`."""

    event: Event
    reply: bool

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Event.read(tree.need("event")), tree.has("as_reply"))

    def check(self, check: Checker) -> None:
        self.event.check(check)


@line("wait_up_to", "wait up to", Context.BODY, body=Context.ARMS)
@dataclass(frozen=True, slots=True)
class WaitUpTo(Statement):
    """Wait for the first of several events, at most for a time.

    With `until` the flow goes on below either way; a fact (`until contact has …`) that already holds is
    enough. With arms, the first event decides.
    """

    limit: Time
    event: Event | None
    fact: ConditionNode | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        event = tree.find("event")
        return cls(
            span,
            body,
            read_time(tree),
            Event.read(event) if event else None,
            find_condition(tree),
        )

    def bodies(self) -> Iterator[tuple[LineNode, ...]]:
        for arm in self.body:
            yield arm.body

    @property
    def arms(self) -> list[When]:
        """The ways on by an event."""
        return [arm for arm in self.body if isinstance(arm, When)]

    @property
    def timeout(self) -> Otherwise | None:
        """The way on when the time is over."""
        return next((arm for arm in self.body if isinstance(arm, Otherwise)), None)

    def settle(self, report: Report) -> None:
        for arm in self.arms:
            if not arm.body:
                message = "Nothing is indented under this line: it lacks what to do then."
                fix = "Write it below; if nothing is to be done: wait up to … until …"
                report.add("N204", arm.span, message, fix)
        if (self.event or self.fact) and self.body:
            message = "A wait has either “until” or lines with “when”, not both."
            report.add("N203", self.body[0].span, message, "Make “until” a “when” line.")
        if not (self.event or self.fact or self.arms or any(isinstance(b, Broken) for b in self.body)):
            message = "This wait does not say what it waits for."
            fix = f"Write “until …” after it or “when …” under it; or only: wait {self.limit}"
            report.add("N204", self.span, message, fix)
        if self.timeout and self.body[-1] is not self.timeout:
            message = "“otherwise” stands last, and once, in a wait."
            report.add("N203", self.timeout.span, message, "Move it below the “when” lines.")

    def check(self, check: Checker) -> None:
        check_wait(check, self.limit)
        if self.event:
            self.event.check(check)
        if self.fact:
            self.fact.check(check)
            self._check_fact(check, self.fact)
        for arm in self.arms:
            if arm.reply:
                _name_reply(check, arm)

    def _check_fact(self, check: Checker, fact: ConditionNode) -> None:
        if not isinstance(fact, HasDone | HasEngaged):
            check_watchable(check, fact)
        elif fact.negated or (isinstance(fact, HasDone) and fact.sent):
            message = "A wait cannot wait for this fact: no single event makes it true."
            fix = "Wait for an event, or for a time and then ask with “if”."
            check.report.add("N412", fact.span, message, fix)

    def label(self) -> tuple[str, str]:
        return "wait", f"up to {self.limit}"

    def ends(self) -> bool:
        whole = bool(self.arms) and self.timeout is not None
        return whole and all(any(isinstance(s, Statement) and s.ends() for s in b) for b in self.bodies())

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        until = lower_time(low, self.limit, fold=False)
        timeout = low.body(self.timeout.body, next_) if self.timeout else next_
        return Arms(
            **low.head(self, f"Wait up to {self.limit} for {self._object(low)}", next_),
            arms=tuple(self._lower_arms(low, next_)),
            until=low.instants.number(until),
            timeout=timeout,
        )

    def _lower_arms(self, low: Lowering, next_: int | None) -> Iterator[Arm]:
        for arm in self.arms:
            reply = "reply" if arm.reply else None
            with low.replying(self) if arm.reply else nullcontext():
                to = low.body(arm.body, next_)
            yield Arm(line=arm.span.line, interest=interest_in(low, arm.event), to=to, reply=reply)
        if self.event:
            yield Arm(interest=interest_in(low, self.event), to=next_)
        if isinstance(self.fact, HasDone) and self.fact.times == 1:
            what = self.fact.what
            where = what.lower_where(low.given)
            interest = low.interests.number(Interest(event=what.event, args=what.args, where=where))
            yield Arm(interest=interest, to=next_, already=low.predicate(self.fact))
        elif isinstance(self.fact, HasEngaged):
            already = low.predicate(self.fact)
            for event in low.given.engaged:
                interest = low.interests.number(Interest(event=event))
                yield Arm(interest=interest, to=next_, already=already)
        elif self.fact:
            fact = low.predicate(self.fact)
            changes = tuple(sorted(self.fact.depends(low.given)))
            interest = low.interests.number(Interest(changes=changes))
            yield Arm(interest=interest, to=next_, already=fact, predicate=fact)

    def _object(self, low: Lowering) -> str:
        if isinstance(self.fact, HasDone) and self.fact.times == 1:
            return self.fact.what.noun()
        if isinstance(self.fact, HasEngaged):
            return "any engagement"
        if self.fact:
            return low.words(self.fact.span)
        events = [self.event] if self.event else [arm.event for arm in self.arms]
        return " or ".join(e.what.noun() for e in events)


def _name_reply(check: Checker, arm: When) -> None:
    """Let `reply.x` mean the fields of the arm's event on all lines under it."""
    last = max(found.span.line for found in arm.walk())
    fields = arm.event.what.fields(check)
    check.replies.update({(arm.span.file, n): fields for n in range(arm.span.line + 1, last + 1)})
