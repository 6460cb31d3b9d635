"""The virtual clock: a heap of what comes next, driving the same machine as the Temporal workflow does."""

from __future__ import annotations

import gc
import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from dsl.plan import Plan, Start
from runtime import admitting, dispatch, handoffs, intake, routing, scoring, turn
from runtime.facts import Happened
from runtime.machine import Done
from runtime.people import RecordedEvent
from runtime.scoring import Role, Standing
from runtime.simulator import by_hand
from runtime.simulator.by_hand import ByHand
from runtime.simulator.provider import Provider
from runtime.simulator.world import RunRecord, World
from runtime.suppression import ERASED
from runtime.turn import Around, Outer, Turn
from runtime.writes import Write

OUTER = frozenset({"send", "notify", "sync", "message", "webhook", "audience", "task"})

# Within one second what has happened comes before what is due (semantics row 2).
_EVENT, _ROUND, _WAKE = 0, 1, 2

Reaction = Callable[[RunRecord, Outer], Iterable[RecordedEvent]]
Deed = Callable[[World, int], None]
"""Something that changes the world at an instant, and that no event tells."""


@dataclass(frozen=True, slots=True)
class _Round:
    """Everyone in a segment is let in."""

    plan: Plan
    start: Start


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let the garbage collector look seldom: nearly all that a simulation makes, it keeps."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass(slots=True)
class Simulator:
    """Virtual time over a world. `react`: what contacts do when an email reaches them.

    `heed`: what is made of an event as its time comes; None: it is left aside.
    """

    world: World
    provider: Provider = field(default_factory=Provider)
    react: Reaction | None = None
    heed: Callable[[RecordedEvent], RecordedEvent | None] | None = None
    now: int = 0
    _heap: list[tuple[int, int, int, object]] = field(default_factory=list)
    _serial: int = 0

    def schedule(self, events: Iterable[RecordedEvent]) -> None:
        """Let these events happen at their times."""
        for event in events:
            self._push(event.at, _EVENT, event)

    def admit(self, since: int) -> None:
        """Let everyone in whom journeys start with, from the moment on at which these are published."""
        for plan in self.world.published.active.values():
            for _, start, everyone in admitting.ways(plan):
                self._push_round(plan, start, since if everyone.clock is None else None, since)

    def intervene(self, at: int, what: ByHand) -> None:
        """Let a person pause, resume or stop at a moment."""
        self._push(at, _EVENT, what)

    def let(self, at: int, deed: Deed) -> None:
        """Let something be done to the world at a moment."""
        self._push(at, _EVENT, deed)

    def enter(self, journey: str, contact: str, at: int) -> None:
        """Start a journey for a contact by hand."""
        self.now = max(self.now, at)
        facts = self.world.facts[contact]
        self.world.apply(contact, intake.start_journey(journey, facts, self.world.published, at))
        self._wake_all()

    def run(self, until: int) -> None:
        """Let virtual time pass to `until` (epoch seconds), inclusive."""
        with _seldom_collected():
            self._run(until)

    def _run(self, until: int) -> None:
        heap = self._heap
        while heap and heap[0][0] <= until:
            at, class_, _serial, what = heapq.heappop(heap)
            self.now = at
            if isinstance(what, RecordedEvent):
                heeded = what if self.heed is None else self.heed(what)
                if heeded is not None:
                    self._happen(heeded)
            elif isinstance(what, RunRecord):
                self._wake(what)
            elif isinstance(what, ByHand):
                by_hand.intervene(self.world, what, at)
            elif isinstance(what, str):
                self.world.sales.look(what, at)
            elif isinstance(what, _Round):
                self.world.admit(what.plan, what.start, at)
                self._push_round(what.plan, what.start, None, at)
            elif callable(what):
                what(self.world, at)
            if class_ < _WAKE and heap and heap[0][:2] < (at, _WAKE):
                continue  # all that happens in a second is on record before anyone reacts
            self._wake_all()
        self.now = max(self.now, until)

    def _push_round(self, plan: Plan, start: Start, at: int | None, after: int) -> None:
        assert start.everyone is not None
        if at is None:
            at = admitting.next_round(start.everyone, after, self.world.published.definitions)
        if at is not None:
            self._push(at, _ROUND, _Round(plan, start))

    def _push(self, at: int, class_: int, what: object) -> None:
        self._serial += 1
        heapq.heappush(self._heap, (at, class_, self._serial, what))

    def _happen(self, event: RecordedEvent) -> None:
        world = self.world
        whom = (
            [world.who(event.contact)]
            if event.contact
            else sorted(world.members.get(event.account or "", []))
        )
        before: dict[str, Standing] = {}
        for contact in whom:
            if contact in world.facts:
                account: Role = "follows" if before else "speaks"
                before[contact] = scoring.standing(world.facts[contact], event.at, account)
        occurred = event.at if event.occurred is None else event.occurred
        # One about the account is the same event for each of its contacts.
        happened = Happened(event.name, event.at, occurred, event.properties, event.machine)
        for contact in whom:
            facts = world.facts.get(contact or "")
            if facts is not None and contact is not None and self._allowed(event, contact):
                others: dict[str, Standing] = {}
                if event.contact is not None and routing.counts_for_others(happened, facts, world.published):
                    for other in world.others(contact):
                        others[other] = scoring.standing(world.facts[other], event.at, "follows")
                elsewhere = () if event.contact else routing.heard_elsewhere(facts, whom, world.published)
                writes = intake.take_in(happened, facts, world.published, before[contact], elsewhere)
                world.apply(contact, writes, spread=event.contact is not None, event=happened)
                news = intake.is_news(happened, world.published.definitions)
                if event.contact is not None and news:
                    world.tell_others(contact, {intake.in_account(happened)}, event.at)
                for other, stood in others.items():
                    world.settle(other, stood, event.at)

    def _allowed(self, event: RecordedEvent, contact: str) -> bool:
        """Turn away what is about an erased contact, and a rejection for a reason that no handoff knows."""
        if self.world.facts[contact].suppressed == ERASED:
            return False
        if event.name == handoffs.REJECTED:
            waiting = self.world.sales.waiting(contact)
            try:
                handoffs.rejected(waiting, event.properties, self.world.published.definitions)
            except handoffs.RejectionRefused as refused:
                self.world.turned_away.append((event.id, str(refused)))
                return False
        return True

    def _wake_all(self) -> None:
        woken = self.world.woken
        while woken:
            self._wake(self.world.runs[self._next(woken)])
        for at, handoff in self.world.sales.moments:
            self._push(at, _WAKE, handoff)
        self.world.sales.moments.clear()

    def _next(self, woken: list[str]) -> str:
        """Take the run that goes on next. Nothing says which of them it is: here, whoever was told first."""
        return woken.pop(0)

    def _wake(self, record: RunRecord) -> None:
        """Let a run take its turn, deliver what it sends, and note when it wants to be woken."""
        if record.state.ended is not None:
            return
        before = record.state.due()
        self._turn(record)
        if record.inbox:
            record.inbox = [row for row in record.inbox if row.n >= record.state.inbox]
        due = record.state.due()
        if due is not None and due != before:
            self._push(due, _WAKE, record)

    def _turn(self, record: RunRecord) -> None:
        plan = self.world.published.plan(record.view.plan)
        around = self._around(record)
        around.deliver = partial(self._deliver, record)
        self._keep(record, turn.take(plan, record.view, record.state, around, keep=False))

    def _around(self, record: RunRecord) -> Around:
        stopped = False
        if self.world.switches:
            by_hand.heal(self.world, record, self.now)
            stopped = by_hand.concerns(self.world, "sends", record)
        facts, published = self.world.facts[record.contact], self.world.published
        return Around(self.now, facts, published, record.inbox, OUTER, record.told, stopped)

    def _keep(self, record: RunRecord, taken: Turn) -> None:
        record.state = taken.state
        record.rows += taken.rows
        for s in taken.settled:
            self.world.settled(record, s.step_id, s.visit, s.effect, s.outcome, s.reason, s.at)
        if taken.writes:
            self.world.apply(record.contact, taken.writes)
        if record.state.ended is not None:
            self.world.drop_held(record, record.state.at)

    def _deliver(self, record: RunRecord, outer: Outer, written: list[Write]) -> Done:
        if written:
            self.world.apply(record.contact, written)
        facts = self.world.facts[record.contact]
        kind, reason, wait = self.provider.deliver(outer.effect, facts, record.view, outer.at)
        until = None
        if kind == "retry":
            plan = self.world.published.plan(record.view.plan)
            fallback = self.world.published.definitions.time_zone
            verdict = dispatch.after_trouble(
                plan, outer.effect, facts, outer.at, outer.attempt, reason, fallback, wait
            )
            if isinstance(verdict, dispatch.Hold):
                kind, until = "held", verdict.until
            else:
                kind, reason = "failed", verdict.reason
        self.world.settled(record, outer.step_id, outer.visit, outer.effect, kind, reason, outer.at)
        if kind == "sent" and self.react is not None:
            self.schedule(self.react(record, outer))
        return Done(kind, reason, until)
