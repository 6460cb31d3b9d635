"""What clients, workflows and activities say to each other: ids, numbers and enumerations, no personal data.

Everything here ends up in Temporal's histories. Changing a field needs a default, so that recorded
histories still read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FORESIGHT = 1
"""How far runs that begin now look ahead: see `RunInput.foresight`.

It rises a release after workers know the new level: a run that an older worker began would not replay.
"""

QUEUE = "nurture"
"""The task queue of workflows and of the bookkeeping that runs beside them."""

CHANNELS = {
    "send": "email",
    "notify": "webhooks",
    "sync": "webhooks",
    "message": "webhooks",
    "webhook": "webhooks",
    "audience": "webhooks",
    "task": "webhooks",
}
"""The channel class of each kind of outer effect; each class has a task queue, and so a rate limit."""

TAKE_TURN = "take_turn"
OPEN_HANDOFF = "open_handoff"
CLOSE_HANDOFF = "close_handoff"
MARK_HANDOFF = "mark_handoff"
NOTIFY_HANDOFF = "notify_handoff"
PERFORM = {
    "send": "send_email",
    "notify": "notify_team",
    "sync": "sync_target",
    "message": "send_message",
    "webhook": "call_webhook",
    "audience": "change_audience",
    "task": "create_task",
}
"""The activity that carries out each kind of outer effect."""

_CALLS = frozenset(kind for kind, channel in CHANNELS.items() if channel == "webhooks")
BESIDE = {"send": frozenset({"sync", "webhook", "audience", "task"}), **dict.fromkeys(_CALLS, _CALLS)}
"""What may follow an effect of a kind in its activity: see `activities.riders`."""

TOLD = "told"
"""The signal that a run's inbox has grown: its argument is the number of the newest row."""

AGAIN_WORKFLOW = "Nurture sending again"
SEND_AGAIN = "send_again"

ROUND_WORKFLOW = "Nurture round"
OPEN_ROUND = "open_round"

HANDOFF_WORKFLOW = "Nurture handoff"
ACCEPTED, REJECTED = "accepted", "rejected"


def channel_queue(queue: str, kind: str) -> str:
    """Return the task queue of an outer effect of this kind."""
    return f"{queue}-{CHANNELS[kind]}"


def in_one_activity(kind: str) -> frozenset[str]:
    """Return the kinds of outer effects that an activity begun with one of this kind may carry out."""
    return frozenset({kind}) | BESIDE.get(kind, frozenset())


@dataclass(frozen=True, slots=True)
class RunInput:
    """What starts a run's workflow, and what it hands to itself when it continues as new.

    `plan`: the hash that the run is pinned to. `state`: the machine's, None at the start. `turn`: turns
    taken so far. `told`: the highest inbox number signalled. `timeline`: the newest trace rows. `limit`:
    history events after which to continue as new; 0 leaves it to the server's suggestion. `foresight`: how
    far the workflow looks ahead for effects (`workflows.forecast`); runs keep what they began with.
    """

    run: str
    plan: str
    entered: int
    state: dict[str, Any] | None = None
    turn: int = 0
    told: int = 0
    timeline: list[list[Any]] = field(default_factory=list)
    limit: int = 0
    foresight: int = 0


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """Take turn number `turn` of a run, at the driver's clock (whole seconds)."""

    run: str
    turn: int
    clock: int


@dataclass(frozen=True, slots=True)
class TurnResult:
    """Every happening of the turn, in order, as `runtime.machine.write` gives it."""

    transcript: list[list[Any]]


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgainInput:
    """What starts the workflow that sends one effect again: its row in the ledger."""

    run: str
    step: str
    visit: int
    kind: str


@dataclass(frozen=True, slots=True)
class AgainRequest:
    """Send an effect again, at the driver's clock."""

    run: str
    step: str
    visit: int
    kind: str
    clock: int


@dataclass(frozen=True, slots=True)
class RoundInput:
    """What a schedule starts a round's workflow with: the journey, and which way into it."""

    journey: str
    way: str


@dataclass(frozen=True, slots=True)
class RoundRequest:
    """Open a round: the schedule asked for it `at`, and the driver's clock shows `clock`."""

    journey: str
    way: str
    at: int
    clock: int


@dataclass(frozen=True, slots=True)
class RoundResult:
    """What came of a round, as `runtime.store.rounds.open_round` tells it, and its moment."""

    kind: str
    round: int


@dataclass(frozen=True, slots=True)
class HandoffInput:
    """What starts a handoff's workflow."""

    handoff: str
    opened: int


@dataclass(frozen=True, slots=True)
class HandoffRequest:
    """Do something about a handoff, at the driver's clock.

    `notice`: `assigned`, `half`, `overdue`, or an outcome.
    """

    handoff: str
    clock: int
    notice: str = ""
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class HandoffOpen:
    """A handoff with its deadline, and when half of the time is over (epoch seconds).

    `answer`: what sales has said already.
    """

    due: int
    half: int | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """How a notice came out: an enumeration, and when to look again if it was held."""

    kind: str
    until: int | None = None
