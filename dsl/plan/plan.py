"""The plan: the compiled, content-hashed form of one journey, which every driver executes."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, Field

from dsl.plan.base import PlanModel
from dsl.plan.conditions import Condition, Ref
from dsl.plan.effects import SendEmail
from dsl.plan.instants import Instant, SendingHours, Unit
from dsl.plan.steps import AnyStep, Arms, Do, Schedule, Spawn

FORMAT: Literal[1] = 1


class Interest(PlanModel):
    """What a run wants to hear of. Static for a plan, so events nobody waits for wake nobody.

    `event`: with literal `args` (exact, as text) and `where` (on event and trigger fields, matched by the
    router). `changes`: facts whose change must be told instead of an event: `score`, `stage`, `tag`,
    `list`, `consent`, `suppression`, `opportunity`, `field:contact.NAME`, `field:account.NAME`, `event:NAME`.
    """

    event: str | None = None
    args: dict[str, str] = Field(default_factory=dict)
    where: Condition | None = None
    changes: tuple[str, ...] = ()


class Everyone(PlanModel):
    """All present members of a segment: once, or each week (`weekday`, 0 is Monday) or day at `clock`."""

    segment: str
    members: Condition
    weekday: int | None = None
    clock: str | None = None


class Start(PlanModel):
    """A way into the journey: an event, with a condition that must hold at that moment.

    Instead of the event: `everyone` in a segment, or `by_hand` (a person, or another journey). Changes are
    events too: `nurture:stage reached` (stage), `nurture:score changed` (before, after),
    `nurture:segment entered` and `… left` (segment), `nurture:account segment entered` and `… left`.
    """

    line: int = 0
    event: str = ""
    everyone: Everyone | None = None
    by_hand: bool = False
    args: dict[str, str] = Field(default_factory=dict)
    where: Condition | None = None
    condition: Condition | None = None


class Runs(PlanModel):
    """How often a subject may run (semantics row 18).

    `once`: one run for each entry key (`key`: a trigger field, else one for all). `again`: after the last
    run ended, `amount` units later (0: at any time). At most one run for a key is active at a time.
    """

    kind: Literal["once", "again"]
    line: int = 0
    key: Ref | None = None
    amount: int = 0
    unit: Unit = "day"


class Ending(PlanModel):
    """`goal … when`, `stop when` (an interest in an event) or `stop as soon as` (a predicate watched)."""

    id: str
    line: int
    text: str
    kind: Literal["goal", "exit"]
    name: str
    interest: int
    predicate: int | None = None
    stay: bool = False


class Handler(PlanModel):
    """`whenever`: runs `body` beside the main flow each time, at most once in `every` (an instant)."""

    id: str
    line: int
    text: str
    interest: int
    predicate: int | None = None
    body: int | None
    every: int | None = None


class Pause(PlanModel):
    """`pause while`: nothing of the run goes on while the predicate holds."""

    line: int
    text: str
    interest: int
    predicate: int


class Update(PlanModel):
    """`update trigger when`: an event takes the place of the trigger."""

    line: int
    text: str
    interest: int


class Limit(PlanModel):
    """At most `count` emails of this journey in `amount` units; `hold` 0: else skip.

    `amount` 0: in the calendar `unit` that it is, a day or a week.
    """

    line: int = 0
    count: int
    amount: int = 0
    unit: Unit = "day"
    hold: int = 0
    hold_unit: Unit = "day"


class Plan(PlanModel):
    """One journey, compiled. Two plans with equal `hash` execute alike."""

    format: Literal[1] = FORMAT
    journey: str
    file: str = Field(default="", description="where it is written, in the workspace")
    subject: Literal["contact", "account"] = "contact"
    owner: str | None = None
    description: str | None = None
    hash: str = ""
    starts: tuple[Start, ...]
    runs: Runs
    sending_hours: SendingHours | None = None
    entry: int | None
    steps: tuple[AnyStep, ...]
    endings: tuple[Ending, ...] = ()
    handlers: tuple[Handler, ...] = ()
    pauses: tuple[Pause, ...] = ()
    updates: tuple[Update, ...] = ()
    moves: tuple[int, ...] = Field(default=(), description="interests in dates that blocks and waits hang on")
    limits: tuple[Limit, ...] = ()
    priority: Literal["high", "normal", "low"] = "normal"
    inside: Literal["stay", "move"] = Field(default="stay", description="what a new version means for runs")
    predicates: tuple[Condition, ...] = ()
    instants: tuple[Instant, ...] = ()
    interests: tuple[Interest, ...] = ()
    emails: dict[str, str] = Field(default_factory=dict, description="email name to content hash of its file")

    @cached_property
    def spawned(self) -> tuple[str, ...]:
        """Name the journeys that this one starts."""
        return tuple(dict.fromkeys(step.journey for step in self.steps if isinstance(step, Spawn)))

    @cached_property
    def names_replies(self) -> bool:
        """Whether a wait names what it meets as its reply."""
        return any(arm.reply for step in self.steps if isinstance(step, Arms) for arm in step.arms)

    @cached_property
    def has_dated_blocks(self) -> bool:
        """Whether a block hangs on a date."""
        return any(block.dated for step in self.steps if isinstance(step, Schedule) for block in step.blocks)

    def sends(self) -> list[tuple[int, SendEmail]]:
        """Every step that sends an email, as (number, effect), in file order."""
        return [
            (i, s.effect)
            for i, s in enumerate(self.steps)
            if isinstance(s, Do) and isinstance(s.effect, SendEmail)
        ]

    def to_json(self) -> str:
        """Canonical text: sorted keys, no spaces, defaults left out."""
        return _canonical({"format": self.format, **_data(self)})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read a plan. Raises pydantic's `ValidationError` on a damaged one."""
        return cls.model_validate_json(text)

    def sealed(self) -> Plan:
        """Return the plan with its content hash filled in."""
        return self.model_copy(update={"hash": content_hash(self)})


