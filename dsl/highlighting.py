"""Pygments lexers for `.journey` and `.scenario` files, so that docs and slides show them as an editor does.

What is a word of the language comes from the tables of the grammar; a word is marked where the grammar can
have one, so a field called like a word stays a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from pygments import token as kinds  # type: ignore[import-untyped]
from pygments.lexer import Lexer  # type: ignore[import-untyped]

from dsl.parser import Failure, Tree, parse
from dsl.span import Span
from dsl.tables import Language, tables
from dsl.tokens import Token, tokens

Kind = Any  # Pygments has no types

_KINDS: dict[str, Kind] = {
    "STRING": kinds.String.Double,
    "REF": kinds.Name.Attribute,
    "CLOCK": kinds.Literal.Date,
    "NUMERAL": kinds.Number,
    "MARK": kinds.Punctuation,
    "OTHER": kinds.Error,
}
_COMMENT = re.compile(r'"[^"]*"|#.*')
_OPERATORS = frozenset({"and", "or", "not", "is", "between"})


class JourneyLexer(Lexer):  # type: ignore[misc]
    """Marks words of the language, names, fields, numbers, times and comments."""

    name = "Nurture journey"
    aliases: ClassVar[list[str]] = ["journey", "nurture"]
    filenames: ClassVar[list[str]] = ["*.journey"]
    mimetypes: ClassVar[list[str]] = ["text/x-nurture-journey"]
    language: ClassVar[Language] = "journey"

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, Kind, str]]:
        """Cut a text into marked pieces that together are the text."""
        start = 0
        for row in text.splitlines(keepends=True):
            yield from _row(row, start, self.language)
            start += len(row)


class ScenarioLexer(JourneyLexer):
    """The same for scenarios."""

    name = "Nurture scenario"
    aliases: ClassVar[list[str]] = ["scenario"]
    filenames: ClassVar[list[str]] = ["*.scenario"]
    mimetypes: ClassVar[list[str]] = ["text/x-nurture-scenario"]
    language: ClassVar[Language] = "scenario"


def _row(row: str, start: int, language: Language) -> Iterator[tuple[int, Kind, str]]:
    line = row.rstrip("\r\n")
    comment = next((m.start() for m in _COMMENT.finditer(line) if m[0].startswith("#")), len(line))
    said = tokens(line[:comment], Span("", 1, 1, comment + 1))[:-1]
    names = _names(line[:comment].strip(), said, language)
    end = 0
    for n, token in enumerate(said):
        at = token.span.start - 1
        if at > end:
            yield start + end, kinds.Text.Whitespace, line[end:at]
        yield start + at, _kind(token, n == 0, n in names, language), token.text
        end = at + len(token.text)
    if comment > end:
        yield start + end, kinds.Text.Whitespace, line[end:comment]
    if comment < len(line):
        yield start + comment, kinds.Comment.Single, line[comment:]
    if len(row) > len(line):
        yield start + len(line), kinds.Text.Whitespace, row[len(line) :]


def _kind(token: Token, first: bool, name: bool, language: Language) -> Kind:
    if token.kind != "WORD":
        return _KINDS[token.kind]
    if name or token.text not in tables(language).words:
        return kinds.Name
    if first:
        return kinds.Keyword
    return kinds.Operator.Word if token.text in _OPERATORS else kinds.Keyword.Pseudo


def _names(text: str, said: list[Token], language: Language) -> set[int]:
    """Find the words that the grammar takes for names, although they may be words of the language."""
    parsed = parse(text, Span("", 1, 1, len(text) + 1), language)
    if isinstance(parsed, Failure):
        return set()
    # Only what a rule keeps is in a tree: of words, those are names, and words that stand for themselves.
    kept = {t.span.start for tree in parsed.walk() for t in tree.tokens("WORD")}
    shift = said[0].span.start - 1 if said else 0
    loud = {t.span.start for tree in parsed.walk() if _spoken(tree, language) for t in tree.tokens("WORD")}
    return {n for n, t in enumerate(said) if t.span.start - shift in kept - loud}


def _spoken(tree: Tree, language: Language) -> bool:
    """Whether all parts of a rule are words of the language, as of units and weekdays."""
    return all(isinstance(part, Token) and part.text in tables(language).words for part in tree.parts)
