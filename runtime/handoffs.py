"""Handoffs: who takes a contact over, by when, and what sales may answer. Pure: the caller brings the clock.

The store and the simulator keep handoffs, each in its own way; what becomes of one is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dsl import civil, openings
from dsl.plan import Definitions, HandoffNotice, HandoffRule, Ref, Territory
from runtime.entry import as_text
from runtime.evaluate import value_of
from runtime.facts import Facts

ACCEPTED, REJECTED = "Handoff Accepted", "Handoff Rejected"

LATE = 15 * 60
"""What is looked at later than this many seconds happens when it is looked at (semantics row 50)."""

_RESPOND = 86_400
_RETRY_MINUTES = (15, 30, 60, 120, 240)
_GIVE_UP_AFTER = 24


class RejectionRefused(Exception):
    """Sales has given a reason that the handoff does not know. The message says which it knows."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """One handoff as it stands. `status`: open, assigned, overdue, accepted, rejected."""

    id: str
    run: str
    contact: str
    handoff: str
    priority: str
    status: str
    owner: str | None
    opened_at: int
    due_at: int
    assigned_at: int | None = None
    accepted_at: int | None = None
    overdue_at: int | None = None
    half_at: int | None = None
    reminded_at: int | None = None
    rejected_at: int | None = None
    rejected_as: str | None = None

    @property
    def answer(self) -> Literal["", "accepted", "rejected"]:
        """What sales has said; nothing yet while it waits."""
        if self.rejected_at is not None:
            return "rejected"
        return "accepted" if self.accepted_at is not None else ""


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of a team, in the order in which they take turns, and who answers for which territory."""

    members: Sequence[str] = ()
    territories: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when sales is to answer, and when half of that time is over, if it is reminded then."""

    due: int
    half: int | None


class RoundRobin:
    """The next of the team's members; whoever keeps the count says who."""


def deadline(rule: HandoffRule | None, priority: str, opened: int) -> Deadline:
    """Return by when a handoff is to be answered. `rule` is None if it is no longer published."""
    if rule is None:
        return Deadline(opened + _RESPOND, None)
    amount, unit = rule.respond, rule.respond_in
    if priority == "high" and rule.respond_high is not None:
        amount, unit = rule.respond_high, rule.respond_high_in
    if unit == "second" or rule.hours is None:
        due = opened + amount
        return Deadline(due, (opened + due) // 2 if rule.remind_at_half else None)
    zone = civil.zone(rule.hours.zone, "UTC")
    due = openings.add_business(opened, amount, unit, rule.hours, zone)
    return Deadline(due, openings.halfway(opened, due, rule.hours, zone) if rule.remind_at_half else None)


def owner(rule: HandoffRule, facts: Facts, roster: Roster) -> str | RoundRobin | None:
    """Return who takes the contact over, by the first way that names somebody."""
    for way in rule.assign:
        if isinstance(way, Ref):
            if named := value_of(way, facts, None):
                return str(named)
        elif isinstance(way, Territory):
            if found := roster.territories.get(as_text(value_of(way.by, facts, None))):
                return found
        elif roster.members:
            return RoundRobin()
    return None


def assigned(handoff: Handoff, owner: str | None, clock: int) -> Handoff:
    """Give a handoff its owner. One that was answered meanwhile stays answered."""
    status = handoff.status if handoff.answer else "assigned"
    return replace(handoff, owner=owner, status=status, assigned_at=_moment(handoff.opened_at, clock))


def progressed(handoff: Handoff, clock: int) -> Handoff:
    """Return what time has made of a handoff: reminded of, or overdue."""
    if handoff.answer:
        return handoff
    if handoff.due_at <= clock:
        if handoff.overdue_at is None:
            return replace(handoff, status="overdue", overdue_at=_moment(handoff.due_at, clock))
    elif handoff.half_at is not None and handoff.half_at <= clock and handoff.reminded_at is None:
        return replace(handoff, reminded_at=_moment(handoff.half_at, clock))
    return handoff


def notices(handoff: Handoff, rule: HandoffRule) -> Iterator[tuple[int, str, str]]:
    """Yield what teams were told of a handoff, as far as it has come: when, which team, what."""
    told: dict[HandoffNotice, int | None] = {
        "assigned": handoff.assigned_at,
        "half": handoff.reminded_at,
        "overdue": handoff.overdue_at,
    }
    for notice, at in told.items():
        if at is not None:
            yield at, *rule.notice(notice)


def tried_again(attempt: int, wait: int | None) -> int | None:
    """Return after how many seconds a notice is tried again that was not taken; None: no more.

    `attempt`: how often it was tried, so far; `wait`: what the provider asks for, if it does.
    """
    if attempt >= _GIVE_UP_AFTER:
        return None
    minutes = _RETRY_MINUTES[min(attempt, len(_RETRY_MINUTES)) - 1]
    return max(60 * minutes, wait or 0)


def rejected(
    waiting: Sequence[Handoff],
    properties: Mapping[str, Any],
    definitions: Definitions,
    how: str = "as `reason`",
) -> list[Handoff]:
    """Return which of the waiting handoffs of a contact a rejection concerns.

    `how`: the reason is given where the rejection comes from.

    Raises:
        RejectionRefused: none of them knows the reason, or none has the name that was given.
    """
    reason, name = as_text(properties.get("reason")), as_text(properties.get("handoff"))
    concerned = [one for one in waiting if name in ("", one.handoff)]
    if name and not concerned:
        raise RejectionRefused(
            f"The contact has no handoff “{name}” that waits for an answer. See `nurture show`, or leave "
            "`handoff` out."
        )
    found = [one for one in concerned if _knows(definitions.handoffs.get(one.handoff), reason)]
    if concerned and not found:
        known = ", ".join(f"“{one}”" for one in definitions.handoffs[concerned[0].handoff].reject_reasons)
        said = f"“{reason}” is no reason" if reason else "A reason is needed"
        raise RejectionRefused(
            f"{said} to reject the handoff “{concerned[0].handoff}”. Give one of {known}, {how}."
        )
    return found


def _knows(rule: HandoffRule | None, reason: str) -> bool:
    return rule is None or not rule.reject_reasons or reason in rule.reject_reasons


def _moment(planned: int, clock: int) -> int:
    return clock if clock - planned > LATE else planned
