"""A condition in which “and” and “or” stand without parentheses: both of its readings, in full."""

from __future__ import annotations

from collections.abc import Sequence

from dsl.outline import Line
from dsl.parser import Tree, parse
from dsl.tokens import Token, tokens

_MOST = 8
_OPENERS = frozenset({"if", "while", "where", "as", "until"})


def parentheses(line: Line) -> str:
    """Say what is wrong with the parentheses of a line, or nothing."""
    found = tokens(line.text, line.span)
    depth = 0
    for token in found:
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind != "STRING" else 0
        if depth < 0:
            return "This line has a closing parenthesis without an opening one."
    if depth > 0:
        many = "A parenthesis is" if depth == 1 else f"{depth} parentheses are"
        return f"{many} opened here and never closed."
    return ""


def readings(line: Line) -> tuple[str, ...]:
    """Return the line as it is read if “and” binds first, and if “or” does."""
    found = tokens(line.text, line.span)[:-1]
    joints = _joints(found)
    words = {found[n].text for n in joints}
    if words != {"and", "or"} or len(joints) > _MOST:
        return ()
    start = next((n + 1 for n in range(joints[0] - 1, -1, -1) if _opens(found, n)), None)
    if start is None:
        return ()
    made = [_grouped(line, found, start, joints, word) for word in ("and", "or")]
    return tuple(dict.fromkeys(text for text in made if isinstance(parse(text, line.span), Tree)))


def _opens(found: Sequence[Token], at: int) -> bool:
    text = found[at].text
    return text in _OPENERS and (text != "as" or found[at - 1].text == "soon" or at == 0)


def _joints(found: Sequence[Token]) -> list[int]:
    """Return where conditions are joined, outside parentheses; not the “and” of a range."""
    depth, made = 0, []
    for n, token in enumerate(found):
        if token.kind != "STRING":
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        ranged = token.text == "and" and n > 1 and found[n - 2].text == "between"
        if depth == 0 and token.kind != "STRING" and token.text in ("and", "or") and not ranged:
            made.append(n)
    return made


def _grouped(line: Line, found: Sequence[Token], start: int, joints: Sequence[int], word: str) -> str:
    """Write the line with parentheses around what this word joins."""
    edges = [start, *(n + 1 for n in joints)]
    parts = [
        _between(line, found, first, last) for first, last in zip(edges, [*joints, len(found)], strict=True)
    ]
    groups: list[tuple[str, list[str]]] = [("", [parts[0]])]
    for joint, part in zip(joints, parts[1:], strict=True):
        if found[joint].text == word:
            groups[-1][1].append(part)
        else:
            groups.append((found[joint].text, [part]))
    text = line.text[: found[start].span.start - line.column]
    for joint_word, group in groups:
        whole = f" {word} ".join(group)
        text += f" {joint_word} " if joint_word else ""
        text += f"({whole})" if len(group) > 1 else whole
    return text


def _between(line: Line, found: Sequence[Token], first: int, last: int) -> str:
    if first >= last:
        return ""
    return line.text[found[first].span.start - line.column : found[last - 1].span.end - line.column]
