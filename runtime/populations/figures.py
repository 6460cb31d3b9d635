"""Figures of a population: counts that add up, so that no contact has to be kept.

What one world has come to is counted once, and worlds are added to each other in any order.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from runtime.evaluate import score
from runtime.facts import Facts
from runtime.handoffs import Handoff
from runtime.reporting.figures import answers
from runtime.reporting.from_world import tally
from runtime.reporting.record import Tally
from runtime.simulator import World
from runtime.trace import TraceRow

HOUR, DAY, WEEK = 3_600, 86_400, 7 * 86_400


@dataclass(slots=True)
class Figures:
    """What a population has come to.

    `unfit`: contacts whom no start would take as they are. `mails_by_week`: marketing emails by week of the
    simulation; `mails_in_a_week`: how many weeks of a contact had so many of them, since it arrived.
    `scores`: of all contacts at the end, in whole points. `to_handoff`: days from entry to handoff.
    `delays`: hours until a held message was looked at again, by reason; `dropped`: held ones that never went.
    `capped`: contacts who had to wait for a limit, or missed an email by it. `handoffs`: how sales answered;
    `handoffs_by_week`; `answer_hours`: hours until the answer; `owners`: handoffs of each owner.
    """

    contacts: int = 0
    unfit: int = 0
    runs: int = 0
    journeys: dict[str, Tally] = field(default_factory=dict)
    mails_by_week: Counter[int] = field(default_factory=Counter)
    mails_in_a_week: Counter[int] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    to_handoff: Counter[int] = field(default_factory=Counter)
    delays: dict[str, Counter[int]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    capped: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    handoffs: Counter[str] = field(default_factory=Counter)
    handoffs_by_week: Counter[int] = field(default_factory=Counter)
    answer_hours: Counter[int] = field(default_factory=Counter)
    owners: Counter[str] = field(default_factory=Counter)

    def add(self, other: Figures) -> None:
        """Add what another part of the population has come to."""
        for journey, found in other.journeys.items():
            if journey in self.journeys:
                _add(self.journeys[journey], found)
            else:
                self.journeys[journey] = found
        for reason, hours in other.delays.items():
            self.delays.setdefault(reason, Counter()).update(hours)
        for one in fields(self):
            theirs = getattr(other, one.name)
            if isinstance(theirs, Counter):
                getattr(self, one.name).update(theirs)
            elif isinstance(theirs, int):
                setattr(self, one.name, getattr(self, one.name) + theirs)


def _add(ours: Tally, theirs: Tally) -> None:
    for one in fields(Tally):
        value = getattr(theirs, one.name)
        if isinstance(value, Counter):
            getattr(ours, one.name).update(value)
        elif isinstance(value, int):
            setattr(ours, one.name, getattr(ours, one.name) + value)


def count(world: World, arrivals: Mapping[str, int], start: int, until: int) -> Figures:
    """Count what a world has come to. `arrivals`: when each contact came."""
    found = Figures(contacts=len(world.facts), runs=len(world.runs))
    for journey in world.published.active:
        counted = tally(world, journey, until)
        counted.answered = answers(counted)
        counted.mails, counted.answers = [], []
        counted.scores = _rounded(counted.scores)
        found.journeys[journey] = counted
    for contact, facts in world.facts.items():
        _contact(found, facts, arrivals[contact], start, until)
        found.scores[math.floor(score(facts, until))] += 1
    capped: set[str] = set()
    for record in world.runs.values():
        _held(found, record.rows, record.contact, capped)
        _times(found, record.rows, record.view.entered)
    found.capped = len(capped)
    for handoff in world.sales.handoffs.values():
        _handoff(found, handoff, start, until)
    return found


def _rounded(scores: Counter[float]) -> Counter[float]:
    """Round down to hundredths, for fading scores are of many kinds; none comes up to a threshold by it."""
    found: Counter[float] = Counter()
    for points, n in scores.items():
        found[math.floor(points * 100) / 100] += n
    return found


def _contact(found: Figures, facts: Facts, arrived: int, start: int, until: int) -> None:
    marketing = [sent.at for sent in facts.sent if not sent.service and sent.at >= arrived]
    weeks = Counter((at - arrived) // WEEK for at in marketing)
    lived = max(1, -(-(until - arrived) // WEEK))
    found.mails_in_a_week.update(weeks.values())
    found.mails_in_a_week[0] += lived - len(weeks)
    found.mails_by_week.update((at - start) // WEEK for at in marketing)
    if facts.suppressed is not None:
        found.lost[facts.suppressed] += 1


def _held(found: Figures, rows: list[TraceRow], contact: str, capped: set[str]) -> None:
    """Count how long each hold lasted, and what became of what was held."""
    held: dict[tuple[str, int], tuple[str, int]] = {}
    for row in rows:
        if row.kind not in ("held", "sent", "skipped", "failed", "in doubt"):
            continue
        key = (row.step, row.visit)
        if (before := held.pop(key, None)) is not None:
            reason, at = before
            found.delays.setdefault(reason, Counter())[(row.at - at) // HOUR] += 1
            if row.kind == "skipped":
                found.dropped[row.reason] += 1
        if row.kind == "held":
            held[key] = (row.reason, row.at)
        if row.reason == "cap":
            capped.add(contact)


def _times(found: Figures, rows: list[TraceRow], entered: int) -> None:
    found.to_handoff.update((row.at - entered) // DAY for row in rows if row.kind == "handed off")


def _handoff(found: Figures, handoff: Handoff, start: int, until: int) -> None:
    found.handoffs_by_week[(handoff.opened_at - start) // WEEK] += 1
    found.owners[handoff.owner or ""] += 1
    answered = handoff.rejected_at if handoff.answer == "rejected" else handoff.accepted_at
    if answered is None:
        found.handoffs["overdue" if handoff.due_at <= until else "waiting"] += 1
        return
    late = answered > handoff.due_at
    found.handoffs[f"{handoff.answer}, late" if late else f"{handoff.answer} in time"] += 1
    found.answer_hours[(answered - handoff.opened_at) // HOUR] += 1
