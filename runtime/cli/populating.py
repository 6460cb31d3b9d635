"""Populating: `nurture simulate` with many contacts, and figures in place of stories."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.cli.failures import Failure
from runtime.cli.output import Format, console, note, plain, print_json, show
from runtime.people import FileError
from runtime.workspace import Workspace

if TYPE_CHECKING:
    from dsl import Compiled
    from dsl.plan import Plan
    from runtime.backtest import Recorded
    from runtime.populations.behaviour import Behaviour
    from runtime.populations.crowd import Crowd
    from runtime.populations.summary import Spread, Summary

_OWNERS = 5  # that are named on the terminal

_Record = tuple[str | None, Path | None, Path | None, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for. `record`: events or database, contacts, accounts, maps. `plan`: None for all."""

    plan: Plan | None
    all: bool
    contacts: int
    days: int
    behaviour: Path | None
    record: _Record
    report: Path | None
    seed: int | None
    begin: int | None
    format: Format


def populate(workspace: Workspace, compiled: Compiled, asked: Asked) -> int:
    """Simulate, and tell what came of it."""
    from runtime.populations.crowd import simulate
    from runtime.populations.summary import summarize

    if asked.plan is not None and asked.all:
        raise Failure("Name a journey or write --all, not both.")
    _check_size(asked.contacts)
    crowd, source = _crowd(workspace, compiled, asked)
    if asked.report is not None:
        _try_to_write(asked.report)
    figures = simulate(crowd, _progress(crowd.contacts))
    told = summarize(crowd, figures, source)
    if asked.report is not None:
        from runtime.populations.report import page

        asked.report.write_text(page(told), "utf-8")
        note(f"The report is in {asked.report}.")
    if asked.format == "json":
        print_json(plain(told))
    else:
        _print(told)
    return 0


def behaviour_of(workspace: Workspace, compiled: Compiled, file: Path | None) -> Behaviour | None:
    """Read the behaviour that is named, or that of the workspace; None if there is neither."""
    from runtime.populations.reading import NAME, Known, read_behaviour

    own = workspace.root / NAME
    if file is None and not own.is_file():
        return None
    known = Known(compiled.definitions, compiled.plans, compiled.emails)
    return read_behaviour(own if file is None else file, known, note)


def _tell_never(shares: Sequence[str], behaviour: Behaviour) -> None:
    """Say of which reactions a record holds none, and what they are taken for."""
    from dsl.spelling import one_of
    from runtime.populations.behaviour import Mail
    from runtime.populations.learning import KINDS

    taken = [share for share in shares if share not in behaviour.said]
    if taken:
        names = one_of(f"“{KINDS[share]}”" for share in taken)
        note(
            f"The record holds no {names}: what is not in it is taken as never done. If it was not recorded, "
            f"say how often under [emails] of behaviour.toml, such as {taken[0]} = "
            f"{100 * getattr(Mail(), taken[0]):g}."
        )
    if said := [share for share in shares if share in behaviour.said]:
        names = one_of(f"“{KINDS[share]}”" for share in said)
        note(f"The record holds no {names}; the behaviour says how often.")


def tell_starts(behaviour: Behaviour | None, plan: Plan | None) -> None:
    """Say that shares of journeys count for nothing where one journey is named."""
    if behaviour is not None and behaviour.starts and plan is not None:
        note(f"[starts] of the behaviour counts with --all; here all contacts come in by “{plan.journey}”.")


def _check_size(contacts: int) -> None:
    from runtime.populations.crowd import MOST

    if contacts < 1:
        raise Failure("There is nobody to simulate: --contacts is 1 or more.")
    if contacts > MOST:
        raise Failure(
            f"{contacts:,} contacts would take for ever: --contacts is {MOST:,} at most. The shares of some "
            "ten thousand tell the same."
        )


