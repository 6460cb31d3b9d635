"""How wide a tab is, in a file that is indented by tabs and by spaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dsl.diagnostics import Fix, Report
from dsl.outline import UNIT, Outline, outline

TABS = "N003"
_WIDTHS = (2, 4, 8)  # that editors show


def measured(file: str, data: bytes, report: Report, misfits: Callable[[Outline, Report], int]) -> Outline:
    """Read the outline; where tabs and spaces are mixed, with the width of a tab by which lines fit best.

    If several fit as well and lines would belong elsewhere, only the author knows, and no edit is offered.
    `misfits`: how many lines of an outline do not fit together.
    """
    before = len(report.found)
    found = outline(file, data, report)
    if not found.mixed:
        return found
    tried = []
    for unit in _WIDTHS:
        alone = Report()
        one = outline(file, data, alone, unit)
        tried.append((misfits(one, alone), unit, _depths(one)))
    least = min(many for many, _, _ in tried)
    best = [one for one in tried if one[0] == least]
    del report.found[before:]
    # Where no width is right, the line is one that stands wrongly, and is looked for as such.
    found = outline(file, data, report, UNIT if least else best[0][1])
    if least or any(depths != best[0][2] for _, _, depths in best):
        fix = Fix(
            "Write spaces there: in one editor a tab is wider than in another, and a line belongs elsewhere."
        )
        report.found = [replace(d, fix=fix) if d.code == TABS else d for d in report.found]
    return found


def _depths(found: Outline) -> list[tuple[int, int]]:
    """Return how deep each line lies."""
    made = []
    stack = [(line, 0) for line in found.lines]
    while stack:
        line, depth = stack.pop()
        made.append((line.number, depth))
        stack.extend((below, depth + 1) for below in line.children)
    return sorted(made)
