"""Proofs: what can be said of every path of a plan before any contact is on one.

Each proof is a function from the whole workspace to findings, in a file of its own; `PASSES` is their order.
They read plans and emails only, never the syntax. A finding names the shortest path that shows it. What is a
figure and no mistake (`stay`, `most_emails`, `consent`) is there for whoever tells or draws a journey.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from dsl.emails import Email
from dsl.plan import Definitions, Plan
from dsl.plan.base import PlanModel
from dsl.proofs import (
    accounts,
    bounds,
    branches,
    circles,
    dates,
    echoes,
    ends,
    entries,
    gaps,
    gates,
    haste,
    journeys,
    limits,
    reach,
    rounds,
    silence,
    triggers,
    versions,
)
from dsl.proofs.graph import TooLarge
from dsl.proofs.subject import Finding, Journey, Subject, Trail

Pass = Callable[[Subject], Iterator[Finding]]

# What is proved of each journey by itself.
ALONE: tuple[Pass, ...] = (
    reach.unreachable,
    entries.nobody,
    ends.beside_nothing,
    ends.ended_by_itself,
    branches.never_taken,
    branches.never_met,
    branches.always_so,
    dates.empty,
    rounds.without_pause,
    rounds.single,
    bounds.absurd,
    bounds.late_blocks,
    bounds.late_for_some,
    echoes.unheard,
    haste.asked_at_once,
    haste.twice_at_once,
    gates.opened_alone,
    gates.without_value,
    gaps.gaps,
    silence.unsendable,
    limits.over_limits,
    versions.versions,
    triggers.unused_updates,
    triggers.any_key,
    accounts.without_contact,
)
# What only all journeys together show.
AMONG: tuple[Pass, ...] = (
    entries.nobody_of_a_segment,
    journeys.unset_stages,
    journeys.refused,
    journeys.restarted,
    circles.circles,
    journeys.competing,
)
PASSES = (*ALONE, *AMONG)


def prove(
    plans: Mapping[str, Plan],
    definitions: Definitions,
    emails: Mapping[str, Email],
    segments: Mapping[str, PlanModel] | None = None,
) -> list[Finding]:
    """Return what the proofs find in a workspace without errors. `segments`: what those ask."""
    subject = Subject.of(plans, definitions, emails)
    subject.segments = segments or {}
    found = too_large(subject)
    subject.senders = senders(subject)
    for journey in subject.journeys.values():
        found += alone(subject, journey)
    return [*found, *among(subject)]


def too_large(subject: Subject) -> list[Finding]:
    """Take the journeys out that have too many ways to look at, and report them."""
    found = [_too_large(name, journey) for name, journey in subject.journeys.items() if not _fits(journey)]
    large = {finding.journey for finding in found}
    subject.journeys = {name: j for name, j in subject.journeys.items() if name not in large}
    return found


def senders(subject: Subject) -> Counter[str]:
    """Count the journeys that send each email."""
    return Counter(chain.from_iterable(journey.emails for journey in subject.journeys.values()))


def alone(subject: Subject, journey: Journey) -> list[Finding]:
    """Return what the proofs find in one journey; the journey may be the only one of the subject."""
    one = replace(subject, journeys={journey.plan.journey: journey})
    found = [finding for proof in ALONE for finding in proof(one)]
    journey.flows.clear()  # they are large, and nobody asks again
    return found


def among(subject: Subject) -> list[Finding]:
    """Return what the proofs find in all journeys together."""
    return [finding for proof in AMONG for finding in proof(subject)]


def _fits(journey: Journey) -> bool:
    try:
        return all(graph.order for graph in journey.graphs)
    except TooLarge:
        return False


def _too_large(name: str, journey: Journey) -> Finding:
    message = f"“{name}” has too many ways through it to look at all of them, so little was proved about it."
    fix = "Repeat fewer times, or call fewer sections inside each other."
    return Finding("N555", name, 0, message, fix)


__all__ = [
    "ALONE",
    "AMONG",
    "PASSES",
    "Finding",
    "Journey",
    "Pass",
    "Subject",
    "Trail",
    "alone",
    "among",
    "prove",
    "senders",
    "too_large",
]
