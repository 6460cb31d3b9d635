"""The outline: bytes become a tree of lines by their indentation.

This is the only place that knows about odd spaces, comments and the extent of quotes; `decoding` knows bytes.
What a paste from a word processor or a web page brings is understood as it was meant and reported with a
fix, so that one slip costs one message. The pass is linear in the size of the file and uses a stack of its
own: no input makes it raise or recurse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dsl.decoding import decode, refused, settled
from dsl.diagnostics import Edit, Report
from dsl.quoting import closing
from dsl.span import Span

DEEPEST = 24
LONGEST = 2000
_LOOKED = 100  # findings after which nobody waits for the best advice on each
UNIT = 2  # how wide a tab is where nothing tells otherwise

_ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u0085]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffd]")
_CURLY = re.compile("[“”„‟«»]")
# Two quotes at one edge of a name.
_DOUBLED = re.compile(r'(?<=[^\s"])""(?=\s*$|,)|(?<=\s)""(?=[^\s"])')
# A stretch in straight quotes, a comment to the end, or one opening quote that nothing closes.
_MARKS = re.compile(r'"[^"]*"|(?P<comment>#.*)|(?P<open>")')


# An “otherwise” that lies between two levels was meant for the “if” or “when” above it.
_CONTINUING = re.compile(r"(?:otherwise|else|elif)\b")
_CONTINUED = re.compile(r"(?:if|otherwise if|else if|elif|when)\b")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, with its `#`, for the formatter."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something: its text without indentation and comment, and the lines below it.

    `column` is where the text begins. `broken`: already reported, not to be parsed.
    """

    file: str
    number: int
    column: int
    text: str
    broken: bool = False
    children: list[Line] = field(default_factory=list)

    @property
    def span(self) -> Span:
        """The whole text of the line."""
        return Span(self.file, self.number, self.column, self.column + len(self.text))

    def walk(self) -> Iterator[Line]:
        """Yield the line and all lines below it, in file order."""
        stack = [self]
        while stack:
            line = stack.pop()
            yield line
            stack.extend(reversed(line.children))


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it stands in the file: how wide its indentation is, before it hangs under anything."""

    width: int
    line: Line


@dataclass(frozen=True, slots=True)
class Outline:
    """A file as a tree of lines, the same lines in a row, and its comments.

    `mixed`: some lines are indented by tabs, some by spaces, so how wide a tab is decides. `refused`: nothing
    of it was read. `left`: rows that were left out, of the other version of a conflict.
    """

    file: str
    lines: tuple[Line, ...]
    rows: tuple[Row, ...]
    comments: tuple[Comment, ...]
    refused: bool = False
    left: tuple[str, ...] = ()
    mixed: bool = False


def outline(file: str, data: bytes, report: Report, unit: int = UNIT) -> Outline:
    """Read `data` as lines and hang each under the line that it is indented below. `unit`: width of a tab."""
    rows: list[Row] = []
    comments: list[Comment] = []
    if refused(file, data, report):
        return Outline(file, (), (), (), refused=True)
    texts, left = settled(file, decode(file, data, report), report)
    _aggregate(file, texts, report, unit)
    for number, raw in enumerate(texts, 1):
        if not raw.strip():
            continue
        width, line, comment = _line(file, number, raw, report, unit)
        if comment:
            comments.append(comment)
        if line:
            rows.append(Row(width, line))
    return Outline(
        file, hang(rows, report), tuple(rows), tuple(comments), left=tuple(left), mixed=_mixed(texts)
    )


def _mixed(raws: Iterable[str]) -> bool:
    begun = {raw[: len(raw) - len(raw.lstrip(" \t"))] for raw in raws if raw.strip()}
    return any("\t" in indent for indent in begun) and any(" " in indent for indent in begun)


def _width(indent: str, unit: int) -> int:
    """Measure an indentation. A tab leads to the next multiple of its width, as in an editor."""
    width = 0
    for sign in indent:
        width += unit - width % unit if sign == "\t" else 1
    return width


def _wide(row: str, at: int, unit: int) -> int:
    return _width(row[: at + 1], unit) - _width(row[:at], unit)


def hang(rows: Iterable[Row], report: Report) -> tuple[Line, ...]:
    """Hang each line under the nearest line above it that is indented less; return those at the margin.

    The lines are taken over: whatever hung under them is forgotten.
    """
    roots: list[Line] = []
    stack: list[tuple[int, Line]] = []
    for row in rows:
        row.line.children.clear()
        _hang(row.line, row.width, roots, stack, report)
    return tuple(roots)


def _aggregate(file: str, rows: list[str], report: Report, unit: int) -> None:
    """Report tabs and odd spaces once a file, with the edits for all of its lines."""
    tabs: list[Edit] = []
    odd: list[Edit] = []
    for number, row in enumerate(rows, 1):
        if "\t" in row:
            indent = len(row) - len(row.lstrip("\t "))
            tabs += [
                Edit(Span(file, number, i + 1, i + 2), " " * (_wide(row, i, unit) if i < indent else 1))
                for i, c in enumerate(row)
                if c == "\t"
            ]
        if not row.isascii():
            odd += [
                Edit(Span(file, number, m.start() + 1, m.end() + 1), " ") for m in _ODD_SPACES.finditer(row)
            ]
            odd += [
                Edit(Span(file, number, m.start() + 1, m.end() + 1), "") for m in _INVISIBLE.finditer(row)
            ]
    if tabs:
        many = _hold(len({e.span.line for e in tabs}))
        report.add("N003", tabs[0].span, f"{many} tabs.", "Use two spaces for each level.", tabs)
    if odd:
        odd.sort(key=lambda e: e.span)
        many = _hold(len({e.span.line for e in odd}))
        message = f"{many} spaces that only look like spaces, or invisible characters, as pasted text does."
        report.add("N004", odd[0].span, message, "Replace them by ordinary spaces, or remove them.", odd)


def _hold(count: int) -> str:
    return "One line of the file holds" if count == 1 else f"{count} lines of the file hold"


def _line(
    file: str, number: int, raw: str, report: Report, unit: int
) -> tuple[int, Line | None, Comment | None]:
    """Take one row apart: the width of its indentation, its text, its comment."""
    text = raw
    if not raw.isascii():
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", _ODD_SPACES.sub(" ", raw)))
    body = text.lstrip(" \t")
    indent = len(text) - len(body)
    width = _width(text[:indent], unit)
    column = indent + 1
    body = body.replace("\t", " ").rstrip(" ")
    broken = _refuse(file, number, column, body, report)
    if not broken:
        body = _straighten(file, number, column, body, report)
    body, comment, unclosed = _split_comment(file, number, column, body)
    if unclosed and not broken:
        _report_open(file, number, column, body, unclosed, report)
        broken = True
    return width, Line(file, number, column, body, broken) if body else None, comment


def _refuse(file: str, number: int, column: int, body: str, report: Report) -> bool:
    """Report what makes a line unreadable: bytes that are no text, and lines without end."""
    if match := _CONTROL.search(body):
        place = Span(file, number, column + match.start(), column + match.end())
        if match.group() == "\ufffd":
            report.add("N005", place, "Here stand bytes that are not UTF-8 text.", "Save the file as UTF-8.")
        else:
            message = f"Here stands a control character (number {ord(match.group())})."
            report.add("N006", place, message, "Remove it.", [Edit(place, "")])
        return True
    if len(body) > LONGEST:
        place = Span(file, number, column, column + LONGEST)
        message = f"This line has {len(body)} characters; the most is {LONGEST}."
        report.add("N007", place, message, "Split it.")
        return True
    return False


def _straighten(file: str, number: int, column: int, body: str, report: Report) -> str:
    """Turn curly quotes outside straight ones into straight ones, and report them."""
    if body.isascii() or not _CURLY.search(body):
        return body
    inside = [m.span() for m in _MARKS.finditer(body) if m.lastgroup is None]
    comment = next((m.start() for m in _MARKS.finditer(body) if m.lastgroup == "comment"), len(body))
    wrong = [
        i
        for i in (m.start() for m in _CURLY.finditer(body, 0, comment))
        if not any(a <= i < b for a, b in inside)
    ]
    if not wrong:
        return body
    edits = [Edit(Span(file, number, column + i, column + i + 1), '"') for i in wrong]
    report.add("N008", edits[0].span, "These quotes are curly.", 'Write straight quotes: ".', edits)
    letters = list(body)
    for i in wrong:
        letters[i] = '"'
    return "".join(letters)


def _split_comment(file: str, number: int, column: int, body: str) -> tuple[str, Comment | None, int]:
    """Part the text from its comment; the third is 1 + the place of a quote that nothing closes, or 0."""
    for match in _MARKS.finditer(body):
        if match.lastgroup == "comment":
            at = match.start()
            span = Span(file, number, column + at, column + len(body))
            return body[:at].rstrip(), Comment(span, body[at:]), 0
        if match.lastgroup == "open":
            return body, None, match.start() + 1
    return body, None, 0


def _report_open(file: str, number: int, column: int, body: str, unclosed: int, report: Report) -> None:
    place = Span(file, number, column + unclosed - 1, column + len(body))
    if doubled := _DOUBLED.search(body):
        spot = Span(file, number, column + doubled.start() + 1, column + doubled.end())
        report.add("N009", spot, "One quote too many stands here.", "Leave it out.", [Edit(spot, "")])
        return
    at = closing(body, place) if len(report.found) < _LOOKED else None
    if at is None:
        fix = 'Close it with " on the same line.'
        report.add("N009", place, "This quote is never closed.", fix, [Edit(place.at_end(), '"')])
        return
    whole = f'{body[:at]}"{body[at:]}'
    spot = Span(file, number, column + at, column + at)
    opens = body[:at].count('"') % 2 == 0
    message = "A name ends in a quote, but none begins it." if opens else "This quote is never closed."
    first, last = (at, body.index('"', at) + 1) if opens else (body.rindex('"', 0, at), at)
    place = Span(file, number, column + first, column + last)
    report.add("N009", place, message, f"Write “{whole}”.", [Edit(spot, '"')])


def _hang(line: Line, width: int, roots: list[Line], stack: list[tuple[int, Line]], report: Report) -> None:
    """Put the line below the nearest line above it that is indented less."""
    dedented = bool(stack) and width < stack[-1][0]
    popped = width
    while stack and stack[-1][0] >= width:
        popped = stack.pop()[0]
    if (dedented and popped != width) or (not stack and width and not roots):
        wanted = popped if dedented else 0
        if stack and _CONTINUING.match(line.text) and _CONTINUED.match(stack[-1][1].text):
            wanted = stack.pop()[0]
        place = Span(line.file, line.number, 1, line.column)
        fix = f"Begin the line in column {wanted + 1}."
        message = "The indentation of this line matches no line above it."
        report.add("N010", place, message, fix)
        width = wanted
    if len(stack) >= DEEPEST:
        if len(stack) == DEEPEST:
            message = f"This line lies more than {DEEPEST} levels deep."
            report.add("N011", line.span, message, "Move a part into a journey of its own.")
            # It stays as a line without meaning, so that the line above it does not lack what is under it.
            deepest = Line(line.file, line.number, line.column, line.text, broken=True)
            stack[-1][1].children.append(deepest)
            stack.append((width, deepest))
        return
    (stack[-1][1].children if stack else roots).append(line)
    stack.append((width, line))
