"""The opposite of a condition, as a line of the language can say it: for what others write as “unless”."""

from __future__ import annotations

import re

from dsl.parser import Tree, parse
from dsl.span import Span
from dsl.tokens import Token, tokens

_REF = r"(?:contact|account|trigger|event|reply)\.\w+"

# What is asked, and how its opposite is asked. The first that fits the whole fact counts.
_OPPOSITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern + "$", re.DOTALL), write)
    for pattern, write in (
        (r"(contact has) not (?!no\b)(.*)", r"\1 \2"),
        (r"(contact has) no (.*)", r"\1 \2"),
        (r"(contact has) ((?:tag|consent) .*)", r"\1 no \2"),
        (r"(contact has) (.*)", r"\1 not \2"),
        (r"account has no (open .*)", r"account has an \1"),
        (r"account has an (open .*)", r"account has no \1"),
        (r"no (contact of account has .*)", r"at least 1 \1"),
        (r"at least 1 contacts? of account ha(?:s|ve) (.*)", r"no contact of account has \1"),
        (r"(score) is at least (.*)", r"\1 is less than \2"),
        (r"(score) is at most (.*)", r"\1 is more than \2"),
        (r"(score) is more than (.*)", r"\1 is at most \2"),
        (r"(score) is less than (.*)", r"\1 is at least \2"),
        (r"(score) is between (\S+) and (\S+)", r"(\1 is less than \2 or \1 is more than \3)"),
        # Of a field without a value no order is true, so the opposite is.
        (rf"({_REF}) is at least (.*)", r"(\1 is less than \2 or \1 is empty)"),
        (rf"({_REF}) is at most (.*)", r"(\1 is more than \2 or \1 is empty)"),
        (rf"({_REF}) is more than (?!.* ago$)(.*)", r"(\1 is at most \2 or \1 is empty)"),
        (rf"({_REF}) is less than (?!.* ago$)(.*)", r"(\1 is at least \2 or \1 is empty)"),
        (
            rf"({_REF}) is between (\S+) and (\S+)",
            r"(\1 is less than \2 or \1 is more than \3 or \1 is empty)",
        ),
        (rf"({_REF}) is empty", r"\1 is set"),
        (rf"({_REF}) is set", r"\1 is empty"),
        (r"(\S+ is) not (.*)", r"\1 \2"),
        (r"(\S+ is) (?!before\b|after\b|more\b|less\b|at\b)(.*)", r"\1 not \2"),
    )
)
_TURNED = {"and": "or", "or": "and"}


def opposite(condition: str) -> str | None:
    """Return the opposite of a condition, or None where no line can say it.

    “and” becomes “or” and the other way round; each fact is turned into its own opposite.
    """
    text = condition.strip()
    if not _asked(text):
        return None
    turned = _turned(text)
    if turned and not _split(text)[1]:
        turned = _inside(turned) or turned
    return turned if turned and _asked(turned) else None


def _asked(condition: str) -> bool:
    text = f"if {condition}"
    return isinstance(parse(text, Span("", 1, 1, len(text) + 1)), Tree)


def _turned(text: str) -> str | None:
    parts, joint = _split(text)
    if not joint:
        inner = _inside(text)
        if inner is None:
            return _fact(text)
        turned = _turned(inner)
        return turned and (f"({turned})" if _split(turned)[1] else turned)
    turned_parts = [_turned(part) for part in parts]
    if any(part is None for part in turned_parts):
        return None
    made = [part or "" for part in turned_parts]
    new = _TURNED[joint]
    if new == "or":  # a range that is turned round is joined by “or” already
        made = [inner if (inner := _inside(part)) and _split(inner)[1] == "or" else part for part in made]
    return f" {new} ".join(made)


def _fact(text: str) -> str | None:
    for pattern, write in _OPPOSITES:
        if match := pattern.match(text):
            return match.expand(write)
    return None


def _inside(text: str) -> str | None:
    """Return what stands in the parentheses around all of the text."""
    found = _tokens(text)
    if len(found) < 2 or found[0].text != "(" or found[-1].text != ")":
        return None
    depth = 0
    for n, token in enumerate(found):
        depth += _step(token)
        if depth == 0 and n < len(found) - 1:
            return None
    return text.strip()[1:-1].strip()


def _split(text: str) -> tuple[list[str], str]:
    """Part a condition where it is joined, outside parentheses; not at the “and” of a range."""
    found = _tokens(text)
    depth, last, parts, word = 0, 0, [], ""
    for n, token in enumerate(found):
        depth += _step(token)
        ranged = token.text == "and" and n > 1 and found[n - 2].text == "between"
        if depth == 0 and token.kind != "STRING" and token.text in _TURNED and not ranged:
            start = token.span.start - 1
            parts.append(text[last:start].strip())
            word, last = token.text, token.span.end - 1
    return [*parts, text[last:].strip()], word


def _step(token: Token) -> int:
    return {"(": 1, ")": -1}.get(token.text, 0) if token.kind != "STRING" else 0


def _tokens(text: str) -> list[Token]:
    return tokens(text, Span("", 1, 1, len(text) + 1))[:-1]