_PLACES = frozenset({"hash", "file", "line", "lines"})
# What does not change what a run does: people may reword a journey's texts without a new version.
_NOT_HASHED = _PLACES | {"owner", "description", "text"}
# What tells one model of a union from another stays, although it is a default.
_DISCRIMINATORS = frozenset({"op", "kind"})


def content_hash(plan: Plan) -> str:
    """Sixteen hex digits of SHA-256 over what matters to execution (not lines, texts, owner)."""
    data = _data(plan, _NOT_HASHED)
    return hashlib.sha256(_canonical({"format": plan.format, "plan": data}).encode()).hexdigest()[:16]


def wording_hash(plan: Plan) -> str:
    """The same over all that a plan says, texts included; only where its lines stand does not count."""
    data = without_places(plan)
    return hashlib.sha256(_canonical({"format": plan.format, "words": data}).encode()).hexdigest()[:16]


def without_places(part: BaseModel) -> Any:
    """Return JSON data of a part of a plan, texts included; only where its lines stand is left out."""
    return _data(part, _PLACES)


def plain(part: BaseModel) -> Any:
    """Return JSON data of a part of a plan as it executes: without lines, texts and defaults."""
    return _data(part, _NOT_HASHED)


def _data(value: Any, without: frozenset[str] = frozenset()) -> Any:
    """Return JSON data of a part of a plan, defaults left out."""
    if isinstance(value, BaseModel):
        found = {}
        for name, info in type(value).model_fields.items():
            part = getattr(value, name)
            if name not in without and (
                name in _DISCRIMINATORS or part != info.get_default(call_default_factory=True)
            ):
                found[name] = _data(part, without)
        return found
    if isinstance(value, dict):
        return {k: _data(v, without) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_data(v, without) for v in value]
    return value


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
