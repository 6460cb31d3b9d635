"""Tables: CSV files as people bring them, read row by row, whichever program has written them.

UTF-8 or UTF-16 with or without a mark, any line ends, commas, semicolons, tabs or bars. A row that cannot
be read costs that row: a quote that is never closed does not swallow what follows. One row is in memory at
a time.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TextIO

from runtime.people import FileError

DELIMITERS = ",;\t|"
LINE, BECAUSE = "rejected_line", "rejected_because"
"""The columns that a file of rejected rows begins with; another import leaves them out."""

_LONGEST = 100  # lines of one row; a quote that is open for longer was a mistake
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# What a spreadsheet takes for a formula at the beginning of a cell.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `line`: where it begins, from 1; `values`: by column, stripped; `cells`: as they stand."""

    line: int
    values: Mapping[str, str]
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be used, and why, in a sentence without its place."""

    line: int
    cells: Sequence[str]
    reason: str


class Table:
    """An open CSV file. Use it with `with`.

    Args:
        encoding: what it is written in, if it is not UTF-8 and has no mark.

    Raises:
        FileError: it cannot be read, or its header line names a column twice.
    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        self._stream, self.size = _open(path, encoding)
        self._lines = _Lines(self._stream)
        try:
            self.delimiter, self.header = self._head()
        except FileError:
            self._stream.close()
            raise
        self._rejected = self.header[:2] == (LINE, BECAUSE)

    def __enter__(self) -> Table:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    @property
    def done(self) -> float:
        """The share of the file that has been read."""
        return min(1.0, self._stream.buffer.tell() / self.size) if self.size else 1.0

    def rows(self) -> Iterator[Row | Broken]:
        """Yield every row; empty ones are left out."""
        while (found := self._next()) is not None:
            line, cells, reason = found
            if reason is None and not any(cell.strip() for cell in cells):
                continue
            if self._rejected:
                cells = [_as_it_was(cell) for cell in cells]
            reason = reason or self._odd(cells)
            if reason is not None:
                yield Broken(line, cells, reason)
            else:
                values = zip(self.header, cells, strict=True)
                yield Row(line, {name: cell.strip() for name, cell in values if name}, cells)

    def _head(self) -> tuple[str, tuple[str, ...]]:
        first = next(self._lines, "")
        if first.lower().startswith("sep=") and len(first.strip()) == 5:  # what Excel writes and reads
            given, first = first[4], next(self._lines, "")
        else:
            outside = "".join(first.split('"')[::2])
            given = max(DELIMITERS, key=outside.count)
        if not _readable(first):
            raise FileError(f"{self.path}, line 1 {_UNREADABLE}")
        if _is_json(first):
            raise FileError(f"{self.path} is JSON, not CSV: a table begins with a line of its columns.")
        header = tuple(name.strip() for name in next(csv.reader([first], delimiter=given), []))
        if not any(header):
            raise FileError(f"{self.path} has no header line. Name the columns in its first line.")
        twice = sorted({name for name in header if name and header.count(name) > 1})
        if twice:
            raise FileError(f"{self.path} has the column “{twice[0]}” twice. Rename one of them.")
        return given, header

    def _next(self) -> tuple[int, list[str], str | None] | None:
        """Return the next row: its line, its cells, and why they cannot be read, if so."""
        lines = self._lines
        lines.begin()
        try:
            cells = next(csv.reader(lines, delimiter=self.delimiter, strict=True))
            wrong = None
        except StopIteration:
            return None
        except csv.Error as problem:
            cells, wrong = [], _said(problem)
        # A stray quote takes the rows below it in: then only its own line is the mistake.
        if len(lines.taken) > 1 and (wrong or len(cells) != len(self.header)):
            cells, wrong = [], "opens a quote and does not close it. Write a quote inside a value twice."
            lines.give_back()
        return lines.first, cells or [lines.taken[0].rstrip("\r\n")], wrong

    def _odd(self, cells: Sequence[str]) -> str | None:
        if len(cells) != len(self.header):
            few = "fewer" if len(cells) < len(self.header) else "more"
            return (
                f"has {few} columns than the header, {len(cells)} and not {len(self.header)}. "
                "Quote values that hold a delimiter."
            )
        if not all(map(_readable, cells)):
            return _UNREADABLE
        return "holds a character that is none (NUL)." if any("\0" in cell for cell in cells) else None


