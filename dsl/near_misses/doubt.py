"""One way of writing that may be read in two ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field

Told = tuple[str, str]  # what is doubtful, and what to write


@dataclass(frozen=True, slots=True)
class Seen:
    """A match in a line; its groups are read from the line as it stands, quotes and all.

    `under`: whether lines stand under it.
    """

    text: str
    match: re.Match[str]
    under: bool

    def __getitem__(self, group: str) -> str:
        start, end = self.match.span(group)
        return self.text[start:end] if start >= 0 else ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """`tell` says what to write for each reading, or nothing if there is only one. `code`: of the message."""

    written: InitVar[str]
    tell: Callable[[Seen], Told | None]
    code: str = "N104"
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self, written: str) -> None:
        object.__setattr__(self, "pattern", re.compile(written, re.IGNORECASE))
