"""A map of another system's tables: which file is what, and which of its columns is which field.

A TOML file with `[contacts]`, `[accounts]`, `[ids]` and any number of `[[events]]`; the files that it names
lie beside it. The format is in `docs/populations.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsl.spelling import nearest
from runtime.people import FileError
from runtime.toml import read_toml

_KEYS = {
    "contacts": ("file", "columns", "values", "where", "replace"),
    "accounts": ("file", "columns", "values", "where", "replace"),
    "ids": ("file", "from", "to"),
    "events": ("file", "columns", "values", "where", "replace", "event"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One table. `columns`: the field of each column; `values`: fields that are the same in each row.

    A value may name columns in braces: `{contact_id}@example.com`. `where`: what a row must hold to count.
    `replace`: for a field, what its values mean, by value.
    """

    place: str
    file: Path
    columns: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    replace: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Ids:
    """A table that says which contact another system's id means."""

    place: str
    file: Path
    from_: str
    to: str


@dataclass(frozen=True, slots=True)
class Map:
    contacts: Source | None
    accounts: Source | None
    ids: Ids | None
    events: tuple[Source, ...]


def is_map(path: Path) -> bool:
    """Whether a TOML file says which tables are what; one with `[columns]` alone does not."""
    return path.suffix == ".toml" and any(name in read_toml(path) for name in _KEYS)


def read_map(path: Path) -> Map:
    """Read a map. Raises `FileError` that names the table and the remedy."""
    data = read_toml(path)
    for name in data:
        _known(name, tuple(_KEYS), path, "table")
    events = data.get("events", [])
    if not isinstance(events, list):
        raise FileError(f"{path}: [events] stands once for each kind of event. Write [[events]].")
    ids = data.get("ids")
    return Map(
        contacts=_source(path, "contacts", "[contacts]", data.get("contacts")),
        accounts=_source(path, "accounts", "[accounts]", data.get("accounts")),
        ids=None if ids is None else _ids(path, ids),
        events=tuple(
            found
            for number, one in enumerate(events, start=1)
            if (found := _source(path, "events", f"[[events]] number {number}", one)) is not None
        ),
    )


def _source(path: Path, kind: str, place: str, data: Any) -> Source | None:
    if data is None:
        return None
    data = _table(path, kind, place, data)
    return Source(
        place=f"{path}, {place}",
        file=_file(path, place, data),
        columns=_texts(path, place, "columns", data),
        values=_texts(path, place, "values", data),
        where=_texts(path, place, "where", data),
        replace=_replaced(path, place, data),
        event=None if data.get("event") is None else str(data["event"]),
    )


def _ids(path: Path, data: Any) -> Ids:
    data = _table(path, "ids", "[ids]", data)
    for key in ("from", "to"):
        if not isinstance(data.get(key), str):
            raise FileError(f'{path}, [ids]: `{key}` names a column, such as {key} = "lead_id".')
    return Ids(f"{path}, [ids]", _file(path, "[ids]", data), data["from"], data["to"])


def _table(path: Path, kind: str, place: str, data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise FileError(f'{path}: {place} is a table. Write {place} and below it file = "….csv".')
    for key in data:
        _known(key, _KEYS[kind], path, f"key in {place}")
    return data


def _file(path: Path, place: str, data: Mapping[str, Any]) -> Path:
    if not isinstance(data.get("file"), str):
        raise FileError(f'{path}, {place}: say which file it is: file = "….csv".')
    return path.parent / str(data["file"])


def _texts(path: Path, place: str, key: str, data: Mapping[str, Any]) -> dict[str, str]:
    found = data.get(key, {})
    if not isinstance(found, dict) or not all(isinstance(v, str | int | float) for v in found.values()):
        raise FileError(f'{path}, {place}: `{key}` is a table of texts, such as {{ contact_id = "id" }}.')
    return {name: str(value) for name, value in found.items()}


def _replaced(path: Path, place: str, data: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found = data.get("replace", {})
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise FileError(
            f"{path}, {place}: `replace` says of a field what its values mean, such as "
            '{ industry = { "fin services" = "Fintech" } }.'
        )
    return {name: _texts(path, f"{place}, replace", name, found) for name in found}


def _known(name: str, known: tuple[str, ...], path: Path, what: str) -> None:
    if name not in known:
        guess = nearest(name, known)
        advice = f"Did you mean `{guess}`?" if guess else f"There are: {', '.join(known)}."
        raise FileError(f"{path}: there is no {what} `{name}`. {advice}")
