"""A contact's standing: lists, consents, suppression. These change our own records only."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.lowering import Lowering
from dsl.nodes import Context, LineNode, Name, Statement, line
from dsl.parser import Tree
from dsl.plan import (
    AddToList,
    AnyStep,
    Do,
    GrantConsent,
    LiftSuppression,
    RemoveFromList,
    Suppress,
    WithdrawConsent,
)
from dsl.span import Span

_OURS = ("unsubscribed", "complained", "bounced")


@line("change_list", "a change of a list or an audience", Context.BODY)
@dataclass(frozen=True, slots=True)
class ChangeList(Statement):
    """`add to list "Guests"`, `remove from list "Guests"`."""

    name: Name
    add: bool

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")), tree.has("add"))

    def check(self, check: Checker) -> None:
        if check.known("list", self.name) and check.catalog.lists[self.name.text] is not None:
            message = f"“{self.name.text}” is a fixed list of values; contacts cannot be in it."
            fix = "Name a list that is declared “of contacts”."
            check.report.add("N408", self.name.span, message, fix)

    def label(self) -> tuple[str, str]:
        return "list" if self.add else "unlist", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        name = self.name.text
        if self.add:
            return Do(**low.head(self, f"Add to list “{name}”", next_), effect=AddToList(list=name))
        return Do(**low.head(self, f"Remove from list “{name}”", next_), effect=RemoveFromList(list=name))

    def writes(self) -> frozenset[str]:
        return frozenset({"list"})


@line("grant", "grant consent", Context.BODY)
@dataclass(frozen=True, slots=True)
class Grant(Statement):
    """`grant consent "Marketing"`."""

    name: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        check.known("consent", self.name)

    def label(self) -> tuple[str, str]:
        return "grant", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        head = low.head(self, f"Grant consent “{self.name.text}”", next_)
        return Do(**head, effect=GrantConsent(consent=self.name.text))

    def writes(self) -> frozenset[str]:
        return frozenset({"consent"})


@line("withdraw", "withdraw consent", Context.BODY)
@dataclass(frozen=True, slots=True)
class Withdraw(Grant):
    """`withdraw consent "Marketing"`."""

    def label(self) -> tuple[str, str]:
        return "withdraw", self.name.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        head = low.head(self, f"Withdraw consent “{self.name.text}”", next_)
        return Do(**head, effect=WithdrawConsent(consent=self.name.text))


@line("suppress", "suppress contact", Context.BODY)
@dataclass(frozen=True, slots=True)
class SuppressLine(Statement):
    """`suppress contact because "Dormant"`: no marketing on any channel, until it is lifted."""

    reason: Name

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body, Name.of(tree.token("STRING")))

    def check(self, check: Checker) -> None:
        if self.reason.text.casefold() in _OURS:
            message = f"“{self.reason.text}” is recorded by itself when it happens, and never lifted."
            check.report.add("N410", self.reason.span, message, "Give the reason of this journey.")

    def label(self) -> tuple[str, str]:
        return "suppress", self.reason.text

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        head = low.head(self, f"Suppress contact: {self.reason.text}", next_)
        return Do(**head, effect=Suppress(reason=self.reason.text))

    def writes(self) -> frozenset[str]:
        return frozenset({"suppression"})


@line("lift", "lift suppression", Context.BODY)
@dataclass(frozen=True, slots=True)
class Lift(Statement):
    """`lift suppression`: what journeys have imposed; not what the contact or a provider has."""

    @classmethod
    def read(cls, tree: Tree, span: Span, body: tuple[LineNode, ...]) -> LineNode:
        return cls(span, body)

    def label(self) -> tuple[str, str]:
        return "lift", "suppression"

    def lower(self, low: Lowering, next_: int | None) -> AnyStep:
        return Do(**low.head(self, "Lift suppression", next_), effect=LiftSuppression())

    def writes(self) -> frozenset[str]:
        return frozenset({"suppression"})
