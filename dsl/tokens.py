"""The tokens of one line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsl.span import Span

_TOKEN = re.compile(
    r"""
      (?P<STRING>"[^"]*")
    | (?P<REF>[^\W\d]\w*(?:\.[^\W\d]\w*)+)
    | (?P<CLOCK>\d\d:\d\d(?::\d\d)?(?!\w))
    | (?P<NUMERAL>-?\d+(?:\.\d+)?(?!\w|[:.,]\d))
    | (?P<WORD>[^\W\d]\w*(?:-\w+)*)
    | (?P<MARK>[,()%])
    | (?P<OTHER>[^\s\w"(),%]+|[^\s"(),%]+|\S)
    """,
    re.VERBOSE,
)


# Neither tokens nor trees are frozen: a line makes a dozen of them, and freezing trebles what that takes.
@dataclass(slots=True, unsafe_hash=True)
class Token:
    """A piece of a line. `kind`: STRING, REF, CLOCK, NUMERAL, WORD, MARK, OTHER or END.

    `line` is the whole line, `start` the column of the piece.
    """

    kind: str
    text: str
    line: Span
    start: int

    @property
    def span(self) -> Span:
        """Where the piece stands."""
        return Span(self.line.file, self.line.line, self.start, self.start + len(self.text))

    @property
    def value(self) -> str:
        """The text, without the quotes if it stands in quotes."""
        return self.text[1:-1] if self.kind == "STRING" else self.text


def tokens(text: str, span: Span) -> list[Token]:
    """Cut `text`, which stands at `span`, into tokens, with an END token behind them."""
    start = span.start
    found = [Token(m.lastgroup or "OTHER", m.group(), span, start + m.start()) for m in _TOKEN.finditer(text)]
    found.append(Token("END", "", span, span.end))
    return found
