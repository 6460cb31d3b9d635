"""Reading: histories from files, as the command line, the UI and the SDK of Temporal write them.

Whatever is wrong with a file is said in a sentence. What stands before the place is kept, and called partial.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseError
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

_HOW = "temporal workflow show --workflow-id ID --output json"
_UNREAD = re.compile(r"Failed to parse (\w+) field")
_EVENTS = re.compile(r'"events"\s*:\s*\[|^\s*\[')


_LAST = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
    }
)


class HistoryError(Exception):
    """A history cannot be used. The message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class History:
    """The events of one workflow, in order, from its start. `partial`: what is missing, in a sentence."""

    name: str
    events: Sequence[HistoryEvent]
    partial: str = ""

    @property
    def workflow_type(self) -> str:
        """The name of the workflow."""
        return str(self.events[0].workflow_execution_started_event_attributes.workflow_type.name)

    @property
    def open(self) -> bool:
        """Whether the workflow goes on after the last event: what came later, if anything, is not here."""
        return self.events[-1].event_type not in _LAST

    @property
    def workflow_id(self) -> str:
        """The id, where the history holds it; else the name of the file."""
        started = self.events[0].workflow_execution_started_event_attributes
        return str(started.workflow_id) or self.name

    def sdk(self) -> WorkflowHistory:
        """Return it as the SDK has it."""
        return WorkflowHistory(self.workflow_id, list(self.events))


def read_file(path: Path) -> History:
    """Read a history. Raises `HistoryError`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise HistoryError(f"{path} cannot be read: {problem.strerror}.") from None
    except UnicodeDecodeError:
        raise HistoryError(f"{path} is no text, so it is no history. Download it as JSON: {_HOW}") from None
    if not text.strip():
        raise HistoryError(f"{path} is empty. Download the history again: {_HOW}")
    events, partial = _events(str(path), text)
    return of_events(str(path), events, partial)


def of_events(name: str, events: Sequence[dict[str, Any]], partial: str = "") -> History:
    """Make a history of its events as JSON data. Raises `HistoryError`."""
    if not events:
        raise HistoryError(f"{name} holds no event. Download the history again: {_HOW}")
    kept, broken = _in_order(events)
    first = kept[0] if kept else {}
    kind = str(first.get("eventType", ""))
    if _number(first) != 1 or "STARTED" not in kind.upper() or "EXECUTION" not in kind.upper():
        raise HistoryError(
            f"{name} does not begin with the start of a workflow (event 1), so nothing can be told of it. "
            f"Download the whole history: {_HOW}"
        )
    made: list[HistoryEvent] = []
    for event in kept:
        try:
            (parsed,) = WorkflowHistory.from_json(name, {"events": [_packed(event)]}).events
            if parsed.event_type == EventType.EVENT_TYPE_UNSPECIFIED:
                raise ValueError(f"its type {event.get('eventType')!r} is unknown")
        except (ParseError, ValueError, TypeError, KeyError, AttributeError) as problem:
            broken = f"Event {_number(event)} is damaged ({_where(problem)})"
            break
        made.append(parsed)
    if not made:
        raise HistoryError(f"{name}: {broken}. Download the history again: {_HOW}")
    partial = partial or (f"{broken}; what comes before it is told." if broken else "")
    return History(name, made, partial)


def _where(problem: Exception) -> str:
    """Say which part of an event cannot be read; the parser names the way to it from the outside in."""
    parts = _UNREAD.findall(str(problem))
    return f"its {parts[-1]} cannot be read" if parts else " ".join(str(problem).split())[:160]


def _packed(value: Any, key: str = "") -> Any:
    """Pack what the UI has opened for its download: payloads as plain values instead of sealed bytes."""
    if isinstance(value, list):
        return [_payload(one) for one in value] if key == "payloads" else [_packed(one) for one in value]
    if isinstance(value, dict):
        return {name: _packed(inner, name) for name, inner in value.items()}
    return value


def _payload(value: Any) -> Any:
    """Return a payload as the API writes it, in base64."""
    if (
        isinstance(value, dict)
        and isinstance(value.get("metadata"), dict)
        and _is_base64(value.get("data", ""))
    ):
        return value
    opened = value.get("data") if isinstance(value, dict) and "metadata" in value else value
    data = base64.b64encode(json.dumps(opened).encode()).decode()
    return {"metadata": {"encoding": base64.b64encode(b"json/plain").decode()}, "data": data}


def _is_base64(data: Any) -> bool:
    try:
        return isinstance(data, str) and base64.b64decode(data, validate=True) is not None
    except ValueError:
        return False


def _in_order(events: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """Return the events up to the first that is not the next one, and what is wrong there."""
    kept: list[dict[str, Any]] = []
    before, there = 0, {_number(event) for event in events}
    for event in events:
        number = _number(event)
        if number is None:
            return kept, f"Behind event {before} stands something that is no event"
        if kept and number != before + 1:
            if number <= before or before + 1 in there:
                return kept, f"The events are not in order: event {number} stands behind event {before}"
            missing = str(before + 1) if number == before + 2 else f"{before + 1} to {number - 1}"
            return kept, f"Events are missing: {missing}"
        kept.append(event)
        before = number
    return kept, ""


def _number(event: Any) -> int | None:
    found = event.get("eventId") if isinstance(event, dict) else None
    try:
        return int(found) if found is not None else None
    except (TypeError, ValueError):
        return None


def _events(name: str, text: str) -> tuple[list[dict[str, Any]], str]:
    """Return the events of a file, and what is missing of them."""
    try:
        return _list(name, json.loads(text)), ""
    except json.JSONDecodeError as problem:
        found = _by_line(text) or _as_far_as_possible(text)
        if not found[0]:
            raise HistoryError(
                f"{name} is no JSON: {problem.msg.lower()} in line {problem.lineno}. Download the history "
                f"again: {_HOW}"
            ) from None
        if not found[1]:
            return found[0], ""
        return found[0], (
            f"The file is cut off or damaged in line {problem.lineno}; the {len(found[0])} events before "
            "that are told."
        )


def _list(name: str, data: Any) -> list[dict[str, Any]]:
    if isinstance(data, dict) and isinstance(data.get("history"), dict):
        data = data["history"]
    events = data.get("events") if isinstance(data, dict) else data
    if not isinstance(events, list):
        raise HistoryError(f"{name} is no history: it has no list “events” of Temporal. Get one: {_HOW}")
    return events


def _by_line(text: str) -> tuple[list[dict[str, Any]], bool] | None:
    """Read one event a line; None if the lines are none. The flag: something was left over."""
    found: list[dict[str, Any]] = []
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            return (found, True) if found else None
        if not isinstance(event, dict) or "eventId" not in event:
            return None
        found.append(event)
    return found, False


def _as_far_as_possible(text: str) -> tuple[list[dict[str, Any]], bool]:
    """Return the events that are whole in a file that was cut off."""
    begin = _EVENTS.search(text)
    found: list[dict[str, Any]] = []
    place = begin.end() if begin else len(text)
    decoder = json.JSONDecoder()
    while True:
        while place < len(text) and text[place] in " \t\r\n,":
            place += 1
        try:
            event, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError:
            return found, True
        found.append(event)
