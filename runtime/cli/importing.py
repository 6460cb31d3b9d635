"""`nurture import`: contacts, accounts and events from CSV files into the database."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from dsl.plan import Definitions
from runtime import importing
from runtime.cli.database import database, now
from runtime.cli.failures import FILES, Failure
from runtime.cli.loading import load
from runtime.cli.output import Format, note, print_json
from runtime.columns import Columns, match, read_map
from runtime.importing import Bring, Importing, Read, ReadEvent, Report
from runtime.published import Published
from runtime.reporting.words import count, shown
from runtime.store import Store, StoreError, load_published
from runtime.store.arrivals import DAY, import_events
from runtime.store.importing import Judged, Kind, import_page
from runtime.tables import Rejected, Table

app = App(
    name="import", help="Bring contacts, accounts or events in from a CSV file.", help_format="plaintext"
)

# Options that several commands take, with what is told of them.
Map = Annotated[
    list[str] | None,
    Parameter(
        name="--map",
        help="Which column is which field: 'CSV column=field', or a TOML file with a table [columns]. "
        "Repeat it.\n'CSV column=' leaves a column out.",
    ),
]
DryRun = Annotated[bool, Parameter(help="Only say what would change.")]
RejectedFile = Annotated[
    Path | None, Parameter(help="Where refused rows go; FILE.rejected.csv unless given.")
]
Encoding = Annotated[
    str | None,
    Parameter(help="What the file is written in, such as cp1252, if it is not UTF-8 or UTF-16."),
]
Declared = Annotated[
    Path | None, Parameter(help="Where fields are declared; without it, the published definitions tell.")
]
_SHOWN = 10


@app.command
def contacts(
    file: Path,
    *,
    map: Map = None,
    dry_run: DryRun = False,
    rejected: RejectedFile = None,
    encoding: Encoding = None,
    workspace: Declared = None,
    format: Format = "text",
) -> int:
    """Bring contacts in, or change those that are there. Import their accounts first.

    Good rows go in, broken ones are told with their line and kept aside. Given again, it changes nothing
    more. Exits with 1 if rows were refused.

    Parameters
    ----------
    file
        A CSV with a column id, and any of email, time_zone, account_id, consent, tags, stage, created_at
        and declared fields.
    format
        What to print: text for people, JSON for programs.
    """
    asked = _Asked("contact", file, map, dry_run, rejected, encoding, workspace)
    return _said(asked.people("contact"), asked, format)


@app.command
def accounts(
    file: Path,
    *,
    map: Map = None,
    dry_run: DryRun = False,
    rejected: RejectedFile = None,
    encoding: Encoding = None,
    workspace: Declared = None,
    format: Format = "text",
) -> int:
    """Bring accounts in, or change those that are there.

    Good rows go in, broken ones are told with their line and kept aside. Given again, it changes nothing
    more. Exits with 1 if rows were refused.

    Parameters
    ----------
    file
        A CSV with a column id and any declared fields.
    format
        What to print: text for people, JSON for programs.
    """
    asked = _Asked("account", file, map, dry_run, rejected, encoding, workspace)
    return _said(asked.people("account"), asked, format)


@app.command
def events(
    file: Path,
    *,
    map: Map = None,
    event: str | None = None,
    late: Annotated[int | None, Parameter(validator=Number(gte=0))] = None,
    dry_run: DryRun = False,
    rejected: RejectedFile = None,
    encoding: Encoding = None,
    format: Format = "text",
) -> int:
    """Take events in as if they came now: they score, start journeys and wake runs, each once by its id.

    What happened long ago is refused here: bring it on record with `nurture backfill`.

    Parameters
    ----------
    file
        A CSV with a column contact (id or address) or account, event, at, and any of id, machine and the
        events' properties.
    event
        The event of every row, where no column names it.
    late
        How many days ago an event may have happened. As `late_events` says, else 7.
    format
        What to print: text for people, JSON for programs.
    """
    asked = _Asked("event", file, map, dry_run, rejected, encoding, None)
    return _said(asked.happened(event, None if late is None else late * DAY), asked, format)


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: Literal["contact", "account", "event"]
    file: Path
    map: Sequence[str] | None
    dry_run: bool
    rejected: Path | None
    encoding: str | None
    workspace: Path | None

    def people(self, kind: Kind) -> Report:
        async def done() -> Report:
            definitions = None if self.workspace is None else load(self.workspace)[1].definitions
            begins = definitions is not None and not self.dry_run
            async with database(create=begins) as store:
                found = definitions or (await published(store)).definitions

                async def bring(rows: Sequence[dict[str, Any]]) -> Sequence[Judged]:
                    return await import_page(store, kind, rows, found, now(), dry_run=self.dry_run)

                if kind == "contact":
                    known = {*importing.CONTACT, *found.contact_fields}
                    return await self.run(known, ("id",), importing.read_contact, bring)
                return await self.run({"id", *found.account_fields}, ("id",), importing.read_account, bring)

        return asyncio.run(done())

    def happened(self, event: str | None, late: int | None) -> Report:
        async def done() -> Report:
            async with database() as store:
                found = await published(store)
                entered = 0

                async def bring(rows: Sequence[dict[str, Any]]) -> Sequence[Judged]:
                    nonlocal entered
                    judged, begun = await import_events(
                        store,
                        rows,
                        found.definitions,
                        now(),
                        late=late,
                        dry_run=self.dry_run,
                        published=found,
                    )
                    entered += begun
                    return judged

                report = await self.run(
                    event_fields(found.definitions),
                    () if event else ("event",),
                    ReadEvent(event, now()),
                    bring,
                )
                report.entered = entered
                return report

        return asyncio.run(done())

    async def run(self, known: Collection[str], needed: Sequence[str], read: Read, bring: Bring) -> Report:
        with ExitStack() as stack:
            table = stack.enter_context(Table(self.file, self.encoding))
            columns = match(table.header, known, read_map(self.map or ()), needed, self.file)
            rejected = None
            if not self.dry_run:
                rejected = stack.enter_context(Rejected(self.aside, table.header, table.delimiter))
            report = Report(self.kind, self.file, columns.left_out)
            tell_left_out(columns)
            return await Importing(table, columns, read, bring, report, rejected, progress()).run()

    @property
    def aside(self) -> Path:
        """Where refused rows go."""
        if self.rejected is not None:
            return self.rejected
        return self.file.with_name(f"{self.file.stem}.rejected.csv")


async def published(store: Store) -> Published:
    """Return what is deployed. Raises `Failure` if nothing is."""
    try:
        return await load_published(store)
    except StoreError:
        raise Failure(
            "Nothing is published yet, so no field is known. Name the workspace with --workspace FOLDER."
        ) from None


def event_fields(definitions: Definitions) -> set[str]:
    """Return the columns that a file of events may have."""
    return {*importing.EVENT, *(name for event in definitions.events.values() for name in event.fields)}


def tell_left_out(columns: Columns) -> None:
    """Say which columns are not taken."""
    if columns.left_out:
        names = ", ".join(f"“{name}”" for name in columns.left_out)
        first = columns.left_out[0]
        note(f"Left out, for no field has their name: {names}. Name one with --map '{first}=FIELD'.")


def progress() -> Any:
    """Return what tells of progress, on a terminal alone."""
    if not sys.stderr.isatty():
        return lambda _report, _done: None

    def told(report: Report, done: float) -> None:
        rows = report.imported + report.refused
        end = "\n" if done >= 1 else ""
        print(
            f"\r{done:4.0%}  {rows:,} rows, {report.refused:,} refused", end=end, file=sys.stderr, flush=True
        )

    return told


def _said(report: Report, asked: _Asked, format: Format) -> int:
    if format == "json":
        print_json(_data(report, asked))
    else:
        print("\n".join(_lines(report, asked)))
    return FILES if report.refused else 0


def _data(report: Report, asked: _Asked) -> dict[str, Any]:
    return {
        "kind": report.kind,
        "file": str(report.file),
        "dry_run": asked.dry_run,
        "imported": report.imported,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "fields": dict(sorted(report.fields.items())),
        "entered": report.entered,
        "left_out": list(report.left_out),
        "rejected": str(asked.aside) if report.refused and not asked.dry_run else None,
        "rejects": [{"line": line, "reason": reason} for line, reason in report.rejects],
        "noted": report.noted,
        "notes": [{"line": line, "note": text} for line, text in report.notes],
    }


def _lines(report: Report, asked: _Asked) -> list[str]:
    verb = "Would import" if asked.dry_run else "Imported"
    lines = [f"{verb} {count(report.imported, report.kind)} from {report.file}: {_ways(report)}."]
    if report.fields:
        changes = ", ".join(f"{name} of {number:,}" for name, number in report.fields.most_common(_SHOWN))
        lines.append(f"{'Would change' if asked.dry_run else 'Changed'}: {changes}.")
    if report.entered:
        lines.append(f"They started {count(report.entered, 'run')}.")
    if asked.dry_run:
        lines.append("Nothing was changed.")
    return lines + notes(report, asked.dry_run) + rejects(report, None if asked.dry_run else asked.aside)


def notes(report: Report, dry_run: bool) -> list[str]:
    """Tell of the rows that went in and should be looked at, the first ones by line."""
    if not report.noted:
        return []
    lines = [f"Look at {count(report.noted, 'row')} that {'would go' if dry_run else 'went'} in:"]
    lines += [f"  line {line}: {shown(text)}" for line, text in report.notes[:_SHOWN]]
    if len(report.notes) > _SHOWN:
        lines.append("  and more; --format json tells the first hundred.")
    return lines


def rejects(report: Report, aside: Path | None) -> list[str]:
    """Tell of the rows that were refused, the first ones by line."""
    if not report.refused:
        return []
    where = f", kept aside in {aside}" if aside is not None else ""
    lines = [f"Refused {count(report.refused, 'row')}{where}:"]
    lines += [f"  line {line}: {shown(reason)}" for line, reason in report.rejects[:_SHOWN]]
    if report.refused > _SHOWN:
        lines.append(f"  and {report.refused - _SHOWN:,} more.")
    return lines


def _ways(report: Report) -> str:
    if report.kind == "event":
        return f"{report.new:,} new, {report.unchanged:,} on record already"
    return f"{report.new:,} new, {report.changed:,} changed, {report.unchanged:,} unchanged"
