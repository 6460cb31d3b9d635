"""`nurture backfill`: events of the past, brought on record without waking anybody."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from dsl.plan import Definitions
from runtime.cli.database import database, now
from runtime.cli.failures import FILES, Failure
from runtime.cli.importing import Map, event_fields, notes, progress, published, rejects, tell_left_out
from runtime.cli.output import Format, plain, print_json
from runtime.cli.suppressing import moment_of
from runtime.columns import match, read_map
from runtime.importing import Importing, ReadEvent, Report
from runtime.published import Published
from runtime.reporting.words import count
from runtime.store import Store
from runtime.store.arrivals import Arrival, judge
from runtime.store.backfilling import Backfill, backfill_page, backfills, begin, finish
from runtime.store.importing import Judged
from runtime.tables import Rejected, Table

PAGE = 100
RATE = 1_000.0


def backfill(
    file: Path | None = None,
    *,
    map: Map = None,
    event: str | None = None,
    start: bool = False,
    since: str | None = None,
    rate: Annotated[float, Parameter(validator=Number(gt=0))] = RATE,
    dry_run: bool = False,
    rejected: Path | None = None,
    encoding: str | None = None,
    list: bool = False,
    format: Format = "text",
) -> int:
    """Bring events of the past on record: they score, count as facts, and fill segments; nobody is woken.

    No journey starts and no run hears of them, unless --start takes those since a moment in as if they came
    now. Who unsubscribed, bounced or complained then is suppressed now. Given again, it goes on where it
    was. Exits with 1 if rows were refused.

    Parameters
    ----------
    file
        A CSV as `nurture import events` takes it.
    map
        Which column is which field: 'CSV column=field', or a TOML file with a table [columns]. Repeat it.
    event
        The event of every row, where no column names it.
    start
        Let events since the moment that --since names start journeys and wake runs.
    since
        With --start: from when on, such as 2026-11-01.
    rate
        The most events in a second.
    dry_run
        Only say what would be brought.
    rejected
        Where refused rows go; FILE.rejected.csv unless given.
    encoding
        What the file is written in, such as cp1252, if it is not UTF-8 or UTF-16.
    list
        List the files that were brought, or begun.
    format
        What to print: text for people, JSON for programs.
    """
    if list:
        return asyncio.run(_list(format))
    if file is None:
        raise Failure("Name the file: `nurture backfill FILE.csv`. `--list` lists what was brought.")
    if start != (since is not None):
        raise Failure("--start and --since go together: what is older than that moment starts nothing.")
    asked = _Asked(file, read_map(map or ()), event, since, rate, dry_run, rejected, encoding)
    found = asyncio.run(asked.bring())
    if format == "json":
        print_json({"dry_run": dry_run, "resumed_after": found.resumed, **_data(found.report)})
    else:
        print("\n".join(_lines(found, asked)))
    return FILES if found.report.refused else 0


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of it. `resumed`: the line up to which all was done before; None: all of the file."""

    report: Report
    resumed: int | None


@dataclass(frozen=True, slots=True)
class _Asked:
    file: Path
    map: dict[str, str]
    event: str | None
    since: str | None
    rate: float
    dry_run: bool
    rejected: Path | None
    encoding: str | None

    async def bring(self) -> _Found:
        async with database() as store:
            found = await published(store)
            definitions = found.definitions
            since = None if self.since is None else await moment_of(store, self.since, "--since")
            _in_time(since, definitions)
            with ExitStack() as stack:
                table = stack.enter_context(Table(self.file, self.encoding))
                needed = () if self.event else ("event",)
                columns = match(table.header, event_fields(definitions), self.map, needed, self.file)
                tell_left_out(columns)
                report = Report("event", self.file, columns.left_out)
                read = ReadEvent(self.event, now())
                if self.dry_run:
                    looking = Importing(table, columns, read, _nothing, report, told=progress())
                    looking.bring = _Looking(store, found)
                    return _Found(await looking.run(), 0)
                one = await begin(store, self.digest(), self.file.name, now())
                if one.done_at is not None:
                    return _Found(report, None)
                aside = Rejected(self.aside, table.header, table.delimiter, append=one.line > 0)
                rejected = stack.enter_context(aside)
                bringing = Importing(
                    table, columns, read, _nothing, report, rejected, progress(), PAGE, after=one.line
                )
                bringing.bring = _Bringing(store, found, one, bringing, since, self.rate)
                await bringing.run()
                await finish(store, one.digest, now())
                return _Found(report, one.line)

    @property
    def aside(self) -> Path:
        """Where refused rows go."""
        return self.rejected or self.file.with_name(f"{self.file.stem}.rejected.csv")

    def digest(self) -> str:
        """Name the file by its bytes, and by how it is read."""
        said = repr((sorted(self.map.items()), self.event, self.since, self.encoding))
        found = hashlib.sha256(said.encode())
        with self.file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                found.update(chunk)
        return found.hexdigest()


