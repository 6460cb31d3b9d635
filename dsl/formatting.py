"""The formatter: one look for every file, without options.

Each line is settled alone, from its tokens: one space between words, none before a comma. Two spaces of
indentation a level, straight quotes, two spaces before a comment, at most one empty line between statements
and exactly one around whatever has lines under it at the left margin. A line that does not parse keeps its
words; only its indentation is settled. An indentation that is unclear stays unclear: to say where the line
belongs is for its author.

Nothing here knows a construct. On every run the result is read again: it must hold the same lines in the
same outline, each with the same parse, the same comments, and formatting it must change nothing. Otherwise
`FormattingRefused` is raised and the file is to be left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from dsl.decoding import split
from dsl.diagnostics import Report
from dsl.outline import LONGEST, Line, Outline, outline
from dsl.parser import Failure, Tree, parse
from dsl.span import Span
from dsl.tables import Language
from dsl.tokens import Token, tokens

_INDENT = 2
_LEADING = re.compile("[ \t\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\u0085\u00ad\ufeff]*")
_WIDTHS = dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff", 0)
_WIDTHS["\t"] = _INDENT
_TIGHT_BEFORE = frozenset(",)%")
_TIGHT_AFTER = frozenset("(")
_KNOWN = _TIGHT_BEFORE | _TIGHT_AFTER  # other signs keep the distance that they were written at

Shape = tuple[tuple[str, object], ...]


class FormattingRefused(Exception):
    """The formatter would have changed what the file says. It is a fault of ours; the file is untouched."""


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file as it should be. Bytes that are no UTF-8 stand as surrogates in `text`; `data` restores them."""

    text: str
    changed: bool

    @property
    def data(self) -> bytes:
        """The bytes to write."""
        return self.text.encode("utf-8", "surrogateescape")


_LOST = frozenset({"N011", "N012", "N013", "N014", "N015"})  # not all of the file was read as it stands


def format_source(data: bytes, language: Language = "journey") -> Formatted:
    """Format the text of a file, and check the result. `language`: that of its lines.

    Raises:
        FormattingRefused: the result would not say the same. Nothing that a person writes should do this.
    """
    shapes = _Shapes(language)
    before = _read(data, shapes)
    if before.lost:
        return Formatted(data.decode("utf-8", "surrogateescape"), changed=False)
    text = _settle(before)
    made = text.encode("utf-8", "surrogateescape")
    _verify(before, made, text, shapes)
    return Formatted(text, changed=made != data)


# ------------------------------------------------------------------------------------------------ reading


@dataclass(slots=True)
class _Row:
    """A row of the file: a line, a comment, both, or nothing.

    `depth`: its level in the outline. `unclear`: its indentation matches no line above it. `shape`: its
    parse without places; None if it has none. `kept`: the row as it stands, where it is no readable text.
    """

    number: int
    line: Line | None = None
    comment: str = ""
    gap: int = 0
    depth: int = 0
    unclear: bool = False
    shape: Shape | None = None
    kept: str | None = None

    def says(self) -> tuple[object, ...]:
        """What must stay: where the row belongs, what it means, its comment."""
        text = self.line.text if self.line and self.shape is None else None
        return self.line is not None, self.depth if self.line else 0, self.unclear, self.shape, text


@dataclass(slots=True)
class _Source:
    """A file taken apart. `lost`: the outline dropped lines, so it must not be written anew."""

    rows: list[_Row] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    lost: bool = False


def _read(data: bytes, shapes: _Shapes) -> _Source:
    report = Report()
    found = outline("", data, report)
    raw, _ = split(data.decode("utf-8", "surrogateescape"))
    raw[0] = raw[0].removeprefix("\ufeff")
    source = _Source(raw=raw)
    if found.mixed or any(d.code in _LOST for d in report.found):
        source.lost = True
        return source
    unclear = {d.span.line for d in report.found if d.code == "N010"}
    source.rows = [_Row(n) for n in range(1, len(raw) + 1)]
    _place_lines(source, found, unclear, shapes)
    for comment in found.comments:
        row = source.rows[comment.span.line - 1]
        row.comment = comment.text.rstrip()
        row.gap = comment.span.start - row.line.span.end if row.line else 0
    return source


