"""Moments: when a contact who enters at a given instant would come to each step of a plan.

The answer is a stretch from the earliest to the latest instant, for nobody knows what contacts will do. It is
pure: the instant of entry and the time zone are arguments. Steps whose moment depends on a contact's
own dates have an answer only if those dates are given.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dsl import civil, openings
from dsl.holding import Rules
from dsl.plan import AnyStep, Plan, Policy
from dsl.weave import Way, ways
from dsl.wording import Words

_NO_WORDS = Words()
_DEEPEST = 50  # sections that run sections, each followed to its end


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `early` to `late`; None: nobody can say how late."""

    early: int
    late: int | None

    @property
    def exact(self) -> bool:
        """Whether it is one instant."""
        return self.early == self.late

    def joined(self, other: Stretch | None) -> Stretch:
        """Return the stretch that holds both."""
        if other is None:
            return self
        late = None if self.late is None or other.late is None else max(self.late, other.late)
        return Stretch(min(self.early, other.early), late)

    def moved(self, by: Callable[[int], int]) -> Stretch:
        """Return the stretch with both ends moved."""
        return Stretch(by(self.early), None if self.late is None else by(self.late))


@dataclass(frozen=True, slots=True)
class Due:
    """When a block is due, and when it begins: later, if the one before it is still busy.

    `past`: the moment was past as the blocks were scheduled.
    """

    due: Stretch
    begins: Stretch
    past: bool = False


@dataclass(frozen=True, slots=True)
class Moments:
    """When each step is reached (`at`), and when it is over: sent, or waited (`done`).

    `why`: what holds a message. `never`: messages that do not go, for there is no room or no opening.
    """

    at: dict[int, Stretch]
    done: dict[int, Stretch]
    blocks: dict[tuple[int, int], Due]  # (schedule's step, block)
    why: dict[int, tuple[str, ...]] = field(default_factory=dict)
    never: set[int] = field(default_factory=set)


class _Past(NamedTuple):
    """What has been sent on the way to a step for certain. `last`: the last message of any kind."""

    sent: tuple[int, ...] = ()
    last: int | None = None


@dataclass(slots=True)
class _Clock:
    """Answers instants for somebody who entered at `entered` and lives in `zone`."""

    plan: Plan
    entered: int
    zone: ZoneInfo
    rules: Rules
    dates: Mapping[str, str]
    past: dict[int, _Past] = field(default_factory=dict)
    depth: int = 0

    def due(self, number: int, asked: int) -> int | None:
        """Answer an instant of the plan, asked at a moment; None if only a contact can tell."""
        question = self.plan.instants[number]
        answer = _ANSWERS.get(question.kind)
        found = answer(self, question, asked) if answer else None
        if found is None:
            return None
        return self.rules.opens(found) if question.fold else found

    def stretch(self, number: int, asked: Stretch) -> Stretch | None:
        """Answer an instant asked somewhen in a stretch."""
        early = self.due(number, asked.early)
        late = None if asked.late is None else self.due(number, asked.late)
        return None if early is None else Stretch(early, late)

    def date(self, i: Any) -> int | None:
        """Answer a moment on a date that a field holds, if that is given."""
        value = self.dates.get(f"{i.ref.of}.{i.ref.field}")
        return None if value is None else civil.date_field(value, i.clock, i.amount, i.unit, self.zone)


def _clocked(clock: _Clock, i: Any, at: int) -> int | None:
    """Return that time of the day instead, if one is written."""
    time = getattr(i, "clock", None)
    return at if time is None else civil.date_field(at, time, 0, "day", clock.zone)


def _on(clock: _Clock, i: Any, at: int) -> int | None:
    """Return when a day of the calendar begins; one without a year: the next."""
    yearly = getattr(civil, "next_yearly", None) if len(i.date) == len("12-24") else None
    if yearly is not None:
        return int(yearly(at, i.date, i.clock, clock.zone))
    return civil.date_field(i.date, i.clock, 0, "day", clock.zone)


