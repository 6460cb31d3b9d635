"""Costing: what a run costs on Temporal, before anybody enters. Pure.

The paths are those of `runtime.explore`, which drives the real machine; what is added here is the driver's
side of each happening: which are taken in one turn, in which activity, and between which timers and signals.
`workflows.journey` is the authority, and a test compares the figures with histories of real runs.

Billable actions are counted as Temporal Cloud defines them (docs.temporal.io/cloud/actions): a start of a
workflow, also by continue-as-new; a timer; a signal; a start of an activity, each retry another; all markers
of one workflow task together. Completions, workflow tasks and signals' handling are free.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Any

from dsl.plan import Arms, Decide, Do, Handoff, Plan, Spawn, Split
from runtime.explore import Bound, Way
from runtime.knowing import Knowing, Seeing
from runtime.machine import Ask, Done, Due, Happening, Perform, Started, State, Told, pending, start_state
from runtime.messages import FORESIGHT, in_one_activity
from workflows.forecast import Foreseen, foresee

SUGGESTED = 4_096
"""Events of a history after which the server suggests to continue as new."""

_TASK = 3  # a workflow task: scheduled, started, completed
_ACTIVITY = 3  # an activity: scheduled, started, completed
_NODES = 100_000
_HAPPENINGS = 50_000


class TooManyWays(Exception):
    """A plan has more ways than can be looked at. The message says what to do."""


class ShareWrong(Exception):
    """A share cannot be used. The message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run spends. `bookkeeping`: turns in the database alone, each a local activity.

    `others`: workflows beside it, a handoff or another journey's run, which cost for themselves.
    """

    events: float = 0
    activities: float = 0
    bookkeeping: float = 0
    timers: float = 0
    signals: float = 0
    actions: float = 0
    others: float = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(a + b for a, b in zip(self.figures(), other.figures(), strict=True)))

    def __sub__(self, other: Cost) -> Cost:
        return Cost(*(a - b for a, b in zip(self.figures(), other.figures(), strict=True)))

    def times(self, share: float) -> Cost:
        """Return so much of it."""
        return Cost(*(figure * share for figure in self.figures()))

    def figures(self) -> tuple[float, ...]:
        """Return all figures, in the order of the fields."""
        return (
            self.events,
            self.activities,
            self.bookkeeping,
            self.timers,
            self.signals,
            self.actions,
            self.others,
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """A way taken at a branch: the step (or the field, for a date) and the option by its name."""

    at: str
    option: str


@dataclass(frozen=True, slots=True)
class PathCost:
    """One path: how it goes at each branch, how it ends, its share of all entrants, what it costs."""

    taken: tuple[Taken, ...]
    ended: str
    seconds: int
    share: float
    cost: Cost


@dataclass(frozen=True, slots=True)
class Choice:
    """A branch of the journey, with its options and the share of each."""

    at: str
    text: str
    options: tuple[str, ...]
    shares: tuple[float, ...]
    given: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a journey costs. `paths`: those with the largest shares; `count`: how many there are in all.

    `least`, `most`: events of the shortest and of the longest path. `news`: what each happening beside the
    paths adds, by its id.
    """

    journey: str
    expected: Cost
    count: int
    least: int
    most: int
    paths: tuple[PathCost, ...]
    choices: tuple[Choice, ...]
    news: Mapping[str, Cost]


Shares = Mapping[str, Sequence[float]]
"""Shares by step id, in the order of its options; those left out share the rest equally."""


