"""Painting: what was reached of a journey, laid over its graph.

Boxes and ways that were reached bear a tick and a green edge, those that were not a ring and a dashed red
one: the signs say it without the colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dsl.graph import Branch, Graph, Mark, Node
from dsl.plan import Arms, Decide, Plan, Split

REACHED, MISSED = "✓ ", "○ "

Points = Mapping[tuple[str, str], bool]
"""Whether it was reached, by the id of a step, block, handler or ending, and the way on from it, or ""."""


def paint(graph: Graph, plan: Plan, points: Points) -> Graph:
    """Return the graph with marks. What the points do not know stays as it is."""
    known = {(_slug(step), way): reached for (step, way), reached in points.items()} | dict(points)
    ways = {step.id: _ways(step) for step in plan.steps}
    painter = _Painter(known, ways)
    clusters = tuple(replace(c, nodes=painter.nodes(c.nodes)) for c in graph.clusters)
    edges = tuple(
        replace(edge, label=painter.labels.get((edge.tail, edge.label), edge.label)) for edge in graph.edges
    )
    return replace(graph, clusters=clusters, edges=edges)


def _slug(label: str) -> str:
    """Write the label of a block as the ids of its steps begin."""
    return label.replace(" ", "-").replace(".", "-")


def _ways(step: object) -> tuple[str, ...]:
    """Name the ways on from a step in the order in which they are drawn."""
    if isinstance(step, Decide):
        return (*(f"branch {n}" for n in range(1, len(step.branches) + 1)), "otherwise")
    if isinstance(step, Arms):
        return (*(f"arm {n}" for n in range(1, len(step.arms) + 1)), "timeout")
    return tuple(variant.name for variant in step.variants) if isinstance(step, Split) else ()


class _Painter:
    def __init__(self, points: Points, ways: Mapping[str, Sequence[str]]) -> None:
        self._points = points
        self._ways = ways
        self.labels: dict[tuple[str, str], str] = {}

    def nodes(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """Mark nodes and all below them: from the bottom up, without recursion."""
        order: list[Node] = []
        stack = list(nodes)
        while stack:
            node = stack.pop()
            order.append(node)
            stack.extend(inner for branch in node.branches for inner in branch.nodes)
        made: dict[int, Node] = {}
        for node in reversed(order):
            branches = self._branches(node, made)
            mark = self._mark(node.id, "")
            label = node.label if node.shape == "calendar" else self._said(mark, node.label)
            made[id(node)] = replace(node, label=label, mark=mark, branches=branches)
        return tuple(made[id(node)] for node in nodes)

    def _branches(self, node: Node, made: Mapping[int, Node]) -> tuple[Branch, ...]:
        ways = self._ways.get(node.id, ())
        found = []
        for n, branch in enumerate(node.branches):
            mark: Mark = ""
            if node.shape == "calendar":
                mark = self._mark(branch.id, "")
            elif len(ways) == len(node.branches):
                mark = self._mark(node.id, ways[n])
            label = self._said(mark, branch.label)
            self.labels[node.id, branch.label] = label
            inner = tuple(made[id(one)] for one in branch.nodes)
            found.append(replace(branch, label=label, nodes=inner, mark=mark))
        return tuple(found)

    def _mark(self, step: str, way: str) -> Mark:
        reached = self._points.get((step, way))
        if reached is None:
            return ""
        return "reached" if reached else "missed"

    def _said(self, mark: Mark, label: str) -> str:
        return {"reached": REACHED, "missed": MISSED, "": ""}[mark] + label
