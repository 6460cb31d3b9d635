"""Reading a file: its bytes become nodes, and one slip of its outline costs one message.

What a line is does not hang on its indentation, so when lines do not fit together there is one more source
of what was meant: the way in which they would. Where moving one line, or thinking one line added, makes
several complaints vanish, only that is reported, and reading goes on as if it had been mended. Nothing is
changed in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dsl.advice import advise
from dsl.assembly import Assembly, names
from dsl.catalog import Catalog
from dsl.diagnostics import Diagnostic, Report
from dsl.indentation import repair
from dsl.joints import mend
from dsl.nodes import Broken, LineNode
from dsl.outline import Outline, Row, hang
from dsl.slips import headless, unindented
from dsl.tabs import TABS, measured

# How lines fit together: what the indentation, or a line that is missing, can be the cause of.
_FITTING = frozenset({"N010", "N011", "N203", "N204", "N205", "N206", "N207", "N210", "N211"})
_FLAT = 4  # complaints that make a file without any indentation one that has lost it


def read(file: str, data: bytes, catalog: Catalog) -> tuple[LineNode, ...]:
    """Return the nodes of a file; report what does not parse and what does not fit together."""
    report = catalog.report
    before, report.found = report.found, []
    found = measured(file, data, report, _misfits)
    nodes = _read(found, catalog)
    report.found = [*before, *advise(report.found, found.rows)]
    if found.refused:
        catalog.doubt_all()
    for row in found.left:
        catalog.doubt(names(row))
    return nodes


def _misfits(found: Outline, report: Report) -> int:
    """Count what does not fit together in an outline."""
    Assembly(Catalog(report), quiet=True).assemble(found.lines)
    return sum(d.code in _FITTING for d in report.found)


def _read(found: Outline, catalog: Catalog) -> tuple[LineNode, ...]:
    text = [d for d in catalog.report.found if d.code not in _FITTING]
    quiet = Assembly(catalog, quiet=True)
    nodes = quiet.assemble(found.lines)
    fitting = [d for d in catalog.report.found if d.code in _FITTING]
    if not (fitting or quiet.failed or any(row.line.broken for row in found.rows)):
        return nodes
    catalog.report.found = text
    catalog.doubtful.clear()
    if len(fitting) >= _FLAT and not any(row.width for row in found.rows):
        return _flat(found.rows, nodes, catalog)
    return _read_anew(found.rows, replace(quiet, quiet=False))


def _flat(rows: Sequence[Row], nodes: tuple[LineNode, ...], catalog: Catalog) -> tuple[LineNode, ...]:
    """Say once of a file without any indentation, as a form or a chat leaves it, what it lacks."""
    message = "No line of this file is indented, so nothing belongs to anything."
    fix = "Indent by two spaces whatever belongs to the line above it."
    catalog.report.add("N010", rows[0].line.span, message, fix)
    catalog.doubt_all()
    return tuple(Broken(node.span, ()) for node in nodes)


def _straightened(
    rows: Sequence[Row], judge: Callable[[Sequence[Row]], list[Diagnostic]], assembly: Assembly
) -> tuple[Sequence[Row], bool]:
    """Mend slips of a whole stretch, if less is left to say; tell whether a `journey` was missing."""
    missing = False
    for slip in (headless, unindented):
        said = Report(assembly.catalog.report.sources)
        made = slip(rows, assembly, said)
        if said.found and len(judge(made)) < len(judge(rows)):
            assembly.catalog.report.found += said.found
            rows, missing = made, missing or slip is headless
    return rows, missing


def _read_anew(rows: Sequence[Row], assembly: Assembly) -> tuple[LineNode, ...]:
    report = assembly.catalog.report
    rows, reported = mend(rows, assembly, report)
    reported.update(row.line.number for row in rows if not assembly.parses_well(row.line))
    if any(d.code == TABS for d in report.found):
        sources = report.sources[rows[0].line.file] if rows else []
        reported.update(n for n, row in enumerate(sources, 1) if "\t" in row)

    def judge(some: Sequence[Row]) -> list[Diagnostic]:
        alone = Catalog(Report(report.sources))
        Assembly(alone, assembly.parses, quiet=True).assemble(hang(some, alone.report))
        return [d for d in alone.report.sorted() if d.code in _FITTING]

    rows, missing = _straightened(rows, judge, assembly)
    reported.update(d.span.line for d in report.found if d.code in _FITTING)
    repaired = repair(rows, judge, frozenset(reported), report.sources)
    report.found += repaired.said
    if repaired.headless or missing:
        assembly.catalog.doubt_all()
    return assembly.assemble(hang(repaired.rows, report))
