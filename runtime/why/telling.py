"""Telling: moments on the contact's clock, lines of files, and conditions with what they found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dsl.naming import Names
from dsl.plan import Condition, Definitions, Plan, Policy
from dsl.wording import Words
from runtime.evaluate import RunView
from runtime.facts import Facts
from runtime.reporting import words
from runtime.why.answer import Place, Reason
from runtime.why.case import Case, Passage
from runtime.why.earlier import facts_at
from runtime.why.operands import Found, Look, deciding
from runtime.why.places import Sources


@dataclass(slots=True)
class Telling:
    """What all parts of an answer share."""

    case: Case
    sources: Sources
    zone: ZoneInfo
    _facts: dict[int, Facts] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """How the contact is called."""
        return self.case.person.name or self.case.contact

    @property
    def fallback(self) -> str:
        """The time zone of the workspace."""
        edition = self.case.edition(self.case.now)
        return edition.definitions.time_zone if edition else "UTC"

    def clock(self, at: int) -> str:
        """Write an instant on the contact's clock; with the year, unless it is that of the question."""
        return words.moment(at, self.zone, datetime.fromtimestamp(self.case.now, self.zone).year)

    def reason(
        self,
        text: str,
        at: int | None = None,
        place: Place | None = None,
        *,
        sure: bool = True,
        detail: bool = False,
    ) -> Reason:
        """Make a fact."""
        return Reason(words.shown(text), at, "" if at is None else self.clock(at), place, sure, detail)

    def place(self, plan: Plan, line: int) -> Place | None:
        """Return the place of a line of a journey; `plan` as `Sources.plan` returned it."""
        return self.sources.place(plan, line)

    def rule(self, owner: Plan | Policy, line: int) -> Place | None:
        """Return the place of a line of a policy or a journey."""
        return self.sources.place(owner, line)

    def facts(self, at: int) -> Facts | None:
        """Return the facts at an instant; None if none are known."""
        if self.case.facts is None:
            return None
        if at not in self._facts:
            self._facts[at] = facts_at(self.case, at)
        return self._facts[at]

    def definitions(self, at: int) -> Definitions | None:
        """Return the definitions that were in force at an instant."""
        edition = self.case.edition(at)
        return edition.definitions if edition else None

    def look(
        self, at: int, run: Passage | None = None, event: dict[str, Any] | None = None, account: bool = False
    ) -> Look | None:
        """Return what conditions are asked against at an instant; None if no facts are known."""
        view = None if run is None else self.view(run, at)
        facts, definitions = self.facts(at), self.definitions(at)
        if facts is None or definitions is None:
            return None
        said = self.words(definitions, account)
        kept = self.case.fields is not None
        return Look(facts, view, at, definitions.time_zone, said, self.clock, event, kept)

    def view(self, run: Passage, at: int) -> RunView:
        """Return a run as conditions asked about it at an instant."""
        return run.view(at, self.case.person.events)

    def words(self, definitions: Definitions | None, account: bool = False) -> Words:
        """Return what tells conditions."""
        if definitions is None:
            return Words()
        subjects = {name: event.subject for name, event in definitions.events.items()}
        return Words(subjects, definitions.thresholds, Names(definitions.segments), anyone=account)

    def found(
        self, parts: Iterable[Found], at: int | None, place: Place | None, *, past: bool = True
    ) -> list[Reason]:
        """Say what parts of a condition found. `past`: a field may have changed since it was asked."""
        made = []
        for part in parts:
            told = part.told()
            sure = part.sure or not past
            made.append(self.reason(told[:1].upper() + told[1:], at, place, sure=sure))
        return made

    def decided(self, condition: Condition, look: Look, recorded: bool, place: Place | None) -> list[Reason]:
        """Say which parts of a condition decided, and whether that agrees with what is on record."""
        before = self.facts(look.at - 1)
        if look.truth(condition) != recorded and before is not None:
            # What came in the same second may have come after it.
            just = replace(look, facts=before)
            look = just if just.truth(condition) == recorded else look
        if look.truth(condition) != recorded:
            told = look.words.condition(condition)
            text = (
                f"{told[:1].upper()}{told[1:]}: {'yes' if recorded else 'no'}, says the record; with what is "
                f"known now it would be {'no' if recorded else 'yes'}, so it was changed since, or in that "
                "second"
            )
            return [self.reason(text, look.at, place, sure=False)]
        return self.found(deciding(condition, look), look.at, place)


def newest(passages: Iterable[Passage]) -> list[Passage]:
    """Return runs, the one entered last first."""
    return sorted(passages, key=lambda one: (one.entered, one.id), reverse=True)


def in_order(reasons: Sequence[Reason]) -> list[Reason]:
    """Return facts in the order of their moments, without repetitions.

    One without a moment, and one that belongs to another, stays behind the one before it.
    """
    made: list[tuple[int, Reason]] = []
    at = 0
    for reason in dict.fromkeys(reasons):
        at = at if reason.at is None or reason.detail else reason.at
        made.append((at, reason))
    return [reason for _, reason in sorted(made, key=lambda one: one[0])]
