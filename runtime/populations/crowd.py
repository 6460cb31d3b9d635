"""A crowd: contacts go through journeys batch by batch, on all cores, and only figures are kept.

A batch is a world of its own with whole companies in it. What a batch comes to follows from the seed and its
number alone, so it makes no difference how many processes share the work.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from dsl.plan import Definitions
from dsl.settings import Settings
from runtime.people import Account, RecordedEvent
from runtime.populations.behaviour import Behaviour
from runtime.populations.figures import Figures, count
from runtime.populations.inventing import Invented, Inventor, standing
from runtime.populations.reacting import Reactions
from runtime.published import Published
from runtime.simulator import Provider, Simulator, World
from runtime.simulator.provider import Preview
from runtime.simulator.sales import Sales
from runtime.writes import HandoffOpened, RunEntered

BATCH = 400
"""Contacts of one world, about."""

MOST = 10_000_000
"""The most contacts of a simulation."""

_PAYS = 1_000  # contacts for which another process is begun
DAY = 86_400


class CrowdLost(Exception):
    """A process that simulated a part was lost. The message says what to do."""


class Source(Protocol):
    """Where contacts come from: `runtime.populations.inventing`, or a record."""

    def account(self, number: int) -> Account: ...

    def contact(self, number: int, account: Account) -> Invented: ...

    def events(self, number: int, invented: Invented, until: int) -> Iterator[RecordedEvent]: ...


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who goes through what. `links`: of the emails; `source`: who they are; `days`: how long."""

    published: Published
    settings: Settings | None
    preview: Preview | None
    behaviour: Behaviour
    inventor: Inventor
    links: Mapping[str, tuple[str, ...]]
    seed: int
    start: int
    days: int
    contacts: int
    source: Source | None = None

    @property
    def until(self) -> int:
        return self.start + self.days * DAY

    @property
    def definitions(self) -> Definitions:
        return self.published.definitions

    def batches(self) -> list[range]:
        """Cut the contacts into batches of whole companies."""
        size = -(-BATCH // self.inventor.per_account) * self.inventor.per_account
        return [range(n, min(n + size, self.contacts)) for n in range(0, self.contacts, size)]


@dataclass(slots=True)
class Played:
    """A batch that has gone through. `arrivals`: when each contact came."""

    world: World
    arrivals: dict[str, int] = field(default_factory=dict)
    unfit: int = 0


def play(crowd: Crowd, numbers: Sequence[int], world: World | None = None) -> Played:
    """Let contacts with these numbers go through the journeys. `world`: one that keeps more, if wanted."""
    made = world or World(crowd.published, sales=Sales.of(crowd.settings))
    reactions = Reactions(crowd.published, crowd.behaviour, crowd.inventor, crowd.links, crowd.seed, made)
    simulator = Simulator(made, Provider(preview=crowd.preview), now=crowd.start)
    react(simulator, reactions)
    played = Played(made)
    by_hand = []
    for number, invented in _people(crowd, numbers, made):
        contact = invented.contact
        standing(invented.draft, contact, made.facts[contact.id])
        reactions.keen[contact.id] = invented.keen
        played.arrivals[contact.id] = invented.arrives
        played.unfit += not invented.fits
        simulator.schedule(_events(crowd, number, invented, reactions))
        if invented.by_hand:
            by_hand.append((invented.arrives, contact.id, invented.journey))
    simulator.admit(crowd.start)
    for at, contact_id, journey in sorted(by_hand):
        simulator.run(min(at, crowd.until))
        simulator.enter(journey, contact_id, at)
    simulator.run(crowd.until)
    return played


def react(simulator: Simulator, reactions: Reactions) -> None:
    """Let follow what contacts and sales do from what happens to them."""

    def follow(contact: str, write: RunEntered | HandoffOpened) -> None:
        if isinstance(write, RunEntered):
            simulator.schedule(reactions.entered(write, contact))
        else:
            simulator.schedule(reactions.handed_off(write, contact))

    simulator.react, simulator.world.follow = reactions, follow


def _people(crowd: Crowd, numbers: Sequence[int], world: World) -> list[tuple[int, Invented]]:
    source: Inventor | Source = crowd.source or crowd.inventor
    accounts: dict[int, Account] = {}
    people = []
    for number in numbers:
        company = number // crowd.inventor.per_account
        if company not in accounts:
            accounts[company] = source.account(company)
        people.append((number, source.contact(number, accounts[company])))
    world.populate([one.contact for _, one in people], accounts.values())
    return people


def _events(crowd: Crowd, number: int, invented: Invented, reactions: Reactions) -> Iterator[RecordedEvent]:
    if invented.entry is not None:
        yield invented.entry
    if crowd.source is not None:
        yield from crowd.source.events(number, invented, crowd.until)
    yield from reactions.habits(invented.contact.id, invented.arrives, crowd.until)


def figures(crowd: Crowd, numbers: Sequence[int]) -> Figures:
    """Play a batch, and count what it has come to."""
    found = _counted(crowd, numbers)
    gc.collect()  # a world is full of circles: without it, some of them wait for long
    return found


def _counted(crowd: Crowd, numbers: Sequence[int]) -> Figures:
    played = play(crowd, numbers)
    found = count(played.world, played.arrivals, crowd.start, crowd.until)
    found.unfit = played.unfit
    return found


def simulate(
    crowd: Crowd, told: Callable[[int], None] = lambda _done: None, workers: int | None = None
) -> Figures:
    """Play all batches. `told`: hears how many contacts are done. `workers`: processes; None: as pays.

    Raises `CrowdLost`.
    """
    batches = crowd.batches()
    processes = _workers(crowd.contacts) if workers is None else workers
    total, done = Figures(), 0
    parts = _beside(crowd, batches, processes) if processes > 1 else _alone(crowd, batches)
    for numbers, found in parts:
        total.add(found)
        done += numbers
        told(done)
    return total


def _workers(contacts: int) -> int:
    if not hasattr(os, "fork") or sys.platform == "darwin":
        return 1
    return max(1, min(os.cpu_count() or 1, contacts // _PAYS))


def _alone(crowd: Crowd, batches: Sequence[range]) -> Iterator[tuple[int, Figures]]:
    for batch in batches:
        yield len(batch), figures(crowd, batch)


_ours: list[Crowd] = []


def _begin(crowd: Crowd) -> None:
    # What was made before the fork is looked at by no collection any more.
    gc.collect()
    gc.freeze()
    _ours[:] = [crowd]


def _part(batch: range) -> tuple[int, Figures]:
    return len(batch), figures(_ours[0], batch)


def _beside(crowd: Crowd, batches: Sequence[range], workers: int) -> Iterator[tuple[int, Figures]]:
    """Play batches in several processes; a few wait at a time, so that memory stays flat."""
    context = multiprocessing.get_context("fork")
    left = iter(batches)
    with ProcessPoolExecutor(workers, context, _begin, (crowd,)) as pool:
        try:
            under_way = {pool.submit(_part, batch) for batch in islice(left, 2 * workers)}
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for one in done:
                    yield one.result()
                    under_way |= {pool.submit(_part, batch) for batch in islice(left, 1)}
        except BrokenProcessPool:
            raise CrowdLost(
                "A process of the simulation was ended from outside, perhaps for want of memory. Try it with "
                "fewer contacts at a time, or when the machine has less to do."
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
