"""Writes: what a pure decision wants the store to change, as data.

A turn or an intake returns a list of these in order; the store applies them in the transaction whose
snapshot they were decided on, the simulator applies them to its memory. The snapshot itself has already
been changed by whoever decided.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from dsl.plan import Start


@dataclass(frozen=True, slots=True)
class ScoreChanged:
    """Add points. `source`: `event:NAME`, the step that did it, `fit` or `time`; `total`: the score after.

    `kind`: points that last; that fade from `occurred` on; or that follow from facts and the clock alone,
    and are only told.
    """

    points: float
    total: float
    source: str
    at: int
    kind: Literal["lasting", "fading", "told"] = "lasting"
    occurred: int | None = None


@dataclass(frozen=True, slots=True)
class TagChanged:
    tag: str
    present: bool
    at: int


@dataclass(frozen=True, slots=True)
class StageChanged:
    stage: str
    at: int


@dataclass(frozen=True, slots=True)
class FieldChanged:
    of: Literal["contact", "account"]
    field: str
    value: Any
    at: int
    before: Any = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ConsentChanged:
    consent: str
    granted: bool
    at: int


@dataclass(frozen=True, slots=True)
class ContactSuppressed:
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class SuppressionLifted:
    """Forget the reasons that journeys gave; not those of the contact and of providers."""

    at: int


@dataclass(frozen=True, slots=True)
class ListChanged:
    list: str
    present: bool
    at: int


@dataclass(frozen=True, slots=True)
class OpportunityChanged:
    """`before`: whether it was open before."""

    opportunity: str
    open: bool
    at: int
    before: bool = dataclasses.field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class RunEntered:
    """Create the run and an outbox row that starts its workflow. The id is `entry.run_id(...)`.

    `start`: what let the contact in; None: a person, or another run.
    """

    id: str
    journey: str
    plan: str
    key: str
    ordinal: int
    at: int
    trigger: dict[str, Any] = field(default_factory=dict)
    start: Start | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TriggerReplaced:
    """An event takes the place of the one that started a run (`update trigger when`).

    `update`: which one of the plan's.
    """

    run: str
    trigger: dict[str, Any]
    at: int
    update: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class EntryRefused:
    """A trigger that started nothing, with the reason: what was not started is recorded (row 18)."""

    journey: str
    key: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class InboxPut:
    """Tell a run of an event or a change: the next number of its inbox, and an outbox row that signals it."""

    run: str
    at: int
    interests: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HandoffOpened:
    """Create the handoff and an outbox row that starts its workflow. `half`: when to remind, if at all."""

    id: str
    run: str
    handoff: str
    priority: Literal["normal", "high"]
    at: int
    due: int = 0
    half: int | None = None


@dataclass(frozen=True, slots=True)
class HandoffAccepted:
    """Sales has taken the contact over: settle the handoffs that wait for it, and tell their workflows."""

    at: int


@dataclass(frozen=True, slots=True)
class HandoffRejected:
    """Sales sends the contact back. `properties`: the reason, and which handoff, as the event says."""

    properties: dict[str, Any]
    at: int


@dataclass(frozen=True, slots=True)
class GoalReached:
    run: str
    journey: str
    goal: str
    at: int


Write = (
    ScoreChanged
    | TagChanged
    | StageChanged
    | FieldChanged
    | ConsentChanged
    | ContactSuppressed
    | SuppressionLifted
    | ListChanged
    | OpportunityChanged
    | RunEntered
    | TriggerReplaced
    | EntryRefused
    | InboxPut
    | HandoffOpened
    | HandoffAccepted
    | HandoffRejected
    | GoalReached
)


def about_account(writes: Iterable[Write]) -> set[str]:
    """Return the changes among these that concern the account, and so its other contacts (see `Interest`)."""
    keys: set[str] = set()
    for write in writes:
        if isinstance(write, OpportunityChanged):
            keys.add("opportunity")
        elif isinstance(write, FieldChanged) and write.of == "account":
            keys.add(f"field:account.{write.field}")
    return keys
