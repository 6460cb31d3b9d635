"""Departures: contacts that are no more in a simulation, as `runtime.store` has it (`erasing`, `merging`)."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from runtime import intake, merging, routing, scoring
from runtime.erasing import blank
from runtime.machine import ERASED, MERGED, STOPPED
from runtime.scoring import Role, Standing
from runtime.simulator.world import World
from runtime.writes import InboxPut, Write


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


def merge(world: World, from_: str, into: str, now: int) -> None:
    """Let one contact be both; see `runtime.merging`."""
    before, gone, facts = copy(world.facts[into]), world.facts[from_], world.facts[into]
    others = {**_others(world, into, now), **_others(world, from_, now)}
    others = {other: stood for other, stood in others.items() if other not in (from_, into)}
    ended = merging.superseded(facts.runs, gone.runs, world.published)
    theirs = {id_ for id_, record in world.runs.items() if record.contact == from_}
    merging.join(facts, gone)
    facts.override = merging.stricter(before.override, gone.override, now)
    _move(world, from_, into)
    world.sales.merge(from_, into, now)
    for run in sorted(ended):
        world.runs[run].by_hand = "stopped"
        world.apply(into, [InboxPut(run, now, (MERGED, STOPPED))])
    points = merging.points(facts, (before, gone), world.published.definitions)
    writes: list[Write] = [*merging.corrected(facts, points, now)]
    stood = scoring.standing(before, now, "silent")
    writes += intake.take_in_change(writes, stood, before.stage, facts, world.published, now)
    heard: dict[str, set[int]] = {}
    for was in (before, gone):
        keys = merging.changes(was, facts) | intake.score_key(writes)
        for run, interests in routing.changed(keys, facts, world.published):
            if (run in theirs) == (was is gone):
                heard.setdefault(run, set()).update(interests)
    writes += [InboxPut(run, now, tuple(sorted(interests))) for run, interests in heard.items()]
    world.apply(into, writes, spread=False)
    for other, was_standing in sorted(others.items()):
        world.settle(other, was_standing, now)


def _move(world: World, from_: str, into: str) -> None:
    """Let what was the one's be the other's."""
    gone = world.facts.pop(from_)
    if gone.account_id is not None:
        members = world.members[gone.account_id]
        members.remove(from_)
        gone.peers.remove(gone)
        if world.facts[into].account_id == gone.account_id and into not in members:
            members.append(into)
            gone.peers.append(world.facts[into])
    world.aliases[from_] = into
    for record in world.runs.values():
        if record.contact == from_:
            record.contact = into
    for facts in world.facts.values():
        for run in facts.runs:
            if run.contact == from_:
                run.contact = into
    for entry in world.ledger.values():
        if entry.contact == from_:
            entry.contact = into
    world.switches |= {
        (what, scope, into) for what, scope, name in world.switches if (scope, name) == ("contact", from_)
    }


def _others(world: World, contact: str, now: int) -> dict[str, Standing]:
    """Note how the other contacts of the account stand, where anything may follow from a change."""
    if not world.published.definitions.fit and not routing.watched_segments(world.published):
        return {}
    found: dict[str, Standing] = {}
    for other in world.others(contact):
        role: Role = "follows" if found else "speaks"
        found[other] = scoring.standing(world.facts[other], now, role)
    return found