def estimate(
    plan: Plan, shares: Shares | None = None, bound: Bound | None = None, paths: int = 20
) -> Estimate:
    """Estimate a plan's cost.

    Raises:
        ShareWrong: a share names no branch of the plan, or shares of a branch do not come to 1.
        TooManyWays: the plan cannot be looked at as a whole.
    """
    given = dict(shares or {})
    bound = bound or Bound(happenings=_HAPPENINGS)
    try:
        looked, found = _looked(plan, given, bound, paths)
    except TooManyWays:  # with less to tell ways apart they may be fewer
        looked, found = _looked(plan, given, bound, paths, blind=True)
    known = [choice.at for choice in found.choices]
    for name in given:
        if name not in known and name in looked.ways.settled:
            raise ShareWrong(
                f"{name} has no share: what comes before it on each path tells how it comes out."
            )
        if name not in known:
            raise ShareWrong(f"{name} is no branch of this journey. There are: {', '.join(known) or 'none'}.")
    return replace(found, news=_news(plan, bound))


def _looked(
    plan: Plan, given: Shares, bound: Bound, paths: int, *, blind: bool = False
) -> tuple[_Sum, Estimate]:
    looked = _Sum(plan, given, bound, blind=blind)
    found = looked.found(paths)
    if found.most >= SUGGESTED:  # then it matters how long each history is already
        looked = _Sum(plan, given, bound, exact=True, blind=blind)
        found = looked.found(paths)
    return looked, found


# ------------------------------------------------------------------------------------------- the driver


@dataclass(frozen=True, slots=True)
class Driver:
    """Where the workflow is. `turn`: the kinds that the turn under way may carry out, None between turns.

    `timer`: the deadline that a timer runs for. `marked`: the workflow task under way holds a marker.
    `length`: events of the present history.
    """

    cost: Cost = Cost()
    turn: frozenset[str] | None = None
    timer: int | None = None
    marked: bool = False
    length: int = 0

    def spend(self, events: int, **more: float) -> Driver:
        """Add to the cost."""
        return replace(self, cost=self.cost + Cost(events, **more), length=self.length + events)

    def task(self) -> Driver:
        """Add a workflow task."""
        return replace(self.spend(_TASK), marked=False)


def drive(driver: Driver, plan: Plan, before: State, happened: Happening, after: State) -> Driver:
    """Return where the workflow is after it has let the machine take in one happening."""
    if isinstance(happened, Started):
        driver = driver.spend(1, actions=1).task()
        driver = _turn(driver, foresee(plan, before, happened.at, FORESIGHT))
    elif isinstance(happened, Told):
        driver = _turn(driver.spend(1, signals=1, actions=1).task(), None)
    elif isinstance(happened, Due):
        driver = replace(driver.spend(1), timer=None).task()
        driver = _turn(driver, foresee(plan, before, happened.at, FORESIGHT))
    elif isinstance(happened, Done):
        command = pending(plan, before)
        assert isinstance(command, Perform)
        step = plan.steps[command.step]
        assert isinstance(step, Do)
        kind = step.effect.kind
        if driver.turn is None or kind not in driver.turn:
            driver = _turn(_ended(driver), Foreseen(kind, ""))
    if isinstance(_applied(plan, before), Handoff | Spawn):
        driver = replace(driver, cost=driver.cost + Cost(others=1))
    if after.ended is not None:
        return _ended(driver).spend(1)
    if pending(plan, after) is None:
        return _rest(_ended(driver), after)
    return driver


def _applied(plan: Plan, before: State) -> object:
    """Return the step whose inner effect was open, if one was."""
    if before.asking is None or before.asking < 0 or before.thread(before.asking).every:
        return None
    number = before.thread(before.asking).frames[-1].at
    return plan.steps[number] if number is not None else None


def _turn(driver: Driver, foreseen: Foreseen | None) -> Driver:
    """Begin a turn: in the activity of the effect that it is seen to begin with, else beside the workflow."""
    if foreseen is None:
        marker = driver.spend(1, bookkeeping=1, actions=0 if driver.marked else 1)
        return replace(marker, turn=frozenset(), marked=True)
    kinds = in_one_activity(foreseen.kind)
    return replace(driver.spend(_ACTIVITY, activities=1, actions=1), turn=kinds)


