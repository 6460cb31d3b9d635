"""`nurture demo`: the example's contacts go through ninety days on real Temporal, in seconds."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from runtime.cli.failures import TOOL
from runtime.cli.loading import load_to_run
from runtime.cli.output import Format, console, plain, print_json, show
from runtime.demo import Cast, DemoResult, Progress, run_demo
from runtime.example import example
from runtime.people import read_accounts, read_contacts, read_events
from runtime.reporting import Counts, Funnel, Timeline, counts, funnel, tell
from runtime.reporting.from_store import journeys, person, tally

if TYPE_CHECKING:
    from rich.console import Console

    from dsl import Compiled
    from runtime.workspace import Workspace


def demo(
    *,
    workspace: Path | None = None,
    out: Path = Path("nurture-demo"),
    contacts: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=365))] = 90,
    mail_port: Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))] = 0,
    format: Format = "text",
) -> int:
    """Run fifty contacts through a 90-day journey: real Temporal, real mail, a database; only time is not.

    Parameters
    ----------
    workspace
        The folder of another workspace with a sample of its own.
    out
        Where mails and the database are left.
    contacts
        How many contacts of the sample take part; all, unless given.
    days
        How many days pass.
    mail_port
        Where the mail server of the demo listens; a free port, unless given.
    format
        What to print: text for people, JSON for programs.
    """
    found, compiled = load_to_run(example() if workspace is None else workspace)
    cast = _cast(found, compiled, contacts)
    report = asyncio.run(_run(compiled, cast, out, days, mail_port, format))
    if format == "json":
        print_json(_as_json(report))
    else:
        _print_text(report, compiled)
    return 0 if not report.duplicates and not report.different else TOOL


def _cast(workspace: Workspace, compiled: Compiled, limit: int | None) -> Cast:
    sample = workspace.root / "sample"
    contacts = read_contacts(sample / "contacts.csv", compiled.definitions)[:limit]
    accounts = read_accounts(sample / "accounts.csv", compiled.definitions)
    taking = {c.id for c in contacts} | {c.account_id for c in contacts}
    kept = [account for account in accounts if account.id in taking]
    events = [e for e in read_events(sample / "events.jsonl") if (e.contact or e.account) in taking]
    return Cast(contacts, kept, events)


@dataclass(frozen=True, slots=True)
class _Report:
    """What the demo showed. `story`: one contact's, the richest."""

    contacts: int
    start: int
    until: int
    story: Timeline
    funnels: tuple[Funnel, ...]
    counts: dict[str, Counts]
    runs: int
    foretold: int
    different: tuple[str, ...]
    delivered: int
    duplicates: tuple[str, ...]
    chats: int
    synced: int
    mails: Path
    database: Path


async def _run(
    compiled: Compiled, cast: Cast, out: Path, days: int, mail_port: int, format: Format
) -> _Report:
    # Temporal's own log goes to standard output, where the report or its JSON belongs.
    quiet = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=quiet)), error_if_already_set=False)
    async with AsyncExitStack() as stack:
        watch = _progress(stack) if format == "text" else _silent
        return await _report(
            await run_demo(stack, compiled, cast, out, days, watch, mail_port), compiled, cast
        )


def _silent(_at: int, _start: int, _until: int) -> None:
    """Show no progress."""


def _progress(stack: AsyncExitStack) -> Progress:
    """Show how virtual time passes, on a terminal."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    err = console(error=True)
    if not err.is_terminal:
        return _silent
    bar = stack.enter_context(
        Bar(TextColumn("{task.description}"), BarColumn(40), TimeElapsedColumn(), console=err, transient=True)
    )
    task = bar.add_task("Starting Temporal", total=None)

    def show_time(at: int, start: int, until: int) -> None:
        day = max(0, at - start) // 86_400
        bar.update(task, description=f"Day {day:>2}", total=until - start, completed=max(0, at - start))

    return show_time


async def _report(result: DemoResult, compiled: Compiled, cast: Cast) -> _Report:
    store, definitions = result.store, compiled.definitions
    tallies = [found for name in await journeys(store) if (found := await tally(store, name))]
    stories = [tell(await person(store, c.id, definitions.time_zone, result.until)) for c in cast.contacts]
    return _Report(
        contacts=len(cast.contacts),
        start=result.start,
        until=result.until,
        story=max(stories, key=_richness),
        funnels=tuple(funnel(found) for found in tallies),
        counts={found.plan.journey: counts(found, definitions) for found in tallies},
        runs=result.runs,
        foretold=result.foretold,
        different=result.different,
        delivered=result.delivered,
        duplicates=result.duplicates,
        chats=result.chats,
        synced=result.synced,
        mails=result.mails,
        database=result.database,
    )


def _richness(story: Timeline) -> tuple[bool, bool, int, int]:
    """Prefer a story that ends with sales, of somebody with a whole name, in which much happens soon."""
    kinds = {line.kind for line in story.lines}
    return "handed off" in kinds, " " in story.name, len(kinds), -len(story.lines)


def _as_json(report: _Report) -> Any:
    told = replace(report, mails=report.mails.resolve(), database=report.database.resolve())
    return {**plain(told), "mails": str(told.mails), "database": str(told.database)}


def _print_text(report: _Report, compiled: Compiled) -> None:
    from rich.rule import Rule
    from rich.text import Text

    from dsl import civil
    from runtime.cli import render
    from runtime.reporting.words import day

    out = console()
    zone = civil.zone(compiled.definitions.time_zone, "UTC")
    span = f"{report.contacts} contacts, {day(report.start, zone)} to {day(report.until, zone)}"
    show(out, Text(f"\n{compiled.definitions.workspace}", style="bold").append(f"   {span}", "not bold dim"))
    show(out, Rule("One contact's story", style="dim", align="left"))
    show(out, Text(f"  {render.LEGEND}\n", style="dim"), render.timeline(report.story, full=True))
    show(out, Rule("Who came how far", style="dim", align="left"), Text())
    show(out, *(render.funnel(made) for made in report.funnels))
    show(out, Rule("In figures", style="dim", align="left"), Text())
    for name, made in report.counts.items():
        show(out, Text(name, style="bold"), render.counts(made))
    _print_proof(out, report)


def _print_proof(out: Console, report: _Report) -> None:
    from rich.rule import Rule
    from rich.table import Table

    proof = Table.grid(padding=(0, 2))
    proof.add_column(no_wrap=True, style="dim")
    proof.add_column(overflow="fold")
    same = (
        f"{report.foretold} of {report.runs} runs went exactly as the simulator had foretold, to the second"
    )
    proof.add_row(
        "  real runs", same if not report.different else f"{same}; not {', '.join(report.different)}"
    )
    twice = "none of them twice" if not report.duplicates else f"twice: {', '.join(report.duplicates)}"
    proof.add_row("  real mail", f"{report.delivered} delivered over SMTP, {twice}")
    proof.add_row("  real webhooks", f"{report.chats} chat messages, {report.synced} contacts in the CRM")
    proof.add_row("  mails", f"{report.mails}")
    proof.add_row("  database", f"{report.database}")
    show(out, Rule("What is real about it", style="dim", align="left"), proof)
    # Not in the table: a command that is folded cannot be copied.
    where = f"NURTURE_DATABASE_URL=sqlite:///{report.database}"
    print(f"  look closer    {where} {_command()} show {report.story.contact}")


def _command() -> str:
    """Return what to type to run this command again."""
    return "nurture" if shutil.which("nurture") == sys.argv[0] else os.path.relpath(sys.argv[0])
