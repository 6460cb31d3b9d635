"""Behaviour: how invented contacts come, react to emails, and what sales does with them.

Shares are between 0 and 1, delays are in seconds: an average, or those of a record. It is a model, not a
forecast: what it says is what its author believes, or what a record shows (`runtime.populations.learning`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

HOUR, DAY = 3_600, 86_400

Delay = int | tuple[int, ...]
"""Seconds: an average, or all that a record has, in order; see `runtime.populations.luck.delay`."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What becomes of an email that arrives.

    `open`: of those who get it; `machine`: of those, opened by a machine first; `click`, `reply`,
    `unsubscribe`, `complain`: of those who open it.
    """

    open: float = 0.55
    open_after: Delay = 3 * HOUR
    machine: float = 0.06
    click: float = 0.30
    click_after: Delay = 10 * 60
    reply: float = 0.02
    reply_after: Delay = 12 * HOUR
    unsubscribe: float = 0.003
    complain: float = 0.0005


@dataclass(frozen=True, slots=True)
class Group:
    """A kind of contacts. `share`: of all; `keen`: a factor on all shares of emails."""

    name: str
    share: float
    keen: float = 1.0
    consent: float | None = None
    contact: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    time_zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Habit:
    """An event that comes by itself. `share`: of contacts; `after`: their arrival, and the time before."""

    event: str
    properties: Mapping[str, Any]
    share: float
    after: int = 7 * DAY
    times: int = 1


@dataclass(frozen=True, slots=True)
class Answers:
    """What a journey listens to besides mail: the share of those who click that do it, by event.

    `unprompted`: the share of those who enter that do it without a click. `asked`: the share of those who
    enter that do what the journey only asks about, where `events` has none for it.
    """

    events: Mapping[str, float] = field(
        default_factory=lambda: {"Asset Downloaded": 0.5, "Page Viewed": 0.35, "Form Submitted": 0.12}
    )
    otherwise: float = 0.06
    after: int = 8 * HOUR
    unprompted: float = 0.03
    unprompted_after: int = 10 * DAY
    asked: float = 0.3


@dataclass(frozen=True, slots=True)
class SalesHabits:
    """What sales does with handoffs; who is neither accepted nor rejected waits for ever."""

    accept: float = 0.70
    reject: float = 0.15
    answer_after: Delay = 6 * HOUR
    opportunity: float = 0.25
    opportunity_after: int = 7 * DAY


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`within`: contacts arrive evenly over so many seconds; None: over a third of the time.

    `per_account`: contacts of one company; 0: as many as a journey counts over, and two at least.
    `emails`: by name; `segments`: by the workspace's segment that a contact is in when an email arrives.
    `starts`: by which journeys contacts come in, in shares; the rest, or all, evenly. `said`: what of `mail`
    and `bounce` was said, and is not built in, and tables that a record takes the place of, such as
    `[answers]`. `within_said`: where `within` was.
    """

    within: int | None = None
    within_said: str = ""
    per_account: int = 0
    consent: float = 1.0
    bounce: float = 0.01
    time_zones: tuple[str, ...] = ()
    mail: Mail = Mail()
    emails: Mapping[str, Mail] = field(default_factory=dict)
    segments: Mapping[str, Mapping[str, float | Delay]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    starts: Mapping[str, float] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    habits: tuple[Habit, ...] = ()
    sales: SalesHabits = SalesHabits()
    said: frozenset[str] = frozenset()

    def of(self, email: str, segment: str | None) -> Mail:
        """Return what becomes of an email, for a contact in a segment of which the model knows, if in one."""
        found = self.emails.get(email, self.mail)
        return found if segment is None else replace(found, **self.segments[segment])  # type: ignore[arg-type]