def _ended(driver: Driver) -> Driver:
    """End the turn under way; that of an activity brings a workflow task."""
    return replace(driver.task() if driver.turn else driver, turn=None)


def _rest(driver: Driver, state: State) -> Driver:
    """Let the run wait: on the timer that runs already, or on a new one."""
    # What the workflow sees of its history ends with the start of the task under way.
    if driver.length - 1 - driver.marked >= SUGGESTED:
        driver = replace(driver.spend(1), length=0, timer=None)
        driver = driver.spend(1, actions=1).task()
    due = state.due()
    if due == driver.timer:
        return driver
    if driver.timer is not None:
        driver = driver.spend(1)  # cancelled
    if due is None:
        return replace(driver, timer=None)
    return replace(driver.spend(1, timers=1, actions=1), timer=due)


# -------------------------------------------------------------------------------------------- the paths


@dataclass(frozen=True, slots=True)
class _PricedWay(Seeing):
    driver: Driver = Driver()
    share: float = 1.0
    fraction: float = 1.0
    taken: tuple[Taken, ...] = ()


class _Priced(Knowing):
    """The ways of a plan with what they cost. An event that is waited for comes at once, or never.

    A question of which the way itself tells the answer has no shares; `settled` names the steps of those.
    `blind`: ways forget what they have seen.
    """

    def __init__(self, plan: Plan, shares: Shares, bound: Bound, *, blind: bool = False) -> None:
        super().__init__(plan, bound)
        self.blind = blind
        self.given = shares
        self.choices_seen: dict[str, Choice] = {}
        self.settled: set[str] = set()

    def possible(self, way: Way, ask: Ask, place: int) -> bool:
        """Leave out what denies what the way has seen, where that leaves one answer."""
        if self.blind:
            return True
        fits = super().possible
        known = [number for number in range(len(ask.predicates) + 1) if fits(way, ask, number)]
        if len(known) != 1 or not ask.predicates:
            return True
        step = self.standing(way.state)
        if isinstance(step, Decide) and way.state.asking is not None:
            self.settled.add(step.id)
        return place == known[0]

    def start(self) -> _PricedWay:
        """Return the way that has just begun."""
        entered = self.bound.entered
        begun = self.fed(_PricedWay(start_state(entered)), Started(entered))
        assert isinstance(begun, _PricedWay)
        return begun

    def fed(self, way: Way, happening: Happening) -> Way:
        """Let the workflow drive the machine."""
        after = super().fed(way, happening)
        assert isinstance(way, _PricedWay)
        assert isinstance(after, _PricedWay)
        return replace(after, driver=drive(way.driver, self.plan, way.state, happening, after.state))

    def waited(self, way: Way) -> Iterator[Way]:
        """Let a waited-for event come at once, or the time run out."""
        state, due = way.state, way.state.due()
        for interest in self.wanted(state):
            yield self.fed(way, Told(state.at, ((state.inbox, (interest,)),)))
        if due is not None:
            yield self.fed(way, Due(due))

    def onward(self, way: _PricedWay) -> list[_PricedWay]:
        """Return the ways on from here, each with its share."""
        if way.state.ended is not None or way.happenings > self.bound.happenings:
            return []
        found = [one for one in self.choices(way) if isinstance(one, _PricedWay)]
        if len(found) < 2:
            return [replace(one, fraction=1.0) for one in found]
        at, text, options, weights = self.options(way, found)
        shares = self.shares(at, text, options, weights)
        return [
            replace(one, share=way.share * share, fraction=share, taken=(*way.taken, Taken(at, option)))
            for one, option, share in zip(found, options, shares, strict=True)
        ]

    def options(
        self, way: _PricedWay, found: Sequence[_PricedWay]
    ) -> tuple[str, str, tuple[str, ...], tuple[float, ...]]:
        """Name the branch, and each way on from it."""
        count = len(found)
        equal = (1 / count,) * count
        if found[0].dates != way.dates:
            of, name, _ = found[0].dates[-1]
            chosen = tuple(_date(one.dates[-1][2]) for one in found)
            return f"{of}.{name}", f"The date {of}.{name}", chosen, equal
        step = self.standing(way.state)
        if isinstance(step, Split):
            total = sum(variant.weight for variant in step.variants)
            weights = tuple(variant.weight / total for variant in step.variants)
            return step.id, step.text, tuple(variant.name for variant in step.variants), weights
        if isinstance(step, Decide):
            ways = ("yes",) if count == 2 else tuple(f"branch {n}" for n in range(1, count))
            return step.id, step.text, (*ways, "no" if count == 2 else "otherwise"), equal
        arms = tuple(f"arm {n}" for n in range(1, count)) if count > 2 else ("event",)
        if step is not None and way.state.asking is not None:  # what a wait finds to be so already
            arms = tuple(f"{arm}, already" for arm in arms)
            return f"{step.id}, already", step.text, (*arms, "not yet"), equal
        id_, text = (step.id, step.text) if step is not None else ("wait", "A wait")
        due = way.state.due() is not None
        return id_, text, (*arms, "timeout") if due else tuple(f"arm {n + 1}" for n in range(count)), equal

    def standing(self, state: State) -> Any:
        """Return the step at which something is open: a question, or else a wait for events."""
        if state.asking is not None and state.asking >= 0:
            number = state.thread(state.asking).frames[-1].at
            return self.plan.steps[number] if number is not None else None
        for thread in state.threads:
            number = thread.frames[-1].at
            step = self.plan.steps[number] if number is not None else None
            if thread.status == "waiting" and isinstance(step, Arms):
                return step
        return None

    def shares(
        self, at: str, text: str, options: tuple[str, ...], weights: tuple[float, ...]
    ) -> tuple[float, ...]:
        given = self.given.get(at)
        known = self.choices_seen.get(at)
        if known is not None and known.options == options:
            return known.shares
        shares = weights if given is None else _completed(at, options, given)
        self.choices_seen.setdefault(at, Choice(at, text, options, shares, given is not None))
        return shares


