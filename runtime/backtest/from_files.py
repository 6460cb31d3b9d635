"""Records from files: JSON lines and CSV tables. What cannot be read costs its row, and is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dsl.plan import Definitions, EventDefinition
from runtime.backtest.mapping import Map, Source
from runtime.backtest.records import Recorded
from runtime.people import (
    Account,
    Contact,
    FileError,
    RecordedEvent,
    account_from,
    contact_from,
    event_from,
    typed,
)
from runtime.tables import Broken, Table

_EVENT = frozenset({"id", "event", "contact", "account", "at", "occurred", "machine"})
_YES = frozenset({"yes", "true", "1"})

_One = TypeVar("_One", Account, Contact)


@dataclass(frozen=True, slots=True)
class Files:
    """What was named on the command line. `columns`: the field of each column of a CSV of events."""

    events: Path | None = None
    contacts: Path | None = None
    accounts: Path | None = None
    map: Map | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def read(files: Files, definitions: Definitions) -> Recorded:
    """Read a record.

    Raises:
        FileError: a file cannot be used at all, or nothing says who the contacts are.
    """
    reading = _Reading(definitions)
    map_ = files.map or Map(None, None, None, ())
    contacts = _table(files.contacts, "--contacts", map_.contacts)
    accounts = _table(files.accounts, "--accounts", map_.accounts)
    if contacts is None:
        raise FileError("Say who the contacts are: --contacts FILE.csv, or [contacts] in the map.")
    companies = [] if accounts is None else reading.people(accounts, reading.account)
    people = reading.people(contacts, reading.contact)
    ids = reading.ids(map_)
    events = [
        event for number, source in enumerate(map_.events) for event in reading.table(source, number, ids)
    ]
    if files.events is not None:
        events += reading.events(files.events, files.columns)
    return Recorded(people, companies, events, reading.rejects)


def _table(file: Path | None, option: str, mapped: Source | None) -> Source | None:
    return mapped if file is None else Source(option, file, {})


@dataclass(slots=True)
class _Reading:
    definitions: Definitions
    rejects: list[str] = field(default_factory=list)

    def contact(self, row: Mapping[str, str], where: str) -> Contact:
        return contact_from(row, where, self.definitions)

    def account(self, row: Mapping[str, str], where: str) -> Account:
        return account_from(row, where, self.definitions)

    def people(self, source: Source, read: Callable[[Mapping[str, str], str], _One]) -> list[_One]:
        """Read a table of people or companies; of two rows with one id the first counts."""
        found: dict[str, _One] = {}
        for where, row in self.rows(source):
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
        source = Source("[ids]", map_.ids.file, {map_.ids.from_: "from", map_.ids.to: "to"})
        return {row["from"]: row["to"] for _, row in self.rows(source)}

    def events(self, file: Path, columns: Mapping[str, str]) -> list[RecordedEvent]:
        """Read a file of events: a CSV, or JSON lines."""
        if file.suffix.lower() == ".csv":
            return self.table(Source("--events", file, columns), None, {})
        found = []
        for number, line in enumerate(_text(file).splitlines(), start=1):
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
        for where, row in self.rows(source):
            try:
                found.append(self.event(row, where, source.event, number, ids))
            except FileError as problem:
                self.rejects.append(str(problem))
        return found

    def rows(self, source: Source) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the rows that count, by field. Columns that are not mapped go by their names."""
        with Table(source.file) as table:
            for column in (*source.columns, *source.where):
                if column not in table.header:
                    raise FileError(
                        f"{source.place}: {source.file} has no column “{column}”. "
                        f"There are: {', '.join(filter(None, table.header))}."
                    )
            named = {column: source.columns.get(column, column) for column in table.header}
            for row in table.rows():
                where = f"{source.file}, line {row.line}"
                if isinstance(row, Broken):
                    self.rejects.append(f"{where} {row.reason}")
                elif all(row.values.get(column) == value for column, value in source.where.items()):
                    fields = {named[column]: value for column, value in row.values.items() if named[column]}
                    yield where, {**fields, **_filled(source, row.values)}

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


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise FileError(f"There is no file {path}. Check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read as UTF-8 text ({type(error).__name__}).") from None
