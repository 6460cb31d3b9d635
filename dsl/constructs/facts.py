"""Standing facts: tags, consents, suppression, the stage, open opportunities."""

from __future__ import annotations

from dataclasses import dataclass

from dsl.checking import Checker
from dsl.nodes import ConditionNode, Given, Name, condition
from dsl.parser import Tree
from dsl.plan import Condition, Not, OpenOpportunity, Stage, Suppressed
from dsl.plan import HasConsent as HasConsentFact
from dsl.plan import HasTag as HasTagFact


@condition("has_tag")
@dataclass(frozen=True, slots=True)
class HasTag(ConditionNode):
    """`contact has tag "X"`, `contact has no tag "X"`."""

    tag: Name
    negated: bool

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, Name.of(tree.token("STRING")), tree.has("no"))

    def check(self, check: Checker) -> None:
        check.known("tag", self.tag)

    def lower(self, given: Given) -> Condition:
        fact = HasTagFact(tag=self.tag.text)
        return Not(condition=fact) if self.negated else fact

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset({"tag"})


@condition("has_consent")
@dataclass(frozen=True, slots=True)
class HasConsent(ConditionNode):
    """`contact has consent "Marketing"`, `contact has no consent "Marketing"`."""

    consent: Name
    negated: bool

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, Name.of(tree.token("STRING")), tree.has("no"))

    def check(self, check: Checker) -> None:
        check.known("consent", self.consent)

    def lower(self, given: Given) -> Condition:
        fact = HasConsentFact(consent=self.consent.text)
        return Not(condition=fact) if self.negated else fact

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset({"consent"})


@condition("is_suppressed")
@dataclass(frozen=True, slots=True)
class IsSuppressed(ConditionNode):
    """`contact is suppressed`, `contact is not suppressed`: by a journey, by themselves or by a bounce."""

    negated: bool

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, tree.has("is_not"))

    def lower(self, given: Given) -> Condition:
        return Not(condition=Suppressed()) if self.negated else Suppressed()

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset({"suppression"})


@condition("in_stage")
@dataclass(frozen=True, slots=True)
class InStage(ConditionNode):
    """`contact is in stage "MQL"`, `contact is not in stage "MQL"`."""

    stage: Name
    negated: bool

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, Name.of(tree.token("STRING")), tree.has("is_not"))

    def check(self, check: Checker) -> None:
        check.known("stage", self.stage)

    def lower(self, given: Given) -> Condition:
        return Stage(kind="ne" if self.negated else "eq", stage=self.stage.text)

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset({"stage"})


@condition("open_opportunity")
@dataclass(frozen=True, slots=True)
class HasOpenOpportunity(ConditionNode):
    """`account has an open opportunity`, `account has no open opportunity`."""

    negated: bool

    @classmethod
    def read(cls, tree: Tree) -> ConditionNode:
        return cls(tree.span, tree.has("no"))

    def lower(self, given: Given) -> Condition:
        return Not(condition=OpenOpportunity()) if self.negated else OpenOpportunity()

    def depends(self, given: Given) -> frozenset[str]:
        return frozenset({"opportunity"})
