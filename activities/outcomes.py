"""Outcomes: what became of one attempt at an effect on the world.

A `reason` is a code that may appear in histories, traces and logs. A `detail` is what the provider said;
it may quote an address, so it goes to the ledger and nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["sent", "failed", "in doubt", "retry"]

# INVARIANT: no reason holds personal data. The pattern leaves no room for an address, a URL or a sentence.
_REASON = re.compile(r"[a-z0-9][a-z0-9 .:_-]{0,79}|")

UNREACHABLE = "provider unreachable"
TIMED_OUT = "provider timed out"
CONNECTION_LOST = "connection lost"
NO_REPLY = "no reply after data"
INVALID_ADDRESS = "invalid address"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt.

    `sent`: the provider accepted it. `failed`: it never will, for this recipient. `retry`: it certainly was
    not accepted and may be tried again. `in doubt`: it may have been accepted.
    `retry_after`: seconds the provider asked us to wait, a hint.
    """

    kind: Kind
    reason: str = ""
    detail: str = field(default="", repr=False)
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if not _REASON.fullmatch(self.reason):
            raise ValueError("A reason is a short lower-case code; what a provider said belongs in `detail`.")


def sent(detail: str = "") -> Outcome:
    """Return the outcome of an accepted effect."""
    return Outcome("sent", detail=detail)


def failed(reason: str, detail: str = "") -> Outcome:
    """Return the outcome of an effect that will never be accepted."""
    return Outcome("failed", reason, detail)


def in_doubt(reason: str, detail: str = "") -> Outcome:
    """Return the outcome of an effect that may or may not have been accepted."""
    return Outcome("in doubt", reason, detail)


def retry(reason: str, detail: str = "", retry_after: int | None = None) -> Outcome:
    """Return the outcome of an effect that was certainly not accepted."""
    return Outcome("retry", reason, detail, retry_after)


class ChannelError(Exception):
    """The root of what this package raises. The message says what to do and holds no personal data."""


class PermanentFailure(ChannelError):
    """An effect that cannot be carried out for this contact, found before any provider was asked."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def outcome(self) -> Outcome:
        """Return the failure as an outcome."""
        return failed(self.reason, str(self))
