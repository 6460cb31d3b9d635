"""Playing a record through one version of a workspace: who enters, is sent, held, and handed to sales.

A recorded reaction (an open, a click, an answer, what was said in a mail) is fed only if this version has
sent the contact that email before: how anybody would have reacted to what they were not sent is not known.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from dsl import Compiled
from runtime import past
from runtime.backtest.records import Before, Recorded
from runtime.facts import Facts, Happened
from runtime.handoffs import ACCEPTED, REJECTED
from runtime.people import RecordedEvent
from runtime.published import Published
from runtime.simulator import Provider, Simulator, World
from runtime.simulator.provider import Preview
from runtime.simulator.sales import Sales
from runtime.trace import TraceRow

REACTIONS = frozenset({"Email Opened", "Email Clicked", "Email Replied", "Unsubscribed", "Complained"})
"""What people do about one email. That an address does not exist is true whatever was sent to it."""

_ANSWERS = frozenset({ACCEPTED, REJECTED})


@dataclass(frozen=True, slots=True)
class Done:
    """Something that a version did to a contact. `what`: an email, a journey, a handoff, a goal …"""

    what: str
    at: int
    journey: str = ""
    reason: str = ""


@dataclass(slots=True)
class Story:
    """What one version did to one contact, each list in order of time."""

    entered: list[Done] = field(default_factory=list)
    sent: list[Done] = field(default_factory=list)
    held: list[Done] = field(default_factory=list)
    skipped: list[Done] = field(default_factory=list)
    handed_off: list[Done] = field(default_factory=list)
    goals: list[Done] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What one version did. `reactions`: recorded ones by name; `left_aside`: those that were not fed.

    `refused`: entries that were not made, by reason. `open`: runs that go on after the end.
    """

    stories: dict[str, Story]
    reactions: Counter[str]
    left_aside: Counter[str]
    refused: Counter[str]
    open: int


def play(compiled: Compiled, recorded: Recorded, start: int, until: int, preview: Preview | None) -> Outcome:
    """Send a record through a version.

    Args:
        start, until: epoch seconds. What happened before `start` is on record when it begins.
        preview: tells which mail cannot be written for a contact.
    """
    world, heeding = replay(compiled, recorded, start, until, preview)
    return Outcome(
        _stories(world),
        heeding.reactions,
        heeding.left_aside,
        Counter(refused.reason for _, refused in world.refused),
        sum(record.state.ended is None for record in world.runs.values()),
    )


def replay(
    compiled: Compiled, recorded: Recorded, start: int, until: int, preview: Preview | None
) -> tuple[World, Heeding]:
    """Do the same, and return the world that it led to."""
    published = Published.of(compiled.definitions, compiled.plans.values())
    world = World(published, sales=Sales.of(compiled.settings))
    world.populate(recorded.contacts, recorded.accounts)
    for account, open_ones in recorded.opportunities.items():
        for contact in world.members.get(account, ())[:1]:
            world.facts[contact].open_opportunities.update(open_ones)
    for contact, before in recorded.before.items():
        if contact in world.facts:
            _stands(world.facts[contact], before)
    simulator = Simulator(world, Provider(preview=preview), now=start)
    heeding = Heeding(world)
    simulator.heed = heeding
    for event in recorded.events:
        if event.at < start:
            _remember(world, event, start)
    simulator.schedule(event for event in recorded.events if start <= event.at <= until)
    simulator.admit(start)
    simulator.run(until)
    return world, heeding


def _stands(facts: Facts, before: Before) -> None:
    facts.tags |= before.tags
    facts.lists |= before.lists
    facts.suppressed = before.suppressed


def _remember(world: World, event: RecordedEvent, now: int) -> None:
    """Put an event on record that happened before the beginning."""
    happened = Happened(event.name, event.at, event.at, event.properties, event.machine)
    whom = [event.contact] if event.contact else world.members.get(event.account or "", [])
    for contact in whom:
        past.bring(happened, world.facts[contact], world.published, now)


@dataclass(slots=True)
class Heeding:
    """Decides, as an event's time comes, whether it can have happened in this version."""

    world: World
    reactions: Counter[str] = field(default_factory=Counter)
    left_aside: Counter[str] = field(default_factory=Counter)

    def __call__(self, event: RecordedEvent) -> RecordedEvent | None:
        if event.name in REACTIONS and event.contact is not None and event.properties.get("email"):
            self.reactions[event.name] += 1
            return self.reaction(event, event.contact)
        if event.name in _ANSWERS and event.contact is not None:
            self.reactions[event.name] += 1
            if not self.world.sales.waiting(event.contact):
                self.left_aside[event.name] += 1
                return None
        return event

    def reaction(self, event: RecordedEvent, contact: str) -> RecordedEvent | None:
        email = str(event.properties["email"])
        for sent in reversed(self.world.facts[contact].sent):
            if sent.email == email and sent.at <= event.at:
                # The run that it named then is not the one that sent the email here.
                named = {"run": sent.run} if "run" in event.properties else {}
                return replace(event, properties={**event.properties, **named})
        self.left_aside[event.name] += 1
        return None


def _stories(world: World) -> dict[str, Story]:
    stories = {contact: Story() for contact in world.facts}
    for entry in world.ledger.values():
        if entry.kind in ("send", "message") and entry.outcome in ("sent", "in doubt"):
            journey = world.runs[entry.run].view.journey
            stories[entry.contact].sent.append(Done(entry.name, entry.at, journey))
    for id_, record in world.runs.items():
        story, journey = stories[record.contact], record.view.journey
        story.entered.append(Done(journey, record.view.entered, journey))
        for row in record.rows:
            if row.kind == "goal":
                story.goals.append(Done(row.reason, row.at, journey))
            elif row.kind == "handed off":
                story.handed_off.append(Done(row.reason, row.at, journey))
            elif row.kind in ("held", "skipped"):
                _told(story, world, id_, row, journey)
    for story in stories.values():
        for done in (story.entered, story.sent, story.held, story.skipped, story.handed_off, story.goals):
            done.sort(key=lambda one: (one.at, one.what))
    return stories


def _told(story: Story, world: World, run: str, row: TraceRow, journey: str) -> None:
    entry = world.ledger.get((run, row.step, row.visit))
    if entry is not None and entry.kind in ("send", "message"):
        kept = story.held if row.kind == "held" else story.skipped
        kept.append(Done(entry.name, row.at, journey, row.reason))
