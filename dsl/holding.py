"""Holding: when a message that comes up at an instant may go, by the rules of the journey and the policies.

What only a contact's own past can tell (an event after which mail is held, mail of other journeys) is left
out: the answer is the earliest moment, for somebody who gets this journey alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dsl import civil, openings
from dsl.plan import Limit, Plan, Policy

_EVERY_DAY = tuple(range(7))
_MOST_HOLDS = 400  # more than a year of days without a common opening


@dataclass(frozen=True, slots=True)
class Held:
    """When a message goes, and what held it. `at` None: it does not go."""

    at: int | None
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds messages of one journey."""

    plan: Plan
    policies: Sequence[Policy]
    zone: ZoneInfo

    def opens(self, at: int) -> int:
        """Return the first moment inside the sending hours."""
        hours = self.plan.sending_hours
        return at if hours is None else openings.next_open(at, hours, self._zone(hours.zone))

    def goes(self, effect: Any, at: int, sent: Sequence[int] = ()) -> Held:
        """Return when a message goes that comes up at `at`, after marketing mail at `sent`."""
        why: list[str] = []
        moment = at
        for _ in range(_MOST_HOLDS):
            later, reason = self._next(effect, moment, at, sent)
            if reason and reason not in why:
                why.append(reason)
            if later is None:
                return Held(None, tuple(why))
            if later == moment:
                return Held(moment, tuple(why))
            moment = later
        return Held(None, tuple(why))

    def closed(self) -> bool:
        """Whether sending hours and quiet hours have no moment in common, so that no marketing ever goes."""
        anything = type("Anything", (), {"ignore_hours": False, "service": False, "kind": "message"})()
        return self.goes(anything, 0).at is None

    def _next(self, effect: Any, at: int, wanted: int, sent: Sequence[int]) -> tuple[int | None, str]:
        """Return when to look again, and why; the same moment if nothing holds it."""
        if not effect.ignore_hours and (opens := self.opens(at)) > at:
            return opens, "sending hours"
        if effect.service:
            return at, ""
        for policy in self.policies:
            for quiet in policy.quiet:
                # What is not quiet is a window from the end to the beginning.
                zone = self._zone(quiet.zone)
                ends = civil.next_within(at, _EVERY_DAY, quiet.to, quiet.from_, zone)
                if ends > at:
                    return ends, f"quiet hours of policy “{policy.name}”"
        return self._room(at, wanted, sent) if effect.kind == "send" else (at, "")

    def _room(self, at: int, wanted: int, sent: Sequence[int]) -> tuple[int | None, str]:
        for limit, whose in self._limits():
            begins = self._begins(limit, at)
            inside = [one for one in sent if (one > begins if limit.amount else one >= begins) and one <= at]
            if len(inside) < limit.count:
                continue
            if limit.hold == 0:
                return None, whose
            if limit.amount:
                until = civil.add(inside[len(inside) - limit.count], limit.amount, limit.unit, self.zone)
            else:
                until = civil.add(begins, 1, limit.unit, self.zone)
            if until > civil.add(wanted, limit.hold, limit.hold_unit, self.zone):
                return None, whose
            return max(until, at + 1), whose
        return at, ""

    def _limits(self) -> Iterator[tuple[Limit, str]]:
        for limit in self.plan.limits:
            yield limit, "limit of this journey"
        for policy in self.policies:
            for limit in policy.limits:
                yield limit, f"limit of policy “{policy.name}”"

    def _begins(self, limit: Limit, at: int) -> int:
        if limit.amount:
            return civil.add(at, -limit.amount, limit.unit, self.zone)
        monday = 0 if limit.unit == "week" else None
        return civil.at_clock(civil.add(at, -1, limit.unit, self.zone) + 1, "00:00", self.zone, monday)

    def _zone(self, name: str) -> ZoneInfo:
        return self.zone if name == "contact" else civil.zone(name, "UTC")
