"""Small plans by hand, for tests of the machine alone."""

from __future__ import annotations

from typing import Any

from dsl.plan import (
    AddTag,
    After,
    Always,
    Arm,
    Arms,
    Do,
    Ending,
    Interest,
    Notify,
    Plan,
    Runs,
    SendEmail,
    Start,
    Wait,
)
from runtime.machine import (
    Answered,
    Applied,
    Apply,
    Ask,
    Done,
    Due,
    Happening,
    Perform,
    Started,
    State,
    Told,
    advance,
    pending,
    start_state,
)
from runtime.trace import TraceRow

HOUR = 3600
DAY = 86_400


def plan(*steps: Any, **more: Any) -> Plan:
    """A plan whose main flow starts at step 0."""
    values: dict[str, Any] = {
        "journey": "J",
        "starts": (Start(event="Go"),),
        "runs": Runs(kind="once"),
        "entry": 0,
        "steps": steps,
        "predicates": (Always(value=True),),
        "instants": (After(amount=1, unit="day"),),
        "interests": (Interest(event="A"), Interest(event="B"), Interest(event="C")),
    }
    return Plan(**(values | more))


def send(id_: str, next_: int | None, **more: Any) -> Do:
    return Do(id=id_, line=1, text=id_, next=next_, effect=SendEmail(email=id_, **more))


def notify(id_: str, next_: int | None) -> Do:
    return Do(id=id_, line=1, text=id_, next=next_, effect=Notify(team="T", message="m"))


def tag(id_: str, next_: int | None) -> Do:
    return Do(id=id_, line=1, text=id_, next=next_, effect=AddTag(tag=id_))


def wait(id_: str, next_: int | None, until: int = 0) -> Wait:
    return Wait(id=id_, line=1, text=id_, next=next_, until=until)


def arms(id_: str, *ways: tuple[int, int | None], timeout: int | None, until: int | None = 0) -> Arms:
    found = tuple(Arm(interest=interest, to=to) for interest, to in ways)
    return Arms(id=id_, line=1, text=id_, arms=found, until=until, timeout=timeout)


def ending(kind: Any, interest: int, **more: Any) -> Ending:
    name = more.pop("name", kind)
    return Ending(id=kind, line=1, text=kind, kind=kind, name=name, interest=interest, **more)


class Driver:
    """A driver for tests: answers by tables, and keeps what the machine did.

    `instants`: number to seconds after the base. `truths`: number to truth. Outer effects stay open until
    `done`; inner ones are applied at once.
    """

    def __init__(self, plan: Plan, instants: dict[int, int] | None = None) -> None:
        self.plan = plan
        self.state: State = start_state(0)
        self.rows: list[TraceRow] = []
        self.instants = {0: DAY} | (instants or {})
        self.truths: dict[int, bool] = {}
        self.choice = 0
        self.heard: tuple[int, ...] = ()
        self.fold = 0
        self.n = 0

    def feed(self, happening: Happening) -> None:
        advanced = advance(self.plan, self.state, happening)
        self.state = advanced.state
        self.rows += advanced.rows
        self._answer()

    def _answer(self) -> None:
        while isinstance(command := pending(self.plan, self.state), Ask | Apply):
            if isinstance(command, Apply):
                happening: Happening = Applied("", self.heard)
            else:
                instants = tuple(
                    command.base + (self.fold if i < 0 else self.instants[i]) for i in command.instants
                )
                truths = tuple(self.truths.get(p, False) for p in command.predicates)
                happening = Answered(truths, instants, self.choice)
            advanced = advance(self.plan, self.state, happening)
            self.state = advanced.state
            self.rows += advanced.rows

    def start(self) -> Driver:
        self.feed(Started(0))
        return self

    def told(self, at: int, *interests: int) -> None:
        self.n += 1
        self.feed(Told(at, ((self.n, interests),)))

    def due(self, at: int) -> None:
        self.feed(Due(at))

    def done(self, kind: str = "sent", reason: str = "", until: int | None = None) -> None:
        self.feed(Done(kind, reason, until))

    def flying(self) -> str | None:
        """The id of the step whose outer effect is open."""
        command = pending(self.plan, self.state)
        return self.plan.steps[command.step].id if isinstance(command, Perform) else None

    def kinds(self) -> list[str]:
        return [f"{r.kind} {r.step}".strip() for r in self.rows]
