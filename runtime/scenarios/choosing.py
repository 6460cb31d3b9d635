"""Choosing scenarios by name: `-k "pricing and not (ana or ben)"`."""

from __future__ import annotations

import re
from collections.abc import Callable

_WORD = re.compile(r'\s*(?:"([^"]*)"|([()])|([^\s()"]+))')

Chooses = Callable[[str], bool]


class ExpressionError(Exception):
    """An expression that cannot be read. The message says where and what to write."""


def chooser(expression: str) -> Chooses:
    """Return what tells whether a name is meant: it holds the word; `and`, `or`, `not`, parentheses.

    Words that follow each other without a joint are one piece of text. Case does not matter.

    Raises:
        ExpressionError: it cannot be read.
    """
    if not expression.strip():
        return lambda name: True
    parser = _Parser(_words(expression), expression)
    found = parser.either()
    if parser.rest:
        raise ExpressionError(f"-k {expression}: “{parser.rest[0]}” is too much. Join words by and, or, not.")
    return found


def _words(expression: str) -> list[str]:
    found, at = [], 0
    while match := _WORD.match(expression, at):
        at = match.end()
        found.append(match[2] or match[3] or f'"{match[1]}"')
    if expression[at:].strip():
        raise ExpressionError(f"-k {expression}: a quote is never closed.")
    return found


class _Parser:
    def __init__(self, words: list[str], expression: str) -> None:
        self.rest = words
        self.expression = expression

    def either(self) -> Chooses:
        ways = [self.both()]
        while self.rest[:1] == ["or"]:
            self.rest.pop(0)
            ways.append(self.both())
        return lambda name: any(way(name) for way in ways)

    def both(self) -> Chooses:
        parts = [self.one()]
        while self.rest[:1] == ["and"]:
            self.rest.pop(0)
            parts.append(self.one())
        return lambda name: all(part(name) for part in parts)

    def one(self) -> Chooses:
        if not self.rest or self.rest[0] in ("and", "or", ")"):
            raise ExpressionError(
                f"-k {self.expression}: a word is missing. Write such as: pricing and not ana"
            )
        word = self.rest.pop(0)
        if word == "not":
            inner = self.one()
            return lambda name: not inner(name)
        if word == "(":
            found = self.either()
            if self.rest[:1] != [")"]:
                raise ExpressionError(f"-k {self.expression}: a closing parenthesis is missing.")
            self.rest.pop(0)
            return found
        words = [word]
        while self.rest and self.rest[0] not in ("and", "or", "not", "(", ")"):
            words.append(self.rest.pop(0))
        text = " ".join(one.strip('"') for one in words).casefold()
        return lambda name: text in name.casefold()
