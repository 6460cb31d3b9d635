"""The summary of a simulated population: what the page, the terminal and JSON tell, in one shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from runtime.populations.crowd import Crowd
from runtime.populations.figures import Figures
from runtime.reporting import Counts, Funnel, counts, funnel
from runtime.reporting.words import reason_of

_PARTS = 10
"""From this part of those who entered on, who is still inside is told."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a number is spread: how many there are, the half, nine of ten, and the most of them."""

    number: int
    median: int
    ninth: int
    most: int

    @property
    def spans(self) -> tuple[int, int, int]:
        """The half, nine of ten, and the most."""
        return self.median, self.ninth, self.most

    @classmethod
    def of(cls, found: Counter[int]) -> Spread | None:
        """Work it out; None if there is nothing."""
        if not found:
            return None
        return cls(found.total(), _share(found, 0.5), _share(found, 0.9), max(found))


@dataclass(frozen=True, slots=True)
class Summary:
    """What a population has come to. Instants are epoch seconds.

    `mails_in_a_week`: weeks of a contact by number of marketing emails. `holds`: by reason in words, how long
    in hours. `to_handoff`: days, `answers`: hours. `load`: handoffs of each week. `notes`: what to look at.
    `doubts`: what there is to know of the record behind it; `partial`: rows of that are missing.
    """

    workspace: str
    time_zone: str
    contacts: int
    unfit: int
    runs: int
    start: int
    until: int
    seed: int
    source: str
    journeys: tuple[str, ...]
    funnels: tuple[Funnel, ...]
    counts: dict[str, Counts]
    mails_by_week: dict[int, int]
    mails_in_a_week: dict[int, int]
    scores: dict[int, int]
    average_score: float
    thresholds: dict[str, int]
    lines: dict[str, float]
    holds: dict[str, Spread]
    hold_hours: dict[str, dict[int, int]]
    dropped: dict[str, int]
    capped: int
    lost: dict[str, int]
    to_handoff: dict[int, int]
    handoff_days: Spread | None
    handoffs: dict[str, int]
    load: dict[int, int]
    answers: Spread | None
    answer_hours: dict[int, int]
    owners: dict[str, int]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    partial: bool = False


def summarize(crowd: Crowd, figures: Figures, source: str) -> Summary:
    """Bring figures into order. `source`: whose behaviour it is, in words."""
    definitions = crowd.published.definitions
    weeks = -(-crowd.days // 7)
    scores = figures.scores
    total = sum(score * n for score, n in scores.items())
    seen = {name: found for name, found in sorted(figures.journeys.items()) if found.entered or found.refused}
    counted = {name: counts(found, definitions) for name, found in seen.items()}
    return Summary(
        workspace=definitions.workspace,
        time_zone=definitions.time_zone,
        contacts=figures.contacts,
        unfit=figures.unfit,
        runs=figures.runs,
        start=crowd.start,
        until=crowd.until,
        seed=crowd.seed,
        source=source,
        journeys=tuple(plan.journey for plan in crowd.inventor.plans),
        funnels=tuple(funnel(found) for found in seen.values()),
        counts=counted,
        mails_by_week={week: figures.mails_by_week[week] for week in range(weeks)},
        mails_in_a_week=dict(sorted(figures.mails_in_a_week.items())),
        scores=dict(sorted(scores.items())),
        average_score=round(total / scores.total(), 1) if scores else 0.0,
        thresholds={
            name: sum(n for score, n in scores.items() if score >= points)
            for name, points in sorted(definitions.thresholds.items(), key=lambda item: item[1])
        },
        lines=dict(definitions.thresholds),
        holds={
            reason_of(reason): spread
            for reason, hours in sorted(figures.delays.items())
            if (spread := Spread.of(hours)) is not None
        },
        hold_hours={reason_of(r): dict(sorted(hours.items())) for r, hours in sorted(figures.delays.items())},
        dropped={reason_of(reason): n for reason, n in sorted(figures.dropped.items())},
        capped=figures.capped,
        lost={reason_of(reason): n for reason, n in sorted(figures.lost.items())},
        to_handoff=dict(sorted(figures.to_handoff.items())),
        handoff_days=Spread.of(figures.to_handoff),
        handoffs=dict(sorted(figures.handoffs.items())),
        load={week: figures.handoffs_by_week[week] for week in range(weeks)} if figures.handoffs else {},
        answers=Spread.of(figures.answer_hours),
        answer_hours=dict(sorted(figures.answer_hours.items())),
        owners=dict(sorted(figures.owners.items(), key=lambda item: (-item[1], item[0]))),
        notes=tuple(_cut_short(counted, crowd.days)),
    )


def _cut_short(counted: dict[str, Counts], days: int) -> Iterator[str]:
    """Tell of journeys that many have not come through: what is late in them shows too small a figure."""
    for journey, found in counted.items():
        if found.open * _PARTS >= found.entered > 0:
            of = f"{found.open:,} of {found.entered:,}"
            yield (
                f"“{journey}”: {of} who entered are still inside after {days:,} days, so its later steps, "
                "exits and goals show fewer than come to them. Simulate more --days."
            )


def by_weeks(found: dict[int, int], most: int = 26) -> tuple[int, list[tuple[str, int]]]:
    """Put weeks into at most so many bars; return the weeks of a bar, and each bar with its name.

    Weeks after the last in which there is anything are left out where there are more than that.
    """
    last = max((week for week, n in found.items() if n), default=-1) + 1
    shown = len(found) if len(found) <= most else last
    width = max(1, -(-shown // most))
    bars = []
    for first in range(0, shown, width):
        weeks = range(first, min(first + width, shown))
        name = str(first + 1) if len(weeks) == 1 else f"{first + 1}–{weeks[-1] + 1}"
        bars.append((name, sum(found.get(week, 0) for week in weeks)))
    return width, bars


def largest(found: dict[str, int], most: int) -> tuple[list[tuple[str, int]], int, int]:
    """Return the first of counts that are in order, and how many others there are, with their sum."""
    first, others = list(found.items())[:most], list(found.values())[most:]
    return first, len(others), sum(others)


def _share(found: Counter[int], share: float) -> int:
    """Return the number below or at which so great a share lies."""
    left = share * found.total()
    for value, n in sorted(found.items()):
        left -= n
        if left <= 1e-9:
            return value
    return max(found)


def grouped(found: dict[int, int], most: int = 20) -> list[tuple[str, int]]:
    """Put numbers into at most so many bars of equal width, each with its name."""
    if not found:
        return []
    low, high = min(found), max(found)
    width = _width((high - low) // most + 1)
    first = low // width * width
    bars: dict[int, int] = dict.fromkeys(range(first, high + 1, width), 0)
    for value, n in found.items():
        bars[value // width * width] += n
    if width == 1:
        return [(str(start), n) for start, n in bars.items()]
    return [(f"{start}–{start + width - 1}", n) for start, n in bars.items()]


def _width(least: int) -> int:
    """Return a width that people count in."""
    for width in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1_000):
        if width >= least:
            return width
    return least
