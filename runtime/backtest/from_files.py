"""Records from files: JSON lines and CSV tables. What cannot be read costs its row, and is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dsl.plan import Definitions, EventDefinition
from dsl.spelling import nearest, one_of
from runtime.backtest.mapping import Map, Source
from runtime.backtest.records import Recorded
from runtime.backtest.targets import OF_EVENT, check_columns, check_targets, needs_of_event, said_for_all
from runtime.people import (
    Account,
    Contact,
    FileError,
    RecordedEvent,
    account_from,
    contact_from,
    event_from,
    read_text,
    typed,
)
from runtime.reporting.words import count
from runtime.tables import Broken, Table

_EVENT = OF_EVENT | {"occurred"}
_YES = frozenset({"yes", "true", "1"})

_One = TypeVar("_One", Account, Contact)


@dataclass(frozen=True, slots=True)
class Files:
    """What was named on the command line. `columns`: the field of each column of a CSV of events.

    `option`: the one that names the contacts.
    """

    events: Path | None = None
    contacts: Path | None = None
    accounts: Path | None = None
    map: Map | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    option: str = "--contacts"


def read(files: Files, definitions: Definitions) -> Recorded:
    """Read a record.

    Raises:
        FileError: a file cannot be used at all, or nothing says who the contacts are.
    """
    reading = _Reading(definitions)
    map_ = files.map or Map(None, None, None, ())
    check_targets(map_, definitions)
    check_columns(files.events, files.columns, definitions)
    if files.events is not None and not files.events.exists():
        raise FileError(f"There is no file {files.events}. Check the path.")
    if files.events is not None and files.events.is_dir():
        raise FileError(f"{files.events} is a folder. Name a file in it.")
    contacts = _table(files.contacts, files.option, map_.contacts)
    accounts = _table(files.accounts, "--accounts", map_.accounts)
    if contacts is None:
        raise FileError(f"Say who the contacts are: {files.option} FILE.csv, or [contacts] in the map.")
    companies = [] if accounts is None else reading.people(accounts, reading.account)
    people = reading.people(contacts, reading.contact)
    ids = reading.ids(map_)
    events = [
        event for number, source in enumerate(map_.events) for event in reading.table(source, number, ids)
    ]
    if files.events is not None:
        events += reading.events(files.events, files.columns)
    places = said_for_all(map_)
    return Recorded(people, companies, events, reading.rejects, reading.notes, places=places)


def _table(file: Path | None, option: str, mapped: Source | None) -> Source | None:
    return mapped if file is None else Source(option, file, {})


Lacks = Callable[[Collection[str], Source], list[str]]


def _lacks_id(fields: Collection[str], source: Source) -> list[str]:
    return [] if "id" in fields or "id" in source.values else ["`id`"]


def _without(source: Source, missing: Sequence[str], table: Table) -> str:
    """Say which columns a table needs and has not, and how to name them."""
    rows = count(sum(1 for _ in table.rows()), "row")
    goal = missing[0].split("`")[1]
    if source.place == "--events":
        how = f"Say which it is: --map 'CSV column={goal}'"
    elif source.place.startswith("--"):
        how = "Rename the one that it is, or say it in a map of tables, with --map"
    else:
        how = f'Say which it is: columns = {{ "CSV column" = "{goal}" }}'
    return (
        f"{source.place}: {source.file} has no column for {one_of(missing, 'and')}, so no row of it ({rows}) "
        f"can be used. {how}. There are: {', '.join(filter(None, table.header))}."
    )


@dataclass(slots=True)
class _Seen:
    """What of a table counts, and what of the map matched nothing."""

    source: Source
    rows: int = 0
    matched: int = 0
    held: dict[str, Counter[str]] = field(default_factory=dict)
    unused: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.held = {column: Counter() for column in self.source.where}
        self.unused = {(name, value) for name, of in self.source.replace.items() for value in of}

    def counts(self, row: Mapping[str, str]) -> bool:
        self.rows += 1
        for column, values in self.held.items():
            values[row.get(column, "")] += 1
        found = all(row.get(column) == value for column, value in self.source.where.items())
        self.matched += found
        return found

    def meant(self, fields: dict[str, str]) -> dict[str, str]:
        for name, of in self.source.replace.items():
            value = fields.get(name, "")
            if value in of:
                self.unused.discard((name, value))
                fields[name] = of[value]
        return fields

    def notes(self) -> Iterator[str]:
        if self.rows and not self.matched:
            yield self._nothing()
        for name, value in sorted(self.unused) if self.matched else ():
            yield f"{self.source.place}, replace: no row has “{value}” as `{name}`. Check how it is written."

    def _nothing(self) -> str:
        head = f"{self.source.place}, where: none of the {self.rows:,} rows of {self.source.file}"
        for column, values in self.held.items():
            wanted = self.source.where[column]
            if wanted not in values:
                guess = nearest(wanted, filter(None, values))
                there = ", ".join(f"“{value}” ({n:,})" for value, n in values.most_common(5))
                more = ", …" if len(values) > 5 else ""
                meant = (
                    f"Did you mean “{guess}” ({values[guess]:,})?" if guess else f"There are: {there}{more}."
                )
                return f"{head} has “{wanted}” as {column}. {meant}"
        return f"{head} holds all of that at once. Check the conditions."


def _did_you_mean(name: str, known: Collection[str]) -> str:
    guess = nearest(name, filter(None, known))
    return f"Did you mean “{guess}”? " if guess else ""


@dataclass(slots=True)
class _Reading:
    definitions: Definitions
    rejects: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def contact(self, row: Mapping[str, str], where: str) -> Contact:
        return contact_from(row, where, self.definitions)

    def account(self, row: Mapping[str, str], where: str) -> Account:
        return account_from(row, where, self.definitions)

    def people(self, source: Source, read: Callable[[Mapping[str, str], str], _One]) -> list[_One]:
        """Read a table of people or companies; of two rows with one id the first counts."""
        found: dict[str, _One] = {}
        for where, row in self.rows(source, _lacks_id):
            try:
                one = read(row, where)
            except FileError as problem:
                self.rejects.append(str(problem))
                continue
            if one.id in found:
                self.rejects.append(f"{where}: the id {one.id!r} is there twice. Keep one of the lines.")
            found.setdefault(one.id, one)
        return list(found.values())

    def ids(self, map_: Map) -> dict[str, str]:
        if map_.ids is None:
            return {}
        source = Source(map_.ids.place, map_.ids.file, {map_.ids.from_: "from", map_.ids.to: "to"})
        return {row["from"]: row["to"] for _, row in self.rows(source)}

    def events(self, file: Path, columns: Mapping[str, str]) -> list[RecordedEvent]:
        """Read a file of events: a CSV, or JSON lines."""
        if file.suffix.lower() == ".csv":
            return self.table(Source("--events", file, columns), None, {})
        found = []
        for number, line in enumerate(read_text(file).splitlines(), start=1):
            where = f"{file}, line {number}"
            if not line.strip():
                continue
            try:
                data = json.loads(line)
            except ValueError:
                self.rejects.append(f"{where} is not JSON. Write one event a line.")
                continue
            try:
                found.append(event_from(data, where))
            except FileError as problem:
                self.rejects.append(str(problem))
        return found

    def table(self, source: Source, number: int | None, ids: Mapping[str, str]) -> list[RecordedEvent]:
        """Read a table of events. `number`: of the table, for ids are unique within one alone."""
        found = []
        for where, row in self.rows(source, needs_of_event):
            try:
                found.append(self.event(row, where, source.event, number, ids))
            except FileError as problem:
                self.rejects.append(str(problem))
        return found

    def rows(self, source: Source, lacks: Lacks | None = None) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the rows that count, by field. Columns that are not mapped go by their names.

        `lacks`: what the table has not and cannot do without.
        """
        with Table(source.file) as table:
            for column in (*source.columns, *source.where):
                if column not in table.header:
                    raise FileError(
                        f"{source.place}: {source.file} has no column “{column}”. "
                        f"{_did_you_mean(column, table.header)}"
                        f"There are: {', '.join(filter(None, table.header))}."
                    )
            named = {column: source.columns.get(column, column) for column in table.header}
            if lacks is not None and (missing := lacks(list(named.values()), source)):
                raise FileError(_without(source, missing, table))
            seen = _Seen(source)
            for row in table.rows():
                where = f"{source.file}, line {row.line}"
                if isinstance(row, Broken):
                    self.rejects.append(f"{where} {row.reason}")
                elif seen.counts(row.values):
                    fields = {named[column]: value for column, value in row.values.items() if named[column]}
                    yield where, seen.meant({**fields, **_filled(source, row.values)})
            self.notes += seen.notes()

    def event(
        self, row: Mapping[str, str], where: str, name: str | None, number: int | None, ids: Mapping[str, str]
    ) -> RecordedEvent:
        contact, name = row.get("contact") or None, row.get("event") or name
        if not row.get("at"):
            raise FileError(f"{where}: an event needs `at`, when it happened. Map a column to it.")
        declared = self.definitions.events.get(name or "", EventDefinition()).fields
        properties = {key: value for key, value in row.items() if key not in _EVENT}
        id_ = row.get("id") or where
        data = {
            "id": id_ if number is None else f"{number}:{id_}",
            "event": name,
            "contact": ids.get(contact, contact) if contact else None,
            "account": None if contact else row.get("account") or None,
            "at": row["at"],
            "machine": row.get("machine", "").lower() in _YES,
            "properties": typed(properties, declared, where),
        }
        return event_from(data, where)


def _filled(source: Source, row: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: value.format_map(row) for name, value in source.values.items()}
    except (KeyError, ValueError, IndexError) as problem:
        raise FileError(
            f"{source.place}: `values` names a column that {source.file} does not have ({problem})."
        ) from None
