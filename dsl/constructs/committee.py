"""Counts of an account's contacts: `at least 3 contacts of account have engaged in the last 30 days`."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.constructs.events import PERFECT, Happening
from dsl.constructs.history import HasDone, HasEngaged, Reach
from dsl.nodes import ConditionNode, Given, condition
from dsl.parser import Tree
from dsl.plan import AccountCount, Condition
from dsl.span import Span
from dsl.tokens import Token


@condition("account_count")
@dataclass(frozen=True, slots=True)
class ContactsOfAccount(ConditionNode):
    """So many contacts of the account, this one among them, for whom a fact about the past is true."""

    count: Token
    fact: HasDone | HasEngaged

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        done = tree.find("sent", *PERFECT)
        reach = Reach.find(tree)
        fact: HasDone | HasEngaged
        if done:
            fact = HasDone(tree.span, Happening.read(done, None), done.rule == "sent", False, 1, reach)
        else:
            fact = HasEngaged(tree.span, False, reach)
        return cls(tree.span, tree.token("NUMERAL"), fact)

    def check(self, check: Checker) -> None:
        self.fact.check(check)
        if not self.count.text.isdigit() or int(self.count.text) < 1:
            message = f"“{self.count.text}” is no count of contacts."
            check.report.add("N403", self.count.span, message, "Write a whole number from 1.")
        if isinstance(self.fact, HasDone) and self.fact.reach is None:
            message = "This fact does not say how far back it looks."
            check.report.add("N407", self.span, message, "Add such as “in the last 30 days”.")

    def lower(self, given: Given) -> Condition:
        return AccountCount(at_least=int(self.count.text), fact=self.fact.lower(given))

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset(f"account {key}" for key in self.fact.depends(given))

    def by_time(self, negated: bool = False) -> Span | None:
        return self.span if negated and self.fact.by_time(negated) else None
