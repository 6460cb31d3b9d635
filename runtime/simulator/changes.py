"""Changes: a field of a contact or its account that something outside of all journeys writes."""

from __future__ import annotations

from typing import Any, Literal

from runtime import intake, routing, scoring
from runtime.simulator.world import World
from runtime.suppression import ERASED
from runtime.writes import FieldChanged, InboxPut, Write


def change(
    world: World, contact: str, of: Literal["contact", "account"], field: str, value: Any, now: int
) -> None:
    """Write a field, and tell what follows from it, as an import into the database does. None empties it.

    For a field of the account any one of its contacts stands for it: the others hear of it, too.
    """
    facts = world.facts[world.who(contact)]
    fields = facts.account if of == "account" else facts.contact
    before, stage, was = scoring.standing(facts, now), facts.stage, fields.get(field)
    if was == value or facts.suppressed == ERASED:
        return
    fields[field] = value
    written: list[Write] = [FieldChanged(of, field, value, now, was)]
    told = intake.take_in_change(written, before, stage, facts, world.published, now)
    keys = {f"field:{of}.{field}"} | intake.score_key(told)
    puts = [InboxPut(run, now, interests) for run, interests in routing.changed(keys, facts, world.published)]
    world.apply(facts.contact_id, [*written, *told, *puts])
