"""Questions: what somebody wants to know about a contact."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """Why, or why not: about one journey, or all; about one email, or where the contact stands.

    `at`: as it stood at that instant; None: now.
    """

    journey: str | None = None
    email: str | None = None
    at: int | None = None


class Unanswerable(Exception):
    """The question names what nobody knows. The message says what there is."""
