"""Rendering of scenarios that failed: the line, what happened instead, and the story around it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from runtime.cli.render import marked
from runtime.scenarios.running import Result
from runtime.scenarios.telling import Told

_INSIDE, _OUTSIDE = "›", " "


def failure(result: Result) -> RenderableType:
    """Show everything that was otherwise than a scenario expects."""
    title = Text("× ", style="bold red").append(result.title, style="bold")
    return Group(title, *(part for miss in result.misses for part in _miss(miss)), Text(""))


def _miss(miss: Told) -> Iterator[RenderableType]:
    place = Text(f"{miss.file}:{miss.line}: ", style="dim").append(miss.text, style="not dim")
    yield Padding(place, (0, 0, 0, 2))
    said = Text(f"expected {miss.stretch}", style="dim")
    said.append(f"\n{miss.instead}", style="not dim red")
    if miss.nearest:
        said.append(f"\n{miss.nearest}", style="not dim")
    yield Padding(said, (0, 0, 0, 4))
    if miss.story:
        yield Padding(_story(miss), (0, 0, 0, 4))


def _story(miss: Told) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for style in ("bold red", "dim", "", ""):
        table.add_column(no_wrap=True, style=style)
    table.columns[-1].no_wrap = False
    table.columns[-1].overflow = "fold"
    table.add_row("", Text(miss.contact, style="bold not dim"), "", "")
    before = ""
    for inside, line in miss.story:
        local = "" if line.local == before else line.local
        before = line.local
        table.add_row(_INSIDE if inside else _OUTSIDE, local, *marked(line))
    return table
