"""By hand: what a person pauses, resumes and stops in a simulation, as `runtime.store.switches` has it."""

from __future__ import annotations

from dataclasses import dataclass

from runtime import intake, routing, scoring
from runtime.dispatch import MARKETING
from runtime.facts import Facts, Override
from runtime.machine import LOOK, PAUSED, RESUMED, STOPPED
from runtime.simulator import departures
from runtime.simulator.world import RunRecord, World
from runtime.suppression import BY_HAND, ERASED, LET_THROUGH, beyond
from runtime.turn import STOPPED_SENDS
from runtime.writes import InboxPut


@dataclass(frozen=True, slots=True)
class ByHand:
    """One act: pause, resume, stop, stop sends or resume sends. `scope`: all, journey, contact or run.

    Or, of a contact: erase, merge (`into` another one), suppress, lift, let through, let through no more
    (`until` an instant).
    """

    what: str
    scope: str = "all"
    name: str = ""
    into: str = ""
    until: int | None = None


def concerns(world: World, what: str, record: RunRecord) -> bool:
    """Whether a switch is set for a run."""
    return any(found == what and _means(scope, name, record) for found, scope, name in world.switches)


def heal(world: World, record: RunRecord, now: int) -> None:
    """Pause a run that entered while it should not go on."""
    if record.by_hand is None and concerns(world, "pause", record):
        _tell(world, record, PAUSED, now if record.state.started else record.view.entered)
        record.by_hand = "paused"


def intervene(world: World, act: ByHand, now: int) -> None:
    """Do one act."""
    if act.what in _DECISIONS:
        _decide(world, act, now)
        return
    if act.what == "erase":
        departures.erase(world, act.name, now)
        return
    if act.what == "merge":
        departures.merge(world, act.name, act.into, now)
        pause_together(world, act.into, now)
        return
    switch = ("sends" if act.what.endswith("sends") else "pause", act.scope, act.name)
    if act.what in ("pause", "stop sends"):
        world.switches.add(switch)
    elif act.what != "stop":
        world.switches.discard(switch)
    for _id, record in sorted(world.runs.items()):
        if record.state.ended is None and _means(act.scope, act.name, record):
            _let_know(world, act.what, record, now)


_DECISIONS = {
    "suppress": BY_HAND,
    "let through": LET_THROUGH,
    "lift": None,
    "let through no more": None,
}


def _decide(world: World, act: ByHand, now: int) -> None:
    """Let a person decide about the suppression of a contact, as `runtime.store.overriding` has it."""
    facts, what = world.facts[world.who(act.name)], _DECISIONS[act.what]
    if facts.suppressed == ERASED or not _can(act.what, facts):
        return
    before = scoring.standing(facts, now)
    facts.override = None if what is None else Override(what, act.until)
    writes = intake.take_in_change([], before, facts.stage, facts, world.published, now)
    told = routing.changed({"suppression"} | intake.score_key(writes), facts, world.published)
    puts = [InboxPut(run, now, interests) for run, interests in told]
    world.apply(facts.contact_id, [*writes, *puts], spread=False)


def _can(what: str, facts: Facts) -> bool:
    """Whether there is something to take back, or nothing that only the contact can take back."""
    if what == "let through":
        return not beyond(facts.suppressed, MARKETING in facts.consents)
    lifted = {"lift": BY_HAND, "let through no more": LET_THROUGH}.get(what)
    return lifted is None or (facts.override is not None and facts.override.what == lifted)


def pause_together(world: World, contact: str, now: int) -> None:
    """Let runs that came together stand still, if a person paused either contact."""
    if ("pause", "contact", contact) in world.switches:
        for _id, record in sorted(world.runs.items()):
            if record.contact == contact and record.state.ended is None:
                _let_know(world, "pause", record, now)


def _let_know(world: World, what: str, record: RunRecord, now: int) -> None:
    if what == "pause" and record.by_hand is None:
        _tell(world, record, PAUSED, now)
        record.by_hand = "paused"
    elif what == "resume" and record.by_hand == "paused" and not concerns(world, "pause", record):
        _tell(world, record, RESUMED, now)
        record.by_hand = None
    elif what == "stop" and record.by_hand != "stopped":
        _tell(world, record, STOPPED, now)
        record.by_hand = "stopped"
    elif what == "resume sends" and _holds(world, record) and not concerns(world, "sends", record):
        _tell(world, record, LOOK, now)


def _tell(world: World, record: RunRecord, interest: int, at: int) -> None:
    world.apply(record.contact, [InboxPut(record.view.id, at, (interest,))])


def _holds(world: World, record: RunRecord) -> bool:
    return any(world.ledger[key].reason == STOPPED_SENDS for key in record.held)


def _means(scope: str, name: str, record: RunRecord) -> bool:
    whose = {"journey": record.view.journey, "contact": record.contact, "run": record.view.id}
    return scope == "all" or whose[scope] == name
