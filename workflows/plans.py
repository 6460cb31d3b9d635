"""The plans that this worker holds. The module passes through the sandbox, so all runs share them.

The worker fills it before it polls. A plan that was deployed since is asked for by the first task that needs
it: the task waits in its thread for a moment, while the worker's loop loads the plan from the database. A run
whose plan is not there either fails its workflow task, never itself: Temporal tries again, and the worker
goes on looking.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from dsl.plan import Plan

_MOMENT = 1.0
"""Seconds that a task waits for its plan. The SDK takes one that lasts two for a deadlock."""

_plans: dict[str, Plan] = {}
_beside: list[Mapping[str, Plan]] = []
_wanted: dict[str, float] = {}  # until when tasks wait for it
_askers: list[Callable[[], None]] = []
_changed = threading.Condition()


def hold(plans: Iterable[Plan]) -> None:
    """Add plans, by their hashes."""
    with _changed:
        for plan in plans:
            _plans[plan.hash] = plan
            _wanted.pop(plan.hash, None)
        _changed.notify_all()


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


@contextmanager
def asking(ask: Callable[[], None]) -> Iterator[None]:
    """Call this, in the thread of a workflow task, when a plan is wanted; who is asked holds it soon."""
    _askers.append(ask)
    try:
        yield
    finally:
        _askers.remove(ask)


def wanted() -> frozenset[str]:
    """Return the hashes that runs have asked for and that are not held yet."""
    with _changed:
        return frozenset(_wanted)


def get(hash_: str, journey: str) -> Plan:
    """Return a plan. Raises `LookupError` with a remedy; the run waits until it is there."""
    plan = _held(hash_) or _asked_for(hash_)
    if plan is None:
        raise LookupError(
            f"This worker has no plan {hash_} of the journey {journey!r}. It looks for it in the database "
            "and goes on as soon as it is there; if it was never deployed there, deploy the workspace "
            "version that holds it. The run waits; nothing is lost."
        )
    return plan


def _held(hash_: str) -> Plan | None:
    return _plans.get(hash_) or next((held[hash_] for held in _beside if hash_ in held), None)


def _asked_for(hash_: str) -> Plan | None:
    """Ask for a plan and wait for it. All tasks wait to one end; who comes later has it tried for in vain."""
    with _changed:
        until = _wanted.setdefault(hash_, time.monotonic() + _MOMENT)
        for ask in _askers:
            ask()
        while (plan := _held(hash_)) is None and _askers and (left := until - time.monotonic()) > 0:
            _changed.wait(left)
    return plan