_UNREADABLE = "is not UTF-8 text. Save the file as UTF-8, or name its encoding, such as --encoding cp1252."


class _Lines:
    """Lines of a file, of which those taken since `begin` can be given back, all but the first."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._back = stream, deque[str]()
        self._number, self.first = 0, 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _LONGEST:
            raise StopIteration
        line = self._back.popleft() if self._back else self._read()
        self._number += 1
        self.taken.append(line)
        return line

    def _read(self) -> str:
        try:
            return next(self._stream)
        except UnicodeError:
            raise FileError(f"{self._stream.name}, line {self._number + 1} {_UNREADABLE}") from None

    def begin(self) -> None:
        self.taken, self.first = [], self._number + 1

    def give_back(self) -> None:
        self._number -= len(self.taken) - 1
        self._back.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


@dataclass(slots=True)
class Rejected:
    """The rows that were refused, in a file of their own with the line and the reason of each.

    A spreadsheet that opens it runs none of its cells. The file is there once the block ends, and only if
    any row was refused; one of an earlier time is replaced, or with `append` continued.
    """

    path: Path
    header: Sequence[str]
    delimiter: str
    number: int = 0
    append: bool = False
    _stream: TextIO | None = field(default=None, repr=False)

    def __enter__(self) -> Rejected:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            os.replace(self._unfinished, self.path)

    @property
    def _unfinished(self) -> Path:
        return self.path.with_name(self.path.name + ".part")

    def add(self, broken: Broken) -> None:
        """Keep a row aside."""
        again = tuple(self.header[:2]) == (LINE, BECAUSE)
        header, cells = (self.header[2:], broken.cells[2:]) if again else (self.header, broken.cells)
        if self._stream is None:
            # What is in it is about persons: for its owner alone.
            goes_on = self.append and self.path.exists()
            handle = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            encoding = "utf-8" if goes_on else "utf-8-sig"
            self._stream = os.fdopen(handle, "w", encoding=encoding, errors="backslashreplace", newline="")
            if goes_on:
                with self.path.open("r", encoding="utf-8", newline="") as before:
                    shutil.copyfileobj(before, self._stream)
            else:
                self._write((LINE, BECAUSE, *header))
        self._write((str(broken.line), broken.reason, *cells))
        self.number += 1

    def _write(self, cells: Sequence[str]) -> None:
        assert self._stream is not None
        csv.writer(self._stream, delimiter=self.delimiter).writerow([harmless(cell) for cell in cells])


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before it if need be."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell


def _as_it_was(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULAS) else cell


def _is_json(line: str) -> bool:
    if not line.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(line)
    except ValueError:
        return line.strip() in ("{", "[")
    return True


def _readable(text: str) -> bool:
    """Whether all bytes of a text were of its encoding; others stand in it as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _said(problem: csv.Error) -> str:
    if "unexpected end" in str(problem):
        return "opens a quote and does not close it. Write a quote inside a value twice."
    if "field larger" in str(problem):
        return "has a value of more than 131,072 characters."
    return "has a quote in the wrong place. Write a quote inside a value twice, and the value in quotes."


def _open(path: Path, encoding: str | None) -> tuple[TextIO, int]:
    if path.is_fifo():
        raise FileError(f"{path} is a pipe, and a table is read more than once. Save it as a file.")
    try:
        with path.open("rb") as stream:
            start = stream.readline(4096)
        mark = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)
        if mark is None and encoding is None and b"\0" in start:
            raise FileError(f"{path} is no text. Save it as CSV; a spreadsheet itself cannot be read.")
        found = mark or encoding or "utf-8"
        errors = "strict" if found == "utf-16" else "surrogateescape"
        return path.open("r", encoding=found, errors=errors, newline=""), path.stat().st_size
    except FileNotFoundError:
        raise FileError(f"There is no file {path}. Check the path.") from None
    except IsADirectoryError:
        raise FileError(f"{path} is a folder. Name a file in it.") from None
    except LookupError:
        raise FileError(f"There is no encoding {encoding}. Write it like utf-8 or cp1252.") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}).") from None
