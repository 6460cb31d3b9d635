"""The control-flow graph of a plan: every way that a thread can take, without a circle.

Rounds of a loop and calls of a section are copied, so each node stands for a step at one place of the
thread's stack (a *context*) and every path through the graph is a path of the machine. A plan whose copies
would be too many is given loops of two rounds (`whole` is false then). Built without recursion.

Blocks stand in file order, which the checker holds to the order of time for blocks counted from the start;
blocks on dates may come in any order at run time: what follows from the order asks `Graph.dated`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dsl.plan import Arms, Call, Decide, End, Leave, Loop, Plan, Schedule, Split

START, END = 0, 1
_MOST = 20_000
_FEW_ROUNDS = 2


class TooLarge(Exception):
    """A plan has more places than are looked at."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way on. `kind`: next, branch, otherwise, arm, already, timeout, variant, block, skip, late.

    `number`: of the branch, arm or variant, from 0; of the round, from 1.
    """

    to: int
    kind: str = "next"
    number: int = 0


@dataclass(slots=True)
class Node:
    """A step at one place of the stack. `block`: which timed block begins here (None: the step itself)."""

    step: int
    context: int
    block: int | None = None
    out: tuple[Edge, ...] = ()
    into: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Context:
    """A frame of the machine: what follows when its body is over."""

    parent: int
    kind: str
    step: int = -1
    number: int = 0


_Key = tuple[int, int, int | None]


@dataclass(slots=True)
class Graph:
    """All ways of one thread from `entry`. `order`: the reachable nodes, each after all that lead to it.

    `dated`: whether there are blocks on dates, whose order is known only at run time.
    """

    plan: Plan
    entry: int | None
    rounds: int | None = None
    dated: bool = False
    nodes: list[Node] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    _contexts: list[_Context] = field(default_factory=lambda: [_Context(-1, "bottom")])
    _context_numbers: dict[_Context, int] = field(default_factory=dict)
    _numbers: dict[_Key, int] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether loops have all their rounds."""
        return self.rounds is None

    def steps(self) -> Iterator[tuple[int, int]]:
        """Yield (node, step) of every step that can be reached, each after all that lead to it."""
        for number in self.order:
            node = self.nodes[number]
            if node.step >= 0 and node.block is None:
                yield number, node.step

    def block(self, node: Node) -> Any:
        """Return the timed block that begins at this node."""
        schedule = self.plan.steps[node.step]
        assert isinstance(schedule, Schedule)
        assert node.block is not None
        return schedule.blocks[node.block]

    def round(self, node: int) -> tuple[int, ...]:
        """Return the rounds of the loops around a node, the innermost first."""
        found, context = [], self._contexts[self.nodes[node].context]
        while context.parent >= 0:
            if context.kind == "loop":
                found.append(context.number)
            context = self._contexts[context.parent]
        return tuple(found)

    def loops(self, node: int) -> tuple[int, ...]:
        """Return the steps of the loops around a node, the outermost first."""
        found, context = [], self._contexts[self.nodes[node].context]
        while context.parent >= 0:
            if context.kind == "loop":
                found.append(context.step)
            context = self._contexts[context.parent]
        return tuple(found[::-1])

    @property
    def repeated(self) -> frozenset[int]:
        """The steps of the loops that some way goes round a second time."""
        return frozenset(c.step for c in self._contexts if c.kind == "loop" and c.number > 1)

    # ------------------------------------------------------------------------------------------ building

    def build(self) -> Graph:
        """Find all nodes, then their order."""
        self.nodes = [Node(-1, 0), Node(-1, 0)]
        self.dated = any(b.dated for s in self.plan.steps if isinstance(s, Schedule) for b in s.blocks)
        waiting: list[int] = []
        self.nodes[START].out = (Edge(self._place(self.entry, 0, waiting)),)
        while waiting:
            number = waiting.pop()
            self.nodes[number].out = tuple(dict.fromkeys(self._ways(self.nodes[number], waiting)))
        self._sort()
        return self

    def _place(self, step: int | None, context: int, waiting: list[int], block: int | None = None) -> int:
        """Return the node of a step; where a body is over, of what follows it."""
        while step is None:
            frame = self._contexts[context]
            if frame.kind == "bottom":
                return END
            if frame.kind == "loop" and frame.number < self._times(frame.step):
                loop = self.plan.steps[frame.step]
                assert isinstance(loop, Loop)
                step = loop.body
                context = self._inside(_Context(frame.parent, "loop", frame.step, frame.number + 1))
            elif frame.kind == "block":
                return self._block(frame.step, frame.number + 1, frame.parent, waiting)
            else:
                step, context = self.plan.steps[frame.step].next, frame.parent
        return self._node((step, context, block), waiting)

    def _node(self, key: _Key, waiting: list[int]) -> int:
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.nodes)
            if found > _MOST:
                raise TooLarge
            self.nodes.append(Node(*key))
            waiting.append(found)
        return found

    def _block(self, schedule: int, number: int, context: int, waiting: list[int]) -> int:
        step = self.plan.steps[schedule]
        assert isinstance(step, Schedule)
        if number >= len(step.blocks):
            return self._place(step.next, context, waiting)
        return self._node((schedule, context, number), waiting)

    def _inside(self, context: _Context) -> int:
        if context not in self._context_numbers:
            self._context_numbers[context] = len(self._contexts)
            self._contexts.append(context)
        return self._context_numbers[context]

    def _times(self, loop: int) -> int:
        step = self.plan.steps[loop]
        assert isinstance(step, Loop)
        return step.times if self.rounds is None else min(step.times, self.rounds)

    def _ways(self, node: Node, waiting: list[int]) -> Iterator[Edge]:
        step, here = self.plan.steps[node.step], node.context
        match step:
            case Schedule() if node.block is None:
                yield Edge(self._block(node.step, 0, here, waiting))
                # Whether a block is too late is looked at before the first one runs.
                for n, block in enumerate(step.blocks):
                    if block.late == "exit":
                        yield Edge(END, "late", n)
            case Schedule():
                yield from self._block_ways(node, waiting)
            case Decide():
                for n, branch in enumerate(step.branches):
                    yield Edge(self._place(branch.to, here, waiting), "branch", n)
                yield Edge(self._place(step.otherwise, here, waiting), "otherwise")
            case Arms():
                yield from self._arm_ways(step, here, waiting)
            case Split():
                for n, variant in enumerate(step.variants):
                    yield Edge(self._place(variant.to, here, waiting), "variant", n)
            case Loop():
                inside = self._inside(_Context(here, "loop", node.step, 1))
                yield Edge(self._place(step.body, inside, waiting))
            case Call() if not self._calls(node.step, here):
                inside = self._inside(_Context(here, "call", node.step))
                yield Edge(self._place(step.body, inside, waiting))
            case Leave():
                yield Edge(self._leave(here, waiting))
            case End():
                yield Edge(END)
            case _:
                yield Edge(self._place(step.next, here, waiting))

    def _arm_ways(self, step: Arms, here: int, waiting: list[int]) -> Iterator[Edge]:
        for n, arm in enumerate(step.arms):
            to = self._place(arm.to, here, waiting)
            yield Edge(to, "arm", n)
            if arm.already is not None:
                yield Edge(to, "already", n)
        if step.until is not None:
            yield Edge(self._place(step.timeout, here, waiting), "timeout")

    def _block_ways(self, node: Node, waiting: list[int]) -> Iterator[Edge]:
        assert node.block is not None
        block = self.block(node)
        inside = self._inside(_Context(node.context, "block", node.step, node.block))
        yield Edge(self._place(block.body, inside, waiting), "block")
        if block.dated:
            yield Edge(self._block(node.step, node.block + 1, node.context, waiting), "skip")

    def _leave(self, context: int, waiting: list[int]) -> int:
        frame = self._contexts[context]
        while frame.kind not in ("loop", "bottom"):
            frame = self._contexts[frame.parent]
        if frame.kind == "bottom":
            return END
        return self._place(self.plan.steps[frame.step].next, frame.parent, waiting)

    def _calls(self, step: int, context: int) -> bool:
        """Whether a section is being called inside itself: the checker refuses it, and no path goes on."""
        frame = self._contexts[context]
        while frame.parent >= 0:
            if frame.kind == "call" and frame.step == step:
                return True
            frame = self._contexts[frame.parent]
        return False

    def _sort(self) -> None:
        """Put the nodes in an order in which every way leads forward."""
        done: list[int] = []
        seen = {START}
        stack: list[tuple[int, Iterator[Edge]]] = [(START, iter(self.nodes[START].out))]
        while stack:
            number, ways = stack[-1]
            for edge in ways:
                self.nodes[edge.to].into.append(number)
                if edge.to not in seen:
                    seen.add(edge.to)
                    stack.append((edge.to, iter(self.nodes[edge.to].out)))
                    break
            else:
                done.append(number)
                stack.pop()
        self.order = done[::-1]


def graph(plan: Plan, entry: int | None) -> Graph:
    """Build the graph of the thread that begins at `entry`. Raises `TooLarge`."""
    try:
        return Graph(plan, entry).build()
    except TooLarge:
        return Graph(plan, entry, rounds=_FEW_ROUNDS).build()
