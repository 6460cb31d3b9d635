"""The grammars for readers: `python -m dsl.grammar_page` writes `docs/grammar.md` from `grammar.lark`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from dsl.tables import GRAMMAR, SCENARIOS

PUBLISHED = Path(__file__).parent.parent / "docs" / "grammar.md"

_HEAD = """# The grammar of a line

This page is made from `dsl/grammar.lark` by `python -m dsl.grammar_page`.

Each line of a file is read alone; the outline, made by indentation, says what belongs to what, and
[the reference](language.md) says which line may stand where. A `#` outside quotes begins a comment.

The notation is the EBNF of the W3C: `( … )?` may be left out, `*` stands for any number, `+` for at least
one, `|` parts choices. What stands in quotes are words of the language and signs. The rest is cut from a
line so:

| name | is | such as |
|---|---|---|
| `STRING` | anything but `"` between two `"` | `"Case study"` |
| `NUMERAL` | digits, with a sign and decimals if need be | `5`, `-2`, `2.5` |
| `CLOCK` | two digits, a colon, two digits; in scenarios seconds, too | `09:00`, `09:00:01` |
| `REF` | names joined by dots | `contact.industry` |
| `NAME` | a letter, then letters, digits, `_` and inner `-` | `webinar_id` |

A word of the language is one only where the grammar can have it; elsewhere it is a `NAME`.
"""
_SCENARIOS = """
# The grammar of a line of a scenario

Lines of [scenarios](testing.md) are read in the same way, by `dsl/scenarios/grammar.lark`. A rule that is
used here and does not stand here is the one above.
"""
_HEADING = re.compile(r"^// -{5,} (.+)$")
_RULE = re.compile(r"^[?!]?(\w+):\s*(.*)$")
_PIECE = re.compile(r'"[^"]*"|[\[\]]|\w+|\S')
_WIDE = 100


def page() -> str:
    """Return the page as text."""
    journeys, scenarios = (
        list(_rules(path.read_text(encoding="utf-8").split("\n")))
        for path in (GRAMMAR, SCENARIOS / GRAMMAR.name)
    )
    names = {name for _, name, _ in journeys}
    shown = {name: _shown(name, names) for name in names}
    both = names | {name for _, name, _ in scenarios}
    all_shown = {name: _shown(name, both) for name in both} | shown
    return _part(_HEAD, journeys, shown) + _part(_SCENARIOS, scenarios, all_shown)


def _part(head: str, rules: list[tuple[str, str, str]], shown: Mapping[str, str]) -> str:
    """Write the rules of one grammar under its head."""
    wide = max(len(shown[name]) for _, name, _ in rules)
    out = [head]
    before = None
    for heading, name, body in rules:
        if heading != before:
            out.append(("```\n\n" if before is not None else "") + f"## {_title(heading)}\n\n```ebnf")
            before = heading
        out.append(_written(shown[name], _ebnf(body, shown), wide))
    return "\n".join([*out, "```\n"])


def _rules(rows: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield heading, name and body of each rule. What goes on in the next rows is indented there."""
    heading, name, body = "a line", "", ""
    for row in [*rows, "end:"]:
        title, rule = _HEADING.match(row), _RULE.match(row)
        if name and (title or rule):
            yield heading, name, body
            name = ""
        if title:
            heading = title[1]
        elif rule:
            name, body = rule[1], rule[2]
        elif name and row.strip() and not row.startswith(("//", "%")):
            body += f" {row.strip()}"


def _shown(name: str, names: set[str]) -> str:
    """Leave out the mark of rules that make no node, unless another rule is called so."""
    plain = name.strip("_")
    return plain if plain == name or not {plain, f"{plain}_"} & (names - {name}) else name


def _title(heading: str) -> str:
    return heading[:1].upper() + heading[1:]


def _ebnf(body: str, shown: Mapping[str, str]) -> str:
    pieces = [shown.get(piece, piece) for piece in _PIECE.findall(body)]
    text = " ".join({"[": "(", "]": ")?"}.get(piece, piece) for piece in pieces)
    return re.sub(r" ([*+?])(?= |$)", r"\1", text)


def _written(name: str, body: str, wide: int) -> str:
    """Write a rule, each choice on a row of its own where they do not fit on one."""
    head = f"{name.ljust(wide)} ::= "
    if len(head) + len(body) <= _WIDE:
        return head + body
    rows = [head]
    for choice in _choices(body):
        mark = "" if rows == [head] else "| "
        if len(rows[-1]) + len(choice) + 3 > _WIDE and rows[-1] != head:
            rows.append(" " * (wide + 3) + f"{mark}{choice}")
        else:
            rows[-1] += (" " if mark else "") + f"{mark}{choice}"
    return "\n".join(rows)


def _choices(body: str) -> list[str]:
    """Part a body at the choices that lie in no parentheses."""
    found, depth = [""], 0
    for piece in body.split(" "):
        depth += piece.startswith("(") - piece.count(")") * (not piece.startswith('"'))
        if piece == "|" and depth == 0:
            found.append("")
        else:
            found[-1] = f"{found[-1]} {piece}".strip()
    return found


if __name__ == "__main__":
    PUBLISHED.write_text(page(), encoding="utf-8")