def _place_lines(source: _Source, found: Outline, unclear: set[int], shapes: _Shapes) -> None:
    stack = [(line, 0) for line in reversed(found.lines)]
    while stack:
        line, depth = stack.pop()
        stack.extend((child, depth + 1) for child in reversed(line.children))
        row = source.rows[line.number - 1]
        row.line, row.depth, row.unclear = line, depth, line.number in unclear
        raw = source.raw[line.number - 1]
        if line.broken:
            # A row with bytes that are no text is written back as it was, byte for byte.
            unreadable = any("\udc80" <= c <= "\udcff" for c in raw)
            row.kept = _unindented(raw).rstrip(" \t") if unreadable else None
            continue
        row.shape = shapes.of(line)


@dataclass(slots=True)
class _Shapes:
    """The shapes of lines, by their texts."""

    language: Language
    known: dict[str, Shape | None] = field(default_factory=dict)

    def of(self, line: Line) -> Shape | None:
        """Return the shape of a line; None if nothing is known of it."""
        if line.text not in self.known:
            parsed = parse(line.text, line.span, self.language)
            found = None if isinstance(parsed, Failure) else _shape(parsed)
            if found is None and self.language == "scenario":
                found = _loose(tokens(line.text, line.span)[:-1])
            self.known[line.text] = found
        return self.known[line.text]


def _loose(found: Sequence[Token]) -> Shape | None:
    """Return the shape of a line that means something only in its table: a row, or one that asks for it."""
    if any(token.kind == "OTHER" for token in found):
        return None
    return tuple((token.kind, token.text) for token in found)


def _shape(parsed: Tree) -> Shape:
    """Return a parse without places, flat: each rule with the number of its parts, in order."""
    flat: list[tuple[str, object]] = []
    stack: list[Tree | Token] = [parsed]
    while stack:
        part = stack.pop()
        if isinstance(part, Token):
            flat.append((part.kind, part.text))
        else:
            flat.append((part.rule, len(part.parts)))
            stack.extend(reversed(part.parts))
    return tuple(flat)


def _unindented(raw: str) -> str:
    match = _LEADING.match(raw)
    return raw[match.end() :] if match else raw


def _width(raw: str) -> int:
    """Measure an indentation as the outline does."""
    match = _LEADING.match(raw)
    return sum(_WIDTHS.get(c, 1) for c in match[0]) if match else 0


# ----------------------------------------------------------------------------------------------- settling


def _settle(source: _Source) -> str:
    """Return the file as it should be."""
    out: list[str] = []
    depths = _comment_depths(source)
    gap: list[tuple[int, str]] = []  # empty rows and comments since the last line: depth (-1: empty), text
    last: _Row | None = None
    for row in source.rows:
        if row.line is None:
            gap.append((depths.get(row.number, 0), row.comment) if row.comment else (-1, ""))
            continue
        out += _between(last, gap, row, at_margin=_divides(last, row))
        out.append(_written(row))
        gap, last = [], row
    out += _between(last, gap, None, at_margin=False)
    while out and not out[-1]:
        out.pop()
    return "".join(f"{row}\n" for row in out)


def _divides(last: _Row | None, row: _Row) -> bool:
    """Whether an empty line must stand before a row: around what has lines under it at the left margin."""
    if last is None or row.depth or row.line is None:
        return False
    return last.depth > 0 or bool(row.line.children)


def _between(
    last: _Row | None, gap: list[tuple[int, str]], row: _Row | None, *, at_margin: bool
) -> list[str]:
    """Write the empty rows and comments between two lines, no two empty rows in a row."""
    rows: list[str] = []
    for depth, text in gap:
        written = " " * (_INDENT * depth) + text
        if text or (rows and rows[-1]) or (not rows and last is not None):
            rows.append(written if text else "")
    if not at_margin or row is None:
        return rows
    # Comments that belong to the lines above come first; the empty row stands behind them.
    tail = next((i for i in range(len(rows), 0, -1) if rows[i - 1].startswith(" ")), 0)
    if "" not in rows[tail:]:
        rows.insert(tail, "")
    return rows


