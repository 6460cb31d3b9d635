"""The picture of a graph: an SVG of our own, without another program.

A journey is a flow of ways that part and meet again, so it needs no general layout. Each way gets a column;
a node is as wide as the columns below it. The main flow wraps into columns (`dsl.columns`), so that the
picture fits a slide; lines lie under boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from textwrap import wrap

from dsl.columns import Piece, Spacing, arrange
from dsl.graph import Branch, Cluster, Graph, Node

_BOX, _PAD, _ROW = 208, 8, 16
_GAP = 22  # between a node and the next
_SIDE = 18  # between ways
_BESIDE = 44  # between columns
_EMPTY = 70  # the least width of a way without nodes
_LETTERS, _BOLD_LETTERS, _LABEL_LETTERS = 27, 25, 24
_MOST_ROWS = 7
_ROUNDS = 84  # the least room for words beside the head of a loop
_MARGIN = 28
_TITLE = 44
_LOOSE = 1  # boxes beside each other in the frame of ends from outside

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


@dataclass(slots=True)
class _Pen:
    """Collects what is drawn, lines below boxes. `places`: of boxes; `ends`: where loops are left."""

    sizes: dict[int, _Size] = field(default_factory=dict)
    frames: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    places: dict[int, tuple[float, float]] = field(default_factory=dict)
    ends: list[tuple[Node, float, float]] = field(default_factory=list)

    def line(
        self, *points: tuple[float, float], arrow: bool = False, dashed: bool = False, out: bool = False
    ) -> None:
        """Draw a line through points."""
        path = " ".join(f"{'L' if n else 'M'}{x:g} {y:g}" for n, (x, y) in enumerate(points))
        more = ' marker-end="url(#arrow)"' if arrow else ""
        more += ' stroke-dasharray="4 3"' if dashed else ""
        self.lines.append(f'<path class="line{" out" if out else ""}" d="{path}"{more}/>')

    def box(self, node: Node, x: float, y: float) -> None:
        """Draw a node with its top left corner at a place."""
        rows, height = _rows(node), _box_height(node)
        fill, stroke = _FILL[node.shape]
        radius = min(16, height / 2) if node.shape in _ROUND else 4
        width = 3 if node.shape == "goal" else 1.2
        ink = "#ffffff" if node.shape == "block" else "#1d2830"
        weight = ' font-weight="bold"' if node.shape == "block" else ""
        middle, first = x + _BOX / 2, y + _PAD + 0.78 * _ROW
        self.places[id(node)] = (middle, y)
        texts = "".join(
            f'<text x="{middle:g}" y="{first + _ROW * n:g}" fill="{ink}"{weight}>{escape(row)}</text>'
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
    pen = _Pen()
    flat = {cluster.id: _flat(cluster.nodes) for cluster in graph.clusters}
    for nodes in flat.values():
        _measure(pen, nodes)
    main = [node for cluster in graph.clusters if not cluster.title for node in flat[cluster.id]]
    framed = [cluster for cluster in graph.clusters if cluster.title]
    sizes = [_frame_size(pen, cluster, flat[cluster.id]) for cluster in framed]
    pieces = [Piece(pen.sizes[id(n)].width, pen.sizes[id(n)].height, n.shape == "block") for n in main]
    columns, behind = arrange(pieces, sizes, Spacing(_GAP, _BESIDE))
    top = _MARGIN + _TITLE
    x, bottom = _main(pen, [[main[n] for n in column] for column in columns], top)
    for column in behind:
        y = float(top)
        for n in column:
            _frame(pen, framed[n], flat[framed[n].id], sizes[n], (x, y))
            y += sizes[n].height + _GAP
        x += max(sizes[n].width for n in column) + _BESIDE
        bottom = max(bottom, y - _GAP)
    for loop, middle, end in pen.ends:
        _leaves(pen, loop, middle, end)
    return _page(
        graph.journey, x - _BESIDE + _MARGIN, bottom + _MARGIN, (*pen.frames, *pen.lines, *pen.marks)
    )


def _main(pen: _Pen, columns: Sequence[Sequence[Node]], top: float) -> tuple[float, float]:
    """Draw the columns of the main flow; return where the next column begins, and the lowest point."""
    x, lowest = float(_MARGIN), top
    before: tuple[float, float] | None = None
    for nodes in columns:
        width = _width(pen, nodes)
        middle = x + width / 2
        if before is not None:
            # Out at the bottom, up between the columns, in at the top.
            from_x, low = before
            gutter = x - _BESIDE / 2
            pen.line(
                (from_x, low), (from_x, low + _GAP / 2), (gutter, low + _GAP / 2), (gutter, top - _GAP / 2),
                (middle, top - _GAP / 2), (middle, top), arrow=True,
            )  # fmt: skip
        end = _sequence(pen, nodes, middle, top)
        before = (middle, end) if _open(pen, nodes) else None
        lowest = max(lowest, end + _GAP / 2)
        x += width + _BESIDE
    return x, lowest


def _page(title: str, width: float, height: float, marks: Sequence[str]) -> str:
    width = max(width, 2 * _MARGIN + 11 * len(title))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">\n'
        "<style>text{font-family:Helvetica,Arial,sans-serif;font-size:13px;text-anchor:middle}"
        ".title{font-size:20px;font-weight:bold;text-anchor:start}"
        ".head{font-weight:bold;fill:#52606b;text-anchor:start}"
        ".label{font-size:11px;fill:#414e58;text-anchor:start}"
        ".line{fill:none;stroke:#52606b;stroke-width:1.3}"
        ".out{stroke:#3b5ba5}"
        ".frame{fill:#f6f8fa;stroke:#b4bec7;stroke-dasharray:5 4}</style>\n"
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#52606b"/></marker></defs>\n'
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>\n'
        f'<text class="title" x="{_MARGIN}" y="{_MARGIN + 14}">{escape(title)}</text>\n'
    )
    return head + "\n".join(marks) + "\n</svg>\n"


def _frame_size(pen: _Pen, cluster: Cluster, nodes: Sequence[Node]) -> Piece:
    if cluster.id == "endings":
        # Ends from outside follow from nothing, so they stand side by side.
        rows = [nodes[n : n + _LOOSE] for n in range(0, len(nodes), _LOOSE)]
        height = sum(max(map(_box_height, row)) + _PAD for row in rows) - _PAD
        wide = min(_LOOSE, len(nodes))
        return Piece(wide * _BOX + (wide - 1) * _SIDE + 2 * _PAD, height + 26 + _PAD)
    return Piece(_width(pen, nodes) + 2 * _PAD, _height(pen, nodes) + 26 + _PAD)


def _frame(
    pen: _Pen, cluster: Cluster, nodes: Sequence[Node], size: Piece, place: tuple[float, float]
) -> None:
    """Draw a cluster in a frame."""
    x, y = place
    pen.frames.append(
        f'<rect class="frame" x="{x:g}" y="{y:g}" width="{size.width:g}" height="{size.height:g}" rx="6"/>'
    )
    pen.marks.append(f'<text class="head" x="{x + _PAD:g}" y="{y + 17:g}">{escape(cluster.title)}</text>')
    if cluster.id != "endings":
        _sequence(pen, nodes, x + size.width / 2, y + 26)
        return
    y += 26
    for n in range(0, len(nodes), _LOOSE):
        row = nodes[n : n + _LOOSE]
        for m, node in enumerate(row):
            pen.box(node, x + _PAD + m * (_BOX + _SIDE), y)
        y += max(map(_box_height, row)) + _PAD


def _flat(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Put the blocks of calendars into the sequence: their days are boxes, what happens stands below."""
    made: dict[int, tuple[Node, ...]] = {}
    order: list[Node] = []
    stack = list(nodes)
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(inner for branch in node.branches for inner in branch.nodes)
    for node in reversed(order):
        bodies = [tuple(flat for inner in b.nodes for flat in made[id(inner)]) for b in node.branches]
        if node.shape == "calendar":
            heads = [Node(branch.id, branch.label, "block") for branch in node.branches]
            made[id(node)] = tuple(n for head, body in zip(heads, bodies, strict=True) for n in (head, *body))
        else:
            ways = zip(node.branches, bodies, strict=True)
            branches = tuple(Branch(branch.id, branch.label, body) for branch, body in ways)
            made[id(node)] = (Node(node.id, node.label, node.shape, branches),)
    return tuple(flat for node in nodes for flat in made[id(node)])


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
        pen.sizes[id(node)] = _size(pen, node)


