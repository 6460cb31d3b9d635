"""TOML that people write: read, or refused with the line and the remedy."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from runtime.people import FileError, read_text

_HEADING = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file. Raises `FileError`."""
    text = read_text(path)
    try:
        return tomllib.loads(text)
    except ValueError as problem:
        said = _twice(text) or f" is no TOML: {problem}."
    raise FileError(f"{path}{said}")


def _twice(text: str) -> str | None:
    """Say where a table stands a second time, which is the commonest mistake and is told badly otherwise."""
    seen: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if (match := _HEADING.match(line)) is None:
            continue
        bracket, name = match.groups()
        before, where = seen.setdefault(name, (bracket, number))
        if where == number or bracket == before == "[[":
            continue
        if bracket == before:
            return f", line {number}: [{name}] stands in line {where} already. Put both into one."
        return (
            f", line {number}: `{name}` has one pair of brackets here or in line {where}. Write [[{name}]]."
        )
    return None
