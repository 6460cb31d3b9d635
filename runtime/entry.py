"""Entry: whether a subject may start a journey now, and what the run is called (semantics row 18)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from dsl import civil
from dsl.plan import Definitions, Plan
from runtime.facts import Facts

Reason = Literal["already running", "runs once", "too soon", "chain", "not published", "no account", "erased"]

CHAIN = 25
"""The most runs that a subject enters one after the other in a journey while no time passes (row 37)."""


@dataclass(frozen=True, slots=True)
class Enter:
    """The subject may start; this run is its `ordinal`th for the key, from 1."""

    ordinal: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The subject may not start, and why. Reasons are enumerations: they hold no personal data."""

    reason: Reason


def decide(plan: Plan, facts: Facts, key: str, at: int, definitions: Definitions) -> Enter | Refused:
    """Decide by `plan.runs` whether a run for `key` may start at `at`.

    INVARIANT: at most one run for a key is active at a time, whatever the journey says.
    """
    if facts.suppressed == "erased":
        return Refused("erased")
    ordinal, ended, chain = 0, None, 0
    for run in facts.runs:
        if run.journey != plan.journey or run.key != key:
            continue
        chain += run.entered == at
        if run.ended is None:
            return Refused("already running")
        ordinal = max(ordinal, run.ordinal)
        ended = run.ended if ended is None else max(ended, run.ended)
    if ended is not None:
        if plan.runs.kind == "once":
            return Refused("runs once")
        if plan.runs.amount and at < _free_again(plan, facts, ended, definitions):
            return Refused("too soon")
    # INVARIANT: journeys that start each other without a pause come to rest.
    if chain >= CHAIN:
        return Refused("chain")
    return Enter(ordinal + 1)


def _free_again(plan: Plan, facts: Facts, ended: int, definitions: Definitions) -> int:
    zone = civil.zone(facts.time_zone, definitions.time_zone)
    return civil.add(ended, plan.runs.amount, plan.runs.unit, zone)


def entry_key(plan: Plan, trigger: Mapping[str, Any]) -> str:
    """Return the key that runs are counted by: "" when the journey has none, else twelve hex digits.

    The value itself may be personal (an address typed into a form), and keys go into run ids, which
    histories hold; so the key is a digest of the value's text.
    """
    ref = plan.runs.key
    if ref is None:
        return ""
    return hashlib.sha256(as_text(trigger.get(ref.field)).encode()).hexdigest()[:12]


def run_id(journey: str, subject_id: str, key: str, ordinal: int) -> str:
    """Name a run, such as `whitepaper-nurture/cnt_0001/-/1`. Distinct inputs have distinct names.

    `key` is what `entry_key` returned.
    """
    return f"{_slug(journey)}/{quote(subject_id, safe='')}/{_part(key)}/{ordinal}"


# Names written as most people write them: a capital, then lower case. Each has a slug of its own.
_PLAIN = re.compile(r"[A-Z0-9][a-z0-9]*(?: [a-z0-9]+)*")


def _slug(journey: str) -> str:
    if _PLAIN.fullmatch(journey):
        return journey.lower().replace(" ", "-")
    # The mark keeps "ABM" apart from "Abm"; escaping "-" first keeps "a-b" apart from "a b".
    return "~" + quote(journey, safe=" ").replace("-", "%2D").replace(" ", "-")


def _part(key: str) -> str:
    return quote(key, safe="").replace("-", "%2D") if key else "-"


def as_text(value: Any) -> str:
    """Write a property as text, so that 7, 7.0 and "7" are one entry key."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
