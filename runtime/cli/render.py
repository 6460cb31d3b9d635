"""Rendering: timelines, funnels and counts for a terminal, and as plain text that reads as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from runtime.handoffs import Handoff
from runtime.reporting import Counts, Funnel, FunnelRow, Level, Line, Timeline
from runtime.reporting.figures import AGAIN
from runtime.reporting.words import count, number, reason_of

_MARKS = {
    "event": ("●", "cyan"),
    "sent": ("→", "green"),
    "skipped": ("×", "yellow"),
    "failed": ("×", "red"),
    "in doubt": ("?", "red"),
    "held": ("…", "yellow"),
    "not entered": ("×", "yellow"),
    "not started": ("×", "yellow"),
    "handed off": ("★", "bold magenta"),
    "goal": ("★", "bold magenta"),
}
LEGEND = "●  the contact    →  sent    …  held    ×  not done    ★  a success"

_BAR = 10
_WAYS = {"skipped": "yellow", "failed": "red", "in doubt": "red"}


def timeline(told: Timeline, *, full: bool = False) -> RenderableType:
    """Show a contact's story; with `full`, also how the run stood in between."""
    lines = list(told.lines) if full else told.short()
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line, local in _timed(lines):
        table.add_row(local, *marked(line))
    if not lines:
        table.add_row("", "", Text("Nothing has happened yet.", style="dim"))
    wrong = [Text(f"! {warning}", style="yellow") for warning in told.warnings]
    return Group(heading(told), *wrong, Padding(table, (0, 0, 1, 2)))


def heading(told: Timeline) -> Text:
    """Name a contact, and how it stands."""
    text = Text(told.name or told.contact, style="bold")
    facts = [told.contact] if told.name else []
    facts += [told.time_zone, count(int(told.score), "point") if told.score == int(told.score) else ""]
    facts[-1] = facts[-1] or f"{number(told.score)} points"
    facts += [told.stage] if told.stage else []
    facts += [f"no mail: {reason_of(told.suppressed)}"] if told.suppressed else []
    return text.append("   " + " · ".join(facts), style="not bold dim")


def _timed(lines: Iterable[Line]) -> Iterator[tuple[Line, str]]:
    """Give each line its local time, unless the line above has the same."""
    before = ""
    for line in lines:
        yield line, "" if line.local == before else line.local
        before = line.local


def marked(line: Line) -> tuple[Text, Text]:
    """Show one line of a story: its mark, and what it tells."""
    if line.kind == "block":
        return Text(" "), Text(line.text, style="bold")
    mark, style = _MARKS.get(line.kind, ("·", "dim"))
    if line.detail:
        return Text("·", style="dim"), Text(line.text, style="dim")
    said, bracket, points = line.text.partition("  [")
    text = Text(said, style="" if mark in "●·" else style)
    return Text(mark, style=style), text.append(bracket + points, style="not bold dim")


def funnel(made: Funnel) -> RenderableType:
    """Show who came to each step of a journey, and what came of it."""
    table = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("", ratio=1)
    table.add_column("came", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, width=_BAR)
    table.add_column("what came of it", width=27)
    table.add_column("opened", justify="right", no_wrap=True)
    table.add_column("clicked", justify="right", no_wrap=True)
    for row in made.rows:
        counted = (_runs(row.opened), _runs(row.clicked))
        table.add_row(_step(row), _runs(row.runs), _bar(row.runs, made.entered), _outcome(row), *counted)
    table.expand = True
    title = Text(made.journey, style="bold").append(f"   {made.entered:,} entered", style="not bold dim")
    return Group(title, Padding(table, (0, 0, 1, 2)))


def _step(row: FunnelRow) -> RenderableType:
    style = "bold" if row.block else "" if row.runs else "dim"
    return Padding(Text(row.text, style=style), (0, 0, 0, 2 * row.depth))


def _runs(n: int | None) -> Text:
    return Text("" if n is None else f"{n:,}", style="" if n else "dim")


