"""Placing: a finding about a step becomes a diagnostic on its line of the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from dsl.diagnostics import Report
from dsl.plan import Plan
from dsl.proofs.subject import Finding
from dsl.span import Span

_BEGINS = re.compile(r"otherwise|when |(?:day|hour) \d|at |\d")
# Goes through a plan on the path of a finding, and tells when it sends what; "" if there is nothing to tell.
Play = Callable[[Plan, Finding], str]


def report_findings(
    findings: Iterable[Finding],
    places: Mapping[str, Span],
    report: Report,
    plans: Mapping[str, Plan],
    play: Play | None = None,
) -> None:
    """Report what the proofs found. `places`: the line of each journey; `play` tells the times of a path."""
    for finding in findings:
        place = places[finding.journey]
        rows = report.sources.get(place.file, ())
        line = _line(finding, rows)
        span = place if line == 0 else _whole(place.file, line, rows)
        path = finding.trail.words if finding.trail else ""
        times = play(plans[finding.journey], finding) if play and finding.trail else ""
        report.add(finding.code, span, finding.message, finding.fix, path=path, times=times)


def _line(finding: Finding, rows: Sequence[str]) -> int:
    """Return the line; for one of several ways or a block, the line above its lines that begins it."""
    if finding.way is None:
        return finding.line
    inside = _indent(rows, finding.way)
    for line in range(finding.way - 1, finding.line, -1):
        row = rows[line - 1].strip()
        if _BEGINS.match(row) and _indent(rows, line) < inside:
            return line
    return finding.line


def _indent(rows: Sequence[str], line: int) -> int:
    row = rows[line - 1]
    return len(row) - len(row.lstrip())


def _whole(file: str, line: int, rows: Sequence[str]) -> Span:
    """Return the words of a line, without indentation and comment."""
    row = rows[line - 1] if 0 < line <= len(rows) else ""
    start = len(row) - len(row.lstrip())
    quoted, end = False, len(row)
    for place, sign in enumerate(row):
        if sign == '"':
            quoted = not quoted
        elif sign == "#" and not quoted:
            end = place
            break
    return Span(file, line, start + 1, max(start + 1, len(row[:end].rstrip())) + 1)
