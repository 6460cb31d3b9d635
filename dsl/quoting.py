"""Where the one quote belongs that a line lacks."""

from __future__ import annotations

import re

from dsl.parser import Tree, parse
from dsl.span import Span

_MOST = 40
_WORD = re.compile(r"[^\s\",()]+")
_SPACED = re.compile(r'"\s+[^"]*"|"[^"]*\s+"')


def closing(text: str, span: Span) -> int | None:
    """Return where the quote belongs, if the line can be read in one way only; else None."""
    words = list(_WORD.finditer(text))
    if text.count('"') % 2 == 0 or len(words) > _MOST:
        return None
    found = set()
    for at in sorted({edge for word in words for edge in word.span()}):
        whole = f'{text[:at]}"{text[at:]}'
        texts = re.findall(r'"[^"]*"', whole)
        if not any(_SPACED.fullmatch(one) for one in texts) and isinstance(parse(whole, span), Tree):
            found.add(at)
    return found.pop() if len(found) == 1 else None
