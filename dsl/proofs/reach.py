"""Steps and timed blocks that no path comes to."""

from __future__ import annotations

from collections.abc import Iterator

from dsl.plan import AnyStep, Arms, Block, Call, DateField, Decide, Loop, Schedule, Split
from dsl.proofs.graph import Graph
from dsl.proofs.subject import Finding, Journey, Subject


def unreachable(subject: Subject) -> Iterator[Finding]:
    """Find the first of each row of steps that nobody comes to."""
    for journey in subject.journeys.values():
        blocks: set[int] = set()
        for number, step in enumerate(journey.steps):
            if isinstance(step, Schedule):
                for block, ender in _lost_blocks(journey, number, step):
                    blocks.add(-1 if block.body is None else block.body)
                    yield _lost_block(journey, step, block, ender)
        yield from _lost_steps(journey, blocks)


def _lost_steps(journey: Journey, told: set[int]) -> Iterator[Finding]:
    reached = {step for graph in journey.graphs for _, step in graph.steps()}
    if len(reached) == len(journey.steps):
        return
    lost = {number for number in range(len(journey.steps)) if number not in reached}
    later = {to for number in lost for to in _leads_to(journey.steps[number])}
    # A block on dates may come in another order than in the file, so its absence proves nothing.
    blocks = {b.body for s in journey.steps if isinstance(s, Schedule) for b in s.blocks}
    for number in sorted(lost - later - told - blocks):
        if journey.steps[number].id.startswith("section-"):
            continue  # a section that nothing runs is reported where it is declared
        message = "No contact comes to this line: every way before it ends."
        yield _finding(journey, journey.steps[number].line, message)


def _finding(journey: Journey, line: int, message: str) -> Finding:
    return Finding("N543", journey.plan.journey, line, message, "Remove the line, or let a way lead to it.")


def _leads_to(step: AnyStep) -> Iterator[int]:
    ways: list[int | None] = [step.next]
    if isinstance(step, Decide):
        ways += [*(b.to for b in step.branches), step.otherwise]
    elif isinstance(step, Arms):
        ways += [*(a.to for a in step.arms), step.timeout]
    elif isinstance(step, Split):
        ways += [v.to for v in step.variants]
    elif isinstance(step, Loop | Call):
        ways.append(step.body)
    elif isinstance(step, Schedule):
        ways += [b.body for b in step.blocks]
    return (way for way in ways if way is not None)


def _lost_blocks(journey: Journey, number: int, schedule: Schedule) -> Iterator[tuple[Block, Block]]:
    """Yield the blocks that nobody comes to, each with the one that always ends the run before it.

    Of several that one block cuts off only the first is told: mending it mends them all.
    """
    enders: list[Block] = []
    told: list[Block] = []
    for block in schedule.blocks:
        ender = next((e for e in enders if _surely_before(journey, e, block)), None)
        if ender is not None and ender not in told:
            told.append(ender)
            yield block, ender
        elif ender is not None:
            continue
        elif _always_ends(journey, number, block):
            enders.append(block)


def _lost_block(journey: Journey, schedule: Schedule, block: Block, ender: Block) -> Finding:
    message = f"No contact comes to “{block.label}”: on every way the run has ended in “{ender.label}”."
    line = journey.steps[block.body].line if block.body is not None else schedule.line
    fix = "Remove the block, or let a way lead to it."
    return Finding("N543", journey.plan.journey, line, message, fix)


def _always_ends(journey: Journey, schedule: int, block: Block) -> bool:
    """Whether the run always ends inside a block that contacts come to."""
    graph = journey.main
    places = [
        (number, node)
        for number in graph.order
        if (node := graph.nodes[number]).step == schedule
        and node.block is not None
        and graph.block(node) is block
    ]
    return bool(places) and all(not _passes(graph, number) for number, _ in places)


def _passes(graph: Graph, number: int) -> bool:
    """Whether some way through a block goes on behind it."""
    node = graph.nodes[number]
    assert node.block is not None
    waiting = [edge.to for edge in node.out if edge.kind == "block"]
    seen = set(waiting)
    while waiting:
        one = graph.nodes[waiting.pop()]
        if one.step == node.step and one.block is not None:
            return True
        for edge in one.out:
            if edge.to not in seen:
                seen.add(edge.to)
                waiting.append(edge.to)
    return False


def _surely_before(journey: Journey, one: Block, other: Block) -> bool:
    """Whether a block that comes earlier in the file always runs before another, if that one runs."""
    if not one.dated and not other.dated:
        return True
    first, second = journey.plan.instants[one.at], journey.plan.instants[other.at]
    same = isinstance(first, DateField) and isinstance(second, DateField) and first.ref == second.ref
    return same and one.late != "skip" and _order(first) <= _order(second)


def _order(instant: object) -> int:
    days = {"week": 7 * 86_400, "month": 30 * 86_400, "day": 86_400, "hour": 3600, "minute": 60}
    assert isinstance(instant, DateField)
    return instant.amount * days.get(instant.unit, 1)
