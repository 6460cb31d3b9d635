"""Find two lines that stand in one."""

from __future__ import annotations

from dsl.outline import Line
from dsl.parser import Failure, Tree, parse

TWO_LINES = "Two lines stand in one."
_ADDED = frozenset({"if", "when", "at"})  # rather meant as a part of the line than as a line
_JOINTS = frozenset({":", ";", ",", "-", "→", "and", "then"})


def second_line(failure: Failure, line: Line) -> str:
    """Return what begins a second line where this one fails, or nothing."""
    at = failure.token.span.start - line.column
    rest = line.text[at:].lstrip()
    word, _, behind = rest.partition(" ")
    if failure.token.text in _JOINTS and not word.isalpha():
        rest = rest[len(failure.token.text) :].lstrip()
    elif word in _JOINTS:
        rest = behind.lstrip()
    if not rest[:1].isalpha() or rest.split(" ")[0] in _ADDED or not _parses(line, line.text[:at].rstrip()):
        return ""
    return rest if _parses(line, rest) else ""


def _parses(line: Line, text: str) -> bool:
    return isinstance(parse(text, line.span), Tree)
