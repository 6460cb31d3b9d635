"""Importing: a file of contacts, accounts or events goes in page by page; broken rows are kept aside.

Memory is bounded: a page of rows, and a digest for each id to find one that stands in the file twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from runtime.columns import Columns
from runtime.people import FileError, instant, wrong_id, yes_or_no
from runtime.store.importing import Judged
from runtime.tables import Broken, Rejected, Row, Table

PAGE = 500
SHOWN = 100
"""How many refused rows a report names; the file of rejected rows has all."""

Taken = dict[str, Any]
Read = Callable[[Mapping[str, str], str], Taken]
"""Reads one row by field. Gets the place for its messages. Raises `FileError`."""
Bring = Callable[[Sequence[Taken]], Awaitable[Sequence[Judged]]]


@dataclass(slots=True)
class Report:
    """What became of a file. `rejects`: the first refused rows, by line; `fields`: changes by field.

    `entered`: runs that events have started. `noted`: rows that went in and should be looked at; `notes`: the
    first of them, by line.
    """

    kind: str
    file: Path
    left_out: tuple[str, ...] = ()
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    entered: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    rejects: list[tuple[int, str]] = field(default_factory=list)
    noted: int = 0
    notes: list[tuple[int, str]] = field(default_factory=list)

    @property
    def imported(self) -> int:
        """Rows that are in the database now."""
        return self.new + self.changed + self.unchanged


@dataclass(slots=True)
class Importing:
    """One import. `told` is called after each page. `rejected`: where rows are kept aside; None: nowhere.

    `after`: a line up to which all is done. While a page is brought, `reached` is its last line and `broken`
    how many of its rows could not be read.
    """

    table: Table
    columns: Columns
    read: Read
    bring: Bring
    report: Report
    rejected: Rejected | None = None
    told: Callable[[Report, float], None] = lambda _report, _done: None
    page_size: int = PAGE
    after: int = 0
    reached: int = 0
    broken: int = 0
    _seen: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)

    async def run(self) -> Report:
        """Bring the file in."""
        page: list[tuple[Row, Taken] | Broken] = []
        for row in self.table.rows():
            if row.line <= self.after:
                continue
            self.reached = row.line
            taken = row if isinstance(row, Broken) else self._take(row)
            if taken is not None:
                page.append(taken)
            if len(page) >= self.page_size:
                await self._bring(page)
                page = []
        await self._bring(page)
        return self.report

    def _take(self, row: Row) -> tuple[Row, Taken] | Broken | None:
        """Read a row; None if it stands in the file already."""
        fields = {name: row.values[column] for column, name in self.columns.fields.items()}
        try:
            taken = self.read(fields, "")
        except FileError as problem:
            return Broken(row.line, row.cells, str(problem))
        id_, whole = _digest(str(taken["id"])), _digest(repr(sorted(fields.items())))
        line, before = self._seen.setdefault(id_, (row.line, whole))
        if line == row.line:
            return row, taken
        if whole != before:
            reason = f"The id {taken['id']} stands in line {line} already, with other values."
            return Broken(row.line, row.cells, reason)
        self.report.unchanged += 1
        return None

    async def _bring(self, page: Sequence[tuple[Row, Taken] | Broken]) -> None:
        if not page:
            return
        self.broken = sum(isinstance(one, Broken) for one in page)
        judged = iter(await self.bring([one[1] for one in page if not isinstance(one, Broken)]))
        for one in page:
            if isinstance(one, Broken):
                self._refuse(one)
                continue
            said = next(judged)
            if said.what == "refused":
                self._refuse(Broken(one[0].line, one[0].cells, said.reason))
            else:
                setattr(self.report, said.what, getattr(self.report, said.what) + 1)
                self.report.fields.update(said.fields)
                self._note(one[0].line, said.notes)
        self.told(self.report, self.table.done)

    def _note(self, line: int, notes: Sequence[str]) -> None:
        self.report.noted += bool(notes)
        room = max(0, SHOWN - len(self.report.notes))
        self.report.notes += [(line, text) for text in notes][:room]

    def _refuse(self, broken: Broken) -> None:
        broken = replace(broken, reason=_sentence(broken.reason))
        self.report.refused += 1
        if len(self.report.rejects) < SHOWN:
            self.report.rejects.append((broken.line, broken.reason))
        if self.rejected is not None:
            self.rejected.add(broken)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def _sentence(text: str) -> str:
    text = text.lstrip(":, ")
    return text[:1].upper() + text[1:]


CONTACT = ("id", "account_id", "time_zone", "consent", "created_at", "tags", "stage")
"""Columns of contacts beside the declared fields."""


def read_contact(fields: Mapping[str, str], where: str) -> Taken:
    """Read a contact's row. An empty cell leaves what is there."""
    own = ("id", "account_id", "consent", "created_at", "tags", "stage")
    taken: Taken = {name: value for name, value in fields.items() if value and name not in own}
    taken |= {"id": _id(fields.get("id", ""), where), "account_id": fields.get("account_id") or None}
    taken |= {"consents": fields.get("consent", ""), "tags": fields.get("tags", "")}
    if fields.get("stage"):
        taken["stage"] = fields["stage"]
    if fields.get("created_at"):
        taken["known_since"] = instant(fields["created_at"], f"{where}created_at")
    return taken


def read_account(fields: Mapping[str, str], where: str) -> Taken:
    """Read an account's row. An empty cell leaves what is there."""
    taken: Taken = {name: value for name, value in fields.items() if value and name != "id"}
    return taken | {"id": _id(fields.get("id", ""), where)}


EVENT = ("id", "event", "contact", "account", "at", "machine")
"""Columns of events beside their properties."""


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """Reads an event's row. `event`: its name, where no column says it; `now`: when the file is read."""

    event: str | None
    now: int

    def __call__(self, fields: Mapping[str, str], where: str) -> Taken:
        name = fields.get("event") or self.event
        if not name:
            raise FileError(f"{where}No event is named.")
        contact, account = fields.get("contact", ""), fields.get("account", "")
        if bool(contact) == bool(account):
            raise FileError(f"{where}An event is about one contact or one account; name one of them.")
        occurred = instant(fields["at"], f"{where}at") if fields.get("at") else self.now
        properties = {key: value for key, value in fields.items() if value and key not in EVENT}
        taken: Taken = {"event": name, "contact": contact or None, "account": account or None}
        taken |= {"occurred": occurred, "properties": properties}
        said = fields.get("machine") or "no"
        if (machine := yes_or_no(said)) is None:
            raise FileError(f"{where}`machine` is yes or no, {said!r} is neither.")
        taken["machine"] = machine
        if not fields.get("id") and not fields.get("at"):
            raise FileError(
                f"{where}An event needs an id, or when it happened: else a second import doubles it."
            )
        return taken | {"id": fields.get("id") or _made_up(taken)}


def _made_up(taken: Taken) -> str:
    """Name an event by what it says, so that it is taken in once however often the file is read."""
    whom = taken["contact"] or taken["account"]
    said = repr((taken["event"], whom, taken["occurred"], sorted(taken["properties"].items())))
    return f"csv:{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def _id(id_: str, where: str) -> str:
    if not id_:
        raise FileError(f"{where}It has no id.")
    if wrong := wrong_id(id_):
        raise FileError(f"{where}The id {id_!r} {wrong}.")
    return id_
