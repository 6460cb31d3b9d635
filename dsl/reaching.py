"""Where in a line it belongs how far back a fact looks: behind the number of times, before `where`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dsl.parser import Tree, parse
from dsl.span import Span
from dsl.tokens import Token, tokens

_FACTS = frozenset({"has_done", "has_engaged", "account_count", "account_none"})
_SCOPES = ("ever", "since_start", "in_last")
_BEHIND = frozenset({"where", "and", "or", ")", ","})


def end_of_fact(found: Sequence[Token], start: int) -> int | None:
    """Return the column behind the fact that begins in this column, without its `where`."""
    at = next((n for n, token in enumerate(found) if token.span.start == start), None)
    if at is None:
        return None
    last = at
    for n in range(at + 1, len(found)):
        if found[n].kind == "END" or (found[n].kind != "STRING" and found[n].text in _BEHIND):
            break
        last = n
    return found[last].span.end


def unlimited(text: str, sent: Sequence[str] = ()) -> int | None:
    """Return the offset at which a line lacks how far back a fact looks; None if it lacks none.

    `sent`: the emails of this journey, whose facts look at this run.
    """
    span = Span("", 1, 1, len(text) + 1)
    tree = parse(text, span)
    if not isinstance(tree, Tree):
        return None
    found = tokens(text, span)
    for fact in _facts(tree):
        end = end_of_fact(found, fact.span.start)
        if end is None:
            continue
        emails = re.findall(r'\bemail ("[^"]*")', text[fact.span.start - 1 : end - 1])
        if not any(name.strip('"') in sent for name in emails):
            return end - 1
    return None


def _facts(tree: Tree) -> Iterator[Tree]:
    for part in tree.walk():
        if part.rule in _FACTS and not any(part.has(scope) for scope in _SCOPES):
            yield part


def sent_around(rows: Sequence[str], number: int) -> list[str]:
    """Name the emails that the journey sends in which the line of this number stands."""
    first = next((n for n in range(number - 1, -1, -1) if n < len(rows) and rows[n][:1].strip()), 0)
    sent = []
    for row in rows[first + 1 :]:
        if row[:1].strip() and not row.startswith("#"):
            break
        sent += re.findall(r'^\s*send\s.*?"([^"]*)"', row)
    return sent
