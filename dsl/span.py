"""Where something stands in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one line. Lines and columns count from 1; `end` is the column after the last one."""

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
