"""Targets of a map: the fields to which its columns and values go must be declared. Slips are refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from dsl.plan import Definitions
from dsl.spelling import nearest
from runtime.backtest.mapping import Map, Source
from runtime.people import FileError

OF_CONTACT = frozenset(
    {"id", "time_zone", "account_id", "consent", "created_at", "email", "first_name", "last_name"}
)
OF_EVENT = frozenset({"id", "event", "contact", "account", "at", "machine"})
READ_OF_MAIL = frozenset({"run", "email"})
"""What the product itself reads of events, whether it is declared or not."""


def check_targets(map_: Map, definitions: Definitions) -> None:
    """Refuse a map that writes to a field that is none. Raises `FileError` that tells all of them."""
    wrong: list[str] = []
    if map_.contacts is not None:
        wrong += _of(map_.contacts, {*OF_CONTACT, *definitions.contact_fields}, "field of contacts")
    if map_.accounts is not None:
        wrong += _of(map_.accounts, {"id", *definitions.account_fields}, "field of accounts")
    for source in map_.events:
        wrong += _of_event(source, definitions)
    if wrong:
        raise FileError("\n".join(wrong))


def _of_event(source: Source, definitions: Definitions) -> list[str]:
    declared = definitions.events.get(source.event or "")
    if declared is not None:
        known = {*OF_EVENT, *READ_OF_MAIL, *declared.fields}
        return _of(source, known, f"property of the event “{source.event}”")
    if source.event is None:
        every = {name for one in definitions.events.values() for name in one.fields}
        return _of(source, {*OF_EVENT, *READ_OF_MAIL, *every}, "property of an event")
    return []  # of an event that nothing declares, all is noted by its name


def check_columns(events: Path | None, columns: Mapping[str, str], definitions: Definitions) -> None:
    """Refuse columns that are mapped on the command line and are no table's, or go to no field."""
    if not columns:
        return
    if events is None or events.suffix.lower() != ".csv":
        column, field = next(iter(columns.items()))
        raise FileError(
            f"--map '{column}={field}' names a column of a CSV of events, and there is none. Name it with "
            "--events FILE.csv, or leave the map out."
        )
    if wrong := _of_event(Source("--map", events, columns), definitions):
        raise FileError("\n".join(wrong))


def _of(source: Source, known: Collection[str], what: str) -> list[str]:
    targets = {
        "" if source.place == "--map" else ", columns": [field for field in source.columns.values() if field],
        ", values": list(source.values),
        ", replace": list(source.replace),
    }
    return [
        f"{source.place}{key}: there is no {what} “{name}”. {_advice(name, known)}"
        for key, names in targets.items()
        for name in names
        if name not in known
    ]


def _advice(name: str, known: Collection[str]) -> str:
    guess = nearest(name, known)
    return f"Did you mean “{guess}”?" if guess else f"There are: {', '.join(sorted(known))}."


def said_for_all(map_: Map) -> dict[tuple[str, str, str], str]:
    """Return where a map says a value of all rows, as `Recorded.places`."""
    sources: list[tuple[str, Source | None]] = [("contact", map_.contacts), ("account", map_.accounts)]
    sources += [(source.event or "", source) for source in map_.events]
    said = {
        (of, name, value): f"{source.place}, values"
        for of, source in sources
        if source is not None
        for name, value in source.values.items()
        if "{" not in value
    }
    return said | {("", "event", one.event): f"{one.place}, event" for one in map_.events if one.event}


def needs_of_event(header: Collection[str], source: Source) -> list[str]:
    """Return what a table of events lacks, in words; `header`: the fields of its columns."""
    there = {*header, *source.values}
    lacks = []
    if not there & {"contact", "account"}:
        lacks.append("`contact` (or `account`)")
    if "event" not in there and source.event is None:
        lacks.append("`event`")
    if "at" not in there:
        lacks.append("`at`")
    return lacks
