"""Where something stands in a file."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of one line. Lines and columns count from 1; `end` is the column after the last one.

    A tuple, for there are more of these than of anything else: it is made, hashed and compared natively.
    """

    file: str
    line: int
    start: int
    end: int

    def to(self, other: Span) -> Span:
        """Return the stretch from here to the end of `other` (on the same line)."""
        return Span(self.file, self.line, self.start, max(self.end, other.end))

    def at_end(self) -> Span:
        """Return the empty place after the stretch."""
        return Span(self.file, self.line, self.end, self.end)
