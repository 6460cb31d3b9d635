"""Reading a file: its bytes become nodes, and one slip of its outline costs one message.

What a line is does not hang on its indentation, so when lines do not fit together there is one more source
of what was meant: the way in which they would. Where moving one line, or thinking one line added, makes
several complaints vanish, only that is reported, and reading goes on as if it had been mended. Nothing is
changed in the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsl.assembly import Assembly
from dsl.catalog import Catalog
from dsl.diagnostics import Diagnostic, Report
from dsl.indentation import repair
from dsl.joints import mend
from dsl.nodes import LineNode
from dsl.outline import Row, hang, outline

# How lines fit together: what the indentation, or a line that is missing, can be the cause of.
_FITTING = frozenset({"N010", "N011", "N203", "N204", "N205", "N206", "N207", "N210", "N211"})
_UNREAD = frozenset({"N009", "N101", "N103", "N104"})
_TABS = "N003"


def read(file: str, data: bytes, catalog: Catalog) -> tuple[LineNode, ...]:
    """Return the nodes of a file; report what does not parse and what does not fit together."""
    found = outline(file, data, catalog.report)
    text = [d for d in catalog.report.found if d.code not in _FITTING]
    assembly = Assembly(catalog)
    nodes = assembly.assemble(found.lines)
    codes = {d.code for d in catalog.report.found}
    if not codes & (_FITTING | _UNREAD):
        return nodes
    catalog.report.found = text
    catalog.doubtful.clear()
    return _read_anew(found.rows, assembly)


def _read_anew(rows: Sequence[Row], assembly: Assembly) -> tuple[LineNode, ...]:
    report = assembly.catalog.report
    rows, reported = mend(rows, assembly, report)
    reported.update(row.line.number for row in rows if not assembly.parses_well(row.line))
    reported.update(edit.span.line for d in report.found if d.code == _TABS and d.fix for edit in d.fix.edits)

    def judge(some: Sequence[Row]) -> list[Diagnostic]:
        alone = Catalog(Report(report.sources))
        Assembly(alone, assembly.parses, quiet=True).assemble(hang(some, alone.report))
        return [d for d in alone.report.sorted() if d.code in _FITTING]

    repaired = repair(rows, judge, frozenset(reported), report.sources)
    report.found += repaired.said
    if repaired.headless:
        assembly.catalog.doubt_all()
    return assembly.assemble(hang(repaired.rows, report))
