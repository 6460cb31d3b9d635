"""Rendering of scenarios that failed: the line, what happened instead, and the story around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from runtime.cli.render import marked
from runtime.scenarios.covering import TOTAL, Covered, percent
from runtime.scenarios.running import Result
from runtime.scenarios.telling import Told, elsewhere, once

_INSIDE, _OUTSIDE = "›", " "


def failure(result: Result) -> RenderableType:
    """Show everything that was otherwise than a scenario expects."""
    title = Text("× ", style="bold red").append(result.title, style="bold")
    return Group(
        title, *(part for miss, stands in once(result.misses) for part in _miss(miss, stands)), Text("")
    )


def _miss(miss: Told, stands: int) -> Iterator[RenderableType]:
    place = Text(f"{miss.file}:{miss.line}: ", style="dim").append(miss.text, style="not dim")
    yield Padding(place, (0, 0, 0, 2))
    said = Text(miss.when, style="dim")
    said.append(f"\n{miss.instead}", style="not dim red")
    if miss.nearest:
        said.append(f"\n{miss.nearest}", style="not dim")
    if miss.remedy:
        said.append(f"\n{miss.remedy}", style="not dim")
    yield Padding(said, (0, 0, 0, 4))
    if stands:
        yield Padding(Text(elsewhere(miss, stands), style="dim"), (0, 0, 0, 4))
    elif miss.story:
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


def coverage(covered: Sequence[Covered]) -> RenderableType:
    """Show how much of each journey was reached, and what was not, line by line."""
    total = Text(f"\n{percent(covered):.1f} % reached", style="bold")
    return Group(*(part for one in covered for part in _covered(one)), total)


def _covered(one: Covered) -> Iterator[RenderableType]:
    reached, all_ = one.counted(*TOTAL)
    some, possible = one.counted("outcome")
    head = Text(one.journey, style="bold")
    head.append(f"  {percent([one]):.0f} %", style="green" if reached == all_ else "yellow")
    head.append(f"  {reached} of {all_}", style="not bold")
    head.append(f"  {some} of {possible} outcomes" if possible else "", style="not bold dim")
    yield head
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for point in one.missed(*TOTAL):
        table.add_row(f"  {one.file}:{point.line}", "○", point.text)
    for point in one.missed("outcome"):
        table.add_row(f"  {one.file}:{point.line}", Text("·", style="dim"), Text(point.text, style="dim"))
    if table.rows:
        yield table