def _size(pen: _Pen, node: Node) -> _Size:
    height = _box_height(node)
    if not node.branches:
        return _Size(_BOX, height, node.shape not in ("goal", "exit", "leave", "end"))
    width = sum(_column(pen, b) for b in node.branches) + _SIDE * (len(node.branches) - 1)
    width += 2 * _SIDE if node.shape == "loop" else 0
    below = _labels_height(node) + max(_height(pen, b.nodes) for b in node.branches)
    open_ = node.shape == "loop" or any(_open(pen, b.nodes) for b in node.branches)
    return _Size(max(_BOX, width), height + 2 * _GAP + below, open_)


def _column(pen: _Pen, branch: Branch) -> int:
    labels = 14 + max((6 * len(row) for row in _label_rows(branch.label)), default=0)
    # The label stands to the right of the line in the middle of the column.
    return max(_width(pen, branch.nodes), _EMPTY, 2 * labels)


def _width(pen: _Pen, nodes: Sequence[Node]) -> int:
    return max((pen.sizes[id(node)].width for node in nodes), default=0)


def _height(pen: _Pen, nodes: Sequence[Node]) -> int:
    return sum(pen.sizes[id(node)].height for node in nodes) + _GAP * max(0, len(nodes) - 1)


def _open(pen: _Pen, nodes: Sequence[Node]) -> bool:
    return all(pen.sizes[id(node)].open for node in nodes[-1:])


