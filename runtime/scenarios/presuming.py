"""Presuming: what a line takes for granted of its moment, and whether it is so.

A click presumes that the email was sent, an answer of sales that a handoff waits for one. The intake asks for
neither: in life an event may come from any system, and it is on record then. In a scenario it is a slip that
proves nothing and passes, so it is told. What is so is looked at as the event comes: of one second, before
anything that is done in it. One that is received late must have been possible when it happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dsl.plan import Definitions
from dsl.scenarios.script import Act, Event
from runtime import handoffs
from runtime.facts import Facts
from runtime.simulator import World

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that happened without what it presumes. `what`: what was so, as a clause."""

    act: Act
    event: Event
    what: str


def missing(act: Act, event: Event, world: World, name: str, start: int) -> Missing | None:
    """Look at what an event presumes, in a world in which it is about to happen; None if it is there.

    Args:
        name: of the contact.
        start: of the world's clock; what was before is on record.
    """
    if not event.presumes or event.contact is None:
        return None
    facts = world.facts.get(world.who(event.contact))
    if facts is None:
        return None
    at = act.at if event.occurred is None else event.occurred
    if event.presumes == "email":
        what = _email(str(event.properties["email"]), facts, name, start, at)
    else:
        what = _handoff(event, world, facts.contact_id, name, at)
    return Missing(act, event, what) if what else None


def _email(email: str, facts: Facts, name: str, start: int, at: int) -> str:
    sent = [one.email for one in facts.sent if one.at <= at]
    had = list(dict.fromkeys([*sent, *_had_before(facts, start)]))
    if email in had:
        return ""
    if not had:
        return f"by then {name} had been sent no email"
    shown = ", ".join(f"“{one}”" for one in had[:_SHOWN])
    more = f" and {len(had) - _SHOWN} more" if len(had) > _SHOWN else ""
    return f"by then {name} had not been sent the email “{email}”, only {shown}{more}"


def _had_before(facts: Facts, start: int) -> Iterator[str]:
    """Yield the emails that the contact must have had before the start: it has clicked them, for example."""
    for events in facts.events.values():
        for event in events:
            if event.at < start and "email" in event.properties:
                yield str(event.properties["email"])


def _handoff(event: Event, world: World, contact: str, name: str, at: int) -> str:
    waiting = [one for one in world.sales.waiting(contact) if one.opened_at <= at]
    if not waiting:
        handed = [one for one in world.sales.handoffs.values() if one.contact == contact]
        answered = any(one.opened_at <= at for one in handed)
        return f"by then sales had {'answered every handoff' if answered else 'no handoff'} of {name}"
    return _refusal(event, waiting, world.published.definitions)


def _refusal(event: Event, waiting: list[handoffs.Handoff], definitions: Definitions) -> str:
    """Return why the answer is turned away, as it is in life; "" if it is not."""
    if event.name != handoffs.REJECTED:
        return ""
    try:
        handoffs.rejected(waiting, event.properties, definitions)
    except handoffs.RejectionRefused as refused:
        return str(refused).rstrip(".")
    return ""
