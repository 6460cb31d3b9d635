"""Exploration: the paths of a plan, found by driving the real machine through every choice, up to a bound.

What the world decides is a choice here: which condition holds, whether and when a waited-for event comes (at
once, or in the last second), which variant is drawn, what a date field holds. The world is otherwise
harmless: every email is accepted, at the next moment inside the sending hours, and no policy holds it back.
Paths come in a fixed order. Ways that lead to one state with the same emails behind them are one path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dsl.plan import Arms, DateField, Do, Plan, Ref, SendEmail, Split
from runtime import evaluate
from runtime.evaluate import RunView
from runtime.facts import Facts
from runtime.machine import (
    FOLD,
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
from runtime.machine.state import CHECKS
from runtime.trace import TraceRow

DAY = 86_400
_MONDAY_MORNING = 1_767_607_200  # 5 January 2026, 10:00 UTC


@dataclass(frozen=True, slots=True)
class Bound:
    """How far to look. `happenings`: on one path, before it is given up; `paths`: in all.

    `dates`: what a date field may hold, in seconds from the start (None: it is empty). `interrupts`: let
    goals, stops and handlers happen too, at every wait. `distinct`: keep ways apart that differ only in the
    steps taken.
    """

    paths: int = 10_000
    happenings: int = 2_000
    entered: int = _MONDAY_MORNING
    dates: tuple[int | None, ...] = (None, -2 * DAY, 30 * DAY)
    interrupts: bool = False
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """An email on a path. `at`: seconds from the start of the run."""

    step: str
    email: str
    service: bool
    at: int


@dataclass(frozen=True, slots=True)
class Path:
    """One way through a plan: the ids of its steps in order, its emails, and how long it took.

    `ended`: as the machine says it, such as completed, goal, exit; "" where the bound came first.
    `dates`: what date fields held, as (owner, field, seconds from the start; None if empty).
    """

    steps: tuple[str, ...]
    mails: tuple[Mail, ...]
    seconds: int
    ended: str = "completed"
    dates: tuple[tuple[str, str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """A path under way. `visited`: (step id, visit) in order; `dates`: what was chosen for date fields."""

    state: State
    visited: tuple[tuple[str, int], ...] = ()
    mails: tuple[Mail, ...] = ()
    dates: tuple[tuple[str, str, int | None], ...] = ()
    happenings: int = 0


def paths(plan: Plan, bound: Bound | None = None) -> Iterator[Path]:
    """Yield the paths of a plan, each once, in a fixed order."""
    explorer = Ways(plan, bound or Bound())
    return explorer.paths()


def along(plan: Plan, steps: Sequence[str], bound: Bound | None = None) -> Path | None:
    """Return a path that takes these steps first, by their ids in order; None if none is found in the bound.

    It ends with the last of the steps. Loops, schedules and calls leave no trace and are not among them.
    `bound.happenings` is of all ways together here.
    """
    return _Guided(plan, bound or Bound(), tuple(steps)).first()


class Ways:
    """The ways through a plan. `runtime.costing` goes them with what they cost."""

    def __init__(self, plan: Plan, bound: Bound) -> None:
        self.plan, self.bound = plan, bound
        self.ids = {step.id for step in plan.steps}
        self.seen: set[str] = set()

    def paths(self) -> Iterator[Path]:
        ways = [self.fed(Way(start_state(self.bound.entered)), Started(self.bound.entered))]
        given = 0
        while ways and given < self.bound.paths:
            way = ways.pop()
            if way.state.ended is not None or way.happenings > self.bound.happenings:
                given += 1
                yield self.path(way)
                continue
            onward = list(self.choices(way))
            if not onward:  # it waits for an event alone, and none may come
                given += 1
                yield self.path(way)
            ways += [new for new in reversed(onward) if self.new(new)]

    def path(self, way: Way) -> Path:
        steps = tuple(step for step, _ in way.visited)
        ended = way.state.ended[0] if way.state.ended else ""
        return Path(steps, way.mails, way.state.at - way.state.entered, ended, way.dates)

    def key(self, way: Way) -> object:
        """Return what tells ways apart from where they stand on."""
        data = way.state.to_json()
        for counted in ("n", "visits", "inbox"):
            del data[counted]
        for thread in data["threads"]:
            del thread["visit"]
        return data, way.mails, way.dates, way.visited if self.bound.distinct else ()

    def new(self, way: Way) -> bool:
        """Whether nothing equal was come to before."""
        key = repr(self.key(way))
        if key in self.seen:
            return False
        self.seen.add(key)
        return True

    def fed(self, way: Way, happening: Happening) -> Way:
        """Return the way after the machine has taken in a happening."""
        after = advance(self.plan, way.state, happening)
        visited, mails = list(way.visited), list(way.mails)
        for row in after.rows:
            if row.step in self.ids and (row.step, row.visit) not in visited:
                visited.append((row.step, row.visit))
            effect = self.email(row.step) if row.kind == "sent" else None
            if effect is not None:
                mails.append(Mail(row.step, effect.email, effect.service, row.at - after.state.entered))
        fed = replace(
            way,
            state=after.state,
            visited=tuple(visited),
            mails=tuple(mails),
            happenings=way.happenings + 1,
        )
        return self.noted(fed, after.rows)

    def noted(self, way: Way, _rows: Sequence[TraceRow]) -> Way:
        """Return the way with what is to be remembered of its new trace rows."""
        return way

    def email(self, id_: str) -> SendEmail | None:
        step = next((step for step in self.plan.steps if step.id == id_), None)
        return step.effect if isinstance(step, Do) and isinstance(step.effect, SendEmail) else None

    # ----------------------------------------------------------------------------------------- choices

    def choices(self, way: Way) -> Iterator[Way]:
        """Yield the way after each thing that the world can do now."""
        command = pending(self.plan, way.state)
        if isinstance(command, Ask):
            yield from self.asked(way, command)
        elif isinstance(command, Apply):
            yield self.fed(way, Applied())
        elif isinstance(command, Perform):
            yield self.fed(way, self.performed(way, command))
        else:
            yield from self.waited(way)

    def asked(self, way: Way, ask: Ask) -> Iterator[Way]:
        if ask.split is not None:
            split = self.plan.steps[ask.split]
            assert isinstance(split, Split)
            for number in range(len(split.variants)):
                yield self.fed(way, Answered(choice=number))
            return
        unknown = self.unknown_date(way, ask)
        if unknown is not None:
            for value in self.bound.dates:
                chosen = replace(way, dates=(*way.dates, (unknown.of, unknown.field, value)))
                yield from self.asked(chosen, ask)
            return
        instants = tuple(self.instant(way, number, ask.base) for number in ask.instants)
        none = (False,) * len(ask.predicates)
        ends = self.possible(way, ask, len(none))
        if way.state.asking != CHECKS or self.bound.interrupts or not ends:
            # The first that holds decides, so one true answer at a time is every case.
            for place in range(len(none)):
                if self.possible(way, ask, place):
                    yield self.fed(way, Answered((*none[:place], True, *none[place + 1 :]), instants))
        if ends:
            yield self.fed(way, Answered(none, instants))

    def possible(self, _way: Way, _ask: Ask, _place: int) -> bool:
        """Whether the predicate at a place may be the first that holds; behind the last one: none does."""
        return True

    def unknown_date(self, way: Way, ask: Ask) -> Ref | None:
        known = {(of, name) for of, name, _ in way.dates}
        for number in ask.instants:
            instant = self.plan.instants[number] if number != FOLD else None
            if isinstance(instant, DateField) and (instant.ref.of, instant.ref.field) not in known:
                return instant.ref
        return None

    def instant(self, way: Way, number: int, base: int) -> int | None:
        hours = self.plan.sending_hours
        facts, run = self.world(way)
        if number == FOLD:
            return evaluate.fold(base, hours, facts, "UTC")
        return evaluate.instant(self.plan.instants[number], facts, run, base, "UTC", hours)

    def world(self, way: Way) -> tuple[Facts, RunView]:
        """Return a contact of whom only the dates that were chosen are known."""
        entered = way.state.entered
        fields: dict[str, dict[str, Any]] = {"contact": {}, "account": {}, "trigger": {}}
        for of, name, value in way.dates:
            fields.setdefault(of, {})[name] = None if value is None else entered + value
        facts = Facts("explored", None, fields["contact"], fields["account"], "UTC", entered)
        return facts, RunView("explored", self.plan.journey, self.plan.hash, entered, fields["trigger"])

    def performed(self, way: Way, command: Perform) -> Done:
        step = self.plan.steps[command.step]
        assert isinstance(step, Do)
        effect, at = step.effect, way.state.at
        if isinstance(effect, SendEmail) and not effect.ignore_hours:
            open_at = evaluate.fold(at, self.plan.sending_hours, self.world(way)[0], "UTC")
            if open_at > at:
                return Done("held", "sending hours", open_at)
        return Done("sent")

    def waited(self, way: Way) -> Iterator[Way]:
        """Let a waited-for event come at once or in the last second, or let the time run out."""
        state = way.state
        due = state.due()
        for interest in self.wanted(state):
            for at in dict.fromkeys((state.at, state.at if due is None else due)):
                yield self.fed(way, Told(at, ((state.inbox, self.told(interest)),)))
        if due is not None:
            yield self.fed(way, Due(due))

    def told(self, interest: int) -> tuple[int, ...]:
        """Return the numbers of the interests that one event concerns, by that which it surely does."""
        heard = self.plan.interests[interest]
        if heard.event is None:
            return (interest,)
        others = (
            number
            for number, other in enumerate(self.plan.interests)
            if f"event:{heard.event}" in other.changes
            or (
                other.event == heard.event
                and other.where is None
                and other.args.items() <= heard.args.items()
            )
        )
        return tuple(dict.fromkeys((interest, *others)))

    def wanted(self, state: State) -> list[int]:
        found: list[int] = []
        for thread in state.threads:
            number = thread.frames[-1].at
            step = self.plan.steps[number] if number is not None else None
            if thread.status == "waiting" and isinstance(step, Arms):
                found += [arm.interest for arm in step.arms]
        if self.bound.interrupts:
            quiet = {n for n, until in state.quiet.items() if until > state.at}
            found += [e.interest for e in self.plan.endings if not e.stay]
            found += [h.interest for n, h in enumerate(self.plan.handlers) if n not in quiet and h.every]
        return list(dict.fromkeys(found))


class _Guided(Ways):
    """Looks for one path, and leaves every way that turns off it."""

    def __init__(self, plan: Plan, bound: Bound, steps: tuple[str, ...]) -> None:
        super().__init__(plan, bound)
        self.steps = steps

    def first(self) -> Path | None:
        ways = [self.fed(Way(start_state(self.bound.entered)), Started(self.bound.entered))]
        looked = 0
        while ways and looked < self.bound.happenings:
            way = ways.pop()
            looked += 1
            if len(way.visited) >= len(self.steps):
                return self.path(way)
            if way.state.ended is None:
                ways += [new for new in reversed(list(self.choices(way))) if self.new(new)]
        return None

    def new(self, way: Way) -> bool:
        taken = [step for step, _ in way.visited[: len(self.steps)]]
        return taken == list(self.steps[: len(taken)]) and super().new(way)
