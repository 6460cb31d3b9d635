"""Bounds beyond reason: repeats inside repeats, runs of many years, blocks that always come too late."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod

from dsl.plan import Arms, Block, Call, DayOfRun, HourOfRun, Loop, Schedule, Wait
from dsl.proofs.graph import Graph
from dsl.proofs.lengths import DAY, length, moment
from dsl.proofs.stay import leave, stay, times
from dsl.proofs.subject import Finding, Journey, Subject
from dsl.proofs.trails import find

_ROUNDS = 1_000
_YEARS = 10
_YEAR = 365 * DAY
# A day is longer than 24 hours when the clocks go back.
_LEEWAY = 2 * 3600


def absurd(subject: Subject) -> Iterator[Finding]:
    """Find repeats that make more rounds, or a longer stay, than anybody can mean."""
    for journey in subject.journeys.values():
        loops = [n for n, step in enumerate(journey.steps) if isinstance(step, Loop)]
        if not loops:
            continue
        told = False
        for graph in journey.graphs:
            for outer, rounds in _nested(journey, graph).items():
                told = True
                message = f"Repeats inside each other make {rounds:,} rounds in all."
                fix = f"Repeat fewer times: {_ROUNDS:,} rounds in all are the most."
                yield Finding("N417", journey.plan.journey, journey.steps[outer].line, message, fix)
        longest = None if told or not _may_be_long(journey) else stay(journey.without_hours()).longest
        if longest is not None and longest > _YEARS * _YEAR:
            message = f"With all its rounds a run stays for {longest // _YEAR} years."
            fix = f"Repeat fewer times: a run is {_YEARS} years long at most."
            line = max((journey.steps[n] for n in loops), key=lambda step: getattr(step, "times", 0)).line
            yield Finding("N417", journey.plan.journey, line, message, fix)


def _may_be_long(journey: Journey) -> bool:
    """Whether all waits together, in as many rounds as any could have, take so long: few journeys can."""
    rounds = prod(step.times for step in journey.steps if isinstance(step, Loop))
    calls = 1 + sum(isinstance(step, Call) for step in journey.steps)
    untils = [n for step in journey.steps if (n := getattr(step, "until", None)) is not None]
    untils += [block.at for step in journey.steps if isinstance(step, Schedule) for block in step.blocks]
    most = sum(length(journey.plan, n).most or 0 for n in untils)
    return most * calls * rounds > _YEARS * _YEAR


def _nested(journey: Journey, graph: Graph) -> dict[int, int]:
    """Return the outermost repeats under which there are too many rounds, and how many."""
    found: dict[int, int] = {}
    for number, step in graph.steps():
        if not isinstance(journey.steps[step], Loop):
            continue
        around = (*graph.loops(number), step)
        rounds = prod(getattr(journey.steps[n], "times", 1) for n in around)
        if len(around) > 1 and rounds > _ROUNDS:
            found[around[0]] = max(rounds, found.get(around[0], 0))
    return found


def late_blocks(subject: Subject) -> Iterator[Finding]:
    """Find blocks counted from the start that always come later than they say."""
    for journey in subject.journeys.values():
        if any(isinstance(step, Schedule) and _crowded(journey, step) for step in journey.steps):
            yield from _late(journey)


def late_for_some(subject: Subject) -> Iterator[Finding]:
    """Find blocks counted from the start that come later than they say for whoever waits in vain before."""
    for journey in subject.journeys.values():
        if any(isinstance(step, Schedule) and _may_crowd(journey, step) for step in journey.steps):
            yield from _late_for_some(journey.without_hours())


def _may_crowd(journey: Journey, schedule: Schedule) -> bool:
    """Whether a wait for something could take longer than lies between two blocks."""
    due = [moment(journey.plan, block) for block in schedule.blocks if not block.dated]
    if len(due) < 2:
        return False
    waits = [step.until for step in journey.steps if isinstance(step, Arms) and step.until is not None]
    longest = max((length(journey.plan, until).most or 0 for until in waits), default=0)
    return longest > min((b.most or 0) - (a.most or 0) for a, b in pairwise(due))


def _late_for_some(journey: Journey) -> Iterator[Finding]:
    graph = journey.main
    found = times(journey, graph)
    for number in graph.order:
        node = graph.nodes[number]
        if node.block is None or graph.dated or number not in found:
            continue
        block, here = graph.block(node), found[number]
        due = moment(journey.plan, block)
        if not isinstance(journey.plan.instants[block.at], DayOfRun | HourOfRun) or due.most is None:
            continue
        if here.earliest > due.most + _LEEWAY:
            return  # late for everybody, which is told already
        if here.latest is not None and here.latest > due.most + DAY:
            line = journey.steps[block.body].line if block.body is not None else journey.steps[node.step].line
            message = (
                f"“{block.label}” comes on day {here.latest // DAY} for whoever waits in vain before it."
            )
            fix = "Let the wait end before the day of the block, or move the block."
            yield Finding("N574", journey.plan.journey, 0, message, fix, way=line)
            return  # those behind it are late for the same reason


def _crowded(journey: Journey, schedule: Schedule) -> bool:
    """Whether waits could take longer than lies between two blocks: most journeys need no further look."""
    due = [moment(journey.plan, block) for block in schedule.blocks if not block.dated]
    if len(due) < 2:
        return False
    waits = [length(journey.plan, step.until).least for step in journey.steps if isinstance(step, Wait)]
    if any(isinstance(step, Loop) for step in journey.steps):
        return bool(waits)
    return sum(waits) > min((b.most or 0) - (a.most or 0) for a, b in pairwise(due))


def _late(journey: Journey) -> Iterator[Finding]:
    graph, told = journey.main, set[str]()
    found = times(journey, graph)
    for number in graph.order:
        node = graph.nodes[number]
        if node.block is None or graph.dated:
            continue
        block = graph.block(node)
        due, here = moment(journey.plan, block), found[number]
        counted = isinstance(journey.plan.instants[block.at], DayOfRun | HourOfRun)
        if not counted or due.most is None or here.earliest <= due.most + _LEEWAY or block.label in told:
            continue
        told.add(block.label)
        begins = next(leave(journey, graph, number, e, here) for e in node.out if e.kind == "block").earliest
        line = journey.steps[block.body].line if block.body is not None else journey.steps[node.step].line
        day = begins // DAY
        message = f"“{block.label}” begins on day {day} at the earliest: the blocks before it last so long."
        rest = [moment(journey.plan, other).most or 0 for other in _behind(journey, node.step, node.block)]
        room = not rest or begins < min(rest)
        fix = "et the blocks before it wait less."
        fix = f"Write “day {-(-begins // DAY)}”, or l{fix}" if room else f"L{fix}"
        trail = find(journey, graph, lambda n, _facts, number=number: n == number)  # type: ignore[misc]
        yield Finding("N566", journey.plan.journey, 0, message, fix, trail, way=line)
        return  # those behind it are late for the same reason


def _behind(journey: Journey, schedule: int, place: int) -> tuple[Block, ...]:
    """Return the blocks behind one."""
    step = journey.steps[schedule]
    return step.blocks[place + 1 :] if isinstance(step, Schedule) else ()