def _comment_depths(source: _Source) -> dict[int, int]:
    """Decide at which level each comment on a row of its own stands.

    It goes with the line below it; but one that is indented deeper than that belongs to what ends here.
    """
    found: dict[int, int] = {}
    waiting: list[int] = []
    levels: list[int] = []  # the indentation, as written, of each open level
    for row in source.rows:
        if row.line is None:
            if row.comment:
                waiting.append(row.number)
            continue
        width = _width(source.raw[row.number - 1])
        if row.unclear:
            width = levels[row.depth] if row.depth < len(levels) else 0
        for number in waiting:
            found[number] = _level(_width(source.raw[number - 1]), levels, width, row.depth)
        waiting = []
        del levels[row.depth :]
        levels.append(width)
    for number in waiting:
        found[number] = _level(_width(source.raw[number - 1]), levels, 0, 0)
    return found


def _level(width: int, levels: list[int], below: int, depth: int) -> int:
    if width <= below:
        return depth
    return max([depth, *(i for i, open_ in enumerate(levels) if open_ <= width)])


def _written(row: _Row) -> str:
    """Write a row anew."""
    assert row.line is not None
    indent = " " * (_INDENT * row.depth)
    if row.unclear:
        indent = indent[1:] if indent else " "
    if row.kept is not None:
        return indent + row.kept
    text = row.line.text if row.shape is None else _spaced(row.line.text)
    if not row.comment:
        return indent + text
    if len(text) + 2 + len(row.comment) > LONGEST:
        return f"{indent}{row.line.text}{' ' * row.gap}{row.comment}"
    return f"{indent}{text}  {row.comment}"


def _spaced(text: str) -> str:
    """Settle the spaces between the words of a line that parses."""
    if _calm(text):
        return text
    place = Span("", 1, 1, len(text) + 1)
    cut = tokens(text, place)
    rows = [cut[0].text]
    for before, token in pairwise(cut[:-1]):
        rows.append(_space(before, token) + token.text)
    made = "".join(rows)
    if len(made) > LONGEST:
        return text
    # Signs to come may cling together otherwise than these rules know: then the line stays as it is.
    again = tokens(made, place)
    return made if [(t.kind, t.text) for t in again] == [(t.kind, t.text) for t in cut] else text


_PLAIN = re.compile(r'(?:"[^"]*"|[^\W\d][\w-]*|\d+)(?:,? (?:"[^"]*"|[^\W\d][\w-]*|\d+))*')


def _calm(text: str) -> bool:
    """Tell at a glance that names, words and whole numbers stand one space apart already."""
    return _PLAIN.fullmatch(text) is not None


def _space(before: Token, token: Token) -> str:
    for sign in (before, token):
        if sign.kind in ("MARK", "OTHER") and sign.text not in _KNOWN:
            return " " if before.span.end < token.span.start else ""
    tight = token.text in _TIGHT_BEFORE or before.text in _TIGHT_AFTER
    return "" if tight else " "


# ---------------------------------------------------------------------------------------------- verifying


def _verify(before: _Source, made: bytes, text: str, shapes: _Shapes) -> None:
    """Read the result again. INVARIANT: same outline, same parses, same comments, nothing left to do."""
    after = _read(made, shapes)
    if after.lost or _lines(before) != _lines(after):
        raise FormattingRefused(_REFUSAL.format("lines would mean something else", _differs(before, after)))
    if _comments(before) != _comments(after):
        raise FormattingRefused(_REFUSAL.format("comments would change", ""))
    if _settle(after) != text:
        raise FormattingRefused(_REFUSAL.format("formatting again would change it again", ""))


_REFUSAL = "The formatter refused its own result: {}{}. The file was left as it is; please report this."


def _lines(source: _Source) -> list[tuple[object, ...]]:
    return [row.says() for row in source.rows if row.line]


def _comments(source: _Source) -> list[tuple[bool, str]]:
    return [(row.line is not None, row.comment) for row in source.rows if row.comment]


def _differs(before: _Source, after: _Source) -> str:
    pairs: Sequence[tuple[_Row, _Row]] = list(
        zip([r for r in before.rows if r.line], [r for r in after.rows if r.line], strict=False)
    )
    number = next((a.number for a, b in pairs if a.says() != b.says()), None)
    return f" (first in line {number})" if number else ""
