"""Case files: pairs written down, to be read again by `tests.equality.case`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_FIRST = ("until", "time_zone", "limit", "journey", "definitions", "emails", "refused", "outages", "accounts")


def write(path: Path, data: Mapping[str, Any], words: Iterable[str]) -> None:
    """Write a case file. `words`: what it shows, a line each."""
    lines = [f"# {line}" for line in words]
    lines += [f"{name} = {_value(data[name])}" for name in _FIRST if data.get(name)]
    for name in ("contacts", "happens"):
        for entry in data[name]:
            lines += ["", f"[[{name}]]", *(f"{key} = {_value(value)}" for key, value in entry.items())]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _value(value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        return f"'''\n{value}'''"
    if isinstance(value, Mapping):
        if any(isinstance(one, str) and "\n" in one for one in value.values()):
            inner = (f"{json.dumps(key)} = {json.dumps(one)}" for key, one in value.items())
        else:
            inner = (f"{json.dumps(key)} = {_value(one)}" for key, one in value.items())
        return "{ " + ", ".join(inner) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)