def _labels_height(node: Node) -> int:
    """The height of the labels on the ways from a node: what stands below begins on one line."""
    return max((12 * len(_label_rows(b.label)) + 8 for b in node.branches if b.label), default=0)


def _box_height(node: Node) -> int:
    return 2 * _PAD + _ROW * len(_rows(node))


def _rows(node: Node) -> list[str]:
    letters = _BOLD_LETTERS if node.shape == "block" else _LETTERS
    return _wrapped(node.label, letters, 40 if node.shape == "start" else _MOST_ROWS)


@lru_cache(maxsize=4_096)
def _wrapped(text: str, letters: int, most: int) -> list[str]:
    rows = [row for part in text.split("\n") for row in wrap(part, letters, break_on_hyphens=False)] or [""]
    return rows if len(rows) <= most else [*rows[: most - 1], rows[most - 1][: letters - 2] + " …"]


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
            if n + 1 < len(nodes) and size.open:
                pen.line((x, y), (x, y + _GAP), arrow=True)
            y += _GAP
        bottom = max(bottom, y - _GAP)
    return bottom


def _node(pen: _Pen, node: Node, x: float, y: float) -> Iterator[tuple[Sequence[Node], float, float]]:
    """Draw a node and the lines of its ways; yield what lies on them."""
    size = pen.sizes[id(node)]
    pen.box(node, x - _BOX / 2, y)
    if not node.branches:
        return
    if node.shape == "loop":
        pen.ends.append((node, x, y + size.height))
    top, end = y + _box_height(node), y + size.height
    left = x - size.width / 2 + (_SIDE if node.shape == "loop" else 0)
    spare = size.width - (2 * _SIDE if node.shape == "loop" else 0)
    spare -= sum(_column(pen, b) for b in node.branches) + _SIDE * (len(node.branches) - 1)
    left += max(0, spare) / 2
    for branch in node.branches:
        middle = left + _column(pen, branch) / 2
        first = top + _GAP + _labels_height(node)
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
    if right - x - side > _ROUNDS:
        pen.words("rounds are over", x + side, middle - 16)
    if _open(pen, branch.nodes):
        low = min(low + _GAP / 3, end - _GAP / 2)
        pen.line(
            (x, low - _GAP / 3), (x, low), (left - 6, low), (left - 6, middle), (x - side, middle),
            arrow=True, dashed=True,
        )  # fmt: skip
    pen.line(
        (x + side, middle), (right + 6, middle), (right + 6, end - _GAP / 3), (x, end - _GAP / 3), (x, end)
    )


def _leaves(pen: _Pen, loop: Node, middle: float, end: float) -> None:
    """Draw the ways out of a loop, from where it is left to where it goes on."""
    rail = middle + pen.sizes[id(loop)].width / 2 - _SIDE / 3 + 6
    last = ((rail, end - _GAP / 3), (middle, end - _GAP / 3), (middle, end))
    stack = [(inner, 0.0) for branch in loop.branches for inner in branch.nodes]
    while stack:
        node, over = stack.pop()
        if node.shape == "leave":
            x, y = pen.places[id(node)]
            low = (x, y + _box_height(node))
            # Below all ways that part here, and over to the way out of the loop.
            turn = over - _SIDE / 4
            pen.line(
                low, *(((x, turn), (rail, turn), *last) if over else ((x, last[0][1]), *last[1:])), out=True
            )
        elif node.shape != "loop" and node.branches:
            below = pen.places[id(node)][1] + pen.sizes[id(node)].height
            stack.extend((inner, below) for branch in node.branches for inner in branch.nodes)
