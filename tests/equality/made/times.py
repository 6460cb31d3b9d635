"""Awkward times: what is made by chance happens around one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

DAY, HOUR = 86_400, 3_600


def _at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type]


ANCHORS: dict[str, int] = {
    "spring forward in Europe": _at(2041, 3, 31, 1),
    "fall back in Europe": _at(2041, 10, 27, 1),
    "spring forward in America, at midnight in Havana": _at(2041, 3, 10, 7),
    "fall back in America": _at(2041, 11, 3, 6),
    "29 February": _at(2044, 2, 29, 12),
    "the end of a February of 28 days": _at(2041, 2, 28, 23),
    "new year": _at(2041, 12, 31, 23),
    "Christmas": _at(2041, 12, 24, 8),
    "half an hour in Lord Howe, and Santiago": _at(2041, 4, 6, 15),
    "a month of 30 days": _at(2041, 4, 30, 22),
}


def zone_of(anchor: str) -> str:
    """Return the time zone in which the anchor is awkward."""
    for words, zone in (
        ("America", "America/New_York"),
        ("Lord Howe", "Australia/Lord_Howe"),
        ("Europe", "Europe/Berlin"),
    ):
        if words in anchor:
            return zone
    return "Europe/Berlin"


def near(choose: Random, anchor: int) -> int:
    """Return a moment such that a few days later it is just about the anchor."""
    days = choose.choice((0, 1, 1, 2, 2, 3, 5))
    beside = choose.choice((0, 0, -1, 1, 30 * 60, -30 * 60, choose.randint(-6 * HOUR, 6 * HOUR)))
    return anchor - days * DAY + beside


def iso(moment: int) -> str:
    """Write a moment as case files have it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(moment: int) -> str:
    """Write a day as fields have it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
