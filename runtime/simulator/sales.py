"""Sales in a simulation: who has which contact, and what the clock makes of it. Decisions are shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dsl.plan import Definitions, HandoffRule
from dsl.settings import Settings
from runtime import handoffs
from runtime.entry import as_text
from runtime.facts import Facts
from runtime.handoffs import Handoff, Roster, RoundRobin
from runtime.writes import HandoffAccepted, HandoffOpened, HandoffRejected


@dataclass(slots=True)
class Sales:
    """Handoffs by id. `moments`: when which of them is to be looked at; whoever has the clock takes them.

    `of_contact`: the ids of the handoffs of each contact, in the order in which they were opened.
    """

    rosters: Mapping[str, Roster] = field(default_factory=dict)
    handoffs: dict[str, Handoff] = field(default_factory=dict)
    moments: list[tuple[int, str]] = field(default_factory=list)
    turns: Counter[str] = field(default_factory=Counter)
    of_contact: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings | None) -> Sales:
        """Take the teams from the settings of a workspace."""
        teams = settings.teams if settings is not None else {}
        return cls({name: Roster(team.members, team.territories) for name, team in teams.items()})

    def open(self, write: HandoffOpened, facts: Facts, definitions: Definitions) -> None:
        """Open a handoff, and give it an owner at once."""
        found = Handoff(
            id=write.id,
            run=write.run,
            contact=facts.contact_id,
            handoff=write.handoff,
            priority=write.priority,
            status="open",
            owner=None,
            opened_at=write.at,
            due_at=write.due,
            half_at=write.half,
        )
        rule = definitions.handoffs.get(write.handoff)
        owner = self._owner(rule, facts) if rule is not None else None
        self.handoffs[write.id] = handoffs.assigned(found, owner, write.at)
        self.of_contact.setdefault(facts.contact_id, []).append(write.id)
        self.moments += [(at, write.id) for at in (write.half, write.due) if at is not None]

    def _owner(self, rule: HandoffRule, facts: Facts) -> str | None:
        roster = self.rosters.get(rule.team, Roster())
        found = handoffs.owner(rule, facts, roster)
        if isinstance(found, RoundRobin):
            found = roster.members[self.turns[rule.team] % len(roster.members)]
            self.turns[rule.team] += 1
        return found

    def waiting(self, contact: str) -> list[Handoff]:
        """Return the handoffs of a contact that sales has not answered."""
        return [one for one in self._of(contact) if not one.answer]

    def _of(self, contact: str) -> list[Handoff]:
        return [self.handoffs[id_] for id_ in self.of_contact.get(contact, ())]

    def answer(
        self, write: HandoffAccepted | HandoffRejected, contact: str, definitions: Definitions
    ) -> None:
        """Note what sales has said of a contact."""
        waiting = self.waiting(contact)
        if isinstance(write, HandoffAccepted):
            for one in waiting:
                self.handoffs[one.id] = replace(one, status="accepted", accepted_at=write.at)
            return
        reason = as_text(write.properties.get("reason"))
        for one in handoffs.rejected(waiting, write.properties, definitions):
            self.handoffs[one.id] = replace(one, status="rejected", rejected_at=write.at, rejected_as=reason)

    def close(self, contact: str, status: str, at: int) -> None:
        """Close the handoffs of a contact that is no more."""
        for one in self._of(contact):
            closed = one if one.answer else replace(one, status=status, rejected_at=at)
            self.handoffs[one.id] = replace(closed, owner=None, rejected_as=None)

    def merge(self, from_: str, into: str, at: int) -> None:
        """Give one contact the handoffs of another; of those of one name that wait the oldest stays open."""
        for one in self._of(from_):
            self.handoffs[one.id] = replace(one, contact=into)
            self.of_contact.setdefault(into, []).append(one.id)
        self.of_contact.pop(from_, None)
        self.of_contact.get(into, []).sort(key=lambda id_: self.handoffs[id_].opened_at)
        kept: set[str] = set()
        for one in sorted(self.waiting(into), key=lambda one: (one.opened_at, one.id)):
            if one.handoff in kept:
                self.handoffs[one.id] = replace(one, status="merged", rejected_at=at)
            kept.add(one.handoff)

    def look(self, id_: str, clock: int) -> None:
        """Note what time has made of a handoff."""
        self.handoffs[id_] = handoffs.progressed(self.handoffs[id_], clock)
