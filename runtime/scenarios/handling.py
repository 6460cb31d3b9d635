"""Handling: what people do by hand in a test, what sales answers, and when providers fail.

The words are those of scenarios, and of `nurture pause`, `resume`, `stop`, `suppress`, `lift`, `erase` and
`merge`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from dsl import civil
from dsl.catalog import Catalog
from dsl.checking import Checker
from dsl.diagnostics import Report
from dsl.parser import Failure, parse
from dsl.scenarios.moments import Clock as Moments
from dsl.scenarios.script import PROVIDED, Decision, Departure, Down, Event, Refusal, Switch
from dsl.span import Span
from runtime.scenarios.vetting import ActingError, hidden

if TYPE_CHECKING:
    from runtime.scenarios.acting import Contact
    from runtime.scenarios.rehearsing import Play

__tracebackhide__ = hidden

_Scope = Literal["all", "journey", "contact", "run"]
Switching = Literal["pause", "resume", "stop", "stop sends", "resume sends"]


def id_of(contact: Contact) -> str:
    """Return the id of a contact that was made."""
    if not isinstance(contact, Switched) or not hasattr(contact, "id"):
        raise ActingError(f'{contact!r} is no contact. Give one that was made: ana = contact("Ana")')
    return contact.id


def instant(play: Play, moment: str, *, day: bool = False) -> int:
    """Return the instant of a moment as scenarios have it: `day 2 11:00`, `monday 10:00`, `3 hours later`.

    `day`: a whole day is one, too; it is the moment at which it begins.
    """
    rule = moment if moment.endswith("later") else f"on {moment}"
    parsed = parse(rule, Span("clock", 1, 1, len(rule) + 1), "scenario")
    report = Report()
    if not isinstance(parsed, Failure) and parsed.rule in ("on_point", "later"):
        stage = play.stage
        zone = civil.zone(play.zone, "UTC")
        clock = Moments(Checker(Catalog(report)), zone, stage.start, stage.now, begun=True)
        found = clock.read(parsed)
        wrong = [one for one in report.found if one.severity == "error"]
        if found is not None and (found.instant or day) and not wrong:
            return found.stretch.since
    said = f" {report.found[0].message}" if report.found else ""
    raise ActingError(f"“{moment}” is no moment to come.{said} Write such as: day 2 11:00, or 3 hours later")


class Switched(ABC):
    """Runs that a person lets stand still, go on or leave, and whose sends stop."""

    __slots__ = ()

    @abstractmethod
    def _switch(self, what: Switching) -> None:
        """Do it with these runs."""

    def pause(self) -> None:
        """Let the runs stand still."""
        self._switch("pause")

    def resume(self) -> None:
        """Let the runs go on."""
        self._switch("resume")

    def stop(self) -> None:
        """Let the runs leave."""
        self._switch("stop")

    def stop_sends(self) -> None:
        """Let no email and no message of the runs go."""
        self._switch("stop sends")

    def resume_sends(self) -> None:
        """Let emails and messages go again."""
        self._switch("resume sends")


def switch(play: Play, what: Switching, scope: _Scope, name: str = "", journey: str = "") -> None:
    """Switch runs. `scope` run: those of the contact `name` in a journey."""
    play.do(Switch(what, scope, name, journey))


@dataclass(frozen=True, slots=True)
class Runs(Switched):
    """The runs of one contact in one journey that are open."""

    play: Play = field(repr=False)
    journey: str
    contact: str

    def _switch(self, what: Switching) -> None:
        switch(self.play, what, "run", self.contact, self.journey)


def decide(
    play: Play, what: Literal["suppress", "lift", "let through"], contact: str, until: str | None
) -> None:
    """Let a person decide whether marketing reaches a contact, until a moment or for good."""
    play.do(Decision(what, contact, None if until is None else _end(play, until)))


def _end(play: Play, until: str) -> int:
    """Return the instant before which something ends that begins now."""
    end = instant(play, until, day=True)
    if end <= play.stage.now:
        raise ActingError(f"“{until}” is over. Name a later moment.")
    return end


def depart(play: Play, contact: str, into: str = "") -> None:
    """Erase a contact, or make it one with another."""
    if contact == into:
        raise ActingError(f"{play.people[contact].name} is one contact. Name two.")
    play.present(contact)
    if into:
        play.present(into)
    play.do(Departure(contact, into))
    other = play.people[into].name if into else ""
    play.gone[contact] = f"one with {other}" if into else "erased"


@dataclass(frozen=True, slots=True)
class Provider:
    """The fixture `provider`: lets what is sent fail."""

    play: Play = field(repr=False)

    def down(self, what: str, until: str, *, again: timedelta | None = None) -> None:
        """Let nothing of a kind be taken until a moment: emails, messages, notices, syncs, webhooks and such.

        `again`: after how long it asks to be tried again, if it does.
        """
        kind = PROVIDED[self.play.vetting.one_of("kind of provider", what, PROVIDED)]
        wait = None if again is None else int(again.total_seconds())
        if wait is not None and wait < 1:
            raise ActingError("What is tried again comes later. Write a length from 1 second.")
        self.play.do(Down(kind, _end(self.play, until), wait))

    def refuses(self, contact: Contact) -> None:
        """Let the mail server take nothing for the address of a contact from now on."""
        self.play.do(Refusal(id_of(contact)))


@dataclass(frozen=True, slots=True)
class Sales:
    """The fixture `sales`: answers the handoffs of contacts, which must wait for an answer."""

    play: Play = field(repr=False)

    def accepts(self, contact: Contact) -> None:
        """Take a contact over."""
        self._answers("Handoff Accepted", contact, {})

    def rejects(self, contact: Contact, *, because: str | None = None) -> None:
        """Give a contact back, for a reason."""
        self._answers("Handoff Rejected", contact, {} if because is None else {"reason": because})

    def _answers(self, name: str, contact: Contact, told: dict[str, str]) -> None:
        plans = self.play.set.compiled.plans.values()
        hands_off = any(step.op == "handoff" for plan in plans for step in plan.steps)
        self.play.do(Event(name, id_of(contact), None, told, presumes="handoff" if hands_off else ""))
