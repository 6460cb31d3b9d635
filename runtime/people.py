"""Contacts, accounts and events as files bring them: read, typed, and refused line by line.

CSV for contacts and accounts, JSON lines for events. The formats are in `docs/operations.md`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from dsl.plan import Definitions, FieldDefinition
from runtime.suppression import BOUNCES, bounce

_CONTACT_COLUMNS = frozenset({"id", "time_zone", "account_id", "consent", "created_at"})
_LONGEST_ID = 200
_EVENT = (
    '{"event": "Page Viewed", "contact": "C1", "at": "2026-03-02T09:00:00Z", "properties": {"page": "/"}}'
)
_YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


AHEAD = 300
"""Seconds by which a sender's clock may be ahead of ours."""

FUTURE = "lies in the future. Look at its time zone, and that it is in seconds"
"""What is wrong with a moment after that."""

_LAST = 253_402_300_799  # 9999-12-31T23:59:59Z, the last moment that ISO 8601 writes with four digits


class FileError(Exception):
    """A file that a person gave cannot be used. The message names the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contact:
    """`fields` holds email, first_name, last_name and every declared field. `known_since`: epoch seconds."""

    id: str
    fields: dict[str, Any]
    account_id: str | None
    time_zone: str | None
    known_since: int
    consents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event about a contact or an account. `id`: the message id that makes taking it in idempotent.

    `at`: when it was received; `occurred`: when it happened, if that was another moment.
    """

    id: str
    name: str
    at: int
    contact: str | None
    account: str | None
    properties: dict[str, Any] = field(default_factory=dict)
    machine: bool = False
    occurred: int | None = None

    def moved(self, by: int) -> RecordedEvent:
        """Return the same, so many seconds later."""
        occurred = None if self.occurred is None else self.occurred + by
        return replace(self, at=self.at + by, occurred=occurred)


def read_contacts(path: Path, definitions: Definitions, since: int = 0) -> list[Contact]:
    """Read a CSV of contacts. Raises `FileError` that names the line.

    `since`: from when on a contact is known of whom the file does not say it.
    """
    contacts = []
    for where, row in _rows(path):
        contacts.append(contact_from(row, where, definitions, since))
    return _unique(contacts, path)


def contact_from(row: Mapping[str, str], where: str, definitions: Definitions, since: int = 0) -> Contact:
    """Read one row of contacts. Raises `FileError` that starts with `where`; the rest as `read_contacts`."""
    columns = {k: v for k, v in row.items() if k not in _CONTACT_COLUMNS}
    return Contact(
        id=_id(row, where),
        fields=typed(columns, definitions.contact_fields, where),
        account_id=row.get("account_id") or None,
        time_zone=row.get("time_zone") or None,
        known_since=instant(row["created_at"], where) if row.get("created_at") else since,
        consents=frozenset(c.strip() for c in row.get("consent", "").split(";") if c.strip()),
    )


def read_accounts(path: Path, definitions: Definitions) -> list[Account]:
    """Read a CSV of accounts. Raises `FileError` that names the line."""
    accounts = []
    for where, row in _rows(path):
        accounts.append(account_from(row, where, definitions))
    return _unique(accounts, path)


def account_from(row: Mapping[str, str], where: str, definitions: Definitions) -> Account:
    """Read one row of accounts. Raises `FileError` that starts with `where`."""
    columns = {k: v for k, v in row.items() if k != "id"}
    return Account(_id(row, where), typed(columns, definitions.account_fields, where))


def read_events(path: Path) -> list[RecordedEvent]:
    """Read JSON lines of events, in order of time. Raises `FileError` that names the line."""
    return sorted((event for _, event in read_event_lines(path)), key=lambda e: e.at)


def read_event_lines(path: Path) -> list[tuple[int, RecordedEvent]]:
    """Read JSON lines of events as they stand, each with the number of its line. Raises `FileError`."""
    events = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            data = json.loads(line)
        except ValueError:
            raise FileError(f"{where} is not JSON. Write one event a line, such as: {_EVENT}") from None
        events.append((number, event_from(data, where)))
    return events


def event_from(data: Any, where: str) -> RecordedEvent:
    """Read one event from JSON data. Raises `FileError` that starts with `where`."""
    if not isinstance(data, dict) or not isinstance(data.get("event"), str):
        raise FileError(f'{where}: an event needs its name: {{"event": "Form Submitted", …}}.')
    if not (data.get("contact") or data.get("account")):
        raise FileError(f'{where}: an event needs "contact" or "account", the id of whom it is about.')
    properties = data.get("properties", {})
    if not isinstance(properties, dict):
        raise FileError(f'{where}: "properties" is an object of names and values.')
    properties = _with_known_kind(data["event"], properties, where)
    at = instant(data.get("at"), where)
    whom = data.get("contact") or data["account"]
    return RecordedEvent(
        id=str(data.get("id") or f"{whom}:{data['event']}:{at}"),
        name=data["event"],
        at=at,
        contact=data.get("contact"),
        account=data.get("account"),
        properties=properties,
        machine=_machine(data.get("machine"), where),
        occurred=instant(data["occurred"], where) if "occurred" in data else None,
    )


