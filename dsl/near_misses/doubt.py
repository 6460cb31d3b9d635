"""One way of writing that may be read in two ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field

from dsl.parser import Tree, parse
from dsl.span import Span

Told = tuple[str, str]  # what is doubtful, and what to write


@dataclass(frozen=True, slots=True)
class Seen:
    """A match in a line; its groups are read from the line as it stands, quotes and all.

    `under`: whether lines stand under it. `flow`: whether it stands among lines that do something, and not in
    the head of a journey. `arm`: whether it stands directly under “wait up to”.
    """

    text: str
    match: re.Match[str]
    under: bool
    flow: bool = True
    arm: bool = False

    def __getitem__(self, group: str) -> str:
        if group not in self.match.re.groupindex:
            return ""
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


def sayable(text: str) -> bool:
    """Tell whether a line is one of the language."""
    return isinstance(parse(text, Span("", 1, 1, len(text) + 1)), Tree)
