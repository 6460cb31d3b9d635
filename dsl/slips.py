"""Slips of a whole stretch: a journey without its first line, and lines that were not indented at all.

One line in a wrong place is found by trying (`indentation`). Here are two slips that concern many lines at
once and have one cause, so they cost one message: each rewrites the rows as they were meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dsl.assembly import Assembly
from dsl.diagnostics import Report
from dsl.nodes import LINES, Context, Shape
from dsl.outline import Line, Row
from dsl.parser import Tree
from dsl.spelling import one_of

_STEP = 2
_MOST_TRIES = 50
_INTO = ("start", "runs")  # what the first line under a journey begins with
_IF, _OTHERWISE = "if", "otherwise"


def headless(rows: Sequence[Row], assembly: Assembly, report: Report) -> list[Row]:
    """Think a `journey` line above lines that can only stand under one, and report that it is missing."""
    made: list[Row] = []
    shapes = [_shape(row, assembly) for row in rows]
    above: str | None = None  # what the item at the margin begins with
    moving = 0
    for row, shape in zip(rows, shapes, strict=True):
        top = shape is not None and bool(shape.within & Context.TOP)
        if top:
            moving = 0
        if row.width == 0 and (top or shape is None):
            above = _word(row)
        elif not moving and _leads(row, shape) and _unheaded(above, row, made):
            moving = _STEP if row.width == 0 else 0
            line = row.line
            made.append(Row(0, Line(line.file, line.number, line.column, "…", broken=True)))
            message = "No “journey” line stands above this one."
            also = ", and indent what belongs to it by two spaces" if moving else ""
            report.add("N203", line.span, message, f'Write above it: journey "…"{also}')
            above = "journey"
        made.append(replace(row, width=row.width + moving) if moving else row)
    return made


def _leads(row: Row, shape: Shape | None) -> bool:
    return shape is not None and bool(shape.within & Context.HEAD) and _word(row) in _INTO


def _unheaded(above: str | None, row: Row, made: Sequence[Row]) -> bool:
    """Whether nothing above a line can be the journey that it belongs to."""
    if above is None:
        return not any(one.width < row.width for one in made)
    return row.width == 0 and above != "journey"


def unindented(rows: Sequence[Row], assembly: Assembly, report: Report) -> list[Row]:
    """Indent what stands level with the lines that it belongs to, where that is so under two or more."""
    made = list(rows)
    shapes = [_shape(row, assembly) for row in rows]
    told: set[int] = set()
    tries = 0
    for first, row in enumerate(rows):
        if first in told or not _bare(rows, shapes, first):
            continue
        tries += 1
        if tries > _MOST_TRIES:
            break  # a file that is wrong all through is answered line by line
        level = list(_level(rows, first))
        bodies = _blocks(rows, shapes, level) or _branches(rows, shapes, level)
        if len(bodies) < 2:
            continue
        told |= bodies.keys()
        for inside in bodies.values():
            for place in inside:
                made[place] = replace(made[place], width=made[place].width + _STEP)
        others = [str(rows[place].line.number) for place in bodies if place != first]
        lines = f"line{'' if len(others) == 1 else 's'} {one_of(others, 'and')}"
        message = f"Nothing is indented under this line, nor under {lines}."
        report.add("N204", row.line.span, message, "Indent what belongs under each of them by two spaces.")
    return made


def _level(rows: Sequence[Row], first: int) -> Iterator[int]:
    """Yield the rows from one on that stand as deep as it, until one stands less deep."""
    for place in range(first, len(rows)):
        if rows[place].width < rows[first].width:
            return
        if rows[place].width == rows[first].width:
            yield place


def _blocks(
    rows: Sequence[Row], shapes: Sequence[Shape | None], level: Sequence[int]
) -> dict[int, list[int]]:
    """Return what stands level with each timed block that has nothing under it."""
    if not _is_block(shapes[level[0]]):
        return {}
    found: dict[int, list[int]] = {}
    block: int | None = None
    for place in level:
        shape = shapes[place]
        if _is_block(shape):
            block = place if _bare(rows, shapes, place) else None
        elif block is not None and shape is not None and shape.within & Context.BODY:
            found.setdefault(block, []).extend(_whole(rows, place))
        else:
            block = None
    return found


def _branches(
    rows: Sequence[Row], shapes: Sequence[Shape | None], level: Sequence[int]
) -> dict[int, list[int]]:
    """Return what stands level with an `if` and its `otherwise`, which have nothing under them."""
    if _word(rows[level[0]]) != _IF:
        return {}
    found: dict[int, list[int]] = {}
    way = level[0]
    for place in level[1:]:
        shape, word = shapes[place], _word(rows[place])
        if shape is None or not shape.within & Context.BODY:
            return {}
        if word == _OTHERWISE and found.get(way) and _bare(rows, shapes, place):
            way = place
        else:
            found.setdefault(way, []).extend(_whole(rows, place))
            if _word(rows[way]) == _OTHERWISE and rows[way].line.text.strip() == _OTHERWISE:
                return found  # where the last way ends cannot be known: one line is sure
    return {}


def _whole(rows: Sequence[Row], place: int) -> list[int]:
    """Return a row with what hangs under it."""
    below = range(place + 1, len(rows))
    end = next((k for k in below if rows[k].width <= rows[place].width), len(rows))
    return list(range(place, end))


def _is_block(shape: Shape | None) -> bool:
    return shape is not None and shape.needs is not None and bool(shape.within & Context.BLOCK)


def _bare(rows: Sequence[Row], shapes: Sequence[Shape | None], place: int) -> bool:
    """Whether a row lacks what must stand under it."""
    shape, below = shapes[place], place + 1
    return bool(shape and shape.needs and below < len(rows) and rows[below].width <= rows[place].width)


def _shape(row: Row, assembly: Assembly) -> Shape | None:
    parsed = None if row.line.broken else assembly.parse(row.line)
    return LINES[parsed.rule] if isinstance(parsed, Tree) else None


def _word(row: Row) -> str:
    return row.line.text.partition(" ")[0]
