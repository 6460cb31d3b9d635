"""Moments: when a contact who enters at a given instant would come to each step of a plan.

The answer is a stretch from the earliest to the latest instant, for nobody knows what contacts will do. It is
pure: the instant of entry and the time zone are arguments. Steps whose moment depends on a contact's
own dates have no answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dsl import civil, openings
from dsl.plan import AnyStep, Plan
from dsl.weave import Way, ways
from dsl.wording import Words

_NO_WORDS = Words()


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


@dataclass(frozen=True, slots=True)
class Moments:
    """When each step is reached (`at`), and when it is over: sent, or waited (`done`)."""

    at: dict[int, Stretch]
    done: dict[int, Stretch]
    blocks: dict[tuple[int, int], Stretch]  # (schedule's step, block) -> when it is due


@dataclass(slots=True)
class _Clock:
    """Answers instants for somebody who entered at `entered` and lives in `zone`."""

    plan: Plan
    entered: int
    zone: ZoneInfo

    def due(self, number: int, asked: int) -> int | None:
        """Answer an instant of the plan, asked at a moment; None if only a contact can tell."""
        question = self.plan.instants[number]
        answer = _ANSWERS.get(question.kind)
        found = answer(self, question, asked) if answer else None
        if found is None:
            return None
        return self.folded(found) if question.fold else found

    def folded(self, at: int) -> int:
        """Return the first moment inside the sending hours."""
        hours = self.plan.sending_hours
        if hours is None:
            return at
        zone = self.zone if hours.zone == "contact" else civil.zone(hours.zone, "UTC")
        return openings.next_open(at, hours, zone)

    def stretch(self, number: int, asked: Stretch) -> Stretch | None:
        """Answer an instant asked somewhen in a stretch."""
        early = self.due(number, asked.early)
        late = None if asked.late is None else self.due(number, asked.late)
        return None if early is None else Stretch(early, late)


_ANSWERS: dict[str, Callable[[_Clock, Any, int], int | None]] = {
    "after": lambda c, i, at: civil.add(at, i.amount, i.unit, c.zone),
    "day": lambda c, i, _: civil.day_of_run(c.entered, i.day, i.clock, c.zone),
    "hour": lambda c, i, _: civil.add(c.entered, i.hour, "hour", c.zone),
    "business": lambda c, i, at: openings.add_business(
        at, i.amount, i.unit, i.hours, civil.zone(i.hours.zone, "UTC")
    ),
    "on": lambda c, i, _: civil.date_field(i.date, i.clock, 0, "day", c.zone),
    "clock": lambda c, i, at: civil.at_clock(at, i.clock, c.zone, i.weekday),
}


def moments(plan: Plan, entered: int, zone: ZoneInfo) -> Moments:
    """Work out when somebody who enters at `entered` comes where.

    Steps lead to steps of a higher number, but for rounds of a loop, which are not followed again; so one
    pass in the order of numbers is enough.
    """
    clock = _Clock(plan, entered, zone)
    found = Moments({}, {}, {})
    if plan.entry is not None:
        found.at[plan.entry] = Stretch(entered, entered)
    for number in range(len(plan.steps)):
        if number in found.at:
            _pass_on(clock, number, found)
    return found


def _pass_on(clock: _Clock, number: int, found: Moments) -> None:
    step, at = clock.plan.steps[number], found.at[number]
    done = _done(clock, step, at)
    if done is None:
        return
    found.done[number] = done
    out = ways(clock.plan, step, _NO_WORDS)
    for n, way in enumerate(out):
        reached = _along(clock, step, way, at, done)
        if reached and isinstance(getattr(way.part, "at", None), int):
            found.blocks[number, n] = reached
        _reach(found, number, way.to, reached)
    if any(way.kind == "body" for way in out):
        _reach(found, number, step.next, Stretch(at.early, None))
    elif not any(way.to == step.next for way in out):
        # Ways lead back to `next` by themselves; a step without any, or whose ways all end, leads there.
        _reach(found, number, step.next if not out else None, done)


def _reach(found: Moments, number: int, to: int | None, at: Stretch | None) -> None:
    if to is not None and to > number and at is not None:
        found.at[to] = at.joined(found.at.get(to))


def _done(clock: _Clock, step: AnyStep, at: Stretch) -> Stretch | None:
    until = getattr(step, "until", None)
    if isinstance(until, int):
        return clock.stretch(until, at)
    effect = getattr(step, "effect", None)
    if getattr(effect, "ignore_hours", None) is False:
        late = None if at.late is None else clock.folded(at.late)
        return Stretch(clock.folded(at.early), late)
    return at


def _along(clock: _Clock, step: AnyStep, way: Way, at: Stretch, done: Stretch) -> Stretch | None:
    """When the first step on a way is reached."""
    due = getattr(way.part, "at", None)
    if isinstance(due, int):
        found = clock.stretch(due, at)
        # A block that is past when its turn comes runs at once.
        return found and Stretch(max(found.early, at.early), found.late and max(found.late, at.early))
    if isinstance(getattr(way.part, "interest", None), int):
        return Stretch(at.early, done.late)
    return done


__all__ = ["Moments", "Stretch", "moments"]
