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
            made.append(_placed(one, texts.get(one.span.line)))
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


def _placed(found: Diagnostic, row: Row | None) -> Diagnostic:
    """What is no word of the language stands in no quotes; and a `when` in the head has its right word."""
    message = _NO_WORD.sub(r"\1", found.message)
    message = message[0].upper() + message[1:] if message != found.message else message
    fix = found.fix
    if row and row.line.text.startswith("when ") and message.endswith("not directly under “journey”."):
        line = row.line
        right = f"whenever {line.text.removeprefix('when ')}" if line.children else f"start {line.text}"
        fix = Fix(f"Write “{right}”.")
    return replace(found, message=message, fix=fix)
