"""Presuming: what a line takes for granted of its moment, and whether it is so.

A click presumes that the email was sent, and the journey that it is said to be from a run of the contact; an
answer of sales presumes that a handoff waits for one. What a person does to a contact in a journey presumes
that it is in it, and a decision that it can be made. The intake asks for none of it: in life an event may
come from any system, and it is on record then. In a scenario it is a slip that proves nothing and passes, so
it is told. What is so is looked at as the event comes: of one second, before anything that is done in it. One
that is received late must have been possible when it happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dsl.plan import Definitions, Suppressed
from dsl.scenarios.script import Act, Decision, Effect, Event, Fact, Handed, Passage, Switch
from runtime import dispatch, handoffs
from runtime.facts import Facts
from runtime.reporting.words import count
from runtime.simulator import RunRecord, World
from runtime.suppression import beyond

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that happened without what it presumes.

    `at`: when it should have been there; `presumed`: what should; `what`: what was so, as a clause.
    `remedy`: what helps where waiting for it does not.
    """

    act: Act
    at: int
    presumed: Effect | Handed | Passage | Fact
    what: str
    remedy: str = ""


def missing(act: Act, event: Event, world: World, name: str, start: int) -> Missing | None:
    """Look at what an event presumes, in a world in which it is about to happen; None if it is there.

    Args:
        name: of the contact.
        start: of the world's clock; what was before is on record.
    """
    if event.contact is None or not (event.presumes or event.journey):
        return None
    facts = world.facts.get(world.who(event.contact))
    if facts is None:
        return None
    at, run = _when(act, event), answered(act, event, world)
    presumed: Effect | Handed | Passage
    remedy = ""
    if event.journey and run is None:
        presumed, what = Passage(event.contact, "enters", event.journey), _no_run(event, world, name, at)
        remedy = "leave “from journey …” out"
    elif event.presumes == "email":
        email = str(event.properties["email"])
        presumed, what = Effect("send", email, event.contact), _email(email, facts, name, start, at, run)
        if run is not None:
            remedy = "Name the journey that has sent it, or leave “from journey …” out."
    elif event.presumes == "handoff":
        presumed, what = Handed(event.contact, None), _handoff(event, world, facts.contact_id, name, at)
    else:
        return None
    return Missing(act, at, presumed, what, remedy) if what else None


def no_run(act: Act, switch: Switch, name: str) -> Missing:
    """Tell that a contact has no open run in the journey in which a person does something with it."""
    what = f"by then {name} was not in the journey “{switch.journey}”"
    return Missing(act, act.at, Passage(switch.name, "enters", switch.journey), what, "leave the line out")


def decided(act: Act, decision: Decision, facts: Facts, name: str) -> Missing | None:
    """Look whether a person can decide so about a contact, in the words of the commands; None if so."""
    agreed = dispatch.MARKETING in facts.consents
    said = beyond(facts.suppressed, agreed) if decision.what == "let through" else ""
    if not said:
        return None
    presumed = Fact("contact", decision.contact, Suppressed(), negated=True, asked="is_suppressed")
    what = f"by then {name} {said}, and no person overrides that"
    return Missing(act, act.at, presumed, what, "Leave the line out.")


def answered(act: Act, event: Event, world: World) -> RunRecord | None:
    """Return the run whose email an event of a contact answers, if it names its journey."""
    runs = _runs(event, world, _when(act, event))
    if event.number is not None:
        return runs[event.number - 1] if event.number <= len(runs) else None
    return runs[-1] if runs else None


def _when(act: Act, event: Event) -> int:
    """Return when an event happens, which may be before it is received."""
    return act.at if event.occurred is None else event.occurred


def _runs(event: Event, world: World, at: int) -> list[RunRecord]:
    """Return the contact's runs of the journey that an event names, in the order in which they began."""
    if not event.journey or event.contact is None:
        return []
    contact = world.who(event.contact)
    ours = (one for one in world.runs.values() if one.contact == contact and one.view.entered <= at)
    return sorted(
        (one for one in ours if one.view.journey == event.journey), key=lambda one: one.view.entered
    )


def _no_run(event: Event, world: World, name: str, at: int) -> str:
    number = len(_runs(event, world, at))
    only = f" only {count(number, 'time')}" if number else ""
    return f"by then {name} had {'' if number else 'not '}entered the journey “{event.journey}”{only}"


def _email(email: str, facts: Facts, name: str, start: int, at: int, run: RunRecord | None) -> str:
    sent = [one.email for one in facts.sent if one.at <= at and (run is None or one.run == run.view.id)]
    before = _had_before(facts, start) if run is None else ()
    had = list(dict.fromkeys([*sent, *before]))
    by = "" if run is None else f" by that run of “{run.view.journey}”"
    if email in had:
        return ""
    if not had:
        return f"by then {name} had been sent no email{by}"
    shown = ", ".join(f"“{one}”" for one in had[:_SHOWN])
    more = f" and {len(had) - _SHOWN} more" if len(had) > _SHOWN else ""
    return f"by then {name} had not been sent the email “{email}”{by}, only {shown}{more}"


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
        handoffs.rejected(waiting, event.properties, definitions, 'written: because "…"')
    except handoffs.RejectionRefused as refused:
        return str(refused).rstrip(".")
    return ""
