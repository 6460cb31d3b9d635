"""Searching what Temporal keeps and shows for what it must not hold: values of persons."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message

from tests.histories.listing import payloads

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")


def found(values: Iterable[str], texts: Iterable[str]) -> set[str]:
    """Return the values that occur in one of the texts, in whatever case."""
    haystacks = [text.casefold() for text in texts]
    return {value for value in values if any(value.casefold() in text for text in haystacks)}


def of_message(message: Message) -> Iterator[str]:
    """Yield a message in every form in which somebody might read it: JSON, its bytes, its payloads."""
    yield from of_text(MessageToJson(message, ensure_ascii=False))
    yield message.SerializeToString().decode("utf-8", "replace")
    for _name, payload in payloads(message):
        yield from of_text(payload.data.decode("utf-8", "replace"))
        for value in payload.metadata.values():
            yield value.decode("utf-8", "replace")


def of_text(text: str) -> Iterator[str]:
    """Yield a text, what it says as JSON without escapes or as an address, and what is base64 in it."""
    yield text
    yield unquote(text)
    with suppress(ValueError):
        yield json.dumps(json.loads(text), ensure_ascii=False)
    for match in _BASE64.findall(text):
        for read in (base64.b64decode, base64.urlsafe_b64decode):
            with suppress(ValueError):
                yield read(match + "=" * (-len(match) % 4)).decode()


def of_value(value: Any) -> Iterator[str]:
    """Yield what a query has returned."""
    yield from of_text(json.dumps(value, ensure_ascii=False, default=str))
