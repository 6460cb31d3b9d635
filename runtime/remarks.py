"""Remarks: what a sender of an event should look at, though the event is taken. Pure.

A fact may still matter to what is deployed tomorrow, so a name that nothing asks for is no mistake; but it
may be one, and whoever sends it is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from dsl.spelling import nearest
from runtime import handoffs
from runtime.facts import Happened
from runtime.needs import ANY_EVENT
from runtime.published import Published
from runtime.routing import OPPORTUNITY, overview

# What the product itself reads of events, whatever is declared: the run whose email is meant, and the email.
_READ = frozenset({"run", "email"})

# What a site has so many of that few are named: told only where another name is near.
_MANY = frozenset({"page", "link", "email"})


def came_of(event: Happened, answered: int, *, account: str | None) -> tuple[str, ...]:
    """Say what has come of an event otherwise than its name promises.

    `answered`: handoffs that it answered. `account`: of the contact, or that it is about.
    """
    return tuple(_came_of(event, answered, account))


def _came_of(event: Happened, answered: int, account: str | None) -> Iterator[str]:
    match event.name:
        case handoffs.ACCEPTED | handoffs.REJECTED if not answered:
            yield "No handoff waits for an answer, so nothing was answered; the event is on record."
        case "Email Bounced" if event.properties.get("kind") in (None, ""):
            yield "It has no `kind`, hard or soft, so the contact is not suppressed."
        case name if name in OPPORTUNITY:
            opened = name == OPPORTUNITY[0]
            if event.properties.get("opportunity") in (None, ""):
                what = "it is closed only by one without" if opened else "it closes only the one without"
                yield f"It has no `opportunity`, the id of what sales works on, so {what}."
            if opened and account is None:
                yield "The contact has no account, so the opportunity is the contact's alone."


def unknown_names(event: str, properties: Mapping[str, Any], published: Published) -> list[str]:
    """Tell of properties that the event does not declare, and of values that nothing published names."""
    declared = published.definitions.events.get(event)
    if declared is None:
        return []
    found = []
    for name in properties:
        if name not in declared.fields and name not in _READ:
            found.append(f"“{event}” declares no property “{name}”.{_advice(name, declared.fields)}")
    asked = _asked(overview(published).needs.named)
    compared = asked.get(ANY_EVENT, {})
    for name, values in asked.get(event, {}).items():
        given = properties.get(name)
        if not isinstance(given, str) or given in values or given in compared.get(name, ()):
            continue
        advice = _advice(given, values)
        if advice or name not in _MANY:
            found.append(f"Nothing that is published names the {name} “{given}”.{advice}")
    return found


@lru_cache(maxsize=8)
def _asked(named: frozenset[tuple[str, str, str]]) -> dict[str, dict[str, frozenset[str]]]:
    """Sort what is asked for by event and property."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for event, name, value in named:
        values = found.setdefault(event, {})
        values[name] = values.get(name, frozenset()) | {value}
    return found


def _advice(name: str, known: Collection[str]) -> str:
    guess = _nearest(name, known if isinstance(known, frozenset) else frozenset(known))
    return f" Did you mean “{guess}”?" if guess else ""


@lru_cache(maxsize=4_096)
def _nearest(name: str, known: frozenset[str]) -> str | None:
    return nearest(name, known)
