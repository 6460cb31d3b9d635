"""Facts: what is true of one contact, in memory, as every decision of the product sees it.

The store loads a snapshot inside the transaction that decides; the simulator keeps its own alive. All
decisions (`runtime.evaluate`, `runtime.dispatch`, `runtime.entry`, `runtime.routing`, `runtime.turn`) are
pure functions of a snapshot, so both give the same answers. Instants are whole seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsl.plan import Condition, Definitions, FitRule


@dataclass(slots=True)
class Happened:
    """One event. `at`: when it was received; `occurred`: when it happened; `machine`: no human did it."""

    name: str
    at: int
    occurred: int
    properties: dict[str, Any]
    machine: bool = False


@dataclass(slots=True)
class Sent:
    """One email that a provider accepted (or may have accepted: in doubt counts as sent)."""

    run: str
    journey: str
    email: str
    at: int
    service: bool


@dataclass(slots=True)
class Waiting:
    """One marketing email that is held until an instant. `rank`: see `runtime.policies.rank`."""

    run: str
    journey: str
    step: str
    visit: int
    until: int
    rank: int = 1


@dataclass(frozen=True, slots=True)
class Override:
    """What a person has decided about the suppression of a contact; see `runtime.suppression`."""

    what: str
    until: int | None = None

    def at(self, instant: int) -> str | None:
        """Return what holds at an instant."""
        return self.what if self.until is None or instant < self.until else None


@dataclass(slots=True)
class RunFact:
    """One run of the contact, open or ended, as entry decisions and routing need it.

    `contact`: with whom it began, whom it mails. A run of an account is one of each contact of the account.
    """

    id: str
    journey: str
    plan: str
    key: str
    ordinal: int
    entered: int
    ended: int | None
    trigger: dict[str, Any]
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """What a score is made of besides points that last, and the segments that journeys watch.

    `time_zone`: the workspace's.
    """

    half_life: int | None = None
    fit: tuple[FitRule, ...] = ()
    time_zone: str = "UTC"
    segments: Mapping[str, Condition] = field(default_factory=dict)

    @classmethod
    def of(cls, definitions: Definitions, watched: Collection[str] = ()) -> Model:
        """Take the model from the shared definitions. `watched`: names of segments."""
        segments = {name: found for name in watched if (found := definitions.segments.get(name))}
        return cls(definitions.half_life, definitions.fit, definitions.time_zone, segments)


@dataclass(slots=True)
class Facts:
    """The snapshot. Mutable: an effect of a turn changes it, so that the next decision sees the effect.

    `sending`: emails of other runs that are on their way to a provider; they have taken their slots.
    `waiting`: emails that are held.
    `score`: the points that last; `awards`: those that fade, (points, when they were earned); `seen`: the
    whole score when it last changed. What the score is at an instant, `runtime.evaluate.score` says.
    `peers`: the contacts of the account with the events and emails that are counted, if any are.
    `latest`: when the last event came that is on record; a store loads no others than are asked for.
    """

    contact_id: str
    account_id: str | None
    contact: dict[str, Any]
    account: dict[str, Any]
    time_zone: str | None
    known_since: int
    score: float = 0.0
    stage: str | None = None
    tags: set[str] = field(default_factory=set)
    consents: set[str] = field(default_factory=set)
    suppressed: str | None = None
    override: Override | None = None
    open_opportunities: set[str] = field(default_factory=set)
    events: dict[str, list[Happened]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    runs: list[RunFact] = field(default_factory=list)
    lists: set[str] = field(default_factory=set)
    sending: list[Sent] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    awards: list[tuple[float, int]] = field(default_factory=list)
    seen: float | None = None
    model: Model = Model()
    peers: list[Facts] = field(default_factory=list)
    latest: int = 0
