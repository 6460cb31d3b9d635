"""What hangs on at the end of a line and is a line of its own: a condition, a pause, a time of day.

And the quotes of a line: doubled ones, as a spreadsheet leaves them; some inside a text; and a kind that got
into the quotes of its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dsl.nodes import LINES, Context
from dsl.parser import Tree, parse
from dsl.span import Span
from dsl.synonyms import KINDS

_TAILS = (
    (re.compile(r"\s*,?\s+(?:only\s+)?(?:if|when|but\s+only\s+if)\s+(?P<tail>\S.*)$"), "if {}"),
    (re.compile(r"\s*,?\s+after\s+(?P<tail>\d+\s+\w+(?:\s+\w+)?)$"), "wait {}"),
    (re.compile(r"\s*,?\s+in\s+(?P<tail>\d+\s+(?:\w+\s+)?(?:minute|hour|day|week)s?)$"), "wait {}"),
    (re.compile(r"\s*,?\s+(?P<tail>\d+\s+(?:minute|hour|day|week)s?)\s+later$"), "wait {}"),
    (
        re.compile(r"\s*,?\s+(?:at|on|not\s+before)\s+(?P<tail>(?:\w+day\s+)?(?:at\s+)?\d\d:\d\d)$"),
        "wait until {}",
    ),
)
_MOST = 40
_DOUBLED = re.compile(r'""([^"]+)""')
_INNER = re.compile(r'"(?P<a>[^"]*)"(?P<b>\w(?:[^",()]*\w)?[.!?]?)"(?P<c>[^"]*)"')
_KIND_INSIDE = re.compile(rf'"(?P<kind>{"|".join(sorted(KINDS))})\s+(?P<name>[^"]+)"')
_TRIES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str], str], ...] = (
    (_DOUBLED, lambda m: f'"{m[1]}"', "These quotes are doubled."),
    (_INNER, lambda m: f"\"{m['a']}'{m['b']}'{m['c']}\"", "A text in quotes holds no double quotes."),
    (
        _KIND_INSIDE,
        lambda m: f'{m["kind"]} "{m["name"]}"',
        "The name alone stands in quotes, behind its kind.",
    ),
)


@dataclass(frozen=True, slots=True)
class Clause:
    """What hangs on behind a line: where it begins, what it is on a line of its own, and what the rest is."""

    start: int
    alone: str
    rest: str

    @property
    def condition(self) -> bool:
        """Whether the rest belongs under it, and not below it."""
        return self.alone.startswith("if ")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A stretch of a line whose quotes are wrong: from where to where, and how it is written."""

    start: int
    end: int
    text: str
    message: str


def clause(text: str, masked: str, span: Span) -> Clause | None:
    """Return what hangs on behind a line that does something."""
    for pattern, line in _TAILS:
        match = pattern.search(masked)
        if match is None:
            continue
        rest = text[: match.start()]
        if rest.startswith("wait"):
            continue
        alone = line.format(text[match.start("tail") :])
        tree = parse(rest, span)
        if isinstance(tree, Tree) and _does(tree) and isinstance(parse(alone, span), Tree):
            return Clause(match.start(), alone, rest)
    return None


def _does(tree: Tree) -> bool:
    shape = LINES[tree.rule]
    return bool(shape.within & Context.BODY) and shape.body is None


def quoted(text: str, span: Span) -> Quoted | None:
    """Return the quotes that are to be written otherwise, if the line then parses."""
    for pattern, write, message in _TRIES:
        for at in [n for n, sign in enumerate(text) if sign == '"'][:_MOST]:
            match = pattern.match(text, at)
            if match is None:
                continue
            new = write(match)
            whole = text[: match.start()] + new + text[match.end() :]
            if isinstance(parse(whole, span), Tree):
                return Quoted(match.start(), match.end(), new, message)
            if pattern is _DOUBLED and isinstance(parse(pattern.sub(r'"\1"', text), span), Tree):
                return Quoted(0, len(text), pattern.sub(r'"\1"', text), message)
    return None
