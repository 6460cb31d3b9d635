"""Lines of a scenario file: the outline's lines, each parsed alone, in the places where they may stand.

Where a scenario has cases, its lines are read once for each of them, with what its row says in the place of
`each.NAME`: so a case is checked as if somebody had written it out (`cells.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dsl.diagnostics import Edit, Report
from dsl.outline import Line
from dsl.parser import Failure, Tree, parse_tokens
from dsl.scenarios.cells import EACH, Cell, Filled, asked
from dsl.span import Span
from dsl.tokens import Token, tokens

FRAME = frozenset(
    {"given_contact", "given_past", "given_sent", "given_account", "given_zone", "starting", "for_each"}
)
MOMENTS = frozenset({"at_start", "on_point", "later", "by_point", "between_points"})
BOUNDS = frozenset({"never_more", "never_mail"})
BY_HAND = frozenset({"by_hand", "sends_by_hand", "suppressed_by_hand", "lifted_by_hand", "erased", "merged"})
ACTS = BY_HAND | {"act", "bounce", "change", "start_for", "accepts", "rejects", "down", "refuses"}


@dataclass(frozen=True, slots=True)
class Said:
    """A line that parsed. `span`: the whole of it, as it was read."""

    line: Line
    tree: Tree
    span: Span


@dataclass(slots=True)
class Reader:
    """Parses lines, for one case. `broken`: names on lines that were reported: nothing more is said of them.

    `used`: the columns that were asked for; `filled`: the lines that asked, by their numbers. `known`:
    whether it is known what the case says.
    """

    report: Report
    case: Mapping[str, Cell] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    filled: dict[int, Filled] = field(default_factory=dict)
    known: bool = True

    def read(self, line: Line, place: str) -> Said | None:
        """Parse a line, or report it. `place`: file, scenario or moment."""
        if line.broken:
            self.doubt(line)
            return None
        found = tokens(line.text, line.span)
        read = line
        if any(token.kind == "REF" and token.text.startswith(f"{EACH}.") for token in found):
            if not self.known:
                return None
            filled = self._fill(line, found)
            if filled is None:
                self.doubt(line)
                return None
            found, read = list(filled.tokens), filled.read
        parsed = parse_tokens(found, "scenario")
        if isinstance(parsed, Failure):
            from dsl.scenarios.mistakes import explain  # files without a mistake need nothing of it

            explain(parsed, read, place, self.report)
            self.doubt(read)
            return None
        empty = next((t for t in found if t.kind == "STRING" and not t.value.strip()), None)
        if empty is not None:
            self.report.add("N202", empty.span, "Nothing stands in these quotes.", "Write a name or a text.")
            self.doubt(read)
            return None
        if self.case and self._quoted(found):
            self.doubt(read)
            return None
        return Said(line, parsed, read.span)

    def doubt(self, line: Line) -> None:
        """Note the names on a line, and on all below it, that is not understood."""
        for below in line.walk():
            self.broken.update(below.text.split('"')[1::2])

    def _fill(self, line: Line, found: list[Token]) -> Filled | None:
        """Return a line with what the case says; None if it says nothing of a column."""
        for token in found:
            owner, _, name = token.text.partition(".")
            if token.kind == "REF" and owner == EACH:
                if asked(token, self.case) is None:
                    self._unknown(token, name)
                    return None
                self.used.add(name)
        filled = self.filled[line.number] = Filled.of(line, found, self.case)
        return filled

    def _quoted(self, found: Sequence[Token]) -> bool:
        """Report columns in quotes, which stand for nothing but themselves."""
        wrong = [t for t in found if t.kind == "STRING" and t.value.removeprefix(f"{EACH}.") in self.case]
        wrong = [token for token in wrong if token.value.startswith(f"{EACH}.")]
        for token in wrong:
            self.used.add(token.value.removeprefix(f"{EACH}."))
            message = f"In quotes “{token.value}” is a text, and not what the row says."
            edits = [Edit(token.span, token.value)]
            self.report.add("S402", token.span, message, f"Write {token.value}.", edits)
        return bool(wrong)

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
