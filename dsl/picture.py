"""The picture of a graph: an SVG of our own, without another program.

A journey is a flow of ways that part and meet again, so it needs no general layout. Each way gets a column;
a node is as wide as the columns below it, and nothing ever crosses. The blocks of a calendar stand side by
side under a line of their days, as many in a row as fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from textwrap import wrap

from dsl.graph import Branch, Cluster, Graph, Node

_BOX, _PAD, _ROW = 200, 8, 15
_GAP = 22  # between a node and the next
_SIDE = 18  # between columns
_EMPTY = 70  # the least width of a column without nodes
_LETTERS, _LABEL_LETTERS = 29, 24
_WIDEST = 1_500  # of a row of blocks
_MARGIN = 24

_FILL = {
    "start": ("#e6ecf8", "#3b5ba5"),
    "step": ("#ffffff", "#8795a1"),
    "choice": ("#fdf3d8", "#b58a1b"),
    "wait": ("#eef1f4", "#8795a1"),
    "block": ("#1f4e5f", "#1f4e5f"),
    "loop": ("#fdf3d8", "#b58a1b"),
    "leave": ("#ffffff", "#8795a1"),
    "goal": ("#dff3e4", "#2e7d4f"),
    "exit": ("#f7e3e0", "#a5473b"),
    "event": ("#e6ecf8", "#3b5ba5"),
    "end": ("#eef1f4", "#8795a1"),
}
_ROUND = frozenset({"start", "exit", "wait", "end"})


@dataclass(slots=True)
class _Size:
    """What a node takes with all below it. `open`: something can follow."""

    width: int
    height: int
    open: bool
    rows: list[list[Branch]] = field(default_factory=list)


@dataclass(slots=True)
class _Pen:
    """Collects what is drawn."""

    sizes: dict[int, _Size]
    marks: list[str] = field(default_factory=list)

    def line(self, *points: tuple[float, float], arrow: bool = False, dashed: bool = False) -> None:
        """Draw a line through points."""
        path = " ".join(f"{'L' if n else 'M'}{x:g} {y:g}" for n, (x, y) in enumerate(points))
        more = ' marker-end="url(#arrow)"' if arrow else ""
        more += ' stroke-dasharray="4 3"' if dashed else ""
        self.marks.append(f'<path class="line" d="{path}"{more}/>')

    def box(self, node: Node, x: float, y: float) -> None:
        """Draw a node with its top left corner at a place."""
        rows, height = _rows(node.label), _box_height(node)
        fill, stroke = _FILL[node.shape]
        radius = min(16, height / 2) if node.shape in _ROUND else 4
        width = 3 if node.shape == "goal" else 1.2
        ink = "#ffffff" if node.shape == "block" else "#1d2830"
        middle, first = x + _BOX / 2, y + _PAD + 0.78 * _ROW
        texts = "".join(
            f'<text x="{middle:g}" y="{first + _ROW * n:g}" fill="{ink}">{escape(row)}</text>'
            for n, row in enumerate(rows)
        )
        self.marks.append(
            f'<g id="{escape(node.id)}"><title>{escape(node.label)}</title>'
            f'<rect x="{x:g}" y="{y:g}" width="{_BOX}" height="{height}" rx="{radius:g}" fill="{fill}" '
            f'stroke="{stroke}" stroke-width="{width}"/>{texts}</g>'
        )

    def words(self, text: str, x: float, y: float) -> None:
        """Write a label beside a line."""
        for n, row in enumerate(_label_rows(text)):
            self.marks.append(
                f'<text class="label" x="{x + 5:g}" y="{y + 11 + 12 * n:g}">{escape(row)}</text>'
            )


def as_svg(graph: Graph) -> str:
    """Draw the graph."""
    pen = _Pen({})
    for cluster in graph.clusters:
        _measure(pen, cluster.nodes)
    y = 2.0 * _MARGIN + 14
    right = 0.0
    beside, main = [c for c in graph.clusters if c.title], [c for c in graph.clusters if not c.title]
    x = float(_MARGIN)
    tall = 0.0
    for cluster in beside:
        width, height = _frame(pen, cluster, x, y)
        x, tall = x + width + _SIDE, max(tall, height)
    right = max(right, x)
    if beside:
        y += tall + _GAP
    for cluster in main:
        width = max(_width(pen, cluster.nodes), _BOX)
        y = _sequence(pen, cluster.nodes, _MARGIN + width / 2, y)
        right = max(right, width + 2.0 * _MARGIN)
    return _page(graph.journey, right, y + _MARGIN, pen.marks)


def _page(title: str, width: float, height: float, marks: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">\n'
        "<style>text{font-family:Helvetica,Arial,sans-serif;font-size:12px;text-anchor:middle}"
        ".title{font-size:18px;font-weight:bold;text-anchor:start}"
        ".label{font-size:10.5px;fill:#52606b;text-anchor:start}"
        ".line{fill:none;stroke:#52606b;stroke-width:1.2}"
        ".frame{fill:#fafbfc;stroke:#b4bec7;stroke-dasharray:5 4}</style>\n"
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#52606b"/></marker></defs>\n'
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>\n'
        f'<text class="title" x="{_MARGIN}" y="{_MARGIN + 12}">{escape(title)}</text>\n'
    )
    return head + "\n".join(marks) + "\n</svg>\n"


def _frame(pen: _Pen, cluster: Cluster, x: float, y: float) -> tuple[float, float]:
    """Draw a cluster in a frame; return its width and height."""
    inner = _Pen(pen.sizes)
    loose = cluster.id == "endings"
    width = _width(pen, cluster.nodes) + 2.0 * _PAD
    bottom = y + 20 + _PAD
    if loose:
        # Ends from outside follow from nothing, so they stand side by side.
        width = len(cluster.nodes) * (_BOX + _SIDE) - _SIDE + 2.0 * _PAD
        for n, node in enumerate(cluster.nodes):
            inner.box(node, x + _PAD + n * (_BOX + _SIDE), y + 20)
            bottom = max(bottom, y + 20 + _box_height(node))
    else:
        bottom = _sequence(inner, cluster.nodes, x + width / 2, y + 20)
    height = bottom + _PAD - y
    pen.marks.append(
        f'<rect class="frame" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>'
    )
    pen.words(cluster.title, x, y + 3)
    pen.marks += inner.marks
    return width, height


# ---------------------------------------------------------------------------------------------- measuring


def _measure(pen: _Pen, nodes: Sequence[Node]) -> None:
    """Find the size of every node, those on its ways first."""
    order: list[Node] = []
    stack = list(nodes)
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(inner for branch in node.branches for inner in branch.nodes)
    for node in reversed(order):
        pen.sizes[id(node)] = _calendar(pen, node) if node.shape == "calendar" else _size(pen, node)


def _size(pen: _Pen, node: Node) -> _Size:
    height = _box_height(node)
    if not node.branches:
        return _Size(_BOX, height, node.shape not in ("goal", "exit", "leave", "end"))
    width = sum(_column(pen, b) for b in node.branches) + _SIDE * (len(node.branches) - 1)
    width += 2 * _SIDE if node.shape == "loop" else 0
    below = max(_label_height(b) + _height(pen, b.nodes) for b in node.branches)
    open_ = node.shape == "loop" or any(_open(pen, b.nodes) for b in node.branches)
    return _Size(max(_BOX, width), height + 2 * _GAP + below, open_)


def _calendar(pen: _Pen, node: Node) -> _Size:
    """Lay the blocks of a calendar into rows."""
    rows: list[list[Branch]] = [[]]
    used = 0
    widest = 0
    for branch in node.branches:
        wide = _column(pen, branch) + _SIDE
        if rows[-1] and used + wide > _WIDEST:
            rows.append([])
            used = 0
        rows[-1].append(branch)
        used += wide
        widest = max(widest, used)
    height = sum(_row_height(pen, row) + _GAP for row in rows) - _GAP
    return _Size(widest - _SIDE, height, True, rows)


def _row_height(pen: _Pen, row: Sequence[Branch]) -> int:
    return max(_box_height(_head(b)) + _GAP + _height(pen, b.nodes) for b in row)


def _head(branch: Branch) -> Node:
    return Node(branch.id, branch.label, "block")


def _column(pen: _Pen, branch: Branch) -> int:
    labels = 14 + max((6 * len(row) for row in _label_rows(branch.label)), default=0)
    # The label stands to the right of the line in the middle of the column.
    return max(_width(pen, branch.nodes), _EMPTY, 0 if branch.id else 2 * labels, _BOX if branch.id else 0)


def _width(pen: _Pen, nodes: Sequence[Node]) -> int:
    return max((pen.sizes[id(node)].width for node in nodes), default=0)


def _height(pen: _Pen, nodes: Sequence[Node]) -> int:
    return sum(pen.sizes[id(node)].height for node in nodes) + _GAP * max(0, len(nodes) - 1)


def _open(pen: _Pen, nodes: Sequence[Node]) -> bool:
    return all(pen.sizes[id(node)].open for node in nodes[-1:])


def _label_height(branch: Branch) -> int:
    return 12 * len(_label_rows(branch.label)) + 8 if branch.label else 0


def _box_height(node: Node) -> int:
    return 2 * _PAD + _ROW * len(_rows(node.label))


@lru_cache(maxsize=4_096)
def _rows(text: str) -> list[str]:
    return wrap(text, _LETTERS, break_on_hyphens=False)[:6] or [""]


@lru_cache(maxsize=4_096)
def _label_rows(text: str) -> list[str]:
    return wrap(text, _LABEL_LETTERS, break_on_hyphens=False)


# ------------------------------------------------------------------------------------------------ drawing


def _sequence(pen: _Pen, nodes: Sequence[Node], x: float, y: float) -> float:
    """Draw nodes below each other around `x`, with all on their ways; return where the last one ends.

    A stack of what is still to draw, so that depth costs nothing.
    """
    todo: list[tuple[Sequence[Node], float, float]] = [(nodes, x, y)]
    bottom = y
    while todo:
        nodes, x, y = todo.pop()
        for n, node in enumerate(nodes):
            size = pen.sizes[id(node)]
            todo.extend(_node(pen, node, x, y))
            y += size.height
            if n + 1 < len(nodes) and size.open and node.shape != "calendar":
                _on(pen, nodes[n + 1], x, y)
            y += _GAP
        bottom = max(bottom, y - _GAP)
    return bottom


def _on(pen: _Pen, node: Node, x: float, y: float) -> None:
    """Draw the arrow to the next node, or to the first day of a calendar."""
    if node.shape != "calendar":
        pen.line((x, y), (x, y + _GAP), arrow=True)
        return
    size = pen.sizes[id(node)]
    first = x - size.width / 2 + _column(pen, size.rows[0][0]) / 2
    pen.line((x, y), (x, y + _GAP / 2), (first, y + _GAP / 2), (first, y + _GAP), arrow=True)


def _node(pen: _Pen, node: Node, x: float, y: float) -> Iterator[tuple[Sequence[Node], float, float]]:
    """Draw a node and the lines of its ways; yield what lies on them."""
    size = pen.sizes[id(node)]
    if node.shape == "calendar":
        yield from _blocks(pen, size, x, y)
        return
    pen.box(node, x - _BOX / 2, y)
    if not node.branches:
        return
    top, end = y + _box_height(node), y + size.height
    left = x - size.width / 2 + (_SIDE if node.shape == "loop" else 0)
    spare = size.width - (2 * _SIDE if node.shape == "loop" else 0)
    spare -= sum(_column(pen, b) for b in node.branches) + _SIDE * (len(node.branches) - 1)
    left += max(0, spare) / 2
    for branch in node.branches:
        middle = left + _column(pen, branch) / 2
        first = top + _GAP + _label_height(branch)
        turn = top + _GAP / 2
        pen.line((x, top), (x, turn), (middle, turn), (middle, first), arrow=bool(branch.nodes))
        pen.words(branch.label, middle, top + _GAP / 2)
        yield branch.nodes, middle, first
        if _open(pen, branch.nodes) and node.shape != "loop":
            bottom = first + _height(pen, branch.nodes)
            pen.line((middle, bottom), (middle, end - _GAP / 2), (x, end - _GAP / 2), (x, end))
        elif node.shape == "loop":
            _round(pen, node, branch, (x, y), first, size)
        left += _column(pen, branch) + _SIDE


def _round(
    pen: _Pen, node: Node, branch: Branch, place: tuple[float, float], first: float, size: _Size
) -> None:
    """Draw the way back to the head of a loop, on the left, and the way on, on the right."""
    x, y = place
    middle = y + _box_height(node) / 2
    end, low = y + size.height, first + _height(pen, branch.nodes)
    left, right = x - size.width / 2 + _SIDE / 3, x + size.width / 2 - _SIDE / 3
    side = _BOX / 2
    if _open(pen, branch.nodes):
        low = min(low + _GAP / 3, end - _GAP / 2)
        pen.line(
            (x, low - _GAP / 3), (x, low), (left - 6, low), (left - 6, middle), (x - side, middle),
            arrow=True, dashed=True,
        )  # fmt: skip
    pen.line(
        (x + side, middle), (right + 6, middle), (right + 6, end - _GAP / 3), (x, end - _GAP / 3), (x, end)
    )


def _blocks(pen: _Pen, size: _Size, x: float, y: float) -> Iterator[tuple[Sequence[Node], float, float]]:
    """Draw the blocks of a calendar: their days in a line, what happens below each."""
    for row in size.rows:
        left = x - size.width / 2
        before: float | None = None
        for branch in row:
            middle = left + _column(pen, branch) / 2
            head = _head(branch)
            pen.box(head, middle - _BOX / 2, y)
            high = y + _box_height(head)
            if before is not None:
                pen.line((before, y + 15), (middle - _BOX / 2, y + 15), arrow=True)
            before = middle + _BOX / 2
            if branch.nodes:
                pen.line((middle, high), (middle, high + _GAP), arrow=True)
            yield branch.nodes, middle, high + _GAP
            left += _column(pen, branch) + _SIDE
        y += _row_height(pen, row) + _GAP
