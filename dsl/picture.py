"""The picture of a graph: an SVG of our own, without another program.

A journey is a flow of ways that part and meet again, so it needs no general layout. Each way gets a column;
a node is as wide as the columns below it. The main flow wraps into columns (`dsl.columns`), so that the
picture fits a slide; lines lie under boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from dsl.columns import Piece, Spacing, arrange
from dsl.graph import Branch, Cluster, Graph, Node
from dsl.ink import BOX, MARGIN, PAD, Pen, Size, box_height, label_rows, page

_GAP = 22  # between a node and the next
_SIDE = 18  # between ways
_BESIDE = 44  # between columns
_EMPTY = 70  # the least width of a way without nodes
_ROUNDS = 84  # the least room for words beside the head of a loop
_TITLE = 44
_LOOSE = 1  # boxes beside each other in the frame of ends from outside


def as_svg(graph: Graph) -> str:
    """Draw the graph."""
    pen = Pen()
    flat = {cluster.id: _flat(cluster.nodes) for cluster in graph.clusters}
    for nodes in flat.values():
        _measure(pen, nodes)
    main = [node for cluster in graph.clusters if not cluster.title for node in flat[cluster.id]]
    framed = [cluster for cluster in graph.clusters if cluster.title]
    sizes = [_frame_size(pen, cluster, flat[cluster.id]) for cluster in framed]
    pieces = [Piece(pen.sizes[id(n)].width, pen.sizes[id(n)].height, n.shape == "block") for n in main]
    columns, behind = arrange(pieces, sizes, Spacing(_GAP, _BESIDE))
    top = MARGIN + _TITLE
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
    return page(graph.journey, x - _BESIDE + MARGIN, bottom + MARGIN, (*pen.frames, *pen.lines, *pen.marks))


def _main(pen: Pen, columns: Sequence[Sequence[Node]], top: float) -> tuple[float, float]:
    """Draw the columns of the main flow; return where the next column begins, and the lowest point."""
    x, lowest = float(MARGIN), top
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


def _frame_size(pen: Pen, cluster: Cluster, nodes: Sequence[Node]) -> Piece:
    if cluster.id == "endings":
        # Ends from outside follow from nothing, so they stand side by side.
        rows = [nodes[n : n + _LOOSE] for n in range(0, len(nodes), _LOOSE)]
        height = sum(max(map(box_height, row)) + PAD for row in rows) - PAD
        wide = min(_LOOSE, len(nodes))
        return Piece(wide * BOX + (wide - 1) * _SIDE + 2 * PAD, height + 26 + PAD)
    return Piece(_width(pen, nodes) + 2 * PAD, _height(pen, nodes) + 26 + PAD)


def _frame(
    pen: Pen, cluster: Cluster, nodes: Sequence[Node], size: Piece, place: tuple[float, float]
) -> None:
    """Draw a cluster in a frame."""
    x, y = place
    pen.frames.append(
        f'<rect class="frame" x="{x:g}" y="{y:g}" width="{size.width:g}" height="{size.height:g}" rx="6"/>'
    )
    pen.marks.append(f'<text class="head" x="{x + PAD:g}" y="{y + 17:g}">{escape(cluster.title)}</text>')
    if cluster.id != "endings":
        _sequence(pen, nodes, x + size.width / 2, y + 26)
        return
    y += 26
    for n in range(0, len(nodes), _LOOSE):
        row = nodes[n : n + _LOOSE]
        for m, node in enumerate(row):
            pen.box(node, x + PAD + m * (BOX + _SIDE), y)
        y += max(map(box_height, row)) + PAD


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
            heads = [Node(b.id, b.label, "block", mark=b.mark) for b in node.branches]
            made[id(node)] = tuple(n for head, body in zip(heads, bodies, strict=True) for n in (head, *body))
        else:
            ways = zip(node.branches, bodies, strict=True)
            branches = tuple(Branch(branch.id, branch.label, body, branch.mark) for branch, body in ways)
            made[id(node)] = (Node(node.id, node.label, node.shape, branches, node.mark),)
    return tuple(flat for node in nodes for flat in made[id(node)])


# ---------------------------------------------------------------------------------------------- measuring


def _measure(pen: Pen, nodes: Sequence[Node]) -> None:
    """Find the size of every node, those on its ways first."""
    order: list[Node] = []
    stack = list(nodes)
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(inner for branch in node.branches for inner in branch.nodes)
    for node in reversed(order):
        pen.sizes[id(node)] = _size(pen, node)


def _size(pen: Pen, node: Node) -> Size:
    height = box_height(node)
    if not node.branches:
        return Size(BOX, height, node.shape not in ("goal", "exit", "leave", "end"))
    width = sum(_column(pen, b) for b in node.branches) + _SIDE * (len(node.branches) - 1)
    width += 2 * _SIDE if node.shape == "loop" else 0
    below = _labels_height(node) + max(_height(pen, b.nodes) for b in node.branches)
    open_ = node.shape == "loop" or any(_open(pen, b.nodes) for b in node.branches)
    return Size(max(BOX, width), height + 2 * _GAP + below, open_)


def _column(pen: Pen, branch: Branch) -> int:
    labels = 14 + max((6 * len(row) for row in label_rows(branch.label)), default=0)
    # The label stands to the right of the line in the middle of the column.
    return max(_width(pen, branch.nodes), _EMPTY, 2 * labels)


def _width(pen: Pen, nodes: Sequence[Node]) -> int:
    return max((pen.sizes[id(node)].width for node in nodes), default=0)


def _height(pen: Pen, nodes: Sequence[Node]) -> int:
    return sum(pen.sizes[id(node)].height for node in nodes) + _GAP * max(0, len(nodes) - 1)


def _open(pen: Pen, nodes: Sequence[Node]) -> bool:
    return all(pen.sizes[id(node)].open for node in nodes[-1:])


def _labels_height(node: Node) -> int:
    """The height of the labels on the ways from a node: what stands below begins on one line."""
    return max((12 * len(label_rows(b.label)) + 8 for b in node.branches if b.label), default=0)


# ------------------------------------------------------------------------------------------------ drawing


def _sequence(pen: Pen, nodes: Sequence[Node], x: float, y: float) -> float:
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


def _node(pen: Pen, node: Node, x: float, y: float) -> Iterator[tuple[Sequence[Node], float, float]]:
    """Draw a node and the lines of its ways; yield what lies on them."""
    size = pen.sizes[id(node)]
    pen.box(node, x - BOX / 2, y)
    if not node.branches:
        return
    if node.shape == "loop":
        pen.ends.append((node, x, y + size.height))
    top, end = y + box_height(node), y + size.height
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
    pen: Pen, node: Node, branch: Branch, place: tuple[float, float], first: float, size: Size
) -> None:
    """Draw the way back to the head of a loop, on the left, and the way on, on the right."""
    x, y = place
    middle = y + box_height(node) / 2
    end, low = y + size.height, first + _height(pen, branch.nodes)
    left, right = x - size.width / 2 + _SIDE / 3, x + size.width / 2 - _SIDE / 3
    side = BOX / 2
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


def _leaves(pen: Pen, loop: Node, middle: float, end: float) -> None:
    """Draw the ways out of a loop, from where it is left to where it goes on."""
    rail = middle + pen.sizes[id(loop)].width / 2 - _SIDE / 3 + 6
    last = ((rail, end - _GAP / 3), (middle, end - _GAP / 3), (middle, end))
    stack = [(inner, 0.0) for branch in loop.branches for inner in branch.nodes]
    while stack:
        node, over = stack.pop()
        if node.shape == "leave":
            x, y = pen.places[id(node)]
            low = (x, y + box_height(node))
            # Below all ways that part here, and over to the way out of the loop.
            turn = over - _SIDE / 4
            pen.line(
                low, *(((x, turn), (rail, turn), *last) if over else ((x, last[0][1]), *last[1:])), out=True
            )
        elif node.shape != "loop" and node.branches:
            below = pen.places[id(node)][1] + pen.sizes[id(node)].height
            stack.extend((inner, below) for branch in node.branches for inner in branch.nodes)
