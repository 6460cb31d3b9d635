"""Parse one line by the tables: a list of tokens becomes a small tree, or a failure that says where.

A word counts as a reserved word wherever one is possible, else as a name. So names never need escaping
and the language can grow.

What a line parses to depends on its *shape* alone: its reserved words, and the kinds of its other tokens. A
workspace has few shapes, so each is run through the tables once, and is remembered.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from dsl.span import Span
from dsl.tables import Language, Tables, tables
from dsl.tokens import Token
from dsl.tokens import tokens as cut

_DEEPEST_GROUP = 16
_TERMINALS = {"END": "$END", "OTHER": "?"}


@dataclass(slots=True, unsafe_hash=True)
class Tree:
    """A parsed rule: its parts, and the tokens that it begins and ends with."""

    rule: str
    parts: tuple[Tree | Token, ...]
    first: Token
    last: Token

    @property
    def span(self) -> Span:
        """Where it stands."""
        line, last = self.first.line, self.last
        return Span(line.file, line.line, self.first.start, last.start + len(last.text))

    def trees(self) -> list[Tree]:
        """The parts that are rules themselves."""
        return [p for p in self.parts if isinstance(p, Tree)]

    def find(self, *rules: str) -> Tree | None:
        """The first part made by one of these rules."""
        return next((t for t in self.trees() if t.rule in rules), None)

    def has(self, rule: str) -> bool:
        """Whether a part was made by this rule."""
        return self.find(rule) is not None

    def need(self, *rules: str) -> Tree:
        """The first part made by one of these rules, which the grammar guarantees."""
        found = self.find(*rules)
        assert found is not None, (self.rule, rules)
        return found

    def tokens(self, kind: str) -> list[Token]:
        """The parts that are tokens of this kind."""
        return [p for p in self.parts if isinstance(p, Token) and p.kind == kind]

    def token(self, kind: str) -> Token:
        """The first token of this kind, which the grammar guarantees."""
        return self.tokens(kind)[0]

    def walk(self) -> Iterator[Tree]:
        """Yield this tree and all below it."""
        stack = [self]
        while stack:
            tree = stack.pop()
            yield tree
            stack.extend(reversed(tree.trees()))


@dataclass(frozen=True, slots=True)
class Failure:
    """A line that does not parse: the token that cannot stand there, those before it, what could."""

    token: Token
    before: tuple[Token, ...]
    expected: frozenset[str]


def parse(text: str, span: Span, language: Language = "journey") -> Tree | Failure:
    """Parse the text of one line."""
    return parse_tokens(cut(text, span), language)


def parse_tokens(found: list[Token], language: Language = "journey") -> Tree | Failure:
    """Parse the tokens of one line, the last of which is its end."""
    if len(found) > _DEEPEST_GROUP:
        depth = 0
        for n, token in enumerate(found):
            depth += (token.text == "(") - (token.text == ")")
            if depth > _DEEPEST_GROUP:
                return Failure(token, tuple(found[:n]), frozenset())
    shape = _shape(tuple([_terminal(token, language) for token in found]), language)
    if isinstance(shape, _Stop):
        return Failure(found[shape.at], tuple(found[: shape.at]), shape.expected)
    return _grow(shape, found)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A tree without its text: tokens are their numbers in the line. `first` and `last` are tokens, too."""

    rule: str
    parts: tuple[_Shape | int, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Stop:
    """What cannot be parsed: the number of the token that cannot stand there, and what could."""

    at: int
    expected: frozenset[str]


_Value = _Shape | int | tuple[_Shape | int, ...]


def _grow(shape: _Shape, found: list[Token]) -> Tree:
    parts = [found[part] if isinstance(part, int) else _grow(part, found) for part in shape.parts]
    return Tree(shape.rule, tuple(parts), found[shape.first], found[shape.last])


def _terminal(token: Token, language: Language) -> str:
    kind = token.kind
    if kind == "WORD":
        return token.text if token.text in _words(language) else "NAME"
    return token.text if kind == "MARK" else _TERMINALS.get(kind, kind)


@functools.lru_cache(maxsize=4096)
def _shape(terminals: tuple[str, ...], language: Language) -> _Shape | _Stop:
    table, words = tables(language), _words(language)
    states = [table.start]
    values: list[_Value] = []
    for n, terminal in enumerate(terminals):
        at_token = list(states)
        while True:
            row = table.states[states[-1]]
            action = row.get(terminal)
            if action is None and terminal in words:
                action = row.get("NAME")
            if action is None:
                return _Stop(n, _expected(at_token, table))
            if action >= 0:
                states.append(action)
                values.append(n)
                break
            _reduce(states, values, table, -action - 1)
            if states[-1] == table.end:
                break
    result = values[0]
    assert isinstance(result, _Shape)
    return result


@functools.cache
def _words(language: Language) -> frozenset[str]:
    """Return the reserved words. No kind of token is among them: those are in upper case."""
    terminals = {terminal for row in tables(language).states for terminal in row if terminal[0] != ":"}
    return frozenset(t for t in terminals if t[0].isalpha() and not t.isupper())


def _expected(stack: list[int], table: Tables) -> frozenset[str]:
    return frozenset(t for t in table.states[stack[-1]] if _possible(t, stack, table))


def _reduce(states: list[int], values: list[_Value], table: Tables, number: int) -> None:
    rule = table.rules[number]
    taken = values[len(values) - rule.size :]
    del values[len(values) - rule.size :], states[len(states) - rule.size :]
    parts: list[_Shape | int] = []
    for i in rule.kept:
        value = taken[i]
        parts.extend(value) if isinstance(value, tuple) else parts.append(value)
    if rule.inline:
        # What an inline rule filtered out still counts for the place of its parent: spans run from
        # first to last symbol, so an inline rule without parts is never first or last in practice.
        values.append(tuple(parts))
    elif rule.single and len(parts) == 1:
        values.append(parts[0])
    else:
        values.append(_Shape(rule.name, tuple(parts), *_ends(taken)))
    states.append(table.states[states[-1]][f":{rule.name}"])


def _ends(taken: list[_Value]) -> tuple[int, int]:
    """Return the first and the last token. No rule is made of nothing."""
    flat = [one for value in taken for one in (value if isinstance(value, tuple) else (value,))]
    first, last = flat[0], flat[-1]
    return first if isinstance(first, int) else first.first, last if isinstance(last, int) else last.last


def _possible(terminal: str, stack: list[int], table: Tables) -> bool:
    """Whether the terminal can really follow: LALR rows also hold look-aheads of other contexts."""
    states = list(stack)
    if terminal.startswith(":"):
        return False
    while True:
        action = table.states[states[-1]].get(terminal)
        if action is None:
            return False
        if action >= 0:
            return True
        rule = table.rules[-action - 1]
        del states[len(states) - rule.size :]
        states.append(table.states[states[-1]][f":{rule.name}"])
        if states[-1] == table.end:
            return True
