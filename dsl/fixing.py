"""Fixing: applies the edits of diagnostics that a program may make without asking.

Safe is what concerns the writing of a file and not its meaning: odd characters, another spelling of a word of
the language, a comma. Which email, field or stage was meant is for people to say, and so is where a line with
an unclear indentation belongs. Edits never overlap; where two do, the later one waits for the next round.
After each round the workspace is checked again. A line whose spelling was mended and which is still not
understood goes back to what it was, so fixing twice is the same as fixing once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dsl.decoding import split, utf16
from dsl.diagnostics import Diagnostic, Edit
from dsl.workspace import check_workspace

Files = Mapping[str, bytes]
Check = Callable[[Files], list[Diagnostic]]

_TEXT = re.compile(r"N0")
_SPELLING = re.compile(r"N1|N404$|N602$")
_WHOLE = frozenset({"N001", "N002", "N014"})  # mended by writing the file anew
_UNSAFE = frozenset({"N009", "N010"})  # where a name ends, and where a line belongs, only its author knows
_ROUNDS = 20


def _guesses(edit: Edit) -> bool:
    """Tell whether an edit of a line that is not understood would say something that its author did not.

    A misspelt word may be written right, and a comma set; a word more, or quotes around some, is a guess:
    `exit with success` would become an exit called "with success".
    """
    adds = edit.span.start == edit.span.end and edit.text.strip() != ","
    return adds or '"' in edit.text


@dataclass(frozen=True, slots=True)
class Fixed:
    """The files that changed, what was fixed, and what is left."""

    files: dict[str, bytes]
    applied: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


def is_safe(diagnostic: Diagnostic) -> bool:
    """Tell whether the diagnostic has edits that a program may make."""
    if diagnostic.fix is None or not diagnostic.fix.edits or diagnostic.code in _UNSAFE:
        return False
    if diagnostic.code == "N602" and any(edit.text[0] not in "\"'" for edit in diagnostic.fix.edits):
        return False  # which key was meant is a guess; quotes around a value are none
    if diagnostic.code == "N101" and any(_guesses(edit) for edit in diagnostic.fix.edits):
        return False
    return bool(_TEXT.match(diagnostic.code) or _SPELLING.match(diagnostic.code))


def fix_workspace(
    files: Files, check: Check = check_workspace, concerns: Callable[[str], bool] = lambda _: True
) -> Fixed:
    """Apply all safe edits. `concerns`: tells which files may be changed."""
    work = _Work({path: _Text.read(data) for path, data in files.items()}, check, concerns, dict(files))
    first = [*work.plain(), *work.rounds(_TEXT)]
    before = {path: list(text.rows) for path, text in work.texts.items()}
    second = work.rounds(_SPELLING)
    undone = work.restore(before)
    applied = [*first, *(d for d in second if (d.span.file, d.span.line) not in undone)]
    changed = {path: data for path, data in work.files.items() if data != files[path]}
    return Fixed(changed, tuple(d for d in applied if d.span.file in changed), tuple(work.found()))


@dataclass(slots=True)
class _Text:
    """The rows of a file, without byte order mark and line ends, which are kept."""

    rows: list[str]
    ends: list[str]
    mark: str

    @classmethod
    def read(cls, data: bytes) -> _Text:
        """Take a file apart. Bytes that are no text become surrogates, and bytes again."""
        wide = utf16(data)
        text = data.decode("utf-8", "surrogateescape") if wide is None else wide
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        rows, ends = split(text.removeprefix(mark))
        return cls(rows, ends, mark)

    def data(self) -> bytes:
        """Put the file together again."""
        text = "".join(row + end for row, end in zip(self.rows, self.ends, strict=True))
        return (self.mark + text).encode("utf-8", "surrogateescape")


@dataclass(slots=True)
class _Work:
    texts: dict[str, _Text]
    check: Check
    concerns: Callable[[str], bool]
    files: dict[str, bytes]

    def found(self) -> list[Diagnostic]:
        """Check the files as they are now."""
        return self.check(self.files)

    def plain(self) -> list[Diagnostic]:
        """Write files in UTF-8 without a mark, and with line feeds."""
        done = [d for d in self.found() if d.code in _WHOLE and self.concerns(d.span.file)]
        for path in {d.span.file for d in done}:
            text = self.texts[path]
            text.mark, text.ends = "", [*("\n" for _ in text.rows[1:]), ""]
            self.files[path] = text.data()
        return done

    def rounds(self, codes: re.Pattern[str]) -> list[Diagnostic]:
        """Apply edits of these codes until there are none, or none that changes anything."""
        applied: list[Diagnostic] = []
        for _ in range(_ROUNDS):
            wanted = [
                d for d in self.found() if is_safe(d) and codes.match(d.code) and self.concerns(d.span.file)
            ]
            done = self._apply(wanted)
            if not done:
                break
            applied += done
        return applied

    def _apply(self, wanted: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Apply the edits of a round, of each diagnostic all or none."""
        taken: dict[tuple[str, int], list[Edit]] = {}
        done: list[Diagnostic] = []
        for diagnostic in wanted:
            edits = diagnostic.fix.edits if diagnostic.fix else ()
            if all(self._fits(edit, diagnostic.code, taken) for edit in edits):
                done.append(diagnostic)
                for edit in edits:
                    taken.setdefault((edit.span.file, edit.span.line), []).append(edit)
        changed = {path for (path, line), edits in taken.items() if self._write(path, line, edits)}
        for path in changed:
            self.files[path] = self.texts[path].data()
        return [d for d in done if d.span.file in changed]

    def _fits(self, edit: Edit, code: str, taken: Mapping[tuple[str, int], list[Edit]]) -> bool:
        span = edit.span
        text = self.texts.get(span.file)
        if text is None or not 1 <= span.line <= len(text.rows):
            return False
        row = text.rows[span.line - 1]
        # Columns count in the composed form of a row; only N003 and N004 speak of the row as it is.
        if code not in ("N003", "N004") and unicodedata.normalize("NFC", row) != row:
            return False
        if span.end - 1 > len(row):
            return False
        others = (other.span for other in taken.get((span.file, span.line), ()))
        return not any((span.start < o.end and o.start < span.end) or span.start == o.start for o in others)

    def _write(self, path: str, line: int, edits: list[Edit]) -> bool:
        rows = self.texts[path].rows
        row = rows[line - 1]
        for edit in sorted(edits, key=lambda e: e.span, reverse=True):
            row = row[: edit.span.start - 1] + edit.text + row[edit.span.end - 1 :]
        changed = row != rows[line - 1]
        rows[line - 1] = row
        return changed

    def restore(self, before: Mapping[str, list[str]]) -> set[tuple[str, int]]:
        """Undo what was done to lines that are still not understood; return them."""
        undone: set[tuple[str, int]] = set()
        for diagnostic in self.found():
            path, line = diagnostic.span.file, diagnostic.span.line
            rows = self.texts[path].rows if path in self.texts else []
            if (
                diagnostic.code.startswith("N1")
                and line <= len(rows)
                and rows[line - 1] != before[path][line - 1]
            ):
                rows[line - 1] = before[path][line - 1]
                undone.add((path, line))
        for path in {path for path, _ in undone}:
            self.files[path] = self.texts[path].data()
        return undone
