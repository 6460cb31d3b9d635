"""The tokens of one line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsl.span import Span

_TOKEN = re.compile(
    r"""
      (?P<STRING>"[^"]*")
    | (?P<REF>[^\W\d]\w*(?:\.[^\W\d]\w*)+)
    | (?P<CLOCK>\d\d:\d\d(?!\w))
    | (?P<NUMERAL>-?\d+(?:\.\d+)?(?!\w|[:.,]\d))
    | (?P<WORD>[^\W\d]\w*(?:-\w+)*)
    | (?P<MARK>[,()%])
    | (?P<OTHER>[^\s\w"(),%]+|[^\s"(),%]+|\S)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a line. `kind`: STRING, REF, CLOCK, NUMERAL, WORD, MARK, OTHER or END."""

    kind: str
    text: str
    span: Span

    @property
    def value(self) -> str:
        """The text, without the quotes if it stands in quotes."""
        return self.text[1:-1] if self.kind == "STRING" else self.text


def tokens(text: str, span: Span) -> list[Token]:
    """Cut `text`, which stands at `span`, into tokens, with an END token behind them."""
    found = [
        Token(
            m.lastgroup or "OTHER",
            m.group(),
            Span(span.file, span.line, span.start + m.start(), span.start + m.end()),
        )
        for m in _TOKEN.finditer(text)
    ]
    return [*found, Token("END", "", span.at_end())]
