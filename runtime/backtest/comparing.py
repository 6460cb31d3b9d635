"""Comparing what two versions did: totals, and the contacts for whom they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runtime.backtest.playing import Done, Outcome, Story

Pair = tuple[int, int]
"""Of the old version, and of the new one."""


@dataclass(frozen=True, slots=True)
class Differing:
    """One contact for whom the versions differ; lists of what only one of them did.

    `moved`: emails that both sent, at other times: (email, then, now).
    """

    contact: str
    entered: tuple[Sequence[Done], Sequence[Done]]
    sent: tuple[Sequence[Done], Sequence[Done]]
    held: tuple[Sequence[Done], Sequence[Done]]
    handed_off: tuple[Sequence[Done], Sequence[Done]]
    goals: tuple[Sequence[Done], Sequence[Done]]
    moved: Sequence[tuple[str, int, int]] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Totals by name, each of the old and of the new version; and who is concerned.

    `contacts`: how many there are; `concerned`: how many differ in each respect.
    """

    contacts: int
    entered: dict[str, Pair]
    sent: dict[str, Pair]
    held: dict[str, Pair]
    skipped: dict[str, Pair]
    handed_off: dict[str, Pair]
    goals: dict[str, Pair]
    concerned: dict[str, int]
    differing: list[Differing] = field(default_factory=list)


def compare(old: Outcome, new: Outcome) -> Comparison:
    """Compare two outcomes of one record."""
    differing = []
    for contact in sorted(old.stories):
        found = _differing(contact, old.stories[contact], new.stories[contact])
        if found is not None:
            differing.append(found)
    return Comparison(
        contacts=len(old.stories),
        entered=_totals(old, new, lambda story: [one.what for one in story.entered]),
        sent=_totals(old, new, lambda story: [one.what for one in story.sent]),
        held=_totals(old, new, lambda story: [one.reason for one in story.held]),
        skipped=_totals(old, new, lambda story: [one.reason for one in story.skipped]),
        handed_off=_totals(old, new, lambda story: [one.what for one in story.handed_off]),
        goals=_totals(old, new, lambda story: [one.what for one in story.goals]),
        concerned={
            "entered": sum(any(one.entered) for one in differing),
            "sent": sum(any(one.sent) for one in differing),
            "moved": sum(bool(one.moved) for one in differing),
            "held": sum(any(one.held) for one in differing),
            "handed off": sum(any(one.handed_off) for one in differing),
            "goals": sum(any(one.goals) for one in differing),
        },
        differing=differing,
    )


def _totals(old: Outcome, new: Outcome, names: Callable[[Story], list[str]]) -> dict[str, Pair]:
    then = Counter(name for story in old.stories.values() for name in names(story))
    now = Counter(name for story in new.stories.values() for name in names(story))
    return {name: (then[name], now[name]) for name in sorted(then | now)}


def _differing(contact: str, old: Story, new: Story) -> Differing | None:
    found = Differing(
        contact,
        _apart(old.entered, new.entered),
        _apart(old.sent, new.sent),
        _apart(old.held, new.held, lambda one: (one.what, one.reason)),
        _apart(old.handed_off, new.handed_off),
        _apart(old.goals, new.goals),
        _moved(old.sent, new.sent),
    )
    ways = (found.entered, found.sent, found.held, found.handed_off, found.goals)
    return found if found.moved or any(any(way) for way in ways) else None


def _apart(
    old: Sequence[Done], new: Sequence[Done], key: Callable[[Done], object] = lambda one: one.what
) -> tuple[list[Done], list[Done]]:
    """Return what only the old and only the new version did, whenever it was; the last of equal ones."""
    return _without(old, Counter(map(key, new)), key), _without(new, Counter(map(key, old)), key)


def _without(some: Sequence[Done], others: Counter[object], key: Callable[[Done], object]) -> list[Done]:
    left = []
    for one in some:
        if others[key(one)]:
            others[key(one)] -= 1
        else:
            left.append(one)
    return left


def _moved(old: Sequence[Done], new: Sequence[Done]) -> list[tuple[str, int, int]]:
    """Pair the first of each email with the first, the second with the second, and tell which moved."""
    later: dict[str, list[int]] = {}
    for one in new:
        later.setdefault(one.what, []).append(one.at)
    found = []
    for one in old:
        if later.get(one.what):
            at = later[one.what].pop(0)
            if at != one.at:
                found.append((one.what, one.at, at))
    return found
