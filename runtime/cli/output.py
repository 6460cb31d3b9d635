"""Output: text for people on standard output, JSON for programs, notes on standard error."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Format = Literal["text", "json"]

WIDTH = 100


def console(*, error: bool = False) -> Console:
    """Return a console that is at most 100 columns wide, plain unless on a terminal."""
    from rich.console import Console

    made = Console(stderr=error, highlight=False, emoji=False, markup=False)
    made.width = min(made.width, WIDTH) if made.is_terminal else WIDTH
    return made


def show(out: Console, *what: RenderableType) -> None:
    """Print, without the spaces that fill up lines where nobody sees them."""
    if out.is_terminal:
        for each in what:
            out.print(each)
        return
    with out.capture() as captured:
        for each in what:
            out.print(each)
    for line in captured.get().splitlines():
        out.file.write(line.rstrip() + "\n")


def print_json(value: Any) -> None:
    """Print plain data, dataclasses among it, as JSON."""
    json.dump(plain(value), sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def plain(value: Any) -> Any:
    """Turn dataclasses inside a value into dictionaries, and tuples into lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def note(sentence: str) -> None:
    """Tell something beside the result."""
    print(f"nurture: {sentence}", file=sys.stderr)
