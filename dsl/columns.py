"""Columns: where the boxes of a picture go, so that it comes near the shape of a slide.

A journey is one long sequence of pieces. It is broken into columns like the text of a newspaper, rather
before a block of a calendar than within one; what runs beside stands in columns of its own behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDE, TALL = 16, 9
_TRIES = 80


@dataclass(frozen=True, slots=True)
class Piece:
    """Something of the sequence. `heads`: it begins a block, and is not the last of a column."""

    width: float
    height: float
    heads: bool = False


@dataclass(frozen=True, slots=True)
class Spacing:
    """`below`: between pieces of a column; `beside`: between columns."""

    below: float
    beside: float


def arrange(
    pieces: Sequence[Piece], frames: Sequence[Piece], spacing: Spacing
) -> tuple[list[list[int]], list[list[int]]]:
    """Return the numbers of the pieces of each column, and of the frames of each column behind."""
    heights = [piece.height for piece in (*pieces, *frames)]
    least, most = max(heights, default=0), _height(pieces, spacing)
    best: tuple[float, list[list[int]], list[list[int]]] | None = None
    for n in range(_TRIES + 1):
        cap = least + (max(most, least) - least) * n / _TRIES
        columns, behind = _fill(pieces, cap, spacing), _stack(frames, cap, spacing)
        wide = _wide(pieces, columns, spacing) + _wide(frames, behind, spacing)
        tall = max(_tall(pieces, columns, spacing), _tall(frames, behind, spacing))
        # A picture that is too wide shrinks as much as one that is too tall.
        off = max(wide / WIDE, tall / TALL)
        if best is None or off < best[0]:
            best = off, columns, behind
    assert best is not None
    return best[1], best[2]


def _fill(pieces: Sequence[Piece], cap: float, spacing: Spacing) -> list[list[int]]:
    columns: list[list[int]] = [[]]
    used = 0.0
    for number, piece in enumerate(pieces):
        need = piece.height
        if piece.heads:
            whole = _height(pieces[number : _block_end(pieces, number)], spacing)
            first = _height(pieces[number : number + 2], spacing)
            # A block that fits nowhere whole is begun where its first piece fits.
            need = whole if whole <= cap else first
        if columns[-1] and used + spacing.below + need > cap and not _alone(pieces, columns[-1]):
            columns.append([])
            used = 0.0
        used += piece.height + (spacing.below if columns[-1] else 0)
        columns[-1].append(number)
    return columns


def _alone(pieces: Sequence[Piece], column: Sequence[int]) -> bool:
    """Whether the last piece of a column begins a block, and so wants company."""
    return pieces[column[-1]].heads


def _block_end(pieces: Sequence[Piece], number: int) -> int:
    end = number + 1
    while end < len(pieces) and not pieces[end].heads:
        end += 1
    return end


def _stack(frames: Sequence[Piece], cap: float, spacing: Spacing) -> list[list[int]]:
    columns: list[list[int]] = []
    used = 0.0
    for number, frame in enumerate(frames):
        if not columns or used + spacing.below + frame.height > cap:
            columns.append([])
            used = 0.0
        used += frame.height + (spacing.below if columns[-1] else 0)
        columns[-1].append(number)
    return columns


def _height(pieces: Sequence[Piece], spacing: Spacing) -> float:
    return sum(piece.height for piece in pieces) + spacing.below * max(0, len(pieces) - 1)


def _wide(pieces: Sequence[Piece], columns: Sequence[Sequence[int]], spacing: Spacing) -> float:
    return sum(max(pieces[n].width for n in column) + spacing.beside for column in columns if column)


def _tall(pieces: Sequence[Piece], columns: Sequence[Sequence[int]], spacing: Spacing) -> float:
    return max((_height([pieces[n] for n in column], spacing) for column in columns), default=0)