_ANSWERS: dict[str, Callable[[_Clock, Any, int], int | None]] = {
    "after": lambda c, i, at: _clocked(c, i, civil.add(at, i.amount, i.unit, c.zone)),
    "day": lambda c, i, _: civil.day_of_run(c.entered, i.day, i.clock, c.zone),
    "hour": lambda c, i, _: civil.add(c.entered, i.hour, "hour", c.zone),
    "business": lambda c, i, at: _clocked(
        c, i, openings.add_business(at, i.amount, i.unit, i.hours, civil.zone(i.hours.zone, "UTC"))
    ),
    "date": lambda c, i, _: c.date(i),
    "on": lambda c, i, at: _on(c, i, at),
    "clock": lambda c, i, at: civil.at_clock(at, i.clock, c.zone, i.weekday),
}


def moments(
    plan: Plan,
    entered: int,
    zone: ZoneInfo,
    policies: Sequence[Policy] = (),
    dates: Mapping[str, str] | None = None,
) -> Moments:
    """Work out when somebody who enters at `entered` comes where. `dates`: `contact.renewal` -> ISO date.

    Steps lead to steps of a higher number, but for rounds of a loop, which are not followed again; so one
    pass in the order of numbers is enough, and one more for each timed block.
    """
    clock = _Clock(plan, entered, zone, Rules(plan, policies, zone), dates or {})
    found = Moments({}, {}, {})
    _pass(clock, found, plan.entry, Stretch(entered, entered), _Past())
    return found


@dataclass(slots=True)
class _Pass:
    """The steps reached and not yet left, and when the body is over.

    `rounds`: steps in bodies of steps. `unknown`: only a contact can tell when a step is over.
    """

    waiting: list[int] = field(default_factory=list)
    queued: set[int] = field(default_factory=set)
    unknown: bool = False
    rounds: set[int] = field(default_factory=set)
    end: Stretch | None = None
    past: _Past | None = None


def _pass(
    clock: _Clock, found: Moments, first: int | None, at: Stretch, past: _Past
) -> tuple[Stretch | None, _Past]:
    """Go through a body; return when it is over (None: it ends the run) and what was sent by then."""
    if first is None:
        return at, past
    here = _Pass()
    _reach(clock, found, here, (-1, first), at, past)
    while here.waiting:
        number = heapq.heappop(here.waiting)
        here.queued.discard(number)
        _pass_on(clock, found, here, number)
    if here.unknown:
        early = at.early if here.end is None else here.end.early
        return Stretch(early, None), here.past or past
    return here.end, here.past or past


def _pass_on(clock: _Clock, found: Moments, here: _Pass, number: int) -> None:
    step, at, past = clock.plan.steps[number], found.at[number], clock.past[number]
    if step.op == "schedule":
        end, past = _blocks(clock, found, number, past)
        if end is not None:
            _reach(clock, found, here, (number, step.next), end, past)
        return
    if step.op == "call" and step.body not in found.at and clock.depth < _DEEPEST:
        clock.depth += 1
        end, past = _pass(clock, found, step.body, at, past)
        clock.depth -= 1
        if end is not None:
            _reach(clock, found, here, (number, step.next), end, past)
        return
    done = _done(clock, found, number, past)
    if done is None:
        here.unknown = True
        return
    found.done[number] = done
    past = _sent(step, done, past, never=number in found.never)
    out = ways(clock.plan, step, _NO_WORDS)
    for way in out:
        if way.kind == "body" and way.to is not None:
            here.rounds.add(way.to)
        reached = _along(way, at, done)
        if step.op == "loop":
            reached = Stretch(reached.early, None)  # later rounds are later
        _reach(clock, found, here, (number, way.to), reached, past)
    if any(way.kind == "body" for way in out):
        _reach(clock, found, here, (number, step.next), Stretch(at.early, None), past)
    elif not out and step.op not in ("end", "leave"):
        # Ways lead back to `next` by themselves; a step without any leads there.
        _reach(clock, found, here, (number, step.next), done, past)


