"""What people write into settings in place of TOML, and what to write instead.

The reader of TOML says where it stopped, in words of its grammar. What was meant is told by the row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsl.diagnostics import Edit
from dsl.span import Span

_KEY = r"[A-Za-z_][\w-]*"
_COLON = re.compile(rf"\s*(?P<key>{_KEY})\s*(?P<sign>:)\s*(?P<value>\S.*?)\s*")
_BARE = re.compile(rf"\s*(?P<key>{_KEY})\s*=\s*(?P<value>[^\"'\[{{\s#][^\"#]*?)\s*")
_SECTION = re.compile(rf"\s*(?P<key>{_KEY}):\s*")
_ALONE = re.compile(rf"\s*(?P<key>{_KEY})\s*=?\s*")
_HEADER = re.compile(r"\s*\[(?P<name>[^\[\]\"=]+)\]?\s*")
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"'})
_VALUE = re.compile(r"-?\d+(?:\.\d+)?|true|false")


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong with a row and what to write; `edit` writes it."""

    what: str
    fix: str
    edit: Edit | None = None


def slip(row: str, line: Span, problem: str) -> Slip:
    """Tell what is wrong with a row at which the reader of TOML stopped, saying `problem`."""
    if "overwrite" in problem or "twice" in problem or "declare" in problem:
        return Slip("it stands twice", "Keep one of the two.")
    for what, new in _rewritings(row):
        if new != row:
            return Slip(what, f"Write: {new.strip()}", Edit(Span(line.file, line.line, 1, len(row) + 1), new))
    if alone := _ALONE.fullmatch(row):
        return Slip(f"“{alone['key']}” has no value", f'Write: {alone["key"]} = "…"')
    if row.count('"') % 2:
        return Slip("quotes are opened and not closed", "Close them.")
    return Slip("this is no setting", 'Write a setting as: key = "value", and a section as: [section]')


def _rewritings(row: str) -> list[tuple[str, str]]:
    """Return what the row may have been meant as, the surest first, each with what is wrong."""
    found = [("its quotes are curly", row.translate(_CURLY))]
    if match := _COLON.fullmatch(row):
        value = match["value"].translate(_CURLY)
        found.append(("a value stands behind “=”, not “:”", f"{match['key']} = {_quoted(value)}"))
    if match := _SECTION.fullmatch(row):
        found.append(("a section stands in brackets", f"[{match['key']}]"))
    if match := _BARE.fullmatch(row):
        found.append(("a text stands in quotes", f"{match['key']} = {_quoted(match['value'])}"))
    if (match := _HEADER.fullmatch(row)) and not row.rstrip().endswith("]"):
        found.append(("its bracket is not closed", f"{row.rstrip()}]"))
    elif match and " " in match["name"].strip():
        section, _, name = match["name"].strip().partition(".")
        new = f'[{section}."{name}"]' if name else f'["{section}"]'
        found.append(("a name with a space stands in quotes", new))
    return found


def _quoted(value: str) -> str:
    plain = value.startswith(('"', "'", "[", "{")) or _VALUE.fullmatch(value)
    return value if plain else '"' + value.replace('"', "") + '"'


# What a value must be, by the type of the problem that pydantic reports, and how one is written.
_TYPES = {
    "string_type": ("must be a text", '"…"'),
    "tuple_type": ("must be a list of texts", '["…"]'),
    "bool_type": ("must be true or false", "true"),
    "bool_parsing": ("must be true or false", "true"),
    "int_type": ("must be a whole number", "5"),
    "int_parsing": ("must be a whole number", "5"),
    "dict_type": ("must be a table", '{ "…" = "…" }'),
    "model_type": ("must be a section of its own", ""),
    "model_attributes_type": ("must be a section of its own", ""),
    "string_too_short": ("is empty", '"…"'),
}


def mistyped(kind: str, key: str, value: object) -> tuple[str, str] | None:
    """Say what a setting of a wrong type should be, and what to write; None if its type is right."""
    if kind not in _TYPES:
        return None
    what, example = _TYPES[kind]
    if not example:
        return what, f"Write it as a section: [{key}]"
    if isinstance(value, str) and kind == "tuple_type":
        example = f'["{value}"]'
    elif kind == "string_type" and isinstance(value, int | float):
        example = f'"{value}"'
    return what, f"Write: {key} = {example}"
