"""Lines that were joined, and one that was broken in two: what a lost or a stray line end leaves behind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dsl.assembly import Assembly
from dsl.corrections import TWO_LINES, second_line
from dsl.diagnostics import Report
from dsl.nodes import Context
from dsl.outline import Row
from dsl.parser import Failure, Tree, parse

_GOES_ON = re.compile(r"(?:and|or|until|where|but|,)\b|[,(]")
_JOINED = re.compile(r"\b(?:and|or)$")
_KIND = re.compile(r"(stages|forms|assets|webinars|meetings|tags|consents|audiences)\s*:?", re.IGNORECASE)
_NAME = re.compile(r"(?P<mark>(?:[-*•]|\d+[.)])?)\s*(?P<quote>\"?)(?P<name>[^\",()]*[^\",()\s])\"?,?")
IN_ROWS = "Names stand in a row behind their kind, with commas."
_MOST = 200  # slips of this kind that are looked into in one file


def mend(rows: Sequence[Row], assembly: Assembly, report: Report) -> tuple[list[Row], set[int]]:
    """Return the rows with two for one that was joined, and one for two; report each once.

    The second: the numbers of the lines that were reported.
    """
    made: list[Row] = []
    reported: set[int] = set()
    looked = 0
    rest = list(reversed(rows))
    while rest:
        row = rest.pop()
        number, first = row.line.number, row
        behind = None
        while rest and looked < _MOST and (longer := _continued(row, rest[-1], number, assembly)):
            looked += 1
            last = rest.pop()
            row, number, behind = longer, last.line.number, behind or last
        if behind is not None:
            _report_continued(behind, row, report)
            made.append(row)
            reported.update(range(first.line.number, number + 1))
            continue
        if looked < _MOST and not assembly.parses_well(row.line):
            looked += 1
            if named := _in_rows(row, rest, assembly):
                whole_row, end = named
                report.add("N104", row.line.span, IN_ROWS, f"Write: {whole_row.line.text}")
                made.append(whole_row)
                reported.update(range(row.line.number, end + 1))
                continue
            whole = _whole(row, rest[-1], assembly) if rest else None
            if whole is not None:
                _report_broken(row, rest.pop(), whole, report)
                made.append(whole)
                reported.add(row.line.number)
                continue
            halves = _halves(row, assembly, report)
            if halves:
                made += halves
                reported.add(row.line.number)
                continue
        made.append(row)
    return made, reported


def _in_rows(row: Row, rest: list[Row], assembly: Assembly) -> tuple[Row, int] | None:
    """Return the line that names are which stand below their kind, one a row, and the last of these rows.

    What was read is taken from `rest`.
    """
    kind = _KIND.fullmatch(row.line.text)
    found: list[str] = []
    last = row.line.number
    while kind and rest:
        name = _NAME.fullmatch(rest[-1].line.text)
        below = rest[-1].width > row.width or (name and name["mark"] + name["quote"])
        if not name or not below or assembly.parses_well(rest[-1].line):
            break
        found.append(f'"{name["name"].strip()}"')
        last = rest.pop().line.number
    if not kind or not found:
        return None
    text = f"{kind[1].lower()} {', '.join(found)}"
    return Row(row.width, replace(row.line, text=text, broken=False, children=[])), last


def _whole(row: Row, behind: Row, assembly: Assembly) -> Row | None:
    """Return the one line that two are, where neither is a line but both together are."""
    joined = _JOINED.search(row.line.text)  # then a condition follows, which in a segment is a line
    if behind.line.number != row.line.number + 1 or (assembly.parses_well(behind.line) and not joined):
        return None
    whole = replace(row.line, text=f"{row.line.text} {behind.line.text}", broken=False, children=[])
    return Row(row.width, whole) if assembly.parses_well(whole) else None


def _continued(row: Row, behind: Row, number: int, assembly: Assembly) -> Row | None:
    """Return the line that goes on in the next one, which begins with a word that begins no line."""
    if not _GOES_ON.match(behind.line.text) or behind.line.number != number + 1:
        return None
    if row.line.broken or behind.line.broken or assembly.parses_well(behind.line):
        return None
    # Half a condition in parentheses need not parse; what stands under it decides nothing.
    whole = replace(row.line, text=f"{row.line.text} {behind.line.text}", children=[])
    failed = parse(whole.text, whole.span)
    return Row(row.width, whole) if isinstance(failed, Tree) else None


def _report_continued(behind: Row, whole: Row, report: Report) -> None:
    what = "A wait" if whole.line.text.startswith("wait") else "A condition"
    message = f"{what} stands on one line."
    report.add("N101", behind.line.span, message, f"Write “{whole.line.text}”.")


def _report_broken(row: Row, behind: Row, whole: Row, report: Report) -> None:
    report.found = [
        d
        for d in report.found
        if d.code != "N009" or d.span.line not in (row.line.number, behind.line.number)
    ]
    message = "This line goes on in the next one, but every line is a statement of its own."
    report.add("N101", row.line.span, message, f"Put both on one line: “{whole.line.text}”.")


def _halves(row: Row, assembly: Assembly, report: Report) -> list[Row]:
    """Return the two lines that stand in one, and report it; nothing if that is not what is wrong."""
    if row.line.broken:
        return []
    failure = assembly.parse(row.line)
    second = second_line(failure, row.line) if isinstance(failure, Failure) else ""
    if not second or not isinstance(failure, Failure):
        return []
    alone = Report(report.sources)
    from dsl.mistakes import explain  # files without a mistake need nothing of it

    explain(failure, row.line, Context.UNKNOWN, alone)
    if not any(d.message == TWO_LINES for d in alone.found):
        return []
    report.found += alone.found
    at = row.line.text.rindex(second)
    before = row.line.text[: failure.token.span.start - row.line.column].rstrip()
    first = replace(row.line, text=before, children=[])
    return [
        Row(row.width, first),
        Row(row.width, replace(row.line, text=second, column=row.line.column + at, children=[])),
    ]
