"""`policy "Marketing email"`: what holds for all marketing of all journeys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.constructs.events import Event
from dsl.constructs.hours import check_clock, is_zone
from dsl.constructs.limits import AllowAtMost
from dsl.constructs.segment import SegmentLine
from dsl.constructs.values import Duration
from dsl.nodes import Broken, Context, Given, LineNode, Name, find_condition, line
from dsl.parser import Tree
from dsl.plan import HoldAfter, Policy, QuietHours
from dsl.span import Span
from dsl.tokens import Token

_Kind = TypeVar("_Kind", bound=LineNode)


@line("policy", "policy", Context.TOP, body=Context.POLICY, needs="its rules")
@dataclass(frozen=True, slots=True)
class PolicyDefinition(LineNode):
    """Rules that every marketing message must pass, whichever journey sends it; service is exempt."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def all(self, kind: type[_Kind]) -> list[_Kind]:
        """The lines of one kind under the policy."""
        return [found for found in self.body if isinstance(found, kind)]

    def declare(self, catalog: Catalog) -> None:
        catalog.declare("policy", self.name.text, self.name.span)

    def check(self, check: Checker) -> None:
        if self.all(Broken):
            return
        for again in self.all(HoldBetween)[1:]:
            message = "A policy has one “hold between” line."
            check.report.add("N206", again.span, message, "Remove one; a window may cross midnight.")

    def lower_policy(self, given: Given) -> Policy:
        """Return the policy of the definitions."""
        return Policy(
            name=self.name.text,
            file=self.span.file,
            lines={
                "consents": tuple(found.span.line for found in self.all(Require)),
                "skips": tuple(found.span.line for found in self.all(SkipWhile)),
            },
            consents=tuple(found.consent.text for found in self.all(Require)),
            limits=tuple(found.lower_limit() for found in self.all(AllowAtMost)),
            quiet=tuple(found.lower_quiet() for found in self.all(HoldBetween)),
            holds=tuple(found.lower_hold(given) for found in self.all(HoldFor)),
            skips=tuple(found.condition.lower(given) for found in self.all(SkipWhile)),
        )


@line("require", "require consent", Context.POLICY)
@dataclass(frozen=True, slots=True)
class Require(LineNode):
    """`require consent "Marketing"`."""

    consent: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        check.known("consent", self.consent)


@line("hold_between", "hold between", Context.POLICY)
@dataclass(frozen=True, slots=True)
class HoldBetween(LineNode):
    """`hold between 20:00 and 08:00 contact time`: quiet hours. `zone`: None is the contact's own."""

    begins: Token
    ends: Token
    zone: Name | None

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        begins, ends = tree.tokens("CLOCK")
        zone = tree.need("zone").tokens("STRING")
        return cls(span, body, begins, ends, Name.of(zone[0]) if zone else None)

    def check(self, check: Checker) -> None:
        sound = check_clock(check, self.begins) and check_clock(check, self.ends)
        if sound and self.begins.text == self.ends.text:
            message = "These hours begin and end at the same time, so nothing would be held, or everything."
            check.report.add("N413", self.ends.span, message, "Write another end.")
        if self.zone and not is_zone(self.zone.text):
            message = f"There is no time zone “{self.zone.text}”."
            check.report.add("N309", self.zone.span, message, 'Write a name such as "Europe/Berlin".')

    def lower_quiet(self) -> QuietHours:
        """Return the quiet hours of the definitions."""
        zone = self.zone.text if self.zone else "contact"
        return QuietHours(from_=self.begins.text, to=self.ends.text, zone=zone, line=self.span.line)


@line("hold_for", "hold for", Context.POLICY)
@dataclass(frozen=True, slots=True)
class HoldFor(LineNode):
    """`hold for 14 days after contact does "Sales Conversation"`."""

    duration: Duration
    event: Event

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Duration.read(tree.need("duration")), Event.read(tree.need("event")))

    def check(self, check: Checker) -> None:
        self.duration.check(check)
        self.event.check(check)

    def lower_hold(self, given: Given) -> HoldAfter:
        """Return the rule of the definitions."""
        what = self.event.what
        return HoldAfter(
            event=what.event,
            args=what.args,
            where=what.lower_where(given),
            amount=self.duration.whole,
            unit=self.duration.one,
            line=self.span.line,
        )


@line("skip_while", "skip while", Context.POLICY)
@dataclass(frozen=True, slots=True)
class SkipWhile(SegmentLine):
    """`skip while account has an open opportunity`: what would go then is not sent, and the flow goes on."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        found = find_condition(tree)
        assert found is not None
        return cls(span, body, found)
