"""Records: what a report is made from, the same whether a simulation or the database brought it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dsl.plan import Plan
from runtime.facts import Happened
from runtime.trace import TraceRow


@dataclass(frozen=True, slots=True)
class Scored:
    """One change of a score. `source`: `event:NAME`, or the step that did it."""

    at: int
    points: float
    total: float
    source: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A trigger that started nothing."""

    at: int
    journey: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a person said of an effect that was in doubt. `answer`: sent, or not sent.

    `again`: what became of it if it was to be sent again (sent, skipped, held, failed, in doubt), for which
    `reason`, and at which moment `again_at`.
    """

    at: int
    journey: str
    step: str
    name: str
    answer: str
    by: str
    again: str = ""
    reason: str = ""
    again_at: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was done about a contact by hand, or that came for it and was not taken in."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One run of a contact, with its journal. `details`: what a provider said, by (step, visit).

    `began`: the plan that the run came in with, if it was moved since; `versions`: those it was moved to.
    """

    id: str
    plan: Plan
    entered: int
    rows: Sequence[TraceRow]
    details: Mapping[tuple[str, int], str] = field(default_factory=dict)
    began: Plan | None = None
    versions: Mapping[str, Plan] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact as it stands, and everything that happened to it.

    `time_zone`: the one that applies. `warnings`: what is wrong with the contact's record, a sentence each.
    """

    id: str
    name: str
    time_zone: str
    score: float
    stage: str | None
    tags: tuple[str, ...]
    suppressed: str | None
    events: Sequence[Happened]
    scored: Sequence[Scored]
    refusals: Sequence[Refusal]
    passages: Sequence[Passage]
    settlements: Sequence[Settlement] = ()
    notes: Sequence[Note] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SentMail:
    """One email that went out."""

    run: str
    step: str
    visit: int
    contact: str
    email: str
    at: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A contact opened an email, or clicked in it."""

    contact: str
    email: str
    event: str
    at: int


@dataclass(slots=True)
class Tally:
    """What the runs of one journey did, counted.

    `plan`: the latest; `effects`: the kind of effect of each step, of older plans too. `reached`: runs by
    step or block. `outcomes`: by (step, kind of trace row, reason), each visit of a run once, however often
    it was held. `scores`, `stages`: of the contacts who entered. `answered`: opens and clicks by the step
    whose email they answer, as far as `mails` and `answers` do not tell.
    """

    plan: Plan
    effects: Mapping[str, str]
    contacts: int = 0
    entered: int = 0
    open: int = 0
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    scores: Counter[float] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    mails: list[SentMail] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)


NOT_REACHED = frozenset({"block skipped", "not fired", "waiting"})
"""Trace rows that do not say that a run came to a block or a handler. A step that waits was reached."""

OPENED, CLICKED = "Email Opened", "Email Clicked"


def effects_of(plans: Sequence[Plan]) -> dict[str, str]:
    """Return the kind of effect of every step that has one."""
    return {step.id: step.effect.kind for plan in plans for step in plan.steps if step.op == "do"}


def places_of(plan: Plan) -> frozenset[str]:
    """Return what a trace row may name that is not a step: blocks and handlers."""
    blocks = (b.label for step in plan.steps if step.op == "schedule" for b in step.blocks)
    return frozenset((*blocks, *(handler.id for handler in plan.handlers)))


def comes_to(place: bool, kind: str) -> bool:
    """Tell whether a trace row says that a run came to its step. `place`: a block or handler."""
    return not (place and kind in NOT_REACHED)
