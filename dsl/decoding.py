"""Decoding: the bytes of a file as rows of text, and what concerns the file as a whole.

A file that is too large, or no text, is refused, one in UTF-16 is read as it was meant, and of a merge
conflict the first version is read; each costs one message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsl.diagnostics import Report
from dsl.span import Span

LARGEST = 1_000_000
_SAMPLE = 400
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_OURS, _BASE, _MIDDLE, _THEIRS = "<<<<<<<", "|||||||", "=======", ">>>>>>>"
_MARKER = re.compile(r"(<<<<<<<|\|\|\|\|\|\|\||>>>>>>>)( .*)?$|(=======)$")


def refused(file: str, data: bytes, report: Report) -> bool:
    """Report a file that nobody has written by hand: one that is too large, or no text at all."""
    large = len(data) > LARGEST
    if not large and not _binary(data):
        return False
    report.sources.setdefault(file, [])
    place = Span(file, 1, 1, 2)
    if large:
        message = "This file is larger than 1 MB, so it is no text of a person; nothing of it was read."
        report.add("N012", place, message, "Split it, or remove it.")
    else:
        message = "This file is no text, or none in UTF-8; nothing of it was read."
        report.add("N015", place, message, "Save it as UTF-8 text, or remove it.")
    return True


def _binary(data: bytes) -> bool:
    """Whether bytes that no text has are many: of a picture every tenth is one, of a program every second."""
    sample = data[: 10 * _SAMPLE]
    return len(_CONTROLS.findall(sample)) > max(8, len(sample) // 20) and utf16(data) is None


def utf16(data: bytes) -> str | None:
    """Return the text of a file in UTF-16, or None if it is none: by its mark, or by every other byte."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    many = max(4, len(sample) // 5)
    if odd >= many and not even:
        return data.decode("utf-16-le", "replace")
    return data.decode("utf-16-be", "replace") if even >= many and not odd else None


def split(text: str) -> tuple[list[str], list[str]]:
    """Part a text into its rows and what ends each: a line feed, a return, or both."""
    parts = re.split("(\r\n|\r|\n)", text)
    return parts[::2], [*parts[1::2], ""]


def decode(file: str, data: bytes, report: Report) -> list[str]:
    """Split into rows, and report what concerns the file as a whole."""
    start = Span(file, 1, 1, 2)
    wide = utf16(data)
    text = data.decode("utf-8", errors="replace") if wide is None else wide
    bom = wide is None and text.startswith("\ufeff")
    rows, ended = split(text.removeprefix("\ufeff"))
    ends = [n for n, end in enumerate(ended, 1) if "\r" in end]
    report.sources[file] = rows
    if wide is not None:
        report.add("N014", start, "This file is UTF-16.", "Save it as UTF-8.")
        return rows
    if bom:
        message = "The file begins with an invisible byte order mark."
        report.add("N001", start, message, "Save it as plain UTF-8.")
    if ends:
        place = Span(file, ends[0], len(rows[ends[0] - 1]) + 1, len(rows[ends[0] - 1]) + 2)
        many = "One line of the file ends" if len(ends) == 1 else f"{len(ends)} lines of the file end"
        whose = "the line ends of old Macs" if "\r" in ended else "Windows line ends"
        report.add("N002", place, f"{many} in {whose}.", "Save the file with line feeds.")
    return rows


def settled(file: str, rows: list[str], report: Report) -> tuple[list[str], list[str]]:
    """Read the first version of each merge conflict; return the rows, and those that were left out.

    The rows keep their numbers: what is left out is empty.
    """
    left: list[str] = []
    if not any(row.startswith((_OURS, _THEIRS)) for row in rows):
        return rows, left
    kept = list(rows)
    for first, last in _conflicts(rows):
        middle = next((n for n in range(first, last) if rows[n].startswith((_BASE, _MIDDLE))), last)
        out = [first, *range(middle, last + 1)]
        left += [rows[n] for n in out if not _MARKER.match(rows[n])]
        for n in out:
            kept[n] = ""
        message = "A merge conflict stands here."
        if last > first:
            message = f"A merge conflict stands here, up to line {last + 1}."
        place = Span(file, first + 1, 1, len(rows[first]) + 1)
        report.add("N013", place, message, "Keep one of the two versions, and remove the lines of signs.")
    return kept, left


def _conflicts(rows: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last row of each conflict; a mark alone is one by itself."""
    opened: int | None = None
    for n, row in enumerate(rows):
        mark = _MARKER.match(row)
        if mark is None:
            continue
        if mark[1] == _OURS:
            if opened is not None:
                yield opened, opened
            opened = n
        elif mark[1] == _THEIRS:
            yield (n if opened is None else opened), n
            opened = None
    if opened is not None:
        yield opened, opened
