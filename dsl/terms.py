"""Terms: how sales takes a contact over, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsl.plan import HandoffRule
from dsl.saying import length, ref
from dsl.spelling import one_of

_SPANS = (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_HOURS = 3 * 86_400  # up to here time is told in hours


def terms(rule: HandoffRule, *, high: bool) -> str:
    """Tell who gets the contact, who hears of it, by when they answer, and what if not."""
    ways = [_way(way, rule.team) for way in rule.assign]
    told = f"It goes {', else '.join(ways)}; team “{rule.team}” is told. "
    return told + ", ".join(_clock(rule, high=high)) + "." + _reasons(rule)


def _way(way: Any, team: str) -> str:
    if isinstance(way, str):
        return f"in turn to the members of team “{team}”"
    if getattr(way, "kind", "") == "territory":
        return f"to whoever looks after {ref(way.by)} in team “{team}”"
    return f"to the person in {ref(way)}"


def _clock(rule: HandoffRule, *, high: bool) -> Iterator[str]:
    normal = _time(rule.respond, rule.respond_in)
    if rule.respond_high is None:
        yield f"An answer is due within {normal}"
    elif high:
        yield f"An answer is due within {_time(rule.respond_high, rule.respond_high_in)}, for it is urgent"
    else:
        fast = _time(rule.respond_high, rule.respond_high_in)
        yield f"An answer is due within {normal} (with high priority it would be {fast})"
    if rule.remind_at_half:
        yield "the owner is reminded at half of that"
    if rule.escalate_to:
        yield f"and team “{rule.escalate_to}” hears of it when it is overdue"


def _time(amount: int, unit: str) -> str:
    if unit != "second":
        return length(amount, unit)
    # A day counts as 24 hours here, whatever the clocks do.
    spans = _SPANS if amount > _HOURS else _SPANS[2:]
    name, size = next((name, size) for name, size in spans if amount % size == 0)
    return f"{length(amount // size, name)} of elapsed time"


def _reasons(rule: HandoffRule) -> str:
    if not rule.reject_reasons:
        return " Sales may send the contact back for any reason."
    reasons = one_of(f"“{reason}”" for reason in rule.reject_reasons)
    return f" Sales may send the contact back only for {reasons}."