def _in_time(since: int | None, definitions: Definitions) -> None:
    """Refuse to let start what the workspace takes for too late."""
    if since is None or definitions.lateness is None or since >= now() - definitions.lateness:
        return
    first = datetime.fromtimestamp(now() - definitions.lateness, UTC)
    raise Failure(
        "By `late_events` in nurture.toml nothing starts by what happened before "
        f"{first:%Y-%m-%d %H:%M} UTC. Name a later --since, or leave --start out."
    )


async def _nothing(_rows: Sequence[dict[str, Any]]) -> Sequence[Judged]:
    return []


@dataclass(slots=True)
class _Looking:
    store: Store
    published: Published

    async def __call__(self, rows: Sequence[dict[str, Any]]) -> Sequence[Judged]:
        async with self.store.reading() as connection:
            definitions = self.published.definitions
            found = await judge(self.store, connection, rows, definitions, now(), self.published)
        return [Judged("new", notes=one.notes) if isinstance(one, Arrival) else one for one in found]


@dataclass(slots=True)
class _Bringing:
    """Brings a page, and keeps the pace."""

    store: Store
    published: Published
    one: Backfill
    importing: Importing
    since: int | None
    rate: float

    async def __call__(self, rows: Sequence[dict[str, Any]]) -> Sequence[Judged]:
        began = time.monotonic()
        judged, started = await backfill_page(
            self.store,
            self.one.digest,
            rows,
            self.published.definitions,
            now(),
            line=self.importing.reached,
            refused=self.importing.broken,
            since=self.since,
            published=self.published,
        )
        self.importing.report.entered += started
        left = len(rows) / self.rate - (time.monotonic() - began)
        if left > 0:
            await asyncio.sleep(left)
        return judged


def _data(report: Report) -> dict[str, Any]:
    return {
        "file": str(report.file),
        "recorded": report.new,
        "known": report.unchanged,
        "refused": report.refused,
        "started": report.entered,
        "left_out": [*report.left_out],
        "rejects": [{"line": line, "reason": reason} for line, reason in report.rejects],
        "noted": report.noted,
        "notes": [{"line": line, "note": text} for line, text in report.notes],
    }


def _lines(found: _Found, asked: _Asked) -> list[str]:
    report = found.report
    if found.resumed is None:
        return [f"{report.file} was brought on record before; nothing was done."]
    verb = "Would bring" if asked.dry_run else "Brought"
    gone_on = f", from line {found.resumed + 1:,} on" if found.resumed else ""
    known = f"; {report.unchanged:,} were there already" if report.unchanged else ""
    lines = [f"{verb} {count(report.new, 'event')} of {report.file} on record{gone_on}{known}."]
    if report.entered:
        lines.append(f"They started {count(report.entered, 'run')}.")
    if asked.dry_run:
        lines.append("Nothing was changed.")
    return lines + notes(report, asked.dry_run) + rejects(report, None if asked.dry_run else asked.aside)


async def _list(format: Format) -> int:
    async with database() as store:
        found = await backfills(store)
    if format == "json":
        print_json(plain(found))
        return 0
    if not found:
        print("No file was ever brought.")
    for one in found:
        at = datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M")
        state = "done" if one.done_at is not None else f"stands at line {one.line:,}; give it again to go on"
        print(f"{at} UTC  {one.file}: {one.recorded:,} events, {one.refused:,} refused, {state}")
    return 0
