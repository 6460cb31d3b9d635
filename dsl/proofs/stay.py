"""How long a run stays: when each place can be come to, at the earliest and at the latest.

Seconds from the start of the run. Goals and stops may end a run at any moment; they are not counted. Nor is
trouble of a provider, nor what a policy holds back. A block that comes up late keeps its gap from the last
send, as in the machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsl.plan import Arms, DayOfRun, HourOfRun, Schedule, SendEmail, Wait
from dsl.plan.instants import DateField
from dsl.proofs.graph import END, START, Edge, Graph
from dsl.proofs.lengths import Length, closed, length, moment
from dsl.proofs.subject import Journey


@dataclass(frozen=True, slots=True)
class When:
    """When a place is come to. `latest` None: the plan does not bound it.

    `sent_first`, `sent_last`: when the last send before it was, at the earliest and at the latest (None: on
    some way, or on every way, nothing was sent). `open`: whether it is surely inside the sending hours.
    """

    earliest: int = 0
    latest: int | None = 0
    sent_first: int | None = None
    sent_last: int | None = None
    sent: bool = False
    open: bool = False

    def or_(self, other: When) -> When:
        """Return what holds of both ways to a place."""
        latest = None if self.latest is None or other.latest is None else max(self.latest, other.latest)
        first = (
            None
            if self.sent_first is None or other.sent_first is None
            else min(self.sent_first, other.sent_first)
        )
        last = [w.sent_last for w in (self, other) if w.sent]
        unbounded = any(at is None for at in last)
        return When(
            min(self.earliest, other.earliest),
            latest,
            first,
            None if unbounded else max((at for at in last if at is not None), default=None),
            self.sent or other.sent,
            self.open and other.open,
        )

    def after(self, found: Length) -> When:
        """Return when a wait from here is over."""
        if found.anchored:
            most = None if found.most is None or self.latest is None else max(self.latest, found.most)
            return self.at(max(self.earliest, found.least), most)
        most = None if found.most is None or self.latest is None else self.latest + found.most
        return self.at(self.earliest + found.least, most)

    def at(self, earliest: int, latest: int | None, open_: bool = False) -> When:
        """Return another time with the same sends behind it."""
        return When(earliest, latest, self.sent_first, self.sent_last, self.sent, open_)


@dataclass(frozen=True, slots=True)
class Stay:
    """The shortest and the longest stay, in seconds; `longest` None: a date or an event decides."""

    shortest: int
    longest: int | None


def stay(journey: Journey) -> Stay:
    """Return how long a run of the journey lasts if neither goal nor stop ends it.

    Of a plan whose loops are too many to be looked at whole, the longest stay is not known.
    """
    main = times(journey, journey.main)[END]
    longest = main.latest if all(graph.whole for graph in journey.graphs) else None
    for graph in journey.handlers:
        # A handler may fire in the last second, and the run waits until it is done.
        tail = times(journey, graph)[END].latest
        longest = None if longest is None or tail is None else longest + tail
    return Stay(main.earliest, longest)


def times(journey: Journey, graph: Graph) -> dict[int, When]:
    """Return when each node is come to."""
    found: dict[int, When] = {START: When()}
    for number in graph.order:
        here = found[number]
        for edge in graph.nodes[number].out:
            there = leave(journey, graph, number, edge, here)
            found[edge.to] = found[edge.to].or_(there) if edge.to in found else there
    return found


def leave(journey: Journey, graph: Graph, number: int, edge: Edge, here: When) -> When:
    """Return when the place behind a node is come to, on one way out of it."""
    if number in (START, END):
        return here
    node, plan = graph.nodes[number], journey.plan
    step = journey.steps[node.step]
    if node.block is not None:
        return _block(journey, graph, number, edge, here)
    if isinstance(step, Wait):
        over = here.after(length(plan, step.until))
        return over.at(over.earliest, over.latest, plan.instants[step.until].fold)
    if isinstance(step, Arms):
        return _arms(journey, step, edge, here)
    email = journey.email(node.step)
    return here if email is None else _send(journey, email, here)


def _arms(journey: Journey, step: Arms, edge: Edge, here: When) -> When:
    if edge.kind == "already":
        return here
    limit = Length(0, None) if step.until is None else length(journey.plan, step.until)
    return here.after(limit if edge.kind == "timeout" else Length(0, limit.most, limit.anchored))


def _send(journey: Journey, email: SendEmail, here: When) -> When:
    hold = 0 if email.ignore_hours or here.open else closed(journey.plan.sending_hours)
    latest = None if here.latest is None else here.latest + hold
    return When(here.earliest, latest, here.earliest, latest, True, here.open or not email.ignore_hours)


def _block(journey: Journey, graph: Graph, number: int, edge: Edge, here: When) -> When:
    if edge.kind != "block":
        return here.at(here.earliest, here.latest)
    node = graph.nodes[number]
    block = graph.block(node)
    due = moment(journey.plan, block)
    if due.most is None:
        return here.at(here.earliest, None)
    assert isinstance(journey.steps[node.step], Schedule)
    instant = journey.plan.instants[block.at]
    folds = isinstance(instant, DayOfRun | HourOfRun | DateField) and instant.fold
    earliest = max(here.earliest, due.least)
    if here.earliest > due.most and here.sent_first is not None:
        earliest = max(earliest, here.sent_first + block.gap)
    latest: int | None = due.most
    if here.latest is None or here.latest > due.least:
        latest = _late(here, due.most, block.gap, closed(journey.plan.sending_hours) if folds else 0)
    return here.at(earliest, latest, folds)


def _late(here: When, due: int, gap: int, hold: int) -> int | None:
    """Return when a block that comes up late begins at the latest."""
    if here.latest is None or (here.sent and here.sent_last is None):
        return None
    kept = here.sent_last + gap if here.sent_last is not None else 0
    return max(due, max(here.latest, kept) + hold)
