"""`nurture cost`: what a run of a journey spends on Temporal, path by path and on average."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from runtime.cli.choosing import choose
from runtime.cli.failures import Failure
from runtime.cli.output import Format, print_json

if TYPE_CHECKING:
    from runtime.costing import Choice, Cost, Estimate, PathCost

_HEAD = ("share", "events", "activities", "bookkeeping", "timers", "signals", "actions")
_NOTES = """\
actions: billable actions of Temporal Cloud. A run starts with 1; a timer, a signal and an activity are 1
each; bookkeeping of one workflow task is 1.
Counted so: every effect succeeds at the first try, no limit holds an email, nobody stops the run, and an
event that is waited for comes at once or never. Conditions are taken as independent of each other, except
where a path has seen how one comes out: who let a wait for a click run out has not clicked. Handoffs and
other journeys that a run starts are workflows of their own and cost for themselves."""


def cost(
    journey: str,
    *,
    share: Annotated[list[str] | None, Parameter(name="--share")] = None,
    at: str | None = None,
    paths: int = 20,
    workspace: Path = Path(),
    format: Format = "text",
) -> int:
    """Print history events, activities, timers and billable actions of each path, and on average.

    Parameters
    ----------
    journey
        The name of a journey, or its .journey file.
    share
        How many take which way at a branch, such as "day-2/wait:up-to-1-day=30%": the first way; the others
        share the rest equally. Several ways with commas. Without it all are equal, and splits go by weight.
    at
        When the contact comes in, such as 2026-03-02T09:00:00+01:00; otherwise a monday, 10:00 UTC.
    paths
        How many paths to print, those with the largest shares first.
    workspace
        The folder of the workspace.
    format
        text, or json for programs.
    """
    from runtime.costing import ShareWrong, TooManyWays, estimate
    from runtime.explore import Bound
    from runtime.people import instant

    _, plans = choose(journey, workspace)
    if len(plans) > 1:
        names = ", ".join(f'"{plan.journey}"' for plan in plans)
        raise Failure(f"{journey} holds {len(plans)} journeys: {names}. Name one of them.")
    if paths < 1:
        raise Failure(f"--paths is {paths}; ask for at least 1.")
    bound = Bound() if at is None else Bound(entered=instant(at, "--at"))
    try:
        found = estimate(plans[0], _shares(share or ()), bound, paths)
    except (ShareWrong, TooManyWays) as wrong:
        raise Failure(str(wrong)) from None
    if format == "json":
        print_json(found)
    else:
        print("\n".join(_lines(found)))
    return 0


def _shares(given: Sequence[str]) -> dict[str, tuple[float, ...]]:
    found = {}
    for one in given:
        at, _, text = one.rpartition("=")
        try:
            found[at] = tuple(_share(part) for part in text.split(","))
        except ValueError:
            at = ""
        if not at:
            raise Failure(f'--share {one} is no share. Write it so: --share "day-2/wait:up-to-1-day=30%"')
    return found


def _share(text: str) -> float:
    """Read 30% or 0.3."""
    text = text.strip()
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _lines(found: Estimate) -> list[str]:
    letters = {choice.at: letter for choice, letter in zip(found.choices, _letters(), strict=False)}
    rows = [("", *_HEAD, ""), ("expected", "", *_figures(found.expected), "")]
    rows += [(str(n), *_path(path, letters)) for n, path in enumerate(found.paths, start=1)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) + 1)]
    events = f"{found.least}" if found.least == found.most else f"{found.least} to {found.most}"
    how_many = f"{found.count:,} path{'s' if found.count > 1 else ''}, {events} events"
    lines = [f"“{found.journey}” on Temporal, for one run: {how_many}", ""]
    for first, *row, last in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells, last]).rstrip())
    if found.count > len(found.paths):
        left = 1 - sum(path.share for path in found.paths)
        lines.append(
            f"and {found.count - len(found.paths):,} paths more, {left:.1%} of all entrants together"
        )
    if found.choices:
        lines += ["", "Shares"]
        lines += [f"  {letters[choice.at]}  {_choice(choice)}" for choice in found.choices]
    if found.news:
        lines += ["", "Besides"]
        lines += [f"  each firing of {id_}: {_in_words(more)}" for id_, more in found.news.items()]
    return [*lines, "", *_NOTES.splitlines()]


def _letters() -> Iterator[str]:
    for length in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=length))


def _path(path: PathCost, letters: Mapping[str, str]) -> tuple[str, ...]:
    ways = ", ".join(f"{letters[one.at]} {one.option}" for one in path.taken)
    end = f"{path.ended or 'waits on'} {_after(path.seconds)}"
    return (f"{path.share:.1%}", *_figures(path.cost), f"{ways}: {end}" if ways else end)


def _after(seconds: int) -> str:
    if seconds < 86_400:
        return f"after {round(seconds / 3_600)} h" if seconds else "at once"
    days = round(seconds / 86_400)
    return f"after {days} {'day' if days == 1 else 'days'}"


def _figures(spent: Cost) -> tuple[str, ...]:
    figures = (spent.events, spent.activities, spent.bookkeeping, spent.timers, spent.signals, spent.actions)
    return tuple(f"{figure:.1f}".removesuffix(".0") for figure in figures)


def _choice(choice: Choice) -> str:
    ways = ", ".join(
        f"{way} {share:.3g}%" for way, share in zip(choice.options, _percent(choice), strict=True)
    )
    return f"{choice.at}: {ways}{'' if choice.given else ' (by default)'}"


def _percent(choice: Choice) -> list[float]:
    return [100 * share for share in choice.shares]


def _in_words(more: Cost) -> str:
    return f"{more.events:.0f} events, {more.actions:.0f} actions"
