"""The reasons that the product gives for what it holds, leaves out, or lets nobody into.

They are those of `runtime.dispatch`, `runtime.policies`, `runtime.turn`, `runtime.expiry` and
`runtime.entry`; a test holds this list to them. The most usual come first: they are proposed first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dsl.plan import Plan

HELD = (
    *("sending hours", "quiet hours", "cap", "policy", "paused", "sends stopped"),
    *("provider unreachable", "http 503"),
)
SKIPPED = (
    *(
        "no consent",
        "unsubscribed",
        "cap",
        "policy",
        "expired",
        "suppressed by hand",
        "bounced",
        "complained",
    ),
    *("no longer true", "left", "no address", "no date", "nobody named", "erased"),
)
NOT_ENTERED = ("already running", "too soon", "runs once", "chain", "no account", "erased")
_LEFT = ("completed", "late", "stopped by hand", "erased", "merged")
_TEMPLATES = ("empty field", "empty subject", "empty text")
_QUOTES = dict.fromkeys(map(ord, '"“”'))
_MAIL = ("address refused",)


def held() -> tuple[str, ...]:
    """Return why something can be held."""
    return HELD


def skipped(plans: Iterable[Plan]) -> tuple[str, ...]:
    """Return why something can be left out: reasons of the product, and of `suppress contact because`."""
    return (*SKIPPED, *sorted({r for plan in plans for r in _suppressing(plan)}))


def failed() -> tuple[str, ...]:
    """Return why something can fail."""
    return (*_MAIL, *(f"template: {reason}" for reason in _TEMPLATES), "provider unreachable, given up")


def _suppressing(plan: Plan) -> Iterable[str]:
    for step in plan.steps:
        if step.op == "do" and step.effect.kind == "suppress":
            yield step.effect.reason


def left(plan: Plan) -> tuple[str, ...]:
    """Return why a run of a journey can be over, without the quotes that a reason cannot hold."""
    exits = [step.name for step in plan.steps if step.op == "end" and step.kind == "exit"]
    stops = [ending.name for ending in plan.endings if ending.kind == "exit"]
    return tuple(dict.fromkeys([*map(plain, exits), *map(plain, stops), *_LEFT]))


def plain(reason: str) -> str:
    """Return a reason as it can be written in quotes: without quotes of its own, curly ones too."""
    return reason.translate(_QUOTES)


def goals(plans: Mapping[str, Plan]) -> frozenset[str]:
    """Name the goals of journeys."""
    found = set()
    for plan in plans.values():
        found |= {ending.name for ending in plan.endings if ending.kind == "goal"}
        found |= {s.name for s in plan.steps if s.op == "record" or (s.op == "end" and s.kind == "goal")}
    return frozenset(found)
