"""`nurture backtest`: what was recorded, sent through two versions of a workspace and compared."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from runtime.cli.failures import FILES, Failure
from runtime.cli.loading import load_to_run
from runtime.cli.output import Format, plain, print_json
from runtime.people import FileError, instant
from runtime.workspace import Workspace

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from dsl import Compiled
    from dsl.plan import Definitions
    from runtime.backtest import Comparison, Outcome, Recorded

DAY = 86_400
_SHOWN = 10


def backtest(
    old: str,
    new: str,
    *,
    events: Path | None = None,
    database: str | None = None,
    contacts: Path | None = None,
    accounts: Path | None = None,
    map: Annotated[
        list[str] | None,
        Parameter(
            name="--map",
            help="Which table and column is what: a TOML file (docs/populations.md), or 'CSV column=field'. "
            "Repeat it.",
        ),
    ] = None,
    since: str | None = None,
    days: Annotated[int | None, Parameter(validator=Number(gte=1, lte=3_660))] = None,
    format: Format = "text",
) -> int:
    """Replay recorded events through two versions of a workspace, and say what differs. No one is mailed.

    Reactions to emails that a version does not send are left out and counted: how people would have reacted
    to emails that were not sent then is not known. Exits with 1 if rows could not be read; then the result
    is partial.

    Parameters
    ----------
    old, new
        Folders of workspaces, or revisions of git: `HEAD~1`, `HEAD~1:FOLDER`.
    events
        What happened, as JSON lines or CSV. Without it, and without --database and --map, the sample of
        the new version is taken.
    database
        Take everything from this database instead, such as sqlite:///nurture.db.
    contacts
        A CSV of contacts.
    accounts
        A CSV of their accounts.
    since
        When the replay begins, such as 2026-03-02; what was before is on record. The first event, if not
        given.
    days
        How many days are replayed. Until the last event, if not given.
    format
        What to print: text for people, JSON for programs.
    """
    if database is not None and (events or contacts or accounts or map):
        raise Failure("--database brings people and events. Leave the files out, or leave --database out.")
    from runtime.backtest.sources import folder

    begin = None if since is None else instant(since, "--since")
    with ExitStack() as stack:
        versions = [load_to_run(stack.enter_context(folder(named))) for named in (old, new)]
        found = _Backtest((old, new), versions)
        if database is not None:
            read = from_database(database, begin)
        else:
            read = from_files(versions[1][0], found.definitions, events, contacts, accounts, map or ())
    recorded = found.settled(read)
    start = recorded.start if begin is None else begin
    until = recorded.end if days is None else start + days * DAY
    if until < start:
        raise FileError("No event came after --since. Name an earlier moment.")
    told = found.play(recorded, start, until)
    if format == "json":
        print_json(_data(told))
    else:
        _print(told)
    return FILES if recorded.rejects else 0


@dataclass(frozen=True, slots=True)
class _Backtest:
    named: tuple[str, str]
    versions: Sequence[tuple[Workspace, Compiled]]

    @property
    def definitions(self) -> Definitions:
        """What either version declares; the newer one where both do."""
        older, newer = (compiled.definitions for _, compiled in self.versions)
        return newer.model_copy(
            update={
                "contact_fields": {**older.contact_fields, **newer.contact_fields},
                "account_fields": {**older.account_fields, **newer.account_fields},
                "events": {**older.events, **newer.events},
            }
        )

    def settled(self, recorded: Recorded) -> Recorded:
        from runtime.backtest.doubting import doubted
        from runtime.backtest.records import settled
        from runtime.published import Published

        versions = [Published.of(made.definitions, made.plans.values()) for _, made in self.versions]
        return doubted(settled(recorded, self.definitions.events), versions)

    def play(self, recorded: Recorded, start: int, until: int) -> _Told:
        from activities.previewing import Preview
        from runtime.backtest import compare, play

        old, new = (
            play(compiled, recorded, start, until, Preview.of(compiled)) for _, compiled in self.versions
        )
        return _Told(
            self.named, recorded, start, until, old, new, compare(old, new), self.definitions.time_zone
        )


@dataclass(frozen=True, slots=True)
class _Told:
    named: tuple[str, str]
    recorded: Recorded
    start: int
    until: int
    old: Outcome
    new: Outcome
    found: Comparison
    time_zone: str

    @property
    def replayed(self) -> int:
        """How many events lie in the time that is replayed."""
        return sum(self.start <= event.at <= self.until for event in self.recorded.events)


def from_files(
    workspace: Workspace,
    definitions: Definitions,
    events: Path | None,
    contacts: Path | None,
    accounts: Path | None,
    given: Sequence[str],
    option: str = "--contacts",
) -> Recorded:
    """Read a record from files, else the sample of a workspace. Raises `FileError`.

    Args:
        given: maps. `option`: the one that names the contacts.
    """
    from runtime.backtest.from_files import Files, read
    from runtime.backtest.mapping import is_map, read_map
    from runtime.columns import read_map as read_columns

    maps = [one for one in given if one.endswith(".toml") and is_map(Path(one))]
    if len(maps) > 1:
        raise FileError(f"{maps[1]} is a second map of tables. Put all of them into one.")
    tables = read_map(Path(maps[0])) if maps else None
    columns = read_columns([one for one in given if one not in maps])
    sample = workspace.root / "sample"
    if events is None and tables is None:
        if not (sample / "events.jsonl").is_file():
            raise FileError("Say what happened: --events FILE, --map FILE, or --database URL.")
        events = sample / "events.jsonl"
        contacts, accounts = contacts or sample / "contacts.csv", accounts or sample / "accounts.csv"
    return read(Files(events, contacts, accounts, tables, columns, option), definitions)


def from_database(url: str, since: int | None, option: str = "--database") -> Recorded:
    """Read a record from a database. Raises `StoreError` or `Failure` if it cannot be used.

    `option`: the one that names it.
    """
    import asyncio

    from runtime.backtest.from_store import read
    from runtime.cli.database import database
    from runtime.config import ConfigError, load_config

    try:
        config = load_config(database_url=url)
    except ConfigError as problem:
        if "DATABASE_URL" not in str(problem):
            raise
        scheme, slashes, _ = url.partition("://")  # what follows may be a password
        raise Failure(
            f"{option} {scheme}{slashes and '://…'} is no database URL. Write sqlite:///nurture.db or postgresql://user@host/name."
        ) from None

    async def work() -> Recorded:
        async with database(config) as store:
            return await read(store, since)

    return asyncio.run(work())


def _data(told: _Told) -> dict[str, Any]:
    recorded = told.recorded
    return {
        "old": _version(told.named[0], told.old),
        "new": _version(told.named[1], told.new),
        "start": told.start,
        "until": told.until,
        "events": len(recorded.events),
        "replayed": told.replayed,
        "partial": bool(recorded.rejects),
        "rejects": list(recorded.rejects),
        "notes": list(recorded.notes),
        **plain(told.found),
    }


def _version(named: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "version": named,
        "reactions": dict(outcome.reactions),
        "reactions_left_aside": dict(outcome.left_aside),
        "refused": dict(outcome.refused),
        "open": outcome.open,
    }


def _print(told: _Told) -> None:
    from rich.text import Text

    from dsl import civil
    from runtime.cli.output import console, show
    from runtime.reporting.words import count, day

    out, zone = console(), civil.zone(told.time_zone, "UTC")
    span = f"{day(told.start, zone)} to {day(told.until, zone)}, by the clock of {zone.key}"
    events = count(told.replayed, "event")
    head = Text("Backtest", style="bold").append(
        f"   {events} of {count(told.found.contacts, 'contact')}, {span}", style="not bold dim"
    )
    if aside := _aside(told):
        head.append(f"\n{aside}", style="not bold dim")
    show(out, head, Text(f"old: {told.named[0]}\nnew: {told.named[1]}\n", style="dim"))
    for sentence in [*_partial(told.recorded), *told.recorded.notes, *_unknown(told)]:
        show(out, Text(f"! {sentence}", style="yellow"))
    anything = any(getattr(told.found, attribute) for attribute, _ in _TOTALS)
    show(out, Text(""), _totals(told.found) if anything else Text("Nothing happens in this time.\n"))
    show(out, *(Text(line) for line in _concerned(told.found)))
    for one in told.found.differing[:_SHOWN]:
        show(out, Text(f"\n{one.contact}", style="bold"), *(Text(f"  {line}") for line in _lines(one, zone)))
    more = len(told.found.differing) - _SHOWN
    if more > 0:
        show(out, Text(f"\nand {count(more, 'contact')} more; --format json has all.", style="dim"))


def _aside(told: _Told) -> str:
    """Say how much of the record lies outside of the time that is replayed."""
    events = told.recorded.events
    before = sum(event.at < told.start for event in events)
    after = len(events) - before - told.replayed
    parts = [f"{before:,} from before are on record"] if before else []
    parts += [f"{after:,} from after are left out"] if after else []
    return f"of {len(events):,} in the record: {', '.join(parts)}" if parts else ""


def _partial(recorded: Recorded) -> list[str]:
    if not recorded.rejects:
        return []
    from runtime.reporting.words import count

    shown = [f"  {one}" for one in recorded.rejects[:_SHOWN]]
    left = len(recorded.rejects) - _SHOWN
    more = [f"  and {left:,} more."] if left > 0 else []
    rows = count(len(recorded.rejects), "row")
    return ["\n".join([f"This result is partial: {rows} could not be read.", *shown, *more])]


def _unknown(told: _Told) -> list[str]:
    """Say what nobody can know."""
    from runtime.reporting.words import count

    aside = [(name, one.left_aside) for name, one in (("old", told.old), ("new", told.new)) if one.left_aside]
    sentences = []
    if aside:
        parts = [
            f"{found.total():,} with the {name} version "
            f"({', '.join(f'{n:,} {event}' for event, n in found.most_common())})"
            for name, found in aside
        ]
        of = count(told.new.reactions.total(), "recorded reaction")
        sentences.append(
            f"Of {of}, these answer an email or a handoff that was not there before them, and were left "
            f"out: {'; '.join(parts)}."
        )
    sentences.append(
        "How people would have reacted to emails that were not sent to them then cannot be known: here they "
        "do not react."
    )
    return sentences


_TOTALS = (
    ("entered", "entered"),
    ("sent", "emails and messages"),
    ("held", "held"),
    ("skipped", "skipped"),
    ("handed_off", "handed to sales"),
    ("goals", "goals"),
)


def _totals(found: Comparison) -> Any:
    from rich.padding import Padding
    from rich.table import Table

    from runtime.reporting.words import reason_of

    table = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    for name in ("old", "new", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for attribute, title in _TOTALS:
        rows: dict[str, tuple[int, int]] = getattr(found, attribute)
        if not rows:
            continue
        old, new = (sum(pair[side] for pair in rows.values()) for side in (0, 1))
        table.add_row(title, f"{old:,}", f"{new:,}", _change(old, new), style="bold")
        for name, (then, now) in rows.items():
            shown = reason_of(name) if attribute in ("held", "skipped") else f"“{name}”"
            table.add_row(f"  {shown}", f"{then:,}", f"{now:,}", _change(then, now))
    return Padding(table, (0, 0, 1, 2))


def _change(old: int, new: int) -> str:
    return f"{new - old:+,}" if new != old else ""


_FARES = {
    "entered": ("enters other journeys", "enter other journeys"),
    "sent": ("gets other emails", "get other emails"),
    "moved": ("gets one at another time", "get one at another time"),
    "held": ("is held differently", "are held differently"),
    "handed off": ("is handed off differently", "are handed off differently"),
    "goals": ("reaches other goals", "reach other goals"),
}
"""In which respect people differ: of one, and of several."""


def _concerned(found: Comparison) -> list[str]:
    if not found.differing:
        return ["Both versions do the same for every contact."]
    parts = [f"{n:,} {_FARES[way][n != 1]}" for way, n in found.concerned.items() if n]
    differing = len(found.differing)
    fare = "fares" if differing == 1 else "fare"
    return [f"{differing:,} of {found.contacts:,} contacts {fare} differently: {', '.join(parts)}."]


def _lines(one: Any, zone: ZoneInfo) -> list[str]:
    """Say in lines what differs for a contact."""
    lines = []
    for words, (old, new) in (
        ("enters", one.entered),
        ("gets", one.sent),
        ("is held", one.held),
        ("goes to sales", one.handed_off),
        ("reaches", one.goals),
    ):
        lines += [f"only then  {words} {_said(done, zone)}" for done in old]
        lines += [f"only now   {words} {_said(done, zone)}" for done in new]
    lines += [
        f"moved      gets “{email}” {_clock(now, zone)}, not {_clock(then, zone)}"
        for email, then, now in one.moved
    ]
    return lines


def _said(done: Any, zone: ZoneInfo) -> str:
    from runtime.reporting.words import reason_of

    why = f" ({reason_of(done.reason)})" if done.reason else ""
    return f"“{done.what}” {_clock(done.at, zone)}{why}"


def _clock(at: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"
