"""Tables: what a row says in the place of `each.NAME`, and where what is wrong with it stands.

A line with `each.NAME` is read once for each row, as it would be written out: its columns are then those of
the line that is read. What is said of it is carried back: to the cell if it concerns nothing but the cell,
else to the line that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dsl.diagnostics import Diagnostic, Edit, Fix, Report
from dsl.outline import Line
from dsl.span import Span
from dsl.spelling import distance
from dsl.tokens import Token, tokens

EACH = "each"
_HEAD = "for each"
_SLIPS = 2
# A number of a table stands before both “hour” and “hours”.
_UNIT = "N404"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row of a table says in one column. `written`: as it stands there, spaces and all."""

    tokens: tuple[Token, ...]
    written: str = ""

    @property
    def text(self) -> str:
        """The words, as they are written."""
        return " ".join(token.text for token in self.tokens)

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.tokens[0].span.to(self.tokens[-1].span)


Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Where a cell stands in the line as it is read, and where the line asks for it."""

    start: int
    end: int
    place: Span
    cell: Cell


@dataclass(frozen=True, slots=True)
class Filled:
    """A line with what a row says. `line`: as it is written; `read`: as it reads, cut to `tokens`."""

    line: Line
    read: Line
    tokens: tuple[Token, ...]
    pieces: tuple[_Piece, ...]

    @classmethod
    def of(cls, line: Line, found: Iterable[Token], row: Row) -> Filled:
        """Put what the row says in its places. `found`: the tokens of the line as it is written."""
        text, column, shift = line.text, line.column, 0
        placed: list[tuple[int, Token]] = []
        pieces: list[_Piece] = []
        for token in found:
            start = token.start + shift
            cell = asked(token, row)
            if cell is None:
                placed.append((start, token))
                continue
            written = cell.written
            placed += [(start + one.start - cell.span.start, one) for one in cell.tokens]
            pieces.append(_Piece(start, start + len(written), token.span, cell))
            text = f"{text[: start - column]}{written}{text[start - column + len(token.text) :]}"
            shift += len(written) - len(token.text)
        read = replace(line, text=text)
        made = tuple(replace(token, line=read.span, start=start) for start, token in placed)
        return cls(line, read, made, tuple(pieces))

    def cell(self, span: Span) -> Cell | None:
        """Return the cell that a stretch of the line lies in."""
        inside = (p for p in self.pieces if p.start <= span.start and span.end <= p.end)
        if span.start == span.end:
            inside = (p for p in self.pieces if p.start < span.start < p.end)
        return next((piece.cell for piece in inside), None)

    def touched(self, span: Span) -> list[Cell]:
        """Return the cells that a stretch of the line holds something of."""
        return [p.cell for p in self.pieces if p.start < span.end and span.start < p.end]

    def back(self, span: Span) -> Span:
        """Return where a stretch of the line stands: in its cell, or in the line as it is written."""
        for piece in self.pieces:
            if self.cell(span) is piece.cell and piece.start <= span.start <= piece.end:
                start = piece.cell.span.start + span.start - piece.start
                return Span(span.file, piece.cell.span.line, start, start + span.end - span.start)
        return Span(span.file, span.line, self._column(span.start, 0), self._column(span.end, 1))

    def _column(self, column: int, end: int) -> int:
        shift = 0
        for piece in self.pieces:
            if piece.start + end <= column < piece.end + end:
                return piece.place.end if end else piece.place.start
            if column >= piece.end:
                shift = piece.place.end - piece.end
        return column + shift


def asked(token: Token, row: Row) -> Cell | None:
    """Return the cell that stands for a word of a line; None if it stands for itself."""
    owner, _, name = token.text.partition(".")
    return row.get(name) if token.kind == "REF" and owner == EACH else None


def is_table(line: Line) -> bool:
    """Whether a line begins a table, if with a slip: what stands under it are rows, and no lines."""
    begun = " ".join(line.text.casefold().split()[:2])
    return begun[:1] == _HEAD[0] and (distance(begun, _HEAD) <= _SLIPS or begun.split(" ")[0] == "foreach")


def rows_of(columns: Sequence[str], table: Line, report: Report) -> Iterator[tuple[Line, dict[str, Cell]]]:
    """Yield the rows of a table, each with what it says for each column; report those of another length."""
    first: dict[tuple[str, ...], int] = {}
    for line in table.children:
        if line.broken:
            continue
        if line.children:
            report.add("N210", line.children[0].span, "Nothing may be indented under a row.", "Outdent it.")
        cells = list(_cells(line))
        if len(cells) != len(columns) or not all(cell.tokens for cell in cells):
            have, want = len([c for c in cells if c.tokens]), len(columns)
            message = f"This row has {have} value{'' if have == 1 else 's'}, the table {want} columns."
            report.add("S403", line.span, message, f"Write a value for each: {', '.join(columns)}")
            continue
        before = first.setdefault(tuple(cell.text for cell in cells), line.number)
        if before != line.number:
            message = f"This row says what the row in line {before} says."
            report.add("S405", line.span, message, "Leave one of them out, or write the case that was meant.")
            continue
        yield line, dict(zip(columns, cells, strict=True))


def _cells(line: Line) -> Iterator[Cell]:
    cell: list[Token] = []
    depth = 0
    for token in tokens(line.text, line.span):
        depth += (token.text == "(") - (token.text == ")")
        if token.kind == "END" or (token.text == "," and not depth):
            start, end = (cell[0].span.start, cell[-1].span.end) if cell else (0, 0)
            yield Cell(tuple(cell), line.text[start - line.column : end - line.column] if cell else "")
            cell = []
        else:
            cell.append(token)


# ------------------------------------------------------------------------------------------- what is wrong

Lines = Mapping[int, Filled]
"""The lines that were read for a row, by their numbers."""


def sound(found: Iterable[Diagnostic], lines: Lines) -> list[Diagnostic]:
    """Return what is wrong in a case, without what only a number of the table seems to have wrong."""
    return [one for one in found if not (one.code == _UNIT and _mixed(one, lines))]


def _mixed(one: Diagnostic, lines: Lines) -> bool:
    line = lines.get(one.span.line)
    return line is not None and line.cell(one.span) is None and bool(line.touched(one.span))


def placed(cases: Sequence[tuple[Sequence[Diagnostic], Lines]], report: Report) -> Iterator[Diagnostic]:
    """Yield what is wrong in the cases of a table, each where it stands.

    What lies in a cell and in words around it is the line's if all rows have it, else the row's.
    """
    everywhere = set[object]()
    for n, (found, lines) in enumerate(cases):
        mixed = {_said(one, lines) for one in found if _mixed(one, lines)}
        everywhere = everywhere & mixed if n else mixed
    for found, lines in cases:
        for one in found:
            line = lines.get(one.span.line)
            if line is None:
                yield one
                continue
            span = line.back(one.span)
            if _mixed(one, lines) and _said(one, lines) not in everywhere:
                touched = line.touched(one.span)
                span = touched[0].span.to(touched[-1].span)
            rows = report.sources.get(span.file, ())
            excerpt = rows[span.line - 1] if span.line <= len(rows) else one.excerpt
            yield replace(one, span=span, fix=_fix(one.fix, line), excerpt=excerpt)


def _said(one: Diagnostic, lines: Lines) -> object:
    return lines[one.span.line].back(one.span), one.code, one.message


def _fix(fix: Fix | None, line: Filled) -> Fix | None:
    """Carry a fix back, and the line as it should read, if that is what it says."""
    if fix is None or not fix.edits:
        return fix
    for edit in fix.edits:
        if edit.span.line != line.read.number:
            return fix
        if line.cell(edit.span) is None and line.touched(edit.span):
            return Fix(fix.text)
    edits = tuple(Edit(line.back(edit.span), edit.text) for edit in fix.edits)
    text = fix.text
    meant = f"Write “{_edited(line.read.text, line.read.column, fix.edits)}”."
    if text.split() == meant.split():
        cell = line.cell(fix.edits[0].span)
        written = _edited(line.line.text, line.line.column, edits)
        if cell is not None:
            written = _edited(cell.written, cell.span.start, edits)
        text = f"Write “{written}”."
    return Fix(text, edits)


def _edited(text: str, column: int, edits: Iterable[Edit]) -> str:
    for edit in sorted(edits, key=lambda e: e.span, reverse=True):
        text = f"{text[: edit.span.start - column]}{edit.text}{text[edit.span.end - column :]}"
    return text
