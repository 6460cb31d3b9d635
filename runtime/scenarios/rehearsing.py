"""Rehearsing: the world of one test in Python, and its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dsl import civil
from dsl.scenarios.script import Act, Company, Effect, Event, Fact, Passage, Person, What
from runtime.scenarios.handling import instant
from runtime.scenarios.presuming import Missing
from runtime.scenarios.stage import Set, Stage
from runtime.scenarios.vetting import ActingError, Vetting, hidden

_HANDED = "a journey hands the contact off"

__tracebackhide__ = hidden


@dataclass(slots=True)
class Play:
    """What a test plays: who takes part, and the world as soon as something happens in it.

    `moved`: is told of the moment that the clock shows now. `gone`: what contacts are since they are no more.
    """

    set: Set
    zone: str
    start: int
    moved: Callable[[datetime], None] = lambda moment: None
    people: dict[str, Person] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    _stage: Stage | None = None

    @property
    def stage(self) -> Stage:
        """The world. It begins as it is first asked for; nobody can be added after that."""
        if self._stage is None:
            self._stage = Stage.of(self.set, self.people.values(), self.companies.values(), self.start)
        return self._stage

    @property
    def vetting(self) -> Vetting:
        """What names and values are held to."""
        catalog = self.set.compiled.catalog
        assert catalog is not None  # whoever compiles a workspace has it
        return Vetting(catalog)

    @property
    def emails(self) -> frozenset[str]:
        """The emails that journeys send; others come from elsewhere."""
        plans = self.set.compiled.plans.values()
        return frozenset(effect.email for plan in plans for _, effect in plan.sends())

    def add(self, person: Person) -> None:
        """Let somebody take part."""
        self._new("contacts", person.name, known=person.id in self.people)
        self.people[person.id] = person

    def found(self, company: Company) -> None:
        """Let a company be there."""
        self._new("accounts", company.name, known=company.name in self.companies)
        self.companies[company.name] = company

    def _new(self, kind: str, name: str, *, known: bool) -> None:
        """Refuse what comes too late, and a name that is there already."""
        if self._stage is not None:
            raise ActingError(f"{name} comes too late: make all {kind} before anything happens.")
        if known:
            raise ActingError(f"There are two {kind} {name}. Give one of them another name.")

    def present(self, contact: str) -> None:
        """Refuse what nobody can do any more who is erased or one with another."""
        if contact in self.gone:
            name = self.people[contact].name
            raise ActingError(
                f"{name} is {self.gone[contact]} by then. Leave it out, or name another contact."
            )

    def do(self, what: What) -> None:
        """Let something happen now, with all that follows at once."""
        stage = self.stage
        stage.do(Act(stage.now, 0, what))
        stage.pass_to(stage.now)
        if stage.missing:
            found = stage.missing.pop()
            told = _help(found)
            raise ActingError(f"{found.what[:1].upper()}{found.what[1:]}. {told}")


def _help(found: Missing) -> str:
    """Say what to write where something was not there that is presumed."""
    if isinstance(found.presumed, Fact):
        return found.remedy
    until = {Effect: "it is sent", Passage: "the contact enters it"}.get(type(found.presumed), _HANDED)
    otherwise = "tell the bare event with does()" if isinstance(found.act.what, Event) else found.remedy
    return f"Let the clock go on until {until}, or {otherwise}."


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of a test."""

    play: Play = field(repr=False)

    @property
    def now(self) -> datetime:
        """The moment, in the zone of the workspace."""
        return datetime.fromtimestamp(self.play.stage.now, civil.zone(self.play.zone, "UTC"))

    def to(self, moment: str) -> None:
        """Let time pass to a moment as scenarios have it: `day 2 11:00`, `monday 10:00`, `3 hours later`."""
        self._pass(instant(self.play, moment))

    def forward(self, **length: int) -> None:
        """Let so much time pass: `days=2, hours=3`, as for a `timedelta`."""
        try:
            passed = timedelta(**length)
        except TypeError:
            told = ", ".join(f"{unit}={amount!r}" for unit, amount in length.items())
            raise ActingError(f"“{told}” is no length of time. Write such as: days=2, hours=3") from None
        if passed < timedelta():
            raise ActingError("Time does not go back. Write a length from 0.")
        self._pass(self.play.stage.now + int(passed.total_seconds()))

    def _pass(self, at: int) -> None:
        self.play.stage.pass_to(at)
        self.play.moved(datetime.fromtimestamp(at, UTC))
