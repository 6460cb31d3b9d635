"""Try a line otherwise, and see whether it parses: a word less, another word, two lines for one."""

from __future__ import annotations

import re

from dsl.outline import Line
from dsl.parser import Failure, Tree, parse
from dsl.tokens import Token

_FILLERS = frozenset(
    {"a", "an", "the", "about", "exactly", "at", "for", "from", "of", "to", "with", "on", "by", "because"}
    | {"as", "named", "called", "message", "then"}
)
_TURNING = frozenset({"-", "!", "~", "¬"})
_ADDED = frozenset({"if", "when", "at"})  # rather meant as a part of the line than as a line
_JOINTS = frozenset({":", ";", ",", "-", "→", "and", "then"})


def needless(failure: Failure, line: Line) -> bool:
    """Tell whether the line parses without the word or sign where it fails.

    Only what carries no meaning counts: to leave out a “not” or a minus would turn the line round.
    """
    token = failure.token
    sign = token.text not in _TURNING and token.kind != "END" and not re.search(r"\w", token.text)
    return bool(sign or token.text.lower() in _FILLERS) and _parses(line, _changed(line, token, " "))


def in_place(failure: Failure, line: Line, word: str) -> bool:
    """Tell whether the line parses with `word` in place of the word where it fails."""
    token = failure.token
    return token.kind in ("WORD", "OTHER") and _parses(line, _changed(line, token, word))


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


def _changed(line: Line, token: Token, new: str) -> str:
    start, end = token.span.start - line.column, token.span.end - line.column
    return line.text[:start] + new + line.text[end:]
