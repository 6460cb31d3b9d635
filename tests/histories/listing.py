"""Histories as text, event by event, and what they weigh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory


def listing(history: WorkflowHistory) -> str:
    """Return one line an event: its number, what it is, and its summary for Temporal's UI."""
    lines = [f"{len(history.events)} events, {_ours(history)} bytes of payloads", ""]
    for event in history.events:
        kind = (event.WhichOneof("attributes") or "").removesuffix("_event_attributes")
        summary = event.user_metadata.summary.data.decode().strip('"')
        summary = summary.encode().decode("unicode_escape") if "\\u" in summary else summary
        lines.append(f"{event.event_id:3} {kind.replace('_', ' ')} {summary}".rstrip())
    return "\n".join(lines) + "\n"


def weight(history: WorkflowHistory) -> int:
    """Return the bytes of all events."""
    return sum(event.ByteSize() for event in history.events)


def payloads(message: Message) -> Iterator[tuple[str, Payload]]:
    """Yield every payload inside a message, with the name of the field that holds it."""
    for field, value in message.ListFields():
        for name, one in _each(field, value):
            if isinstance(one, Payload):
                yield name, one
            elif isinstance(one, Message):
                yield from ((f"{name}.{inner}", payload) for inner, payload in payloads(one))


def _each(field: Any, value: Any) -> Iterator[tuple[str, Any]]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        yield from ((f"{field.name}[{key}]", value[key]) for key in value)
    elif field.is_repeated:
        yield from ((field.name, one) for one in value)
    else:
        yield field.name, value


def _ours(history: WorkflowHistory) -> int:
    """Count what we put in ourselves: the rest varies with the names of machines."""
    return sum(
        len(payload.data)
        for event in history.events
        for name, payload in payloads(event)
        if "details[data]" not in name
    )
