"""What the journeys of a workspace offer to scenarios: emails that are sent, goals, blocks, reasons, by name.

A scenario is checked against nothing else of a plan. So as long as what a file has asked of this is answered
alike, and the catalog stays the same, its scenarios stay what they are, whatever else is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dsl.plan import Definitions, Plan
from dsl.scenarios import reasons

_T = TypeVar("_T")

# What effects of a kind are called in scenarios, where that is no name of the catalog.
_SAID = (("notify", "message"), ("task", "title"))


@dataclass(frozen=True, slots=True)
class Journey:
    """One journey: its blocks, the ids of its steps, and why a run of it can be over."""

    blocks: tuple[str, ...]
    steps: tuple[str, ...]
    left: tuple[str, ...]

    def places(self, blocks_only: bool) -> tuple[str, ...]:
        """Return where a contact can stand in it."""
        return self.blocks if blocks_only else (*self.blocks, *self.steps)


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be named. `said`: the texts of notices and tasks, by the kind of the effect.

    `skipped`: why something can be left out; `handoffs`: by which journeys give contacts to sales.
    """

    journeys: Mapping[str, Journey]
    emails: frozenset[str]
    said: Mapping[str, frozenset[str]]
    goals: frozenset[str]
    skipped: tuple[str, ...]
    handoffs: frozenset[str]

    def left(self, journey: str) -> tuple[str, ...] | None:
        """Return why a run of a journey can be over; None if there is no such journey."""
        found = self.journeys.get(journey)
        return None if found is None else found.left

    @classmethod
    def of(cls, plans: Mapping[str, Plan]) -> Offered:
        """Take it from the plans."""
        return cls(
            journeys={name: _journey(plan) for name, plan in plans.items()},
            emails=frozenset(effect.email for plan in plans.values() for _, effect in plan.sends()),
            said={kind: _said(kind, attribute, plans.values()) for kind, attribute in _SAID},
            goals=reasons.goals(plans),
            skipped=reasons.skipped(plans.values()),
            handoffs=frozenset(
                step.handoff for plan in plans.values() for step in plan.steps if step.op == "handoff"
            ),
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """What a file of scenarios has asked of what journeys offer, with the answers.

    `offered`: None while the workspace has errors: then nothing is said that needs the journeys.
    """

    offered: Offered | None
    asked: list[tuple[Callable[[Offered], Any], Any]] = field(default_factory=list)

    def ask(self, question: Callable[[Offered], _T], otherwise: _T) -> _T:
        """Return the answer. `otherwise`: what it is while the workspace has errors."""
        if self.offered is None:
            return otherwise
        answer = question(self.offered)
        self.asked.append((question, answer))
        return answer

    def answered_alike(self, offered: Offered | None) -> bool:
        """Whether all that was asked is answered so by what journeys offer now."""
        if offered is None or self.offered is None:
            return offered is self.offered
        return offered == self.offered or all(question(offered) == known for question, known in self.asked)


@dataclass(frozen=True, slots=True)
class Shared:
    """What the shared definitions give. `rejections`: the reasons that each handoff knows, by its name.

    `notices`: what teams are told of handoffs.
    """

    time_zone: str
    rejections: Mapping[str, tuple[str, ...]]
    notices: frozenset[str]

    @classmethod
    def of(cls, definitions: Definitions) -> Shared:
        """Take it from the definitions."""
        rules = definitions.handoffs
        notices = frozenset(rule.notice(of)[1] for rule in rules.values() for of in rule.notices)
        rejections = {name: rule.reject_reasons for name, rule in rules.items()}
        return cls(definitions.time_zone, rejections, notices)


def _journey(plan: Plan) -> Journey:
    blocks = tuple(block.label for step in plan.steps if step.op == "schedule" for block in step.blocks)
    return Journey(blocks, tuple(step.id for step in plan.steps), reasons.left(plan))


def _said(kind: str, attribute: str, plans: Iterable[Plan]) -> frozenset[str]:
    found = (step.effect for plan in plans for step in plan.steps if step.op == "do")
    return frozenset(getattr(effect, attribute) for effect in found if effect.kind == kind)
