"""Lines of a scenario file: the outline's lines, each parsed alone, in the places where they may stand.

Where a scenario has cases, its lines are read once for each of them, with what its row says in the place of
`each.NAME`: so a case is checked as if somebody had written it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dsl.diagnostics import Report
from dsl.outline import Line
from dsl.parser import Failure, Tree, parse_tokens
from dsl.span import Span
from dsl.tokens import Token, tokens

FRAME = frozenset(
    {"given_contact", "given_past", "given_sent", "given_account", "given_zone", "starting", "for_each"}
)
MOMENTS = frozenset({"at_start", "on_point", "later", "by_point", "between_points"})
BOUNDS = frozenset({"never_more", "never_mail"})
BY_HAND = frozenset({"by_hand", "sends_by_hand", "suppressed_by_hand", "lifted_by_hand", "erased", "merged"})
ACTS = BY_HAND | {"act", "bounce", "change", "start_for", "accepts", "rejects", "down", "refuses"}

EACH = "each"


@dataclass(frozen=True, slots=True)
class Said:
    """A line that parsed."""

    line: Line
    tree: Tree

    @property
    def span(self) -> Span:
        """The whole line."""
        return self.line.span


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row of a table says in one column."""

    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """The words, as they are written."""
        return " ".join(token.text for token in self.tokens)


@dataclass(slots=True)
class Reader:
    """Parses lines, for one case. `broken`: names on lines that were reported: nothing more is said of them.

    `used`: the columns that were asked for.
    """

    report: Report
    case: Mapping[str, Cell] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def read(self, line: Line, place: str) -> Said | None:
        """Parse a line, or report it. `place`: file, scenario or moment."""
        if line.broken:
            self.doubt(line)
            return None
        found = self._filled(line)
        if found is None:
            self.doubt(line)
            return None
        parsed = parse_tokens(found, "scenario")
        if isinstance(parsed, Failure):
            from dsl.scenarios.mistakes import explain  # files without a mistake need nothing of it

            explain(parsed, self._shown(line, found), place, self.report)
            self.doubt(line)
            return None
        empty = next((t for t in found if t.kind == "STRING" and not t.value.strip()), None)
        if empty is not None:
            self.report.add("N202", empty.span, "Nothing stands in these quotes.", "Write a name or a text.")
            self.doubt(line)
            return None
        return Said(line, parsed)

    def doubt(self, line: Line) -> None:
        """Note the names on a line, and on all below it, that is not understood."""
        for below in line.walk():
            self.broken.update(below.text.split('"')[1::2])

    def _filled(self, line: Line) -> list[Token] | None:
        """Return the tokens of a line with what the case says; None if it says nothing of a column."""
        made: list[Token] = []
        for token in tokens(line.text, line.span):
            owner, _, name = token.text.partition(".")
            if token.kind != "REF" or owner != EACH:
                made.append(token)
                continue
            cell = self.case.get(name)
            if cell is None:
                self._unknown(token, name)
                return None
            self.used.add(name)
            made += [replace(one, line=token.line, start=token.start) for one in cell.tokens]
        return made

    def _unknown(self, token: Token, name: str) -> None:
        from dsl.spelling import nearest, one_of

        if not self.case:
            message = f"There is no table, so “{token.text}” stands for nothing."
            fix = f"Write a value, or above the first moment: for each {name}"
            self.report.add("S402", token.span, message, fix)
            return
        guess = nearest(name, self.case)
        known = one_of((f"{EACH}.{column}" for column in self.case), "and")
        message = f"The table has no column “{name}”; it brings {known}."
        fix = f"Write {EACH}.{guess}." if guess else "Name one of them, or add the column to the table."
        self.report.add("S402", token.span, message, fix)

    def _shown(self, line: Line, found: Sequence[Token]) -> Line:
        """Return the line as it reads in this case, so that what is said of it can be followed."""
        if not self.case or not any(f"{EACH}." in word for word in line.text.split()):
            return line
        return replace(line, text=" ".join(token.text for token in found[:-1]), children=line.children)


def rows_of(said: Said, report: Report) -> Iterator[tuple[Line, dict[str, Cell]]]:
    """Yield the rows of a table, each with what it says for each column; report those of another length."""
    columns = [token.text for token in said.tree.tokens("WORD")]
    for line in said.line.children:
        if line.broken:
            continue
        if line.children:
            report.add("N210", line.children[0].span, "Nothing may be indented under a row.", "Outdent it.")
        cells = list(_cells(line))
        if len(cells) != len(columns) or not all(cell.tokens for cell in cells):
            have, want = len([c for c in cells if c.tokens]), len(columns)
            message = f"This row has {have} value{'' if have == 1 else 's'}, the table {want} columns."
            report.add("S403", line.span, message, f"Write a value for each: {', '.join(columns)}")
            continue
        yield line, dict(zip(columns, cells, strict=True))


def _cells(line: Line) -> Iterator[Cell]:
    cell: list[Token] = []
    depth = 0
    for token in tokens(line.text, line.span)[:-1]:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and not depth:
            yield Cell(tuple(cell))
            cell = []
        else:
            cell.append(token)
    yield Cell(tuple(cell))
