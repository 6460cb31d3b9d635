"""Assembly: the outline's lines, each parsed alone, become the syntax tree of a file."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dsl.catalog import Catalog
from dsl.mistakes import explain
from dsl.nodes import LINES, Broken, Context, LineNode, Shape
from dsl.outline import Line, Outline
from dsl.parser import Failure, Tree, parse
from dsl.spelling import one_of
from dsl.tokens import Token

_WORDS = re.compile(r'"([^"]*)"|([^\W\d]\w*)')


def assemble(outline: Outline, catalog: Catalog) -> tuple[LineNode, ...]:
    """Parse every line of a file and put the nodes together."""
    return _lines(outline.lines, Context.TOP, catalog)


def _lines(lines: Sequence[Line], context: Context, catalog: Catalog) -> tuple[LineNode, ...]:
    made: list[LineNode] = []
    for line in lines:
        node = _node(line, context, catalog)
        previous = made[-1] if made else None
        joined = node.joins(previous) if previous else None
        if joined:
            _check_filled(line, node, catalog)
            made[-1] = joined
            continue
        if _continues(node) and not context & (Context.UNKNOWN | Context.ARMS):
            if not isinstance(previous, Broken):
                word = "otherwise"
                message = f"This “{word}” follows no “if” of the same indentation."
                catalog.report.add("N211", line.span, message, "Put it directly below its “if”.")
            node = Broken(line.span, node.body)
        if not isinstance(node, Broken):
            _check_filled(line, node, catalog)
        made.append(node)
    return tuple(made)


def _check_filled(line: Line, node: LineNode, catalog: Catalog) -> None:
    """Report a line that needs others under it and has none."""
    needs = next((s.needs for s in LINES.values() if s.node is type(node)), None)
    if needs and not line.children:
        message = f"Nothing is indented under this line: it lacks {needs}."
        catalog.report.add("N204", line.span, message, "Write it below, indented by two spaces.")


def _continues(node: LineNode) -> bool:
    return type(node).joins is not LineNode.joins


def _node(line: Line, context: Context, catalog: Catalog) -> LineNode:
    if line.broken:
        return _broken(line, context, catalog)
    parsed = parse(line.text, line.span)
    if isinstance(parsed, Failure):
        explain(parsed, line, context, catalog.report)
        return _broken(line, context, catalog)
    if empty := next(
        (t for tree in parsed.walk() for t in tree.tokens("STRING") if not t.value.strip()), None
    ):
        _report_empty(empty, catalog)
        return _broken(line, context, catalog)
    shape = LINES[parsed.rule]
    if not context & (shape.within | Context.UNKNOWN):
        _report_misplaced(line, shape, context, catalog)
        return _broken(line, context, catalog)
    return _whole(line, parsed, shape, catalog)


def _report_empty(token: Token, catalog: Catalog) -> None:
    message = "Nothing stands in these quotes."
    fix = "Write a name or a text. A field without a value is asked for with “is empty”."
    catalog.report.add("N202", token.span, message, fix)


def _whole(line: Line, parsed: Tree, shape: Shape, catalog: Catalog) -> LineNode:
    if shape.body is None and line.children:
        first = line.children[0]
        message = f"Nothing may be indented under “{shape.called}”."
        catalog.report.add("N210", first.span, message, _outdented(shape))
        _lines_of_unknown(line, catalog)
        return shape.node.read(parsed, line.span, ())
    body = _lines(line.children, shape.body, catalog) if shape.body else ()
    return shape.node.read(parsed, line.span, body)


def _outdented(shape: Shape) -> str:
    """Say where a line belongs that stands under one that takes none."""
    if shape.called.split()[0] in ("start", "goal", "stop"):
        # At the indentation of the line above it would run at entry, for everybody.
        return f"“{shape.called}” does nothing more. Put what is to happen then under “whenever …”."
    return "If it is to run next, give it the indentation of the line above it."


def _broken(line: Line, context: Context, catalog: Catalog) -> LineNode:
    """Keep a line that was reported; lines below it are read for their own mistakes only."""
    for below in line.walk():
        catalog.doubt(a or b for a, b in _WORDS.findall(below.text))
    return Broken(line.span, _lines_of_unknown(line, catalog))


def _lines_of_unknown(line: Line, catalog: Catalog) -> tuple[LineNode, ...]:
    return _lines(line.children, Context.UNKNOWN, catalog)


def _report_misplaced(line: Line, shape: Shape, context: Context, catalog: Catalog) -> None:
    places = [words for flag, words in _PLACES.items() if flag & shape.within]
    message = f"“{shape.called}” stands {one_of(places)}, not {_here(context)}."
    fix = "Move the line, or change its indentation."
    if shape.within is Context.HANDOFF and shape.called == "notify team":
        fix = f'In a journey its message follows: {line.text} "…"'
    if shape.called == "a condition" and context & Context.BODY:
        fix = f"To ask for it, write: if {line.text}"
    catalog.report.add("N203", line.span, message, fix)


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
