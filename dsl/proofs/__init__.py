"""Proofs: what can be said of every path of a plan before any contact is on one.

Each proof is a function from the whole workspace to findings, in a file of its own; `PASSES` is their order.
They read plans and emails only, never the syntax. A finding names the shortest path that shows it. What is a
figure and no mistake (`stay`, `most_emails`, `consent`) is there for whoever tells or draws a journey.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dsl.emails import Email
from dsl.plan import Definitions, Plan
from dsl.proofs import branches, echoes, gaps, journeys, limits, reach, rounds, versions
from dsl.proofs.graph import TooLarge
from dsl.proofs.subject import Finding, Journey, Subject, Trail

Pass = Callable[[Subject], Iterator[Finding]]

PASSES: tuple[Pass, ...] = (
    reach.unreachable,
    branches.never_taken,
    rounds.without_pause,
    echoes.unheard,
    journeys.unset_stages,
    journeys.refused,
    journeys.circles,
    gaps.gaps,
    limits.over_limits,
    versions.versions,
    journeys.competing,
)


def prove(plans: Mapping[str, Plan], definitions: Definitions, emails: Mapping[str, Email]) -> list[Finding]:
    """Return what the proofs find in a workspace without errors."""
    subject = Subject.of(plans, definitions, emails)
    found = [_too_large(name, journey) for name, journey in subject.journeys.items() if not _fits(journey)]
    small = {name: j for name, j in subject.journeys.items() if name not in {f.journey for f in found}}
    subject.journeys = small
    for one in PASSES:
        found += one(subject)
    return found


def _fits(journey: Journey) -> bool:
    try:
        return all(graph.order for graph in journey.graphs)
    except TooLarge:
        return False


def _too_large(name: str, journey: Journey) -> Finding:
    message = f"“{name}” has too many ways through it to look at all of them, so little was proved about it."
    fix = "Repeat fewer times, or call fewer sections inside each other."
    return Finding("N555", name, 0, message, fix)


__all__ = ["PASSES", "Finding", "Journey", "Pass", "Subject", "Trail", "prove"]
