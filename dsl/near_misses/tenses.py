"""Tenses: what happens, in the present, and what has happened, in the perfect."""

from __future__ import annotations

import re

EVENTS = {
    "click": "clicks",
    "clicked": "clicks",
    "open": "opens",
    "opened": "opens",
    "reply": "replies",
    "replied": "replies",
    "submit": "submits",
    "submitted": "submits",
    "visit": "visits",
    "visited": "visits",
    "download": "downloads",
    "downloaded": "downloads",
    "done": "does",
    "did": "does",
}
FACTS = {
    "clicks": "clicked",
    "opens": "opened",
    "replies": "replied",
    "submits": "submitted",
    "visits": "visited",
    "downloads": "downloaded",
    "does": "done",
    "did": "done",
    "attends": "attended",
    "books": "booked",
    "unsubscribes": "unsubscribed",
    "click": "clicked",
    "open": "opened",
    "reply": "replied",
    "submit": "submitted",
    "visit": "visited",
    "download": "downloaded",
    "do": "done",
    "attend": "attended",
    "book": "booked",
    "unsubscribe": "unsubscribed",
}
DID = "clicked|opened|replied|submitted|visited|downloaded"
DOES = "clicks|opens|replies|submits|visits|downloads|does|did|attends|books|unsubscribes"
DO = "click|open|reply|submit|visit|download|do|attend|book|unsubscribe"


def perfect(match: re.Match[str]) -> str:
    """Write a fact."""
    return f"contact has {FACTS.get(match[1], match[1])}"


def not_perfect(match: re.Match[str]) -> str:
    """Write that a fact is not so."""
    return f"contact has not {FACTS[match[1].lower()]}"


def present(match: re.Match[str]) -> str:
    """Write an event."""
    return f"contact {EVENTS.get(match[1], match[1])}"
