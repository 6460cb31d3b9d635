"""Receiving: events that come as JSON, one or many, each taken in once by its message id."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dsl.spelling import nearest
from runtime.endpoint import Reply, as_json, refusal
from runtime.people import FUTURE, FileError, RecordedEvent, event_from, in_future
from runtime.published import Published
from runtime.remarks import unknown_names
from runtime.store import (
    Arrived,
    ErasedError,
    Recorded,
    Store,
    StoreError,
    Unrecorded,
    load_published,
)
from runtime.store.events import database_clock
from runtime.store.gathering import Gathering
from runtime.store.identifying import find_contacts

KEYS = ("id", "event", "contact", "account", "at", "occurred", "properties", "machine")
"""What an event may have."""

MOST = 1_000
"""Events in one request."""


class Unacceptable(Exception):
    """A request that is not taken. The message is a sentence that says what to send instead."""


@dataclass(slots=True)
class Receiver:
    """Takes events in for one database. `told` is called when something was recorded."""

    store: Store
    clock: Callable[[], int]
    told: Callable[[], Awaitable[None]]
    _gathering: Gathering = field(init=False)

    def __post_init__(self) -> None:
        self._gathering = Gathering(self.store)

    async def __call__(self, body: bytes) -> Reply:
        """Take the events of one request in: 202 and what came of each, or 4xx and a sentence.

        All are looked at before the first is recorded. If one fails nevertheless, those before it are on
        record, and sending all of them again changes nothing about these.
        """
        now = self.clock()
        try:
            events = read(body, now)
            await self._in_time(events, now)
            published = await self._known(events)
        except (Unacceptable, FileError) as problem:
            return refusal(400, str(problem))
        try:
            arrived, trouble = await self._arrived(events, now)
            recorded = await self._gathering.record(arrived)
            if trouble is not None:
                raise Unrecorded(trouble, recorded)
        except Unrecorded as problem:
            number = len(problem.recorded) + 1
            before = f" The {number - 1} before it are on record." if number > 1 else ""
            return refusal(422, f"{_where(number, len(events))}: {problem}{before}")
        await self.told()
        results = [_told(event, came, published) for event, came in zip(events, recorded, strict=True)]
        return as_json(202, {"events": results})

    async def _in_time(self, events: Sequence[RecordedEvent], now: int) -> None:
        """Refuse what lies in the future, unless it is this clock that is behind: the database's may tell."""
        latest = [max(event.at, event.occurred or 0) for event in events]
        if not in_future(max(latest), now):
            return
        now = max(now, await database_clock(self.store) or 0)
        for number, moment in enumerate(latest, start=1):
            if in_future(moment, now):
                raise Unacceptable(f"{_where(number, len(events))} {FUTURE}.")

    async def _known(self, events: Sequence[RecordedEvent]) -> Published:
        try:
            published = await load_published(self.store)
        except StoreError as problem:
            raise Unacceptable(str(problem)) from problem
        declared = published.definitions.events
        for number, event in enumerate(events, start=1):
            if event.name not in declared:
                guess = nearest(event.name, declared)
                advice = f'Did you mean "{guess}"?' if guess else f"There are: {', '.join(sorted(declared))}."
                where = _where(number, len(events))
                raise Unacceptable(
                    f'{where}: there is no event "{event.name}" in what is published. {advice}'
                )
        return published

    async def _arrived(
        self, events: Sequence[RecordedEvent], now: int
    ) -> tuple[list[Arrived], StoreError | None]:
        """Find whom the events are about; up to the first of whom nobody knows, and what is wrong with it."""
        found: list[Arrived] = []
        known = await find_contacts(self.store, {e.contact for e in events if e.contact is not None})
        for event in events:
            contact = None if event.contact is None else known[event.contact]
            if isinstance(contact, ErasedError):
                # Whoever sends it must not send it for ever: it is answered like any other.
                contact = contact.contact
            if isinstance(contact, StoreError):
                return found, contact
            occurred = event.at if event.occurred is None else event.occurred
            about = (event.id, event.name, now, contact, event.account, occurred)
            found.append(Arrived(*about, event.properties, event.machine))
        return found, None


def read(body: bytes, now: int) -> list[RecordedEvent]:
    """Read the events of a request. `now`: when those happened that do not say when.

    Raises:
        Unacceptable, FileError: something is not as it must be; the message says which event and what.
    """
    try:
        data = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unacceptable(
            "The body is not JSON. Send one event as an object, or several as a list."
        ) from None
    if b"\\u" in body and not all(_storable(text) for text in _texts(data)):
        raise Unacceptable(
            "A text holds a zero character or half a surrogate pair, which no database keeps. Leave it out."
        )
    rows = data if isinstance(data, list) else [data]
    if not rows or len(rows) > MOST:
        raise Unacceptable(f"Send from 1 to {MOST:,} events in one request, not {len(rows):,}.")
    return [_event(row, _where(number, len(rows)), now) for number, row in enumerate(rows, start=1)]


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts of JSON data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _texts(part)


def _storable(text: str) -> bool:
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _event(row: Any, where: str, now: int) -> RecordedEvent:
    for name in row if isinstance(row, dict) else ():
        if name not in KEYS:
            guess = nearest(name, KEYS)
            advice = f'Did you mean "{guess}"?' if guess else f"It may have: {', '.join(KEYS)}."
            raise Unacceptable(f'{where}: an event has no "{name}". {advice}')
    event = event_from({"at": now, **row} if isinstance(row, dict) else row, where)
    if not isinstance(row.get("id"), str) or not row["id"].strip():
        raise Unacceptable(
            f'{where}: it needs a message id of yours, "id": "…", so that sending it twice counts once.'
        )
    whom = [row[name] for name in ("contact", "account") if row.get(name) is not None]
    if len(whom) != 1 or not isinstance(whom[0], str):
        raise Unacceptable(f'{where}: name one "contact" or one "account", by its id.')
    if not all(_plain(value) for value in event.properties.values()):
        raise Unacceptable(
            f"{where}: a property is a text, a number, yes or no, or a list; none holds others."
        )
    return event


def _plain(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return not any(isinstance(part, dict | list) for part in parts)


def _where(number: int, of: int) -> str:
    return "The event" if of == 1 else f"Event {number}"


def _told(event: RecordedEvent, recorded: Recorded, published: Published) -> dict[str, Any]:
    refused = [{"journey": journey, "reason": reason} for journey, reason in recorded.refused]
    said: dict[str, Any] = {"id": event.id, "status": recorded.status, "entered": list(recorded.entered)}
    said["refused"] = refused
    if recorded.status == "refused":
        return {**said, "reason": "erased"}
    notes = list(recorded.notes)
    if recorded.status == "recorded":
        notes += unknown_names(event.name, event.properties, published)
    return {**said, "notes": notes} if notes else said
