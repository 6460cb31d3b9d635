"""Timelines: one contact's story, in the order in which it happened and on the contact's own clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dsl import civil
from runtime.facts import Happened
from runtime.reporting import words
from runtime.reporting.record import Passage, Person, Scored, Settlement
from runtime.trace import TraceRow

# What only a full telling holds: how the run stood between the things that concern the contact.
_LATE = 60
"""Seconds from which on it is told that an event happened before it was received."""
_DETAILS = frozenset({"waiting", "woke", "passed", "timeout", "took", "not fired", "block", "fired"})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `local`: the contact's clock; `detail`: left out of a short telling."""

    at: int
    local: str
    kind: str
    text: str
    journey: str = ""
    step: str = ""
    reason: str = ""
    due: int | None = None
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """A contact's story."""

    contact: str
    name: str
    time_zone: str
    score: float
    stage: str | None
    tags: tuple[str, ...]
    suppressed: str | None
    journeys: tuple[str, ...]
    lines: tuple[Line, ...] = field(default=())
    warnings: tuple[str, ...] = ()

    def short(self) -> list[Line]:
        """Return the lines that concern the contact."""
        return [line for line in self.lines if not line.detail]


def tell(person: Person) -> Timeline:
    """Tell a contact's story. Within a second, what happened stands before what runs did about it."""
    zone = civil.zone(person.time_zone, "UTC")
    story = _Story(person, zone, _first_year(person, zone))
    lines = [*story.events(), *story.refusals(), *story.fits(), *story.settlements(), *story.notes()]
    for passage in person.passages:
        lines += story.passage(passage)
    return Timeline(
        contact=person.id,
        name=person.name,
        time_zone=person.time_zone,
        score=person.score,
        stage=person.stage,
        tags=person.tags,
        suppressed=person.suppressed,
        journeys=tuple(dict.fromkeys(p.plan.journey for p in person.passages)),
        lines=tuple(replace(line, text=words.shown(line.text)) for line in sorted(lines, key=_at)),
        warnings=person.warnings,
    )


def _at(line: Line) -> int:
    return line.at


def _first_year(person: Person, zone: ZoneInfo) -> int:
    moments = [e.at for e in person.events] + [p.entered for p in person.passages]
    return datetime.fromtimestamp(min(moments, default=0), zone).year


@dataclass(slots=True)
class _Story:
    person: Person
    zone: ZoneInfo
    year: int

    def clock(self, at: int) -> str:
        return words.moment(at, self.zone, self.year)

    def events(self) -> Iterator[Line]:
        scored = list(self.person.scored)
        told = sorted(self.person.events, key=lambda event: event.at)
        alike = Counter((event.at, event.name) for event in told if not event.machine)
        for happened in told:
            if happened.machine:
                yield self.event(happened, [])
                continue
            # Events of one name in one second share what that second brought.
            changes = [c for c in scored if c.at == happened.at and c.source == f"event:{happened.name}"]
            mine = changes[: len(changes) // alike[happened.at, happened.name]]
            alike[happened.at, happened.name] -= 1
            for change in mine:
                scored.remove(change)
            yield self.event(happened, mine)

    def event(self, happened: Happened, scored: list[Scored]) -> Line:
        text = words.event(happened.name, happened.properties)
        if happened.machine:
            text += " (by a machine, does not count)"
        if happened.at - happened.occurred >= _LATE:
            text += f" (happened {self.clock(happened.occurred)})"
        if scored:
            points = sum(change.points for change in scored)
            text += f"  [{points:+g} points, now {words.number(scored[-1].total)}]"
        return Line(happened.at, self.clock(happened.at), "event", text, detail=happened.machine)

    def fits(self) -> Iterator[Line]:
        """Tell what changed the score without an event or a step of a journey."""
        for change in self.person.scored:
            if text := words.CAME.get(change.source):
                text += f"  [{change.points:+g} points, now {words.number(change.total)}]"
                yield Line(change.at, self.clock(change.at), "scored", text)

    def refusals(self) -> Iterator[Line]:
        for refusal in self.person.refusals:
            text = f"Did not enter “{refusal.journey}”: {words.reason_of(refusal.reason)}"
            yield Line(
                refusal.at,
                self.clock(refusal.at),
                "not entered",
                text,
                journey=refusal.journey,
                reason=refusal.reason,
            )

    def settlements(self) -> Iterator[Line]:
        for said in self.person.settlements:
            came = "it arrived" if said.answer == "sent" else "it did not arrive"
            text = f"“{said.name}” was in doubt: {came}, says {said.by}"
            yield Line(said.at, self.clock(said.at), "settled", text, said.journey, said.step, said.answer)
            if said.again:
                yield self.again(said)

    def again(self, said: Settlement) -> Line:
        text = words.AGAIN[said.again].format(said.name, words.reason_of(said.reason))
        at = said.again_at
        return Line(at, self.clock(at), said.again, text, said.journey, said.step, said.reason)

    def notes(self) -> Iterator[Line]:
        for note in self.person.notes:
            yield Line(note.at, self.clock(note.at), "by hand", note.text)

    def passage(self, passage: Passage) -> Iterator[Line]:
        teller = words.Teller(passage.began or passage.plan)
        totals = {(change.at, change.source): change.total for change in self.person.scored}
        for row in passage.rows:
            if row.kind == "moved" and row.reason in passage.versions:
                teller = words.Teller(passage.versions[row.reason])
            text = teller.tell(row, self.clock, passage.details.get((row.step, row.visit), ""))
            if row.kind == "scored" and (row.at, row.step) in totals:
                text += f"  [now {words.number(totals[row.at, row.step])}]"
            yield self.line(row, passage.plan.journey, text)

    def line(self, row: TraceRow, journey: str, text: str) -> Line:
        return Line(
            row.at,
            self.clock(row.at),
            row.kind,
            text,
            journey,
            row.step,
            row.reason,
            row.due,
            row.kind in _DETAILS,
        )
