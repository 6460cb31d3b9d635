"""Rendering populations: the figures of many contacts on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dsl import civil
from runtime.cli import render
from runtime.cli.output import console, show
from runtime.populations.summary import Spread, Summary, by_weeks, largest
from runtime.reporting.words import count, day, number

_OWNERS = 5  # that are named


def tell(told: Summary) -> None:
    """Print what a population has come to."""
    out, zone = console(), civil.zone(told.time_zone, "UTC")
    span = f"{day(told.start, zone)} to {day(told.until, zone)}"
    head = Text(count(told.contacts, "contact"), style="bold")
    show(out, head.append(f"   {span}, seed {told.seed}, {told.source}", style="not bold dim"), Text(""))
    show(out, *(Text(f"! {sentence}\n", style="yellow") for sentence in told.notes))
    for made in told.funnels:
        show(out, render.funnel(made), render.counts(told.counts[made.journey]))
    show(out, Text("All journeys together", style="bold"), _table(told))


def _table(told: Summary) -> Padding:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, figure in _figures(told):
        table.add_row(name, Text(figure))
    return Padding(table, (0, 0, 1, 2))


def _figures(told: Summary) -> Iterator[tuple[str, str]]:
    weeks = sum(told.mails_in_a_week.values())
    shares = ", ".join(f"{100 * n / weeks:.1f} % {mails}" for mails, n in told.mails_in_a_week.items())
    yield "emails in a week of a contact", shares
    yield _by_weeks("marketing emails", told.mails_by_week)
    reached = "".join(f"; {n:,} at “{name}” or above" for name, n in told.thresholds.items())
    yield "score at the end", f"{number(told.average_score)} on average{reached}"
    for reason, spread in told.holds.items():
        yield f"held: {reason}", _spread(spread, "time", "h")
    if told.dropped:
        yield "held, then not sent", ", ".join(f"{n:,}: {reason}" for reason, n in told.dropped.items())
    yield "limits on emails", f"made {count(told.capped, 'contact')} wait or miss one"
    if told.lost:
        yield "no more mail", ", ".join(f"{n:,}: {reason}" for reason, n in told.lost.items())
    if told.handoff_days is not None:
        yield "from entry to handoff", _spread(told.handoff_days, "handoff", "days")
        yield _by_weeks("handoffs", told.load)
        yield "answers of sales", ", ".join(f"{n:,} {how}" for how, n in told.handoffs.items())
        yield "owners", _owners(told)
    if told.unfit:
        yield "do not fit their start", f"{told.unfit:,}, and may not enter"


def _by_weeks(what: str, found: dict[int, int]) -> tuple[str, str]:
    """Return the name and the figures of something by week, without the weeks of nothing at the end."""
    last = max((week for week, n in found.items() if n), default=0)
    width, bars = by_weeks({week: n for week, n in found.items() if week <= last})
    left = len(found) - last - 1
    figures = " ".join(f"{n:,}" for _, n in bars)
    rest = f", and none in the {count(left, 'week')} after" if left > 1 else " 0" if left else ""
    return f"{what} by {'week' if width == 1 else f'{width} weeks'}", f"{figures}{rest}"


def _owners(told: Summary) -> str:
    first, others, theirs = largest(told.owners, _OWNERS)
    total = sum(told.owners.values())
    parts = [(owner or "nobody in person", n) for owner, n in first]
    parts += [(count(others, "other"), theirs)] if others else []
    return ", ".join(f"{100 * n / total:.1f} % {owner}" for owner, n in parts)


def _spread(spread: Spread, what: str, unit: str) -> str:
    """Say how long it took: `unit` is "h" or "days"."""

    def span(n: int) -> str:
        return f"{n:,} {unit}" if n else "less than 1 h" if unit == "h" else "less than a day"

    if spread.number == 1:
        return f"1 {what}, {span(spread.most)}"
    times = count(spread.number, what)
    if spread.median == spread.most:
        return f"{times}, {span(spread.most)}"
    return (
        f"{times}, half within {span(spread.median)}, nine of ten {span(spread.ninth)}, the longest "
        f"{span(spread.most)}"
    )
