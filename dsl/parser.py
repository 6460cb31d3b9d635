"""Parse one line by the tables: a list of tokens becomes a small tree, or a failure that says where.

A word counts as a reserved word wherever one is possible, else as a name. So names never need escaping
and the language can grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dsl.span import Span
from dsl.tables import Tables, tables
from dsl.tokens import Token
from dsl.tokens import tokens as cut

_DEEPEST_GROUP = 16


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed rule: its parts, and where it stands."""

    rule: str
    parts: tuple[Tree | Token, ...]
    span: Span

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


def parse(text: str, span: Span) -> Tree | Failure:
    """Parse the text of one line."""
    table = tables()
    found = cut(text, span)
    depth = 0
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        if depth > _DEEPEST_GROUP:
            return Failure(token, tuple(found[: found.index(token)]), frozenset())
    return _run(found, table, span)


def _run(found: list[Token], table: Tables, line: Span) -> Tree | Failure:
    states = [table.start]
    values: list[Tree | Token | tuple[Tree | Token, ...]] = []
    for n, token in enumerate(found):
        at_token = list(states)
        while True:
            row = table.states[states[-1]]
            action = row.get(_terminal(token, row))
            if action is None:
                return Failure(token, tuple(found[:n]), _expected(at_token, table))
            if action >= 0:
                states.append(action)
                values.append(token)
                break
            _reduce(states, values, table, -action - 1, line)
            if states[-1] == table.end:
                break
    result = values[0]
    assert isinstance(result, Tree)
    return result


def _expected(stack: list[int], table: Tables) -> frozenset[str]:
    return frozenset(t for t in table.states[stack[-1]] if _possible(t, stack, table))


def _terminal(token: Token, row: dict[str, int]) -> str:
    if token.kind in ("WORD", "MARK"):
        return token.text if token.text in row or token.kind == "MARK" else "NAME"
    return {"END": "$END", "OTHER": "?"}.get(token.kind, token.kind)


def _reduce(
    states: list[int],
    values: list[Tree | Token | tuple[Tree | Token, ...]],
    table: Tables,
    number: int,
    line: Span,
) -> None:
    rule = table.rules[number]
    size = rule.size
    taken = values[len(values) - size :]
    del values[len(values) - size :], states[len(states) - size :]
    parts: list[Tree | Token] = []
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
        values.append(Tree(rule.name, tuple(parts), _stretch(taken, line)))
    states.append(table.states[states[-1]][f":{rule.name}"])


def _stretch(taken: list[Tree | Token | tuple[Tree | Token, ...]], line: Span) -> Span:
    spans: list[Span] = []
    for value in taken:
        if isinstance(value, tuple):
            spans.extend(v.span for v in value)
        else:
            spans.append(value.span)
    if not spans:
        return Span(line.file, line.line, line.start, line.start)
    return spans[0].to(spans[-1])


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
