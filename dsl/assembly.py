"""Assembly: the outline's lines, each parsed alone, become the syntax tree of a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dsl.catalog import Catalog
from dsl.diagnostics import Edit
from dsl.nodes import LINES, Broken, Context, LineNode, Shape
from dsl.outline import Line
from dsl.parser import Failure, Tree, parse
from dsl.span import Span
from dsl.spelling import one_of
from dsl.tokens import Token

_WORD = re.compile(r"[^\W\d]\w*")
_NOTHING = re.compile(r'"\s*"')  # empty quotes, or what lies between two names
_MOST_WORDS = 12
_DAYS = re.compile(r"day (\d{1,4})\b")
_NEEDS: dict[type[LineNode], str | None] = {}
_THOROUGH = 100  # after so many mistakes in a file nobody waits for the best advice on each


@dataclass(frozen=True, slots=True)
class Assembly:
    """Puts the lines of a file together.

    `parses`: the parses of lines by their places, filled as they are needed. `quiet`: lines that do not parse
    are passed over without a word, for only how the others fit together is asked.
    """

    catalog: Catalog
    parses: dict[tuple[int, int, int], Tree | Failure] = field(default_factory=dict)
    quiet: bool = False

    def assemble(self, lines: Sequence[Line], context: Context = Context.TOP) -> tuple[LineNode, ...]:
        """Return the nodes of lines of one level, with those under them."""
        made: list[LineNode] = []
        for line in lines:
            node = self._node(line, context)
            previous = made[-1] if made else None
            joined = node.joins(previous) if previous else None
            if joined:
                self._check_filled(line, node)
                made[-1] = joined
                continue
            if _continues(node) and not context & (Context.UNKNOWN | Context.ARMS):
                if not isinstance(previous, Broken):
                    word = "otherwise"
                    message = f"This “{word}” follows no “if” of the same indentation."
                    self.catalog.report.add("N211", line.span, message, "Put it directly below its “if”.")
                node = Broken(line.span, node.body)
            if not isinstance(node, Broken):
                self._check_filled(line, node)
            made.append(node)
        return tuple(made)

    def parse(self, line: Line) -> Tree | Failure:
        """Parse a line, or remember how it was parsed."""
        place = line.number, line.column, len(line.text)
        found = self.parses.get(place)
        if found is None:
            found = self.parses[place] = parse(line.text, line.span)
        return found

    @property
    def failed(self) -> bool:
        """Whether a line that was parsed is none of the language."""
        return any(isinstance(found, Failure) for found in self.parses.values())

    def parses_well(self, line: Line) -> bool:
        """Whether the line is one of the language, as far as it can be told from the line alone."""
        return not line.broken and isinstance(self.parse(line), Tree)

    def _node(self, line: Line, context: Context) -> LineNode:
        if line.broken:
            return self._broken(line)
        parsed = self.parse(line)
        if isinstance(parsed, Failure):
            if not self.quiet:
                from dsl.mistakes import explain  # files without a mistake need nothing of it

                report = self.catalog.report
                explain(parsed, line, context, report, thorough=len(report.found) < _THOROUGH)
            return self._broken(line)
        if _NOTHING.search(line.text) and (empty := _empty(parsed)):
            self._report_empty(empty)
            return self._broken(line)
        shape = LINES[parsed.rule]
        if not context & (shape.within | Context.UNKNOWN):
            self._report_misplaced(line, shape, context)
            return self._broken(line)
        node = self._whole(line, parsed, shape)
        node.settle(self.catalog.report)
        return node

    def _whole(self, line: Line, parsed: Tree, shape: Shape) -> LineNode:
        if shape.body is None and line.children:
            first = line.children[0]
            message = f"Nothing may be indented under “{shape.called}”."
            self.catalog.report.add("N210", first.span, message, _outdented(shape))
            self.assemble(line.children, Context.UNKNOWN)
            return shape.node.read(parsed, line.span, ())
        body = self.assemble(line.children, shape.body) if shape.body else ()
        return shape.node.read(parsed, line.span, body)

    def _broken(self, line: Line) -> LineNode:
        """Keep a line that was reported; lines below it are read for their own mistakes only."""
        for below in line.walk():
            self.catalog.doubt(names(below.text))
        return Broken(line.span, self.assemble(line.children, Context.UNKNOWN))

    def _check_filled(self, line: Line, node: LineNode) -> None:
        """Report a line that needs others under it and has none."""
        needs = None if line.children else _needs(type(node))
        if needs:
            message = f"Nothing is indented under this line: it lacks {needs}."
            self.catalog.report.add("N204", line.span, message, "Write it below, indented by two spaces.")

    def _report_empty(self, token: Token) -> None:
        message = "Nothing stands in these quotes."
        fix = "Write a name or a text. A field without a value is asked for with “is empty”."
        self.catalog.report.add("N202", token.span, message, fix)

    def _report_misplaced(self, line: Line, shape: Shape, context: Context) -> None:
        places = [words for flag, words in _PLACES.items() if flag & shape.within]
        message = f"“{shape.called}” stands {one_of(places)}, not {_here(context)}."
        fix = _where(shape, line)
        if shape.within is Context.HANDOFF and shape.called == "notify team":
            fix = f'In a journey its message follows: {line.text} "…"'
        if shape.called == "a condition" and context & Context.BODY:
            fix = f"To ask for it, write: if {line.text}"
        edits = []
        if context is Context.SEGMENT and line.text.startswith("if "):
            fix = f"Leave “if” out: {line.text.removeprefix('if ')}"
            edits = [Edit(Span(line.file, line.number, line.column, line.column + len("if ")), "")]
        self.catalog.report.add("N203", line.span, message, fix, edits)


def names(text: str) -> Iterator[str]:
    """Yield what a line that is not understood may have named: words, and ends of what quotes part.

    Where a quote is missing, what stands before or behind a name seems part of it.
    """
    yield from _WORD.findall(text)
    for piece in text.split('"'):
        words = piece.strip(" ,()").split(" ")
        for n in range(max(0, len(words) - _MOST_WORDS), len(words)):
            yield " ".join(words[n:])
        for n in range(1, min(len(words), _MOST_WORDS)):
            yield " ".join(words[:n])


def _empty(parsed: Tree) -> Token | None:
    names = (token for tree in parsed.walk() for token in tree.tokens("STRING"))
    return next((name for name in names if not name.value.strip()), None)


def _needs(kind: type[LineNode]) -> str | None:
    if not _NEEDS:
        _NEEDS.update({shape.node: shape.needs for shape in reversed(LINES.values())})
    return _NEEDS.get(kind)


def _continues(node: LineNode) -> bool:
    return type(node).joins is not LineNode.joins


def _where(shape: Shape, line: Line) -> str:
    """Say where a line belongs that stands in the wrong place."""
    if shape.within is Context.TOP:
        return "Begin the line in column 1, above or below the journey."
    if shape.within is Context.BLOCK:
        days = _DAYS.match(line.text)
        wait = f"; to wait here, write: wait {days[1]} day{'' if days[1] == '1' else 's'}" if days else ""
        return f"Put it directly under “journey”, indented by two spaces, below what runs at entry{wait}"
    if shape.within is Context.HEAD:
        return "Put it directly under “journey”, indented by two spaces."
    places = [words for flag, words in _PLACES.items() if flag & shape.within]
    return f"Put it {one_of(places)}, indented by two spaces more."


def _outdented(shape: Shape) -> str:
    """Say where a line belongs that stands under one that takes none."""
    if shape.called.split()[0] in ("start", "goal", "stop"):
        # At the indentation of the line above it would run at entry, for everybody.
        return f"“{shape.called}” does nothing more. Put what is to happen then under “whenever …”."
    return "If it is to run next, give it the indentation of the line above it."


_PLACES = {
    Context.TOP: "at the left margin of a file",
    Context.HEAD: "directly under “journey”",
    Context.BLOCK: "directly under “journey”",
    Context.BODY: "in a journey",
    Context.ARMS: "under “wait up to”",
    Context.FIELDS: "under “fields of” or “event”",
    Context.ENGAGEMENT: "under “engagement”",
    Context.SCORING: "under “scoring”",
    Context.HANDOFF: "under “handoff”",
    Context.SPLIT: "under “split”",
    Context.HOLIDAYS: "under “holidays”",
    Context.SEGMENT: "under “segment”",
    Context.MESSAGE: "under “message”",
    Context.POLICY: "under “policy”",
    Context.FIT: "under “fit”",
    Context.SCORES: "under “engagement, halved every …”",
}


def _here(context: Context) -> str:
    if context & Context.HEAD:
        return "directly under “journey”"
    if context & Context.BODY:
        return "among the lines of a journey that do something"
    return next(words for flag, words in _PLACES.items() if flag & context)
