"""Routes: the paths of a plan as people read them, with moments, emails, choices and how they end.

They are those of `runtime.explore`: the real machine is driven through every choice, up to a bound. A route
to a step is cut where it comes there, and ways that cannot come there any more are left. What a route has
seen, it does not deny (`runtime.evidence`): who clicked has clicked, and who let a wait for a click run out
has not. All other conditions are taken to be independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dsl.plan import Call, Loop, Plan, Schedule, SendEmail
from dsl.spelling import nearest
from runtime.explore import Bound, Path, Way
from runtime.knowing import Knowing, Seeing
from runtime.machine import Started, start_state
from runtime.trace import TraceRow
from runtime.why.gates import gates

_STEPS_OF_A_PATH = 400
"""Happenings looked at for each path that is asked for: what people write needs some dozens."""

CHOICES = frozenset({"took", "met", "timeout", "chose", "passed", "fired", "block skipped", "goal", "exit"})


@dataclass(frozen=True, slots=True)
class Route:
    """One way through a plan. `rows`: its trace; `number`: in the order in which they were found, from 1.

    `open_end`: "" if it ends; `waits` if it waits for an event alone, which may never come; `endless` if it
    was given up.
    """

    number: int
    path: Path
    rows: tuple[TraceRow, ...]
    open_end: str = ""

    @property
    def choices(self) -> tuple[TraceRow, ...]:
        """The rows in which the world decided."""
        return tuple(row for row in self.rows if row.kind in CHOICES)


@dataclass(frozen=True, slots=True)
class Routes:
    """What was found. `partial`: there are more than were looked at. `bound`: how many were asked for."""

    routes: tuple[Route, ...]
    bound: int
    partial: bool


class UnknownStep(Exception):
    """No step of the journey is called so. The message says which are."""


def find(plan: Plan, bound: Bound, to: int | None = None) -> Routes:
    """Return the routes of a plan, or those to a step by its number, in a fixed order."""
    if to is not None:
        paths = gates(plan).get(to, [])
        handled = bool(paths) and all(path and path[0].kind == "handler" for path in paths)
        bound = replace(bound, distinct=True, interrupts=bound.interrupts or handled)
    walker = _Walker(plan, bound, to)
    found = tuple(walker.routes())
    return Routes(found, bound.paths, walker.partial)


def along(plan: Plan, steps: Sequence[str], bound: Bound) -> Route | None:
    """Return a route that takes these steps first, by their ids in order; it ends with the last of them.

    As `explore.along`, with the trace. `bound.happenings` is of all ways together.
    """
    return _Along(plan, bound, tuple(steps)).first()


def longest(routes: Sequence[Route]) -> Route:
    """Return the route that takes the most time."""
    return max(routes, key=lambda route: (route.path.seconds, len(route.path.mails), -route.number))


def shortest(routes: Sequence[Route]) -> Route:
    """Return the route that takes the least time."""
    return min(routes, key=lambda route: (route.path.seconds, len(route.path.mails), route.number))


def most_emails(routes: Sequence[Route]) -> Route:
    """Return the route with the most emails."""
    return max(routes, key=lambda route: (len(route.path.mails), -route.path.seconds, -route.number))


def step_named(plan: Plan, name: str) -> int:
    """Return the number of the step that is meant: by id, by line, by its email, by its words or its block.

    The end of an id will do, if only one step has it.

    Raises:
        UnknownStep: there is none.
    """
    for number, step in enumerate(plan.steps):
        if name == step.id or (name.isdigit() and step.line == int(name)):
            return _first(plan, number)
    for number, step in enumerate(plan.steps):
        effect = getattr(step, "effect", None)
        email = effect.email if isinstance(effect, SendEmail) else ""
        if name in (email, step.text):
            return number
        for block in step.blocks if isinstance(step, Schedule) else ():
            if name == block.label and block.body is not None:
                return block.body
    ends = [number for number, step in enumerate(plan.steps) if step.id.endswith(f"/{name}")]
    if len(ends) == 1:
        return _first(plan, ends[0])
    if name.isdigit() and (below := [step.line for step in plan.steps if step.line > int(name)]):
        raise UnknownStep(
            f"Line {name} of “{plan.journey}” holds no step; the next one is in line {min(below)}."
        )
    known = dict.fromkeys(effect.email for _, effect in plan.sends())
    known |= {b.label: None for step in plan.steps if isinstance(step, Schedule) for b in step.blocks}
    guess = nearest(name, [*known, *(step.id for step in plan.steps)])
    there = ", ".join(f"“{one}”" for one in known) or "none with a name"
    advice = (
        f"Did you mean “{guess}”?"
        if guess
        else f"There are: {there}. A line number or a step's id does as well."
    )
    raise UnknownStep(f"“{plan.journey}” has no step “{name}”. {advice}")


def _first(plan: Plan, number: int) -> int:
    """Return the first step inside one that leaves no trace of its own."""
    step = plan.steps[number]
    if isinstance(step, Loop | Call):
        return _first(plan, step.body)
    if isinstance(step, Schedule):
        bodies = [block.body for block in step.blocks if block.body is not None]
        return _first(plan, bodies[0]) if bodies else number
    return number


@dataclass(frozen=True, slots=True)
class _Traced(Seeing):
    """A way with its trace. `told`: what others heard on it: steps, and when."""

    rows: tuple[TraceRow, ...] = field(default=(), compare=False)
    told: tuple[tuple[str, int], ...] = ()


class _Walker(Knowing):
    def __init__(self, plan: Plan, bound: Bound, to: int | None) -> None:
        super().__init__(plan, bound)
        self.to, self.partial = to, False
        self.left = bound.paths * _STEPS_OF_A_PATH

    def noted(self, way: Way, rows: Sequence[TraceRow]) -> Way:
        """Keep the trace rows."""
        self.left -= 1
        way = super().noted(way, rows)
        assert isinstance(way, _Traced)
        told = ((row.step, row.at) for row in rows if row.kind in ("sent", "handed off"))
        return replace(way, rows=(*way.rows, *rows), told=(*way.told, *told))

    def key(self, way: Way) -> object:
        """Return what tells ways apart: also what teams and other systems hear."""
        assert isinstance(way, _Traced)
        return super().key(way), way.told

    def routes(self) -> Iterator[Route]:
        """Yield the routes, up to the bound."""
        entered = self.bound.entered
        ways: list[Way] = [self.fed(_Traced(start_state(entered)), Started(entered))]
        given = 0
        while ways:
            if given >= self.bound.paths or self.left <= 0:
                self.partial = True
                return
            way = ways.pop()
            if self.to is not None and self.arrived(way):
                given += 1
                yield self.route(given, way, "")
                continue
            endless = way.happenings > self.bound.happenings
            onward_ = [] if way.state.ended is not None or endless else list(self.choices(way))
            if not onward_ and self.to is None:
                given += 1
                open_end = "" if way.state.ended is not None else "endless" if endless else "waits"
                yield self.route(given, way, open_end)
            self.partial = self.partial or (endless and self.to is not None)
            ways += [new for new in reversed(onward_) if self.may_arrive(new) and self.new(new)]

    def route(self, number: int, way: Way, open_end: str) -> Route:
        assert isinstance(way, _Traced)
        return Route(number, self.path(way), way.rows, open_end)

    def arrived(self, way: Way) -> bool:
        """Whether the way has come to the step: it is on its trace, or stands there."""
        assert self.to is not None
        id_ = self.plan.steps[self.to].id
        return any(step == id_ for step, _ in way.visited)

    def may_arrive(self, way: Way) -> bool:
        """Whether the step can still be come to."""
        if self.to is None or self.bound.interrupts or way.state.ended is not None:
            return way.state.ended is None or self.to is None or self.arrived(way)
        return self.arrived(way) or self.to in self.ahead(way)


class _Along(_Walker):
    """Looks for one route, and leaves every way that turns off it."""

    def __init__(self, plan: Plan, bound: Bound, steps: tuple[str, ...]) -> None:
        super().__init__(plan, bound, None)
        self.steps = steps

    def first(self) -> Route | None:
        entered = self.bound.entered
        ways: list[Way] = [self.fed(_Traced(start_state(entered)), Started(entered))]
        looked = 0
        while ways and looked < self.bound.happenings:
            way = ways.pop()
            looked += 1
            if len(way.visited) >= len(self.steps):
                return self.route(1, way, "")
            if way.state.ended is None:
                ways += [new for new in reversed(list(self.choices(way))) if self.new(new)]
        return None

    def new(self, way: Way) -> bool:
        taken = [step for step, _ in way.visited[: len(self.steps)]]
        return taken == list(self.steps[: len(taken)]) and super().new(way)
