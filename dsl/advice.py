"""What a finding says beyond its code: the consequence that fits its line, and what to write in its place.

A line that is not understood costs contacts something else in a definition, in the head of a journey and
among the lines that do something. Nothing is found here; what was found is said better.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dsl.codes import CODES
from dsl.diagnostics import Diagnostic, Fix
from dsl.outline import Row

_DECLARES = (
    "The line is not understood, so what it says would hold nowhere, and what names it would find nothing."
)
_HEADS = (
    "The line is not understood, so the journey would take in, keep or mail other contacts than is meant."
)
_HEAD_WORDS = frozenset(
    {"owner", "description", "start", "starts", "runs", "run", "goal", "stop", "sending", "allow", "priority"}
    | {"people", "pause", "update"}
)
_DOES = re.compile(
    r"contact (clicks|opens|replies|submits|visits|downloads|attends|books|unsubscribes|does)\b"
)
_NO_WORD = re.compile(r"“(an? [^”]+)”")
_UNREAD = ("N101", "N103", "N104", "N009")
_PLACES = ("N203", "N210")


def advise(found: Sequence[Diagnostic], rows: Sequence[Row]) -> list[Diagnostic]:
    """Return the findings of a file with what fits their lines."""
    tops = _tops(rows) if any(d.code in _UNREAD for d in found) else {}
    texts = {row.line.number: row for row in rows} if any(d.code in _PLACES for d in found) else {}
    made = []
    for one in found:
        if one.code in _UNREAD and one.consequence == CODES[one.code].consequence:
            made.append(_unread(one, *tops.get(one.span.line, ("journey", ""))))
        elif one.code in _PLACES:
            made.append(_placed(one, texts.get(one.span.line), rows))
        else:
            made.append(one)
    return made


def _tops(rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
    """Return for each line the word that begins the item at the margin it belongs to, and its own first."""
    made = {}
    top = ""
    for row in rows:
        first = row.line.text.partition(" ")[0].lower()
        top = top if row.width else first
        made[row.line.number] = (top, first)
    return made


def _unread(found: Diagnostic, top: str, first: str) -> Diagnostic:
    if first == top == "journey" or (top == "journey" and first not in _HEAD_WORDS):
        return found
    return replace(found, consequence=_HEADS if top == "journey" else _DECLARES)


def _placed(found: Diagnostic, row: Row | None, rows: Sequence[Row]) -> Diagnostic:
    """What is no word of the language stands in no quotes; and a `when` in the head has its right word."""
    message = _NO_WORD.sub(r"\1", found.message)
    message = message[0].upper() + message[1:] if message != found.message else message
    fix = found.fix
    if row and found.code == "N203" and row.line.text.startswith("when ") and _in_a_journey(row, rows):
        fix = _when(row, rows)
    return replace(found, message=message, fix=fix)


def _in_a_journey(row: Row, rows: Sequence[Row]) -> bool:
    tops = [r for r in rows if not r.width and r.line.number < row.line.number]
    return bool(row.width and tops) and tops[-1].line.text.startswith("journey ")


def _when(row: Row, rows: Sequence[Row]) -> Fix:
    """Say what a `when` is among the lines of a journey: it hangs on what stands above it."""
    line, event = row.line, row.line.text.removeprefix("when ")
    above = _above(row, rows)
    if above.startswith("wait up to ") and " until " not in above:
        return Fix(f"Indent it one level deeper, under “{above}”.")
    if above.split()[0] in (*_HEAD_WORDS, "journey") and not above.startswith("start journey"):
        return Fix(f"Write “whenever {event}”." if line.children else f"Write “start {line.text}”.")
    waited = f"wait up to 5 days until {event}"
    match = _DOES.match(event)
    if match is None:
        return Fix(f"To wait for it, write “{waited}”.")
    from dsl.near_misses.tenses import FACTS  # files without a mistake need nothing of it

    asked = f"if contact has {FACTS[match[1]]}{event[match.end() :]}"
    return Fix(f"Write “{asked}” to ask here whether it is so; to wait for it, write “{waited}”.")


def _above(row: Row, rows: Sequence[Row]) -> str:
    """Return the text of the nearest line above that is indented no more."""
    for other in sorted(rows, key=lambda r: -r.line.number):
        if other.line.number < row.line.number:
            if other.width == row.width:
                return other.line.text
            if other.width < row.width:
                return other.line.text
    return ""
