"""The instruction set. It is complete: later constructs of the language compile to these.

Steps lie flat in `Plan.steps`; a number is an index into it. `next` is the step that follows in the same
body; `None` ends the body: the frame is left (a called section, a round of a loop, a timed block), and at
the bottom of the stack the thread is over.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsl.plan.base import PlanModel
from dsl.plan.effects import Effect
from dsl.plan.instants import Unit


class Step(PlanModel):
    """What every instruction has.

    `id`: stable across edits elsewhere (`day-5/send:case-study`), unique in the plan, part of ledger keys.
    `line`: in the source file, from 1. `text`: the step in plain words, for people and for Temporal's UI;
    it never holds a contact's data.
    """

    id: str
    line: int
    text: str
    next: int | None = None


class Do(Step):
    """Carry out one effect."""

    op: Literal["do"] = "do"
    effect: Effect


class Branch(PlanModel):
    line: int = 0
    predicate: int
    to: int | None


class Decide(Step):
    """Go to the first branch whose predicate is true, else to `otherwise`; bodies rejoin at `next`.

    A body ends by `next` of its last step, which the compiler points at this step's `next`.
    """

    op: Literal["decide"] = "decide"
    branches: tuple[Branch, ...]
    otherwise: int | None


class Wait(Step):
    """Wait until an instant."""

    op: Literal["wait"] = "wait"
    until: int


class Arm(PlanModel):
    """One way out of a wait: an event (`interest`), or a fact that already holds (`already`).

    `predicate`: the interest is in changes, and the arm is taken only if this is true then.
    """

    line: int = 0
    interest: int
    to: int | None
    already: int | None = None
    predicate: int | None = None
    reply: str | None = None


class Arms(Step):
    """Wait for the first of several events, at most until an instant; source order breaks ties (row 3)."""

    op: Literal["arms"] = "arms"
    arms: tuple[Arm, ...]
    until: int | None
    timeout: int | None


class Variant(PlanModel):
    """A way of a split. `holdout`: its contacts get no variant, to compare with."""

    name: str
    weight: float = Field(ge=0, le=100)
    to: int | None
    holdout: bool = False


class Winner(PlanModel):
    """What decides which variant is better, and how many contacts each needs before that.

    `after` 0: rather `time` units after the first contact.
    """

    measure: Literal["clicks", "replies", "goal"]
    goal: str | None = None
    after: int = 0
    time: int = 0
    unit: Unit = "day"


class Split(Step):
    """A sticky choice among variants by a hash of (contact, split name) (row 19)."""

    op: Literal["split"] = "split"
    name: str
    variants: tuple[Variant, ...]
    winner: Winner | None = None


class Loop(Step):
    """Run `body` at most `times` times; the body may leave by a `leave` step."""

    op: Literal["loop"] = "loop"
    body: int
    times: int = Field(ge=1)


class Leave(Step):
    """Leave the innermost loop."""

    op: Literal["leave"] = "leave"


class Call(Step):
    """Run a section, then go on at `next`."""

    op: Literal["call"] = "call"
    body: int


class Block(PlanModel):
    """A timed block: `at` numbers its instant; `late` says what to do when that is past at scheduling."""

    label: str
    line: int = 0
    at: int
    body: int | None
    late: Literal["skip", "at once", "exit"] = "at once"
    dated: bool = False
    gap: int = Field(default=86_400, ge=0, description="seconds that a late block keeps from the last send")


class Schedule(Step):
    """Timed blocks, one at a time in order of their moments (ties: file order), each once."""

    op: Literal["schedule"] = "schedule"
    blocks: tuple[Block, ...]


class Handoff(Step):
    """Give the contact to sales under a declared handoff; its clock outlives the run."""

    op: Literal["handoff"] = "handoff"
    handoff: str
    priority: Literal["normal", "high"] = "normal"


class Spawn(Step):
    """Start another journey for the same subject; this run goes on."""

    op: Literal["spawn"] = "spawn"
    journey: str


class End(Step):
    """End the run: `goal` is success, `exit` is not. What is held is dropped, unsent."""

    op: Literal["end"] = "end"
    kind: Literal["goal", "exit"]
    name: str


class Record(Step):
    """Write a goal down and go on (`goal … and stay`)."""

    op: Literal["record"] = "record"
    name: str


AnyStep = Annotated[
    Do | Decide | Wait | Arms | Split | Loop | Leave | Call | Schedule | Handoff | Spawn | End | Record,
    Field(discriminator="op"),
]
