"""Departures: contacts that are no more in a simulation, as `runtime.store.erasing` has it."""

from __future__ import annotations

from dataclasses import replace

from runtime import routing, scoring
from runtime.erasing import blank
from runtime.machine import ERASED, STOPPED
from runtime.scoring import Role, Standing
from runtime.simulator.world import World
from runtime.writes import InboxPut


def erase(world: World, contact: str, now: int) -> None:
    """Forget a contact: its runs end, and nothing is left of it but its id and what it was sent."""
    facts = world.facts[contact]
    others = _others(world, contact, now)
    for _id, record in sorted(world.runs.items()):
        if record.contact == contact:
            record.view = replace(record.view, trigger={})
            record.told.clear()
            if record.state.ended is None:
                record.by_hand = "stopped"
                world.apply(contact, [InboxPut(record.view.id, now, (ERASED, STOPPED))])
    world.sales.close(contact, "erased", now)
    if facts.account_id is not None:
        world.members[facts.account_id].remove(contact)
        facts.peers.remove(facts)
    blank(facts)
    for other, stood in others.items():
        world.settle(other, stood, now)


def _others(world: World, contact: str, now: int) -> dict[str, Standing]:
    """Note how the other contacts of the account stand, where anything may follow from a change."""
    if not world.published.definitions.fit and not routing.watched_segments(world.published):
        return {}
    found: dict[str, Standing] = {}
    for other in world.others(contact):
        role: Role = "follows" if found else "speaks"
        found[other] = scoring.standing(world.facts[other], now, role)
    return found
