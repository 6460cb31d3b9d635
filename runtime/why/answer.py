"""Answers: a sentence, and the chain of facts that it rests on, each with its moment and its line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file. `text`: what it says; "" where the file is not at hand, or has changed since."""

    file: str
    line: int
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else f"line {self.line}"


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact. `at`: when, if it has a moment; `local`: the same on the contact's clock.

    `sure`: it is on record; else it follows from what is known now, for no record was kept. `detail`: it
    belongs to the fact before it.
    """

    text: str
    at: int | None = None
    local: str = ""
    place: Place | None = None
    sure: bool = True
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Why, or why not. `verdict`: an enumeration, see `VERDICTS`; `sentence`: it all in one sentence."""

    verdict: str
    sentence: str
    reasons: tuple[Reason, ...] = ()
    journey: str = ""
    run: str = ""
    step: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one question. `at`: the instant that they hold for; `partial`: what they lack."""

    contact: str
    name: str
    time_zone: str
    at: int
    local: str
    answers: tuple[Answer, ...]
    notes: tuple[str, ...] = ()
    partial: str = ""


VERDICTS = {
    "sent": "it went out",
    "in doubt": "it may or may not have arrived",
    "skipped": "it came up, and was not sent",
    "held": "it came up, and waits",
    "failed": "it came up, and could not be sent",
    "under way": "it is with the provider now",
    "waiting": "the run is on its way to it",
    "paused": "the run stands still",
    "another way": "the run went another way",
    "ended before": "the run ended before it",
    "passed by": "the run came to its end, or goes on, without it",
    "never entered": "there is no run",
    "inside": "the run goes on",
    "ended": "the run is over",
    "no journey": "no journey has it",
    "not deployed": "the journey is not in force",
    "gone": "the contact was erased",
}
"""What an answer can come to."""
