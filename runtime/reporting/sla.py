"""Service levels: how a handoff stands against the time in which sales had to answer."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.handoffs import Handoff
from runtime.reporting.words import count


@dataclass(frozen=True, slots=True)
class Level:
    """One handoff against its time. `in_time`: None while it waits and the time is not over.

    `took`: seconds until the answer; `late`: seconds by which the time is or was exceeded.
    """

    in_time: bool | None
    took: int | None
    late: int
    text: str


def level(handoff: Handoff, at: int) -> Level:
    """Return how a handoff stands at an instant."""
    answered = handoff.rejected_at if handoff.answer == "rejected" else handoff.accepted_at
    until = at if answered is None else answered
    late = max(0, until - handoff.due_at)
    if answered is None:
        text = f"overdue for {span(late)}" if late else f"waits, {span(handoff.due_at - at)} left"
        return Level(False if late else None, None, late, text + _reminded(handoff))
    took = answered - handoff.opened_at
    if handoff.status in ("erased", "merged"):
        return Level(None, None, 0, f"closed, for the contact was {handoff.status}")
    reason = f" as “{handoff.rejected_as}”" if handoff.rejected_as else ""
    text = f"{handoff.answer}{reason} after {span(took)}, " + (f"{span(late)} late" if late else "in time")
    return Level(not late, took, late, text)


def span(seconds: int) -> str:
    """Write a length of time in its two largest units: `2 days 3 h`."""
    minutes = max(1, round(seconds / 60)) if seconds else 0
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    if days:
        return count(days, "day") + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min"


def _reminded(handoff: Handoff) -> str:
    return ", reminded at half time" if handoff.reminded_at is not None else ""
