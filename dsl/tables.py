"""The tables of the grammar: made from `grammar.lark` by Lark, kept as text, loaded without Lark.

`python -m dsl.tables` writes `tables.json`; a test holds it to the grammar. The grammar compiler
costs half a second and is imported only to make the tables. They are plain LALR(1): for each state, what to
do on each terminal (a number >= 0: shift to that state; < 0: reduce by rule -n-1), and where to go on a rule.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("tables.json")


@dataclass(frozen=True, slots=True)
class Rule:
    """A production: `name` from `size` symbols; `kept` are those that appear in the tree.

    `inline`: the node gives its children to its parent. `single`: with one child the node is that child.
    """

    name: str
    size: int
    kept: tuple[int, ...]
    inline: bool
    single: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """A grammar ready to run: `states[n]` maps a terminal, or `:` and a rule's name, to an action."""

    start: int
    end: int
    states: tuple[dict[str, int], ...]
    rules: tuple[Rule, ...]
    words: frozenset[str]


@functools.cache
def tables() -> Tables:
    """Load the tables. Words of the language are terminals in lower case, token kinds in upper case."""
    data = json.loads(TABLES.read_text(encoding="utf-8"))
    rules = tuple(
        Rule(n, size, tuple(kept), inline, single) for n, size, kept, inline, single in data["rules"]
    )
    return Tables(data["start"], data["end"], tuple(data["states"]), rules, frozenset(data["words"]))


def build() -> str:
    """Compile the grammar, strictly (a conflict is an error), and return the text of the tables."""
    from lark import Lark
    from lark.lexer import Lexer

    class Unused(Lexer):
        """Stands where Lark wants a lexer: we bring our own tokens."""

        def __init__(self, _conf: object) -> None: ...

        def lex(self, *_args: object) -> Any:
            raise TypeError("Lines are lexed by dsl.tokens.")

    compiled = Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        start="line",
        parser="lalr",
        lexer=Unused,
        strict=True,
        maybe_placeholders=False,
    )
    literal = {t.name: t.pattern.value for t in compiled.terminals}
    return _dump(compiled.parser.parser._parse_table, compiled.rules, literal)


def _dump(table: Any, rules: list[Any], literal: dict[str, str]) -> str:
    number = {rule: n for n, rule in enumerate(rules)}
    # Lark numbers states in the order of a set walk; ours are numbered by the walk from the start.
    order = _walk(table)
    renamed = {state: n for n, state in enumerate(order)}
    states = []
    for state in order:
        row: dict[str, int] = {}
        for name, (_action, target) in sorted(table.states[state].items()):
            shift = isinstance(target, int)
            row[literal.get(name, _goto(name, literal))] = renamed[target] if shift else -number[target] - 1
        states.append(row)
    data = {
        "start": renamed[table.start_states["line"]],
        "end": renamed[table.end_states["line"]],
        "words": sorted(w for w in literal.values() if w.isalpha()),
        "rules": [_rule(r) for r in rules],
    }
    head = json.dumps(data, indent=None, separators=(",", ":"))
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in states)
    return f'{head[:-1]},"states":[\n{rows}\n]}}\n'


def _goto(name: str, literal: dict[str, str]) -> str:
    """Name a row's key: token kinds stand for themselves, rules get a colon (`add` is also a word)."""
    return name if name.isupper() or name in literal else f":{name}"


def _walk(table: Any) -> list[int]:
    order = [table.start_states["line"]]
    seen = set(order)
    for state in order:
        for _name, (_action, target) in sorted(table.states[state].items()):
            if isinstance(target, int) and target not in seen:
                seen.add(target)
                order.append(target)
    return order


def _rule(rule: Any) -> list[Any]:
    kept = [
        i
        for i, s in enumerate(rule.expansion)
        if not (s.is_term and s.filter_out and not rule.options.keep_all_tokens)
    ]
    name = rule.origin.name
    return [name, len(rule.expansion), kept, name.startswith("_"), rule.options.expand1]


if __name__ == "__main__":
    TABLES.write_text(build(), encoding="utf-8")
