"""Collecting: what a transaction writes, gathered so that each table is written once for many decisions."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, Update, bindparam, insert, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from runtime.store import schema
from runtime.store.open import WORDS_LEFT
from runtime.writes import InboxPut

_contacts, _runs = schema.contacts, schema.runs


class Rows:
    """New rows of any tables, changes of contacts, and what runs are told. `write` writes all of it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        # A run is there before anything that belongs to it.
        self._new: dict[Table, list[dict[str, Any]]] = {_runs: []}
        self._changed: dict[str, dict[str, Any]] = {}
        self._puts: list[tuple[InboxPut, int | None, dict[str, Any]]] = []

    def add(self, table: Table, **values: Any) -> None:
        """Insert a row."""
        self._new.setdefault(table, []).append(values)

    def change(self, contact: str, values: dict[str, Any]) -> None:
        """Change columns of a contact."""
        self._changed.setdefault(contact, {}).update(values)

    def leave_word(self, kind: str, target: str, n: int, payload: dict[str, Any], at: int) -> dict[str, Any]:
        """Leave word for Temporal, in the order of the calls."""
        row = {"kind": kind, "target": target, "n": n, "payload": payload, "created_at": at}
        self._new.setdefault(schema.outbox, []).append(row)
        return row

    def put(self, write: InboxPut, event: int | None) -> None:
        """Give a run the next number of its inbox, and leave word for its workflow."""
        payload = {"n": 0, "at": write.at, "interests": list(write.interests)}
        word = self.leave_word("signal", write.run, 0, payload, write.at)
        self._puts.append((write, event, word))

    async def write(self) -> None:
        """Write it all down, within the caller's transaction."""
        if rows := self._new.pop(_runs):
            await self._connection.execute(_insert(_runs), rows)
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for contact, values in self._changed.items():
            row = {f"new_{name}": value for name, value in values.items()} | {"changed": contact}
            by_columns.setdefault(tuple(sorted(values)), []).append(row)
        for columns, rows in by_columns.items():
            await self._connection.execute(_update(columns), rows)
        await self._number()
        for table, rows in self._new.items():
            await self._connection.execute(_insert(table), rows)
        if schema.outbox in self._new:
            self._connection.info[WORDS_LEFT] = True
        self._new, self._changed, self._puts = {_runs: []}, {}, []

    async def _number(self) -> None:
        """Give numbers to what runs are told, in the order in which they are told it."""
        if not self._puts:
            return
        more = Counter(write.run for write, _, _ in self._puts)
        # INVARIANT: the update holds the runs' rows until the commit, so numbers are contiguous.
        if self._connection.dialect.name == "postgresql":
            found = await self._connection.execute(
                _NEXT_ON_POSTGRES, {"run": list(more), "more": list(more.values())}
            )
        else:
            found = await self._connection.execute(_NEXT_ON_SQLITE, {"told": json.dumps(more)})
        number = {run: after - more[run] for run, after in found}
        for write, event, word in self._puts:
            n = number[write.run]
            number[write.run] = n + 1
            row = {"run_id": write.run, "n": n, "event_id": event, "at": write.at}
            self.add(schema.run_inbox, **row, interests=list(write.interests))
            word["n"] = word["payload"]["n"] = n


_NEXT_ON_POSTGRES = text(
    "UPDATE runs SET inbox_next = inbox_next + told.more "
    "FROM unnest(CAST(:run AS text[]), CAST(:more AS integer[])) AS told (run, more) "
    "WHERE runs.id = told.run RETURNING runs.id, runs.inbox_next"
)
_NEXT_ON_SQLITE = text(
    "UPDATE runs SET inbox_next = inbox_next + told.value FROM json_each(:told) AS told "
    "WHERE runs.id = told.key RETURNING runs.id, runs.inbox_next"
)


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


@cache
def _update(columns: tuple[str, ...]) -> Update:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return update(_contacts).where(_contacts.c.id == bindparam("changed")).values(values)


__all__ = ["Rows"]