def _with_known_kind(event: str, properties: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return properties with the kind of a bounce as the product knows it: an unknown one bounces nobody."""
    found = dict(properties)
    if event == "Email Bounced" and found.get("kind") not in (None, ""):
        kind = bounce(found["kind"])
        if kind is None:
            raise FileError(
                f'{where}: "kind" of the event “{event}” is {" or ".join(BOUNCES)}, not {found["kind"]!r}.'
            )
        found["kind"] = kind
    return found


def instant(value: Any, where: str) -> int:
    """Read an ISO 8601 moment (UTC if it names no offset) or epoch seconds."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LAST:
        return value
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise FileError(f"{where}: {value!r} is not a moment. Write it like 2026-03-02T09:30:00Z.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def in_future(moment: int, now: int) -> bool:
    """Whether what is said to have happened cannot have yet, even if the sender's clock is ahead."""
    return moment > now + AHEAD


def yes_or_no(value: Any) -> bool | None:
    """Read yes or no as a person or a program writes it; None if it is neither."""
    return value if isinstance(value, bool) else _YES_OR_NO.get(str(value).strip().lower())


def _machine(value: Any, where: str) -> bool:
    found = False if value is None else yes_or_no(value)
    if found is None:
        raise FileError(f'{where}: "machine" is true or false, not {value!r}.')
    return found


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    reader = csv.DictReader(read_text(path).splitlines())
    if "id" not in (reader.fieldnames or ()):
        raise FileError(f"{path} has no column `id` in its first line. Add a header line with the columns.")
    for row in reader:
        where = f"{path}, line {reader.line_num}"
        if None in row or None in row.values():
            raise FileError(
                f"{where} has more or fewer columns than the header. Quote values that hold commas."
            )
        yield where, {k: v.strip() for k, v in row.items()}


def read_text(path: Path) -> str:
    """Read a file of text. Raises `FileError` that says what is wrong with it."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise FileError(f"There is no file {path}. Check the path.") from None
    except IsADirectoryError:
        raise FileError(f"{path} is a folder. Name a file in it.") from None
    except UnicodeDecodeError:
        raise FileError(
            f"{path} is not UTF-8 text. Save it as UTF-8, or check that it is the file."
        ) from None
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}).") from None


def wrong_id(id_: str) -> str | None:
    """Return what is wrong with the id of a contact or account, if anything.

    Ids are part of run ids, and so of Temporal's histories, which hold no personal data.
    """
    if "@" in id_:
        return "is an address; ids go into histories, which hold no personal data, so use the CRM's id"
    if not 0 < len(id_) <= _LONGEST_ID or any(c.isspace() or not c.isprintable() for c in id_):
        return f"is not one: an id has 1 to {_LONGEST_ID} characters and no spaces"
    return None


def _id(row: Mapping[str, str], where: str) -> str:
    if not row.get("id"):
        raise FileError(f"{where} has no `id`. Every line needs one.")
    if wrong := wrong_id(row["id"]):
        raise FileError(f"{where}: the id {row['id']!r} {wrong}.")
    return row["id"]


def typed(columns: Mapping[str, str], fields: Mapping[str, FieldDefinition], where: str) -> dict[str, Any]:
    """Give texts the types that are declared for them; empty ones are left out. Raises `FileError`."""
    return {k: _value(v, fields.get(k), k, where) for k, v in columns.items() if v != ""}


def _value(text: str, definition: FieldDefinition | None, name: str, where: str) -> Any:
    kind = definition.type if definition else "text"
    if kind == "number":
        try:
            number = float(text)
        except ValueError:
            raise FileError(f"{where}: `{name}` is declared as a number, {text!r} is none.") from None
        return int(number) if number.is_integer() else number
    if kind == "yes or no":
        found = yes_or_no(text)
        if found is None:
            raise FileError(f"{where}: `{name}` is yes or no, {text!r} is neither.")
        return found
    if kind == "list":
        return [part.strip() for part in text.split(";") if part.strip()]
    return text


_Row = TypeVar("_Row", Account, Contact)


def _unique(rows: list[_Row], path: Path) -> list[_Row]:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise FileError(f"{path} has the id {row.id!r} twice. Keep one of the lines.")
        seen.add(row.id)
    return rows