def _crowd(workspace: Workspace, compiled: Compiled, asked: Asked) -> tuple[Crowd, str]:
    from activities.previewing import Preview
    from runtime.cli.casting import DAY, MONDAY_MORNING, SEED
    from runtime.populations.behaviour import Behaviour
    from runtime.populations.crowd import Crowd
    from runtime.populations.inventing import Inventor
    from runtime.populations.learning import Drawn, learn, never_recorded, overruled
    from runtime.published import Published

    given = behaviour_of(workspace, compiled, asked.behaviour)
    behaviour = given or Behaviour()
    if asked.record[0] is None:
        tell_starts(behaviour, asked.plan)
    source = (
        "the behaviour of the workspace" if asked.behaviour is None else f"the behaviour in {asked.behaviour}"
    )
    source = source if given is not None else "the built-in behaviour"
    seed = SEED if asked.seed is None else asked.seed
    start = MONDAY_MORNING if asked.begin is None else asked.begin
    recorded = _recorded(workspace, compiled, asked)
    preview = Preview.of(compiled)
    if recorded is not None:
        if useless := overruled(recorded, behaviour):
            note(
                f"The record tells this itself, so the behaviour's counts for nothing: {', '.join(useless)}."
            )
        behaviour, mails = learn(compiled, recorded, preview, behaviour)
        source = f"drawn from a record of {len(recorded.events):,} events, measured on {mails:,} emails"
        _tell_never(never_recorded(recorded), behaviour)
    plans = _plans(compiled, asked)
    span = behaviour.within if behaviour.within is not None else max(DAY, asked.days * DAY // 3)
    if span > asked.days * DAY:
        raise FileError(
            f"{behaviour.within_said}: contacts arrive over {span // DAY} days, and {asked.days} are "
            "simulated. Simulate more --days."
        )
    known = list(compiled.plans.values())
    inventor = Inventor.of(compiled.definitions, plans, known, behaviour, seed, start, span)
    drawn = None
    if recorded is not None:
        members = Drawn.of(inventor, recorded).members()
        inventor = replace(inventor, per_account=members)
        drawn = Drawn.of(inventor, recorded)
    crowd = Crowd(
        Published.of(compiled.definitions, known),
        compiled.settings,
        preview,
        behaviour,
        inventor,
        {name: email.links for name, email in compiled.emails.items()},
        seed,
        start,
        asked.days,
        asked.contacts,
        drawn,
    )
    return crowd, source


def _plans(compiled: Compiled, asked: Asked) -> list[Plan]:
    """Return the journeys by which contacts come in."""
    if asked.plan is not None:
        return [asked.plan]
    found = [plan for plan in compiled.plans.values() if any(not start.by_hand for start in plan.starts)]
    if not found:
        raise Failure("No journey of this workspace has a start. Name one to enter it by hand.")
    return found


def _recorded(workspace: Workspace, compiled: Compiled, asked: Asked) -> Recorded | None:
    named, people, accounts, maps = asked.record
    if named is None:
        if people is not None or maps:
            raise Failure("--people and --map belong to a record. Name it with --recorded.")
        return None
    from runtime.backtest.doubting import doubted
    from runtime.backtest.records import settled
    from runtime.cli.backtest import from_database, from_files
    from runtime.published import Published

    if "://" in named:
        found = from_database(named, None, "--recorded")
    else:
        tables = [named, *maps] if named.endswith(".toml") else maps
        events = None if named.endswith(".toml") else Path(named)
        found = from_files(workspace, compiled.definitions, events, people, accounts, tables, "--people")
    for sentence in [*found.rejects[:10]]:
        note(sentence)
    if found.rejects:
        note(f"{len(found.rejects):,} rows could not be read; what follows is drawn from the others.")
    found = settled(found, compiled.definitions.events)
    found = doubted(found, [Published.of(compiled.definitions, compiled.plans.values())])
    for sentence in found.notes:
        note(sentence)
    return found


def _try_to_write(file: Path) -> None:
    """Find out before the work, not after it, whether the report can be written."""
    try:
        with file.open("a", encoding="utf-8"):
            pass
    except OSError as problem:
        raise Failure(
            f"The report cannot be written to {file}: {problem.strerror}. Name another file."
        ) from None


def _progress(total: int) -> Callable[[int], None]:
    """Return what draws a bar, on a terminal alone."""
    if not sys.stderr.isatty():
        return lambda _done: None
    began = time.monotonic()

    def told(done: int) -> None:
        cells = 30 * done // total
        left = (time.monotonic() - began) * (total - done) / done
        bar = "█" * cells + "░" * (30 - cells)
        end = "\n" if done >= total else ""
        line = f"\r{bar} {done:,} of {total:,} contacts, {left:.0f} s left  "
        print(line, end=end, file=sys.stderr, flush=True)

    return told


def _print(told: Summary) -> None:
    from rich.text import Text

    from dsl import civil
    from runtime.cli import render
    from runtime.reporting.words import count, day

    out, zone = console(), civil.zone(told.time_zone, "UTC")
    span = f"{day(told.start, zone)} to {day(told.until, zone)}"
    head = Text(count(told.contacts, "contact"), style="bold")
    show(out, head.append(f"   {span}, seed {told.seed}, {told.source}", style="not bold dim"), Text(""))
    show(out, *(Text(f"! {sentence}\n", style="yellow") for sentence in told.notes))
    for made in told.funnels:
        show(out, render.funnel(made), render.counts(told.counts[made.journey]))
    show(out, Text("All journeys together", style="bold"), _table(told))


def _table(told: Summary) -> Any:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, figure in _figures(told):
        table.add_row(name, Text(figure))
    return Padding(table, (0, 0, 1, 2))


def _figures(told: Summary) -> Iterator[tuple[str, str]]:
    from runtime.reporting.words import count, number

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
    from runtime.populations.summary import by_weeks
    from runtime.reporting.words import count

    last = max((week for week, n in found.items() if n), default=0)
    width, bars = by_weeks({week: n for week, n in found.items() if week <= last})
    left = len(found) - last - 1
    figures = " ".join(f"{n:,}" for _, n in bars)
    rest = f", and none in the {count(left, 'week')} after" if left > 1 else " 0" if left else ""
    return f"{what} by {'week' if width == 1 else f'{width} weeks'}", f"{figures}{rest}"


def _owners(told: Summary) -> str:
    from runtime.populations.summary import largest
    from runtime.reporting.words import count

    first, others, theirs = largest(told.owners, _OWNERS)
    total = sum(told.owners.values())
    parts = [(owner or "nobody in person", n) for owner, n in first]
    parts += [(count(others, "other"), theirs)] if others else []
    return ", ".join(f"{100 * n / total:.1f} % {owner}" for owner, n in parts)


def _spread(spread: Spread, what: str, unit: str) -> str:
    """Say how long it took: `unit` is "h" or "days"."""
    from runtime.reporting.words import count

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
