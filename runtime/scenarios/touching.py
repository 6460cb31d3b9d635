"""Touching: which parts of a journey's plan a scenario has come to, so that others may change.

What a run does follows from the parts that it has looked at: steps, and the conditions and instants that they
name by number. Here these parts note who asks for them. Whoever goes through all of them has touched all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, SupportsIndex

from dsl.plan import Plan
from dsl.plan.plan import without_places
from runtime import routing

PARTS = ("steps", "predicates", "instants")
ALL = -1
"""The number that stands for every part of a kind."""

Touched = Mapping[str, frozenset[int]]
"""The numbers of the parts that were looked at, by their kind."""


class Noted(tuple[Any, ...]):
    """Parts of a plan that note which of them are looked at, in a set of numbers that is theirs."""

    seen: set[int]

    @classmethod
    def of(cls, parts: Iterable[Any]) -> Noted:
        """Take parts, none of which was looked at."""
        made = cls(parts)
        made.seen = set()
        return made

    def __getitem__(self, number: SupportsIndex | slice) -> Any:
        """Return a part, and note it."""
        self.seen.add(number if isinstance(number, int) and number >= 0 else ALL)
        return tuple.__getitem__(self, number)

    def __iter__(self) -> Iterator[Any]:
        """Go through all parts, and note that."""
        self.seen.add(ALL)
        return tuple.__iter__(self)


@dataclass(frozen=True, slots=True)
class Notes:
    """The plans of a workspace by their hashes, with parts that note who looks at them."""

    plans: Mapping[str, Plan] = field(default_factory=dict)

    @classmethod
    def of(cls, plans: Iterable[Plan]) -> Notes:
        """Prepare plans. What is asked of a plan as a whole is worked out before; `shape` compares it."""
        return cls({plan.hash: _noted(plan) for plan in plans})

    def begin(self) -> None:
        """Forget what was looked at."""
        for plan in self.plans.values():
            for kind in PARTS:
                getattr(plan, kind).seen.clear()

    def touched(self, came: Mapping[str, set[str]]) -> dict[str, Touched]:
        """Return what was looked at, by journey.

        Args:
            came: the ids of steps to which runs have come for certain, by the hashes of their plans. If one
                of them was not noted, parts were read past this module, as compiled code reads them: then all
                of the plan counts as touched.
        """
        found: dict[str, Touched] = {}
        for hash_, plan in self.plans.items():
            seen = {kind: frozenset(getattr(plan, kind).seen) for kind in PARTS}
            if hash_ in came:
                steps = seen["steps"]
                known = {tuple.__getitem__(plan.steps, number).id for number in steps if number != ALL}
                if not steps or not came[hash_] <= known:
                    seen = dict.fromkeys(PARTS, frozenset({ALL}))
            found[plan.journey] = seen
        return found


def _noted(plan: Plan) -> Plan:
    shape(plan)
    noted = plan.model_copy(update={kind: Noted.of(getattr(plan, kind)) for kind in PARTS})
    # These go through all steps when they are asked for the first time.
    assert (noted.spawned, noted.names_replies, noted.has_dated_blocks) == _whole(plan)
    return noted


def _whole(plan: Plan) -> tuple[Any, ...]:
    return plan.spawned, plan.names_replies, plan.has_dated_blocks


def shape(plan: Plan) -> tuple[Any, ...]:
    """Return all that a plan says beside its parts, how many of these there are, and what follows of all.

    On which lines it is said does not count; nor do the emails, which are compared by themselves.
    """
    parts = dict.fromkeys(PARTS, ())
    rest = without_places(plan.model_copy(update={"emails": {}, **parts}))
    numbers = tuple(len(getattr(plan, kind)) for kind in PARTS)
    return rest, numbers, _whole(plan), routing.index(plan)


def differing(one: Plan, other: Plan) -> Touched | None:
    """Return the numbers of the parts in which two plans differ; None if they differ in anything else."""
    if shape(one) != shape(other):
        return None
    return {kind: frozenset(_unlike(getattr(one, kind), getattr(other, kind))) for kind in PARTS}


def _unlike(some: Iterable[Any], others: Iterable[Any]) -> Iterator[int]:
    for number, (one, other) in enumerate(zip(some, others, strict=True)):
        if one != other and without_places(one) != without_places(other):
            yield number


def meets(touched: Touched | None, differs: Touched | None) -> bool:
    """Whether something that was looked at is another thing now. None: all, whatever it is."""
    if touched is None or differs is None:
        return True
    return any(
        differs[kind] and (ALL in touched[kind] or not touched[kind].isdisjoint(differs[kind]))
        for kind in PARTS
    )