def _bar(n: int, of: int) -> Text:
    """Draw a share in eighths of a cell; the least of something is visible."""
    if not of or not n:
        return Text("")
    eighths = max(1, round(8 * _BAR * min(n, of) / of))
    return Text("█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip(), style="blue")


def _outcome(row: FunnelRow) -> Text:
    parts = [Text(f"{n:,} {way}", style=_WAYS.get(way, "")) for way, n in row.ways.items()]
    if row.held:
        parts.append(Text(f"{row.held:,} held before", style="yellow"))
    if row.again:
        parts.append(Text(AGAIN, style="dim"))
    return Text(", ").join(parts)


def counts(made: Counts) -> RenderableType:
    """Show the figures of a journey."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(justify="right", no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, n, more in _figures(made):
        table.add_row(name, f"{n:,}" if isinstance(n, int) else n, more)
    return Padding(table, (0, 0, 1, 2))


def _figures(made: Counts) -> Iterator[tuple[str, int | str, str]]:
    still = f"of {count(made.contacts, 'contact')}"
    yield "entered", made.entered, f"{still}, {made.open:,} still inside" if made.open else still
    if made.refused:
        yield "not entered", sum(made.refused.values()), reasons(made.refused)
    yield "emails sent", made.sent, ""
    for name, found in (
        ("emails skipped", made.skipped),
        ("emails held", made.held),
        ("emails failed", made.failed),
        ("emails in doubt", made.in_doubt),
    ):
        if found:
            yield name, sum(found.values()), reasons(found)
    if made.notices or made.synced:
        yield "notes to teams", made.notices, f"and {made.synced:,} synced"
    if made.handoffs:
        yield "handed to sales", sum(made.handoffs.values()), reasons(made.handoffs, quoted=True)
    if made.goals:
        yield "goals", sum(made.goals.values()), reasons(made.goals, quoted=True)
    if made.exits:
        yield "left early", sum(made.exits.values()), reasons(made.exits)
    if made.completed:
        yield "came to the end", made.completed, ""
    reached = ", ".join(f"{n:,} at “{name}” or above" for name, n in made.thresholds.items())
    yield "score", number(made.average_score), f"on average{'; ' if reached else ''}{reached}"


def handoffs(found: Iterable[tuple[Handoff, Level]], clock: Callable[[int], str]) -> RenderableType:
    """Show who in sales has a contact, by when they were to answer, and what came of it."""
    lines = []
    for handoff, level in found:
        high = ", high priority" if handoff.priority == "high" else ""
        style = {True: "green", False: "red", None: "yellow"}[level.in_time]
        text = Text(f"Handed to sales, “{handoff.handoff}”{high}: ", style="bold")
        lines.append(text.append(level.text, style=f"not bold {style}"))
        who = f"{handoff.owner or 'nobody in person'} since {clock(handoff.opened_at)}"
        lines.append(Text(f"  {who}, to answer by {clock(handoff.due_at)}", style="dim"))
    return Padding(Group(*lines), (0, 0, 1, 0))


def reasons(found: Mapping[str, int], *, quoted: bool = False) -> str:
    """List reasons with their numbers, the most frequent first."""
    named = {(f"“{code}”" if quoted else reason_of(code)): n for code, n in found.items()}
    if len(named) == 1:
        return next(iter(named))  # its number stands before it already
    return ", ".join(f"{n:,} {name}" for name, n in named.items())


def chain() -> Table:
    """Return a table for facts one below the other: the moment, what it is, and where it is written."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, style="dim")
    return table


_LONGEST_PLACE = 44


def place(found: object) -> str:
    """Write a place; of one that is long, the folders in front are left out."""
    told = "" if found is None else str(found)
    while len(told) > _LONGEST_PLACE and "/" in told.removeprefix("…/"):
        told = "…/" + told.removeprefix("…/").split("/", 1)[1]
    return told
