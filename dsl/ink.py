"""Ink: boxes, lines and words of a picture, and the page that they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from textwrap import wrap

from dsl.graph import Node

BOX, PAD, ROW = 208, 8, 16
MARGIN = 28
_LETTERS, _BOLD_LETTERS, _LABEL_LETTERS = 27, 25, 24
_MOST_ROWS = 7

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
_MARKED = {"reached": "#2e7d4f", "missed": "#c0392b"}
_DASHED = ' stroke-dasharray="6 4"'
_ROUND = frozenset({"start", "exit", "wait", "end"})


@dataclass(slots=True)
class Size:
    """What a node takes with all below it. `open`: something can follow."""

    width: int
    height: int
    open: bool


@dataclass(slots=True)
class Pen:
    """Collects what is drawn, lines below boxes. `places`: of boxes; `ends`: where loops are left."""

    sizes: dict[int, Size] = field(default_factory=dict)
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
        rows, height = _rows(node), box_height(node)
        fill, stroke = _FILL[node.shape]
        radius = min(16, height / 2) if node.shape in _ROUND else 4
        width = 3 if node.shape == "goal" else 1.2
        ink = "#ffffff" if node.shape == "block" else "#1d2830"
        weight = ' font-weight="bold"' if node.shape == "block" else ""
        edge = ""
        if node.mark:
            stroke, width, edge = _MARKED[node.mark], 3, _DASHED if node.mark == "missed" else ""
        middle, first = x + BOX / 2, y + PAD + 0.78 * ROW
        self.places[id(node)] = (middle, y)
        texts = "".join(
            f'<text x="{middle:g}" y="{first + ROW * n:g}" fill="{ink}"{weight}>{escape(row)}</text>'
            for n, row in enumerate(rows)
        )
        self.marks.append(
            f'<g id="{escape(node.id)}"><title>{escape(node.label)}</title>'
            f'<rect x="{x:g}" y="{y:g}" width="{BOX}" height="{height}" rx="{radius:g}" fill="{fill}" '
            f'stroke="{stroke}" stroke-width="{width}"{edge}/>{texts}</g>'
        )

    def words(self, text: str, x: float, y: float) -> None:
        """Write a label beside a line."""
        for n, row in enumerate(label_rows(text)):
            self.marks.append(
                f'<text class="label" x="{x + 5:g}" y="{y + 11 + 12 * n:g}">{escape(row)}</text>'
            )


def page(title: str, width: float, height: float, marks: Sequence[str]) -> str:
    """Put what is drawn on a page under its title."""
    width = max(width, 2 * MARGIN + 11 * len(title))
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
        f'<text class="title" x="{MARGIN}" y="{MARGIN + 14}">{escape(title)}</text>\n'
    )
    return head + "\n".join(marks) + "\n</svg>\n"


def box_height(node: Node) -> int:
    """Return how tall a box is."""
    return 2 * PAD + ROW * len(_rows(node))


def _rows(node: Node) -> list[str]:
    letters = _BOLD_LETTERS if node.shape == "block" else _LETTERS
    return _wrapped(node.label, letters, 40 if node.shape == "start" else _MOST_ROWS)


@lru_cache(maxsize=4_096)
def _wrapped(text: str, letters: int, most: int) -> list[str]:
    rows = [row for part in text.split("\n") for row in wrap(part, letters, break_on_hyphens=False)] or [""]
    return rows if len(rows) <= most else [*rows[: most - 1], rows[most - 1][: letters - 2] + " …"]


@lru_cache(maxsize=4_096)
def label_rows(text: str) -> list[str]:
    """Return the rows of a label beside a line."""
    return wrap(text, _LABEL_LETTERS, break_on_hyphens=False)
