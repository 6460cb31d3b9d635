"""The tables of the grammars: made from `grammar.lark` by Lark, kept as text, loaded without Lark.

`python -m dsl.tables` writes `tables.json`, that of journeys and that of scenarios; a test holds them to the
grammars. The grammar compiler costs half a second and is imported only to make the tables. They are plain
LALR(1): for each state, what to do on each terminal (a number >= 0: shift to that state; < 0: reduce by rule
-n-1), and where to go on a rule.

The grammar of scenarios holds only what is its own: a rule that it uses and does not have is the journey's.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("tables.json")
SCENARIOS = Path(__file__).with_name("scenarios")


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


Language = Literal["journey", "scenario"]


@functools.cache
def tables(language: Language = "journey") -> Tables:
    """Load the tables. Words of the language are terminals in lower case, token kinds in upper case."""
    place = TABLES if language == "journey" else SCENARIOS / TABLES.name
    data = json.loads(place.read_text(encoding="utf-8"))
    rules = tuple(
        Rule(n, size, tuple(kept), inline, single) for n, size, kept, inline, single in data["rules"]
    )
    return Tables(data["start"], data["end"], tuple(data["states"]), rules, frozenset(data["words"]))


_RULE = re.compile(r"^[?!]?(\w+):", re.MULTILINE)
_USED = re.compile(r'"[^"]*"|//.*|\b_?[a-z]\w*')


def grammar(language: Language = "journey") -> str:
    """Return the text of a grammar; that of scenarios with the rules that it takes from journeys."""
    journeys = GRAMMAR.read_text(encoding="utf-8")
    if language == "journey":
        return journeys
    own = (SCENARIOS / GRAMMAR.name).read_text(encoding="utf-8")
    found, others, taken = dict(_rules(own)), dict(_rules(journeys)), []
    wanted = list(found)
    while wanted:
        for name in _used(found[wanted.pop()]):
            if name not in found and name in others:
                found[name] = others[name]
                wanted.append(name)
                taken.append(others[name])
    return own + "\n" + "".join(taken)


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each rule."""
    starts = list(_RULE.finditer(text))
    for n, start in enumerate(starts):
        end = starts[n + 1].start() if n + 1 < len(starts) else len(text)
        rows = [row for row in text[start.start() : end].split("\n") if row and not row.startswith("//")]
        yield start[1], "\n".join(rows) + "\n"


def _used(rule: str) -> list[str]:
    return [word for word in _USED.findall(rule) if word[0] not in '"/']


def build(language: Language = "journey") -> str:
    """Compile the grammar, strictly (a conflict is an error), and return the text of the tables."""
    from lark import Lark
    from lark.lexer import Lexer

    class Unused(Lexer):
        """Stands where Lark wants a lexer: we bring our own tokens."""

        def __init__(self, _conf: object) -> None: ...

        def lex(self, *_args: object) -> Any:
            raise TypeError("Lines are lexed by dsl.tokens.")

    compiled = Lark(
        grammar(language),
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
    (SCENARIOS / TABLES.name).write_text(build("scenario"), encoding="utf-8")
