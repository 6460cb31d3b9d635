"""Needing: which versions people are inside of, where they stand, and what those versions still need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dsl.plan import Definitions, Do, Handoff, Plan, SendEmail, SendMessage, Spawn


@dataclass(frozen=True, slots=True)
class Standing:
    """A version, how many people are inside of it, and how many stand on each step or before each block."""

    plan: Plan
    people: int
    places: Mapping[str, int] = field(default_factory=dict)


class Contents(Protocol):
    """What is deployed together."""

    @property
    def definitions(self) -> Definitions: ...

    @property
    def active(self) -> Mapping[str, Plan]: ...


def stood_on(standing: Iterable[Standing], place: str) -> int:
    """Count the people on a step, or before a block, in any version."""
    return sum(one.places.get(place, 0) for one in standing)


def still_needed(
    standing: Iterable[Standing], new: Plan | None, deployed: Contents, emails: Collection[str]
) -> Iterator[tuple[str, int]]:
    """Find what people inside an older version are still to get, and what would no longer be there."""
    missing: dict[str, int] = {}
    for one in standing:
        if new is None or one.plan.hash != new.hash:
            for what in set(_missing(one.plan, deployed, emails)):
                missing[what] = missing.get(what, 0) + one.people
    yield from sorted(missing.items())


def _missing(plan: Plan, deployed: Contents, emails: Collection[str]) -> Iterator[str]:
    definitions = deployed.definitions
    messages = {(message.channel, message.name) for message in definitions.messages}
    for step in plan.steps:
        if isinstance(step, Do) and isinstance(step.effect, SendEmail) and step.effect.email not in emails:
            yield f"the email “{step.effect.email}” has no file any more, and people inside are to get it"
        elif isinstance(step, Do) and isinstance(step.effect, SendMessage):
            if (step.effect.channel, step.effect.message) not in messages:
                yield f"the message “{step.effect.message}” is gone, and people inside are to get it"
        elif isinstance(step, Handoff) and step.handoff not in definitions.handoffs:
            yield f"the handoff “{step.handoff}” is gone, and people inside come to it"
        elif isinstance(step, Spawn) and step.journey not in deployed.active:
            yield f"the journey “{step.journey}” is gone, and people inside are to start it"