def _reach(
    clock: _Clock, found: Moments, here: _Pass, edge: tuple[int, int | None], at: Stretch, past: _Past
) -> None:
    tail, to = edge
    if to is None:
        if tail not in here.rounds:
            here.end = at.joined(here.end)
            here.past = past if here.past is None else _common(here.past, past)
        return
    if to <= tail:
        return
    if tail in here.rounds:
        here.rounds.add(to)
    if to in here.queued:
        found.at[to] = at.joined(found.at.get(to))
        clock.past[to] = _common(clock.past[to], past)
        return
    found.at[to] = at.joined(found.at.get(to))
    clock.past[to] = past
    here.queued.add(to)
    heapq.heappush(here.waiting, to)


def _common(one: _Past, other: _Past) -> _Past:
    """What was sent on both ways."""
    sent = tuple(at for at in one.sent if at in other.sent)
    known = [last for last in (one.last, other.last) if last is not None]
    return _Past(sent, max(known, default=None))


def _sent(step: AnyStep, done: Stretch, past: _Past, *, never: bool) -> _Past:
    effect = getattr(step, "effect", None)
    if never or not hasattr(effect, "ignore_hours"):
        return past
    counts = done.exact and getattr(effect, "kind", "") == "send" and not getattr(effect, "service", False)
    return _Past((*past.sent, done.early) if counts else past.sent, done.early)


def _done(clock: _Clock, found: Moments, number: int, past: _Past) -> Stretch | None:
    step, at = clock.plan.steps[number], found.at[number]
    until = getattr(step, "until", None)
    if isinstance(until, int):
        end = clock.stretch(until, at)
        # What is past already does not hold anybody.
        return end and Stretch(
            max(end.early, at.early), None if end.late is None else max(end.late, at.late or at.early)
        )
    effect = getattr(step, "effect", None)
    if not hasattr(effect, "ignore_hours"):
        return at
    held = clock.rules.goes(effect, at.early, past.sent if at.exact else ())
    if held.why:
        found.why[number] = held.why
    if held.at is None:
        found.never.add(number)
        return at
    last = None if at.late is None else held.at if at.exact else clock.rules.goes(effect, at.late).at
    return Stretch(held.at, last)


def _along(way: Way, at: Stretch, done: Stretch) -> Stretch:
    """When the first step on a way is reached."""
    if isinstance(getattr(way.part, "interest", None), int):
        return Stretch(at.early, done.late)
    return done


def _blocks(clock: _Clock, found: Moments, number: int, past: _Past) -> tuple[Stretch | None, _Past]:
    """Go through the blocks of a schedule, one at a time in the order of their moments."""
    step: Any = clock.plan.steps[number]
    free = found.at[number]
    due = [(clock.stretch(block.at, free), n) for n, block in enumerate(step.blocks)]
    known = sorted(((when.early, n, when) for when, n in due if when is not None), key=lambda d: d[:2])
    over: Stretch | None = free if known or not step.blocks else None
    for _, n, when in known:
        block = step.blocks[n]
        past_due = block.dated and when.early < found.at[number].early
        if past_due and block.late != "at once":
            found.blocks[number, n] = Due(when, when, past=True)
            if block.late == "exit":
                return None, past
            continue
        begins = _begins(when, free, past.last, block.gap)
        found.blocks[number, n] = Due(when, begins, past=past_due)
        end, past = _pass(clock, found, block.body, begins, past)
        if end is None:
            return None, past  # the run ends there, on every way
        over = free = end
    return over, past


def _begins(due: Stretch, free: Stretch, last: int | None, gap: int) -> Stretch:
    def begin(due: int, free: int) -> int:
        return due if due >= free else max(free, last + gap if last is not None else free)

    late = None if due.late is None or free.late is None else begin(due.late, free.late)
    return Stretch(begin(due.early, free.early), late)


__all__ = ["Due", "Moments", "Stretch", "moments"]
