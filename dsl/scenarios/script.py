"""Scripts: a scenario, checked and with its moments worked out, as plain data for whoever plays it.

Instants are whole seconds since the epoch. A *stretch* is a pair of instants, both inclusive. Every part says
on which line of the file it stands, for messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dsl.plan import Condition

Outcome = Literal["sent", "held", "skipped", "failed"]
Passing = Literal["enters", "leaves", "reaches"]
Answer = Literal["accepted", "rejected", "overdue", "unanswered"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `since` to `until`, both inclusive."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Person:
    """A contact at the start. `known`: for how many seconds it has been known."""

    id: str
    name: str
    fields: Mapping[str, Any]
    account: str | None
    time_zone: str | None
    consents: tuple[str, ...]
    tags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    stage: str | None = None
    score: float = 0.0
    known: int = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Company:
    """An account at the start."""

    id: str
    name: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """An event about a contact or an account.

    `presumes`: what must be there for it to happen: the email that it names, sent to the contact; or a
    handoff of the contact that waits for an answer. `occurred`: when it happened, if that was before it is
    received. `journey`: the email that it answers is of this journey, of the contact's run of that `number`
    counted from 1, or of the newest one.
    """

    name: str
    contact: str | None
    account: str | None
    properties: Mapping[str, Any] = field(default_factory=dict)
    machine: bool = False
    presumes: Literal["", "email", "handoff"] = ""
    occurred: int | None = None
    journey: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Mailed:
    """A contact has been sent an email, before the start."""

    email: str
    contact: str
    service: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A field is written from outside: by an import, or another system. `value`: None empties it."""

    of: Literal["contact", "account"]
    id: str
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact is let into a journey by hand."""

    journey: str
    contact: str


PROVIDED = {
    "emails": "send",
    "messages": "message",
    "notices": "notify",
    "syncs": "sync",
    "webhooks": "webhook",
    "audiences": "audience",
    "tasks": "task",
}
"""What a provider takes, by the word for it: the kind of effect, as plans have it."""


@dataclass(frozen=True, slots=True)
class Down:
    """Effects of a kind cannot be delivered from now until before `until`.

    `again`: the seconds after which the provider asks to be tried again, if it does.
    """

    kind: str
    until: int
    again: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The mail server refuses the address of a contact from now on."""

    contact: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A person lets runs stand still, go on, or leave; or stops what they send, and lets it go again.

    `scope`: whose runs. `name`: of the journey, or the contact's id; `journey`: of all runs of this contact
    those of this journey that are open at the moment (`scope` run).
    """

    what: Literal["pause", "resume", "stop", "stop sends", "resume sends"]
    scope: Literal["all", "journey", "contact", "run"]
    name: str = ""
    journey: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A person decides whether marketing reaches a contact, until an instant or for good."""

    what: Literal["suppress", "lift", "let through"]
    contact: str
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """A contact is erased, or merged `into` another one."""

    contact: str
    into: str = ""


What = Event | Change | Entry | Down | Refusal | Switch | Decision | Departure
Before = Event | Mailed
"""What can be on record at the start."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens at an instant. `text`: the line, as it is written."""

    at: int
    line: int
    what: What
    text: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """Something that was before the start."""

    at: int
    line: int
    what: Before


@dataclass(frozen=True, slots=True)
class Count:
    """How many are expected."""

    least: int = 1
    most: int | None = None

    def holds(self, number: int) -> bool:
        """Whether so many are as expected."""
        return number >= self.least and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least}"
        if self.most == 0:
            return "none"
        return f"{self.most}" if self.least == self.most else f"at most {self.most}"


@dataclass(frozen=True, slots=True)
class Effect:
    """An outer effect with an outcome. `kind`: as in plans. `name` None: any. `contact` None: anybody's.

    `adds`: whether an audience gains the contact, or loses it.
    """

    kind: str
    name: str | None
    contact: str | None
    outcome: Outcome = "sent"
    reason: str | None = None
    channel: str | None = None
    team: str | None = None
    adds: bool | None = None
    subject: str | None = None
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A contact enters or leaves a journey, or reaches a goal.

    `because`: the reason of an exit; `refused`: it is not let in, for that reason.
    """

    contact: str
    how: Passing
    name: str
    because: str | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Handed:
    """A handoff is opened; with `answer`: how it stands at the end of the stretch."""

    contact: str
    handoff: str | None
    owner: str | None = None
    high: bool = False
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition about a contact, or about an account, is true at the end of the stretch (or is not).

    `asked`: what is told in its place where it is otherwise, such as `score` or `contact.title`. `inverse`:
    the condition itself says that something is not so.
    """

    of: Literal["contact", "account"]
    id: str
    condition: Condition
    negated: bool
    asked: str
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contact stands in a journey at the end of the stretch. `step` "": anywhere in it.

    `waits`: it waits for the block `step`.
    """

    contact: str
    journey: str
    step: str
    negated: bool
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Pressure:
    """Never more than `most` emails in `amount` units; `amount` 0: in the calendar `unit`."""

    contact: str
    most: int
    amount: int
    unit: Literal["minute", "hour", "day", "week"]


Expected = Effect | Passage | Handed | Fact | Place | Pressure


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is to be so in a stretch. `text`: the line, as it is written. `count`: how often."""

    line: int
    text: str
    stretch: Stretch
    what: Expected
    count: Count = Count()


@dataclass(frozen=True, slots=True)
class Script:
    """One scenario, or one case of it. `case`: what tells it from others of the same name.

    `past`: what is on record at the start, and wakes nobody.
    """

    name: str
    file: str
    line: int
    case: str
    zone: str
    start: int
    until: int
    people: tuple[Person, ...]
    companies: tuple[Company, ...]
    past: tuple[Past, ...]
    acts: tuple[Act, ...]
    expectations: tuple[Expectation, ...]

    @property
    def title(self) -> str:
        """The name, and the case if there are several."""
        return f"{self.name} ({self.case})" if self.case else self.name
