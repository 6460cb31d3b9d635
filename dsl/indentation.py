"""The outline that was meant, where lines do not fit together: one line moved, or one line more.

At each complaint, in file order, the lines around it are tried at the levels around them. What makes the
most complaints vanish wins; the place that is then reported is that of the line that was moved. Each try
reads only the items at the margin around it, and there is a limit to all tries together: a file that is
wrong from top to bottom is answered with its plain complaints.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from dsl.diagnostics import Diagnostic, Edit, Report
from dsl.outline import Line, Row
from dsl.span import Span
from dsl.spelling import one_of

Judge = Callable[[Sequence[Row]], list[Diagnostic]]

_MOST_READ = 60_000  # lines that all tries together may read
_MOST_ROWS = 1_500  # lines that one try may read
_STEP = 2
_FEW = 10
# Complaints of a line itself, not of what is under it: worth a repair even if nothing else is wrong around.
_UNPLACED = frozenset({"N010", "N203", "N210", "N211"})
_OTHERWISE = "N211"
_WHENEVER = "whenever"  # what to write instead is said already
# Fixes that know better than the outline what was meant.
_SURER = (_WHENEVER, "To ask for it, write: ", "In a journey its message follows: ")
_TELLING = _UNPLACED - {"N010"}  # they say more than that the indentation is odd


@dataclass(frozen=True, slots=True)
class Repaired:
    """Rows that fit together better, and what is reported instead.

    `headless`: a line at the margin is missing; whatever it declared is unknown.
    """

    rows: Sequence[Row]
    said: list[Diagnostic]
    headless: bool = False


@dataclass(frozen=True, slots=True)
class _Try:
    """A change: the rows that come out of it, the row that is to blame, and what is left to complain of.

    `width`: of the row that was moved, or of the row that is missing above it. `rank`: a line at a width that
    no other has, or indented by another step than most, is rather wrong than others; to move one line is
    likelier than to miss one, and that likelier than to move many: what is under it, or what follows, too.
    `widths`: all that are as good. `many`: how many lines were moved.
    """

    rows: list[Row]
    blamed: int
    width: int
    rank: int
    missing: bool = False
    left: list[Diagnostic] = field(default_factory=list)
    widths: tuple[int, ...] = ()
    many: int = 1

    def as_good(self, other: _Try) -> bool:
        """Whether it is the same line at another width, and as much is left to complain of."""
        return (self.blamed, self.missing, len(self.left)) == (other.blamed, other.missing, len(other.left))


def repair(
    rows: Sequence[Row], judge: Judge, reported: frozenset[int], sources: dict[str, list[str]]
) -> Repaired:
    """Return the rows as they were meant.

    `judge`: what does not fit together, in order of place. `reported`: lines of which enough is said.
    `sources`: the text of the file, for what is reported.
    """
    work = _Work(list(rows), judge, reported, sources)
    work.run()
    return Repaired(work.rows, work.said, work.headless)


@dataclass(slots=True)
class _Work:
    rows: list[Row]
    judge: Judge
    reported: frozenset[int]
    sources: dict[str, list[str]]
    said: list[Diagnostic] = field(default_factory=list)
    headless: bool = False
    read: int = 0

    def run(self) -> None:
        """Repair from the top to the bottom."""
        found = self.judge(self.rows)
        passed = 0
        while self.read < _MOST_READ:
            anchor = next((d for d in found if d.span.line > passed), None)
            if anchor is None:
                return
            start, end = self._window(anchor.span.line, {d.span.line for d in found})
            if end - start > _MOST_ROWS:
                return
            near = [d for d in found if self._within(d, start, end)]
            best = self._best(anchor, near, start, end) if len(near) > self._worth(anchor) else None
            if best is None:
                passed = anchor.span.line
                continue
            self._say(best, near, start)
            # Items at the margin know nothing of each other, so the others are as they were.
            others = [d for d in found if not self._within(d, start, end)]
            found = sorted([*others, *best.left], key=lambda d: d.span)
            self.rows[start:end] = best.rows
            passed = max(passed, anchor.span.line - 1)

    def _within(self, found: Diagnostic, start: int, end: int) -> bool:
        first = self.rows[start].line.number
        return first <= found.span.line and (
            end == len(self.rows) or found.span.line < self.rows[end].line.number
        )

    def _window(self, number: int, wrong: set[int]) -> tuple[int, int]:
        """Return the rows of the items at the margin around a line: one before it, its own, one behind.

        What is complained of is no item of its own.
        """
        at = next(i for i, row in enumerate(self.rows) if row.line.number >= number)
        margins = [i for i, row in enumerate(self.rows) if row.width == 0 and row.line.number not in wrong]
        before = [i for i in margins if i <= at][-2:]
        behind = [i for i in margins if i > at][1:2]
        return (before[0] if before else 0), (behind[0] if behind else len(self.rows))

    def _best(self, anchor: Diagnostic, near: list[Diagnostic], start: int, end: int) -> _Try | None:
        rows = self.rows[start:end]
        at = next(i for i, row in enumerate(rows) if row.line.number >= anchor.span.line)
        tried: list[_Try] = []
        for one in _tries(rows, at, frozenset(d.span.line for d in near)):
            self.read += len(rows)
            tried.append(replace(one, left=self.judge(one.rows)))
            if self.read >= _MOST_READ:
                break
        if not tried:
            return None
        best = min(tried, key=lambda one: (len(one.left), one.rank))
        best = replace(best, widths=tuple(sorted({one.width for one in tried if one.as_good(best)})))
        gain = len(near) - len(best.left)
        blamed = rows[best.blamed]
        if anchor.code == _OTHERWISE and not (blamed.line.number == anchor.span.line or self._known(blamed)):
            # Which line cut it off from its “if” is a guess, unless more than that is wrong.
            gain -= 1
        return best if gain > self._worth(anchor) else None

    def _worth(self, anchor: Diagnostic) -> int:
        """Return how many complaints a change must be better than.

        What is said of the change counts as well; but a single line in a wrong place is worth being placed
        right, for then what it declares is known.
        """
        at = next(i for i, row in enumerate(self.rows) if row.line.number >= anchor.span.line)
        return 0 if anchor.code in _UNPLACED or any(map(self._known, self.rows[at : at + 3])) else 1

    def _say(self, best: _Try, near: list[Diagnostic], start: int) -> None:
        at = start + best.blamed
        row, above = self.rows[at], _above(self.rows)[at]
        self.headless |= best.missing and best.width == 0
        if self._known(row) or (above is not None and self._known(self.rows[above])):
            return
        own = next((d for d in near if d.span.line == row.line.number and d.code in _TELLING), None)
        said = self._misplaced(row.line, best)
        if own is None:
            self.said.append(said)
        elif own.fix is not None and any(words in own.fix.text for words in _SURER):
            self.said.append(own)
        else:
            self.said.append(replace(own, fix=said.fix))

    def _known(self, row: Row) -> bool:
        return row.line.number in self.reported

    def _misplaced(self, line: Line, best: _Try) -> Diagnostic:
        """Say that a line does not fit where it stands."""
        report = Report(self.sources)
        if best.missing:
            message = "The line that this one belongs to is missing."
            fix = "Write the line above it that it belongs to; if none is missing, change its indentation."
            report.add("N010", line.span, message, fix)
            return report.found[0]
        place = Span(line.file, line.number, 1, max(line.column, 2))
        message = "The indentation of this line does not fit the lines around it."
        columns = one_of(str(width + 1) for width in best.widths)
        sure = len(best.widths) == 1 and best.rank == 0
        edits = [Edit(place, " " * best.width)] if sure and line.column == place.end else []
        along = f", and move {_lines(best.many - 1)} along" if best.many > 1 else ""
        report.add("N010", place, message, f"Begin the line in column {columns}{along}.", edits)
        return report.found[0]


def _lines(many: int) -> str:
    return "the line below it" if many == 1 else f"the {many} lines below it"


# ---------------------------------------------------------------------------------------------------- tries


def _tries(rows: list[Row], at: int, wrong: frozenset[int]) -> Iterator[_Try]:
    """Yield the changes around a row, the likelier first. `wrong`: lines that are complained of."""
    # How much wider each row is than what it hangs under.
    steps = [
        row.width - (rows[k].width if k is not None else 0) for row, k in zip(rows, _above(rows), strict=True)
    ]
    usual = Counter(filter(None, steps)).most_common(1)
    widths = Counter(row.width for row in rows)
    for i in _around(rows, at):
        odd = steps[i] not in (0, usual[0][0] if usual else 0)
        rank = 0 if widths[rows[i].width] == 1 and rows[i].width else 1 if odd else 2
        below = next((k for k in range(i + 1, len(rows)) if rows[k].width <= rows[i].width), len(rows))
        ends = _ends(rows, i, below, wrong) if i in (at, at + 1) else set()
        for width in _levels(rows, i):
            moved = [*rows[:i], replace(rows[i], width=width), *rows[i + 1 :]]
            yield _Try(moved, i, width, rank)
            for end in sorted({below, *ends} - {i + 1}):
                delta = width - rows[i].width
                block = [replace(row, width=max(0, row.width + delta)) for row in rows[i:end]]
                many = 4 if end == below else 5
                yield _Try([*rows[:i], *block, *rows[end:]], i, width, many, many=end - i)
    for i in sorted(_around(rows, at)):
        for width in _levels(rows, at) if i == at else [rows[at].width]:
            if width < rows[i].width:
                line = rows[i].line
                missing = Row(width, Line(line.file, line.number, line.column, "…", broken=True))
                yield _Try([*rows[:i], missing, *rows[i:]], i, width, 3, missing=True)


def _ends(rows: Sequence[Row], i: int, below: int, wrong: frozenset[int]) -> set[int]:
    """Return where lines may end that were moved together with a row.

    Either all that follow, as far as they are indented as much; or those that are complained of, with or
    without what is under the last of them; or a few.
    """
    all_ = next((k for k in range(below, len(rows)) if rows[k].width < rows[i].width), len(rows))
    named = [k for k in range(i, all_) if rows[k].width == rows[i].width]
    innocent = next((k for k in named[1:] if rows[k].line.number not in wrong), all_)
    last = max(k for k in named if k < innocent or k == i)
    few = range(i + 2, min(i + 2 + _FEW, all_))
    ends = {innocent, last + 1, *few}
    return ends | {all_} if rows[i].width else ends


def _around(rows: Sequence[Row], at: int) -> list[int]:
    """Return the rows that may be to blame for a complaint of a row: it, its neighbours, what it ends."""
    topmost: dict[int, int] = {}
    least = 1 << 30
    for i in range(at - 1, -1, -1):
        if rows[i].width <= least:
            least = rows[i].width
            topmost[least] = i
        if least < rows[at].width:
            break
    near = [at, at - 1, at + 1, at + 2, *topmost.values()]
    return [i for i in dict.fromkeys(near) if 0 <= i < len(rows)]


def _levels(rows: list[Row], i: int) -> list[int]:
    """Return the widths at which the row could stand, the nearest to its own first."""
    if not i:
        return [0] if rows[0].width else []
    open_: list[int] = []
    for row in rows[:i]:
        while open_ and open_[-1] >= row.width:
            open_.pop()
        open_.append(row.width)
    below = rows[i + 1].width if i + 1 < len(rows) else 0
    deeper = {below} if below > rows[i - 1].width else set()
    levels = {*open_, rows[i - 1].width + _STEP, *deeper} - {rows[i].width}
    return sorted(levels, key=lambda width: abs(width - rows[i].width))


def _above(rows: Sequence[Row]) -> list[int | None]:
    """Return for each row the row that it hangs under."""
    found: list[int | None] = []
    open_: list[int] = []
    for i, row in enumerate(rows):
        while open_ and rows[open_[-1]].width >= row.width:
            open_.pop()
        found.append(open_[-1] if open_ else None)
        open_.append(i)
    return found
