"""The plans that this worker holds. The module passes through the sandbox, so all runs share them.

The worker fills it before it polls, and again when a newer workspace is published. A run whose plan is
missing fails its workflow task, never itself: Temporal tries again, and the host loads what is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from dsl.plan import Plan

_plans: dict[str, Plan] = {}
_beside: list[Mapping[str, Plan]] = []
_wanted: set[str] = set()


def hold(plans: Iterable[Plan]) -> None:
    """Add plans, by their hashes."""
    for plan in plans:
        _plans[plan.hash] = plan
        _wanted.discard(plan.hash)


@contextmanager
def beside(loaded: Mapping[str, Plan]) -> Iterator[None]:
    """Look into these plans too while the block lasts: those that the worker's turns have loaded.

    A turn that moves a run to another plan has loaded it before the workflow hears of it.
    """
    _beside.append(loaded)
    try:
        yield
    finally:
        _beside.remove(loaded)


def wanted() -> frozenset[str]:
    """Return the hashes that runs have asked for in vain."""
    return frozenset(_wanted)


def get(hash_: str, journey: str) -> Plan:
    """Return a plan. Raises `LookupError` with a remedy; the run waits until it is there."""
    plan = _plans.get(hash_) or next((held[hash_] for held in _beside if hash_ in held), None)
    if plan is None:
        _wanted.add(hash_)
        raise LookupError(
            f"This worker has no plan {hash_} of the journey {journey!r}. It looks for it in the database "
            "and goes on as soon as it is there; if it was never deployed there, deploy the workspace "
            "version that holds it. The run waits; nothing is lost."
        )
    return plan