def _completed(at: str, options: tuple[str, ...], given: Sequence[float]) -> tuple[float, ...]:
    """Let the options without a share have what is left, equally."""
    left, rest = len(options) - len(given), 1 - sum(given)
    if left < 0 or not rest >= -1e-9 or (left == 0 and rest > 1e-9) or any(share < 0 for share in given):
        raise ShareWrong(
            f"{at} has {len(options)} ways on ({', '.join(options)}); give at most that many shares, which "
            "come to 100% together, or less if some are left out."
        )
    return (*given, *((max(0.0, rest) / left,) * left if left else ()))


def _date(seconds: int | None) -> str:
    if seconds is None:
        return "empty"
    days = round(seconds / 86_400)
    return f"in {days} days" if days >= 0 else f"{-days} days ago"


@dataclass(slots=True)
class _Node:
    """What follows from one place: expected cost, number of paths, the likeliest, least and most events."""

    expected: Cost = Cost()
    likeliest: float = 0
    paths: int = 0
    least: float = 0
    most: float = 0


@dataclass(slots=True)
class _Sum:
    """The cost over all paths; places that ways come to together are looked at once."""

    plan: Plan
    shares: Shares
    bound: Bound
    exact: bool = False
    blind: bool = False
    nodes: dict[str, _Node] = field(default_factory=dict)
    ways: _Priced = field(init=False)

    def __post_init__(self) -> None:
        self.ways = _Priced(self.plan, self.shares, self.bound, blind=self.blind)

    def found(self, paths: int) -> Estimate:
        """Look at all ways; keep so many paths."""
        ways = self.ways
        begun = ways.start()
        root = self.node(ways, begun)
        first = begun.driver.cost
        return Estimate(
            self.plan.journey,
            first + root.expected,
            root.paths,
            int(first.events + root.least),
            int(first.events + root.most),
            tuple(self.largest(ways, begun, paths)),
            tuple(ways.choices_seen.values()),
            {},
        )

    def node(self, ways: _Priced, begun: _PricedWay) -> _Node:
        """Look at what follows, the last first; without recursion, for paths are long."""
        stack: list[tuple[str, _PricedWay, list[tuple[str, _PricedWay]] | None]] = [
            (self.key(begun), begun, None)
        ]
        while stack:
            key, way, onward = stack.pop()
            if key in self.nodes:
                continue
            if onward is None:
                if len(self.nodes) > _NODES:
                    raise TooManyWays(
                        f"{self.plan.journey} has more ways than can be looked at. "
                        "Put a part of it into a journey of its own, and ask for both."
                    )
                onward = [(self.key(one), one) for one in ways.onward(way)]
                stack.append((key, way, onward))
                stack += [(child, one, None) for child, one in onward if child not in self.nodes]
                continue
            self.nodes[key] = self.joined(way, onward)
        return self.nodes[self.key(begun)]

    def joined(self, way: _PricedWay, onward: Sequence[tuple[str, _PricedWay]]) -> _Node:
        if not onward:
            return _Node(paths=1, likeliest=1)
        node = _Node(least=float("inf"))
        for key, one in onward:
            child, spent = self.nodes[key], one.driver.cost - way.driver.cost
            node.expected += (spent + child.expected).times(one.fraction)
            node.paths += child.paths
            node.likeliest = max(node.likeliest, one.fraction * child.likeliest)
            node.least = min(node.least, spent.events + child.least)
            node.most = max(node.most, spent.events + child.most)
        return node

    def largest(self, ways: _Priced, begun: _PricedWay, count: int) -> Iterator[PathCost]:
        """Yield the paths with the largest shares, the largest first."""
        heap: list[tuple[float, int, _PricedWay]] = [(0.0, 0, begun)]
        serial = 0
        while heap and count:
            _, _, way = heappop(heap)
            onward = ways.onward(way)
            if not onward:
                ended = " ".join(part for part in (way.state.ended or ()) if part)
                seconds = way.state.at - way.state.entered
                yield PathCost(way.taken, ended, seconds, way.share, way.driver.cost)
                count -= 1
            for one in onward:
                serial -= 1  # among equals the newest: one path to its end before the next
                share = one.share * self.nodes[self.key(one)].likeliest
                heappush(heap, (-share, serial, one))

    def key(self, way: _PricedWay) -> str:
        driver = way.driver
        data = way.state.to_json()
        for counted in ("n", "visits", "inbox"):
            del data[counted]
        for thread in data["threads"]:
            del thread["visit"]
        turn = sorted(driver.turn) if driver.turn is not None else None
        length = driver.length if self.exact else 0
        seen = () if self.blind else self.ways.seen_by(way)
        return repr((data, way.dates, turn, driver.timer, driver.marked, length, seen))


def _news(plan: Plan, bound: Bound) -> dict[str, Cost]:
    """Return what a firing of each handler adds, at the first wait of the run."""
    ways = _Priced(plan, {}, replace(bound, interrupts=True))
    way = _resting(ways, ways.start())
    if way is None:
        return {}
    found = {}
    for handler in plan.handlers:
        told = Told(way.state.at, ((way.state.inbox, (handler.interest,)),))
        if handler.predicate is not None:
            continue
        after = _resting(ways, ways.fed(way, told))
        if after is not None:
            found[handler.id] = after.driver.cost - way.driver.cost
    return found


def _resting(ways: _Priced, way: Way) -> _PricedWay | None:
    """Go on, taking the last way at each branch, until the run rests."""
    assert isinstance(way, _PricedWay)
    while way.state.ended is None and pending(ways.plan, way.state) is not None:
        onward = list(ways.choices(way))
        way = onward[-1]
        assert isinstance(way, _PricedWay)
    return None if way.state.ended is not None else way
