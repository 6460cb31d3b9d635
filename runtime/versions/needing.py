"""Needing: which versions people are inside of, where they stand, and what those versions still need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dsl.plan import (
    CallWebhook,
    ChangeAudience,
    CreateTask,
    Definitions,
    Do,
    Effect,
    Handoff,
    Notify,
    Plan,
    SendEmail,
    SendMessage,
    Spawn,
    Sync,
)
from runtime.versions.change import Contents

TASKS = "“tasks” under a [sync.…]"


@dataclass(frozen=True, slots=True)
class Standing:
    """A version, how many people are inside of it, and how many stand on each step or before each block."""

    plan: Plan
    people: int
    places: Mapping[str, int] = field(default_factory=dict)


def stood_on(standing: Iterable[Standing], place: str) -> int:
    """Count the people on a step, or before a block, in any version."""
    return sum(one.places.get(place, 0) for one in standing)


def still_needed(standing: Iterable[Standing], old: Contents, new: Contents) -> Iterator[tuple[str, int]]:
    """Find what people inside a version are still to get, and what would no longer be there.

    What is missing in `old` already is no change of this deployment: it is held, and told where that stands.
    """
    missing: dict[str, int] = {}
    for one in standing:
        active = new.active.get(one.plan.journey)
        if active is None or one.plan.hash != active.hash:
            for what in set(_missing(one.plan, new)) - set(_missing(one.plan, old)):
                missing[what] = missing.get(what, 0) + one.people
    yield from sorted(missing.items())


def emails_sent(plan: Plan) -> Iterator[str]:
    """Name the emails that a version sends."""
    for step in plan.steps:
        if isinstance(step, Do) and isinstance(step.effect, SendEmail):
            yield step.effect.email


def sections_called(definitions: Definitions, plans: Iterable[Plan]) -> Iterator[str]:
    """Name the sections of the settings that workers need for these versions and for handoffs."""
    for plan in plans:
        for step in plan.steps:
            if isinstance(step, Do):
                yield from _section(step.effect)
    for rule in definitions.handoffs.values():
        yield from (f'[teams."{team}"]' for team in (rule.team, rule.escalate_to) if team)


def _section(effect: Effect) -> Iterator[str]:
    match effect:
        case Notify(team=team):
            yield f'[teams."{team}"]'
        case Sync(target=target):
            yield f'[sync."{target}"]'
        case SendMessage(channel=channel):
            yield f'[channels."{channel}"]'
        case CallWebhook(webhook=webhook):
            yield f'[webhooks."{webhook}"]'
        case ChangeAudience(audience=audience):
            yield f'[audiences."{audience}"]'
        case CreateTask():
            yield TASKS


def _missing(plan: Plan, deployed: Contents) -> Iterator[str]:
    definitions, texts = deployed.definitions, deployed.texts
    if texts is not None:  # else each worker sends those of its own workspace
        for email in emails_sent(plan):
            if email not in texts.emails:
                yield f"the email “{email}” has no file any more, and people inside are to get it"
    messages = {(message.channel, message.name) for message in definitions.messages}
    for step in plan.steps:
        if isinstance(step, Do) and isinstance(step.effect, SendMessage):
            if (step.effect.channel, step.effect.message) not in messages:
                yield f"the message “{step.effect.message}” is gone, and people inside are to get it"
        elif isinstance(step, Handoff) and step.handoff not in definitions.handoffs:
            yield f"the handoff “{step.handoff}” is gone, and people inside come to it"
        elif isinstance(step, Spawn) and step.journey not in deployed.active:
            yield f"the journey “{step.journey}” is gone, and people inside are to start it"
