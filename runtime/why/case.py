"""Cases: what is on record about one contact; of one shape, wherever it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dsl.plan import Arm, Arms, Definitions, Plan
from runtime.evaluate import RunView, has_args
from runtime.facts import Facts, Happened
from runtime.reporting.record import Person
from runtime.trace import TraceRow, place_of


@dataclass(frozen=True, slots=True)
class Passage:
    """One run. `rows`: its journal; `due`: when it wakes next; `ended`: (kind, reason).

    `contact`: whom it mails. `began`: the plan that it came in with, if it was moved since; `plans`: those it
    was moved to, by hash. `details`: what providers said, by (step, visit).
    """

    id: str
    journey: str
    key: str
    plan: Plan
    entered: int
    trigger: Mapping[str, Any]
    rows: Sequence[TraceRow]
    position: Sequence[str] = ()
    due: int | None = None
    ended: tuple[str, str] | None = None
    ended_at: int | None = None
    by_hand: str | None = None
    details: Mapping[tuple[str, int], str] = field(default_factory=dict)
    contact: str = ""
    began: Plan | None = None
    plans: Mapping[str, Plan] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether the journal goes back to the entry: that of a run that is over may have been purged."""
        return any(row.kind == "entered" for row in self.rows) or self.ended is None

    def version(self, row: TraceRow) -> Plan:
        """Return the plan by which the run went when it wrote a row."""
        found = self.began or self.plan
        for other in self.rows:
            if other.n > row.n:
                break
            if other.kind == "moved":
                found = self.plans.get(other.reason, found)
        return found

    def view(self, at: int, events: Sequence[Happened]) -> RunView:
        """Return the run as conditions asked about it at an instant: with the replies that it had met."""
        replies: dict[int, Mapping[str, Any]] = {}
        stood, since = 0, None
        for row in self.rows:
            if row.at > at:
                break
            if row.kind == "met":
                number, arm = _arm(self.plan, row)
                if arm is not None and arm.reply is not None:
                    replies[number] = _reply(self.plan, arm, row.at, events)
            elif row.kind == "paused":
                since = row.at
            elif row.kind == "resumed" and since is not None:
                stood, since = stood + row.at - since, None
        return RunView(self.id, self.journey, self.plan.hash, self.entered, self.trigger, replies, stood)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One row of the ledger. `status`: claimed, offered, held or settled."""

    run: str
    journey: str
    step: str
    visit: int
    kind: str
    name: str
    service: bool
    status: str
    outcome: str | None
    reason: str
    at: int
    until: int | None = None
    answer: str | None = None
    answered_by: str | None = None
    answered_at: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A trigger that started nothing."""

    at: int
    journey: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Points:
    """A change of the score. `kind`: as of `runtime.writes.ScoreChanged`."""

    at: int
    points: float
    kind: str
    occurred: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A state of now that has a moment: a consent, a suppression, a tag, a list, a decision by hand."""

    name: str
    at: int
    given: bool = True


@dataclass(frozen=True, slots=True)
class FieldWas:
    """What a field of the contact or its account held before it was changed."""

    at: int
    of: str
    field: str
    before: Any


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did. `scope`: all, journey, contact, run; `name`: which."""

    at: int
    what: str
    scope: str
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class Edition:
    """What was in force from a moment on."""

    at: int
    definitions: Definitions
    active: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known. `facts`: how the contact stands now, with all events and emails on record.

    None: not known, as nothing is published or only a history is there. `partial`: what is missing, in a
    sentence. `plans`: by hash. `fields`: all changes of fields, in order; None: no record is kept of them.
    """

    contact: str
    person: Person
    now: int
    facts: Facts | None
    editions: Sequence[Edition]
    plans: Mapping[str, Plan]
    passages: Sequence[Passage]
    ledger: Sequence[Dispatch] = ()
    refused: Sequence[Refused] = ()
    points: Sequence[Points] = ()
    stages: Sequence[tuple[int, str]] = ()
    consents: Sequence[Said] = ()
    suppressions: Sequence[Said] = ()
    tags: Sequence[Said] = ()
    lists: Sequence[Said] = ()
    overrides: Sequence[Said] = ()
    acts: Sequence[Act] = ()
    switches: Sequence[Act] = ()
    partial: str = ""
    fields: Sequence[FieldWas] | None = None

    def edition(self, at: int) -> Edition | None:
        """Return what was in force at an instant; the first edition before there was any."""
        found = [edition for edition in self.editions if edition.at <= at]
        return found[-1] if found else next(iter(self.editions), None)

    def active(self, at: int) -> dict[str, Plan]:
        """Return the plans that were in force at an instant, by journey."""
        edition = self.edition(at)
        if edition is None:
            return {}
        known = ((name, self.plans.get(hash_)) for name, hash_ in sorted(edition.active.items()))
        return {name: plan for name, plan in known if plan is not None}

    def until(self, at: int) -> Case:
        """Return the case as it stood at an instant, as far as the records tell."""
        from runtime.why.earlier import facts_at

        return replace(
            self,
            now=at,
            passages=[_passage(one, at) for one in self.passages if one.entered <= at],
            ledger=[row for row in self.ledger if row.at <= at],
            refused=[one for one in self.refused if one.at <= at],
            acts=[act for act in self.acts if act.at <= at],
            switches=[one for one in self.switches if one.at <= at],
            person=replace(
                self.person,
                events=[event for event in self.person.events if event.at <= at],
                notes=[note for note in self.person.notes if note.at <= at],
            ),
            facts=None if self.facts is None else facts_at(self, at),
        )


def _arm(plan: Plan, row: TraceRow) -> tuple[int, Arm | None]:
    """Return the number of the wait of a row, and the arm that it took."""
    for number, step in enumerate(plan.steps):
        if step.id == row.step and isinstance(step, Arms):
            place = place_of(row)
            return number, step.arms[place] if place is not None and place < len(step.arms) else None
    return -1, None


def _reply(plan: Plan, arm: Arm, at: int, events: Sequence[Happened]) -> Mapping[str, Any]:
    """Return the properties of the event that an arm met at an instant."""
    heard = plan.interests[arm.interest]
    met = [e for e in events if e.name == heard.event and e.at <= at and has_args(e.properties, heard.args)]
    return met[-1].properties if met else {}


def _passage(passage: Passage, at: int) -> Passage:
    """Return a run as it stood at an instant."""
    rows = [row for row in passage.rows if row.at <= at]
    if len(rows) == len(passage.rows) and (passage.ended_at is None or passage.ended_at <= at):
        return passage
    ended = passage.ended if passage.ended_at is not None and passage.ended_at <= at else None
    return replace(passage, rows=rows, ended=ended, position=(), due=None, by_hand=None)
