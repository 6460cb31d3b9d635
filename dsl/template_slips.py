"""What people write into merge fields by mistake, in words for those who do not know Liquid."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TAG = re.compile(r"\{%-?\s*(?P<word>\w+)(?P<rest>.*?)-?%\}", re.DOTALL)
_OPENED = ("if", "unless", "case", "for")
_SHOWN = re.compile(r"\{\{(?P<inner>.*?)\}\}", re.DOTALL)
_HALF = re.compile(r"\{\{(?P<inner>[^{}\n]*)(?:\}(?!\})|$)", re.MULTILINE)
_FILTER = re.compile(r"\|\s*default\s*(?P<sign>=?)\s*(?P<value>\"[^\"]*\"|'[^']*'|\w+)\s*$")
_SPACED = re.compile(r"\s*(?P<owner>(?:\w+)\.)?(?P<words>[A-Za-z]\w*(?: [A-Za-z]\w*)+)\s*(?P<rest>[|:].*)?")


def hint(text: str, fields: Iterable[str]) -> tuple[int, str, str] | None:
    """Find the first usual slip of a template that does not parse.

    Returns where it is in the text, what is wrong and what to write. `fields`: those of contacts.
    """
    found = [one for look in (_half, _inside, _tags) if (one := look(text, tuple(fields))) is not None]
    return min(found) if found else None


def _half(text: str, fields: tuple[str, ...]) -> tuple[int, str, str] | None:
    for match in _HALF.finditer(text):
        inner = match["inner"].strip()
        return (
            match.start(),
            "A merge field ends with }}",
            f"Write {{{{ {inner or 'contact.first_name'} }}}}.",
        )
    return None


def _inside(text: str, fields: tuple[str, ...]) -> tuple[int, str, str] | None:
    for match in _SHOWN.finditer(text):
        inner = match["inner"]
        if (given := _FILTER.search(inner)) and given["value"] is not None:
            value = given["value"] if given["value"][0] in "\"'" else f'"{given["value"]}"'
            new = f"{inner[: given.start()].strip()} | default: {value}"
            return match.start(), "What stands in its place follows “default:”", f"Write {{{{ {new} }}}}."
        if spaced := _SPACED.fullmatch(inner):
            name = spaced["words"].lower().replace(" ", "_")
            owner = spaced["owner"] if spaced["owner"] in ("contact.", "account.", "trigger.") else "contact."
            new = f"{owner}{name}"
            known = "" if name in fields or owner != "contact." else f", and declare it: field {name} is text"
            return match.start(), "The name of a field holds no space", f"Write {{{{ {new} }}}}{known}."
    return None


def _tags(text: str, fields: tuple[str, ...]) -> tuple[int, str, str] | None:
    open_: list[tuple[str, int]] = []
    for match in _TAG.finditer(text):
        word = match["word"]
        if word in _OPENED:
            open_.append((word, match.start()))
        elif word.startswith("end") and word.removeprefix("end") in _OPENED:
            if not open_:
                return match.start(), f"This “{word}” closes nothing", "Remove it."
            open_.pop()
    if not open_:
        return None
    word, start = open_[-1]
    return start, f"This “{word}” is not closed", f"Write {{% end{word} %}} where it ends."
