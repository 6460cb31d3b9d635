"""Counts of an account's contacts: `at least 3 contacts of account have engaged in the last 30 days`; and
`no contact of account has engaged in the last 30 days`.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.events import PERFECT, Happening
from dsl.constructs.history import HasDone, HasEngaged, Reach
from dsl.diagnostics import Edit
from dsl.nodes import ConditionNode, Given, condition
from dsl.parser import Tree
from dsl.plan import AccountCount, Condition, Not
from dsl.span import Span
from dsl.tokens import Token


@condition("account_count")
@dataclass(frozen=True, slots=True)
class ContactsOfAccount(ConditionNode):
    """So many contacts of the account, this one among them, for whom a fact about the past is true."""

    count: Token
    contacts: Token
    have: Token
    fact: HasDone | HasEngaged

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        contacts, have = tree.need("counted").token("WORD"), tree.need("having").token("WORD")
        return cls(tree.span, tree.token("NUMERAL"), contacts, have, _fact(tree))

    def check(self, check: Checker) -> None:
        self.fact.check(check)
        if not self.count.text.isdigit() or int(self.count.text) < 1:
            message = f"“{self.count.text}” is no count of contacts."
            check.report.add("N403", self.count.span, message, "Write a whole number from 1.")
        else:
            self._check_agreement(check)
        _check_scope(check, self.fact)

    def _check_agreement(self, check: Checker) -> None:
        """Report `1 contacts of account have` and `3 contact of account has`."""
        one = int(self.count.text) == 1
        wanted = {self.contacts: "contact" if one else "contacts", self.have: "has" if one else "have"}
        edits = [Edit(token.span, right) for token, right in wanted.items() if token.text != right]
        if edits:
            place = self.count.span.to(self.have.span)
            message = f"“{self.count.text} {self.contacts.text} of account {self.have.text}” reads wrong."
            right = f"{self.count.text} {wanted[self.contacts]} of account {wanted[self.have]}"
            check.report.add("N404", place, message, f"Write {right}.", edits)

    def lower(self, given: Given) -> Condition:
        return AccountCount(at_least=int(self.count.text), fact=self.fact.lower(given))

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset(f"account {key}" for key in self.fact.depends(given))

    def by_time(self, negated: bool = False) -> Span | None:
        return self.span if negated and self.fact.by_time(negated) else None


@condition("account_none")
@dataclass(frozen=True, slots=True)
class NoContactOfAccount(ConditionNode):
    """For nobody of the account a fact about the past is true: the opposite of a count of 1."""

    fact: HasDone | HasEngaged

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, _fact(tree))

    def check(self, check: Checker) -> None:
        self.fact.check(check)
        _check_scope(check, self.fact)

    def lower(self, given: Given) -> Condition:
        return Not(condition=AccountCount(at_least=1, fact=self.fact.lower(given)))

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset(f"account {key}" for key in self.fact.depends(given))

    def by_time(self, negated: bool = False) -> Span | None:
        return self.span if not negated and self.fact.by_time(negated=True) else None


def _fact(tree: Tree) -> HasDone | HasEngaged:
    done = tree.find("sent", *PERFECT)
    reach = Reach.find(tree)
    if done:
        return HasDone(tree.span, Happening.read(done, None), done.rule == "sent", False, 1, reach)
    return HasEngaged(tree.span, False, reach)


def _check_scope(check: Checker, fact: HasDone | HasEngaged) -> None:
    """Report an email of this journey without a scope: other contacts have other runs, or none."""
    own = isinstance(fact, HasDone) and fact.email is not None and fact.email.text in check.sends
    if own and fact.reach is None:
        message = "This fact does not say how far back it looks."
        check.report.add("N407", fact.span, message, "Add such as “in the last 30 days”.")
