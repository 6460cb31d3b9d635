"""Dispatch: whether an outer effect may go now, decided inside the transaction that claims it.

The order is fixed (semantics row 16): suppression and consent, the guards of the send, the hours. The
outcome is typed: go, skip with a reason, or hold until an instant. The activity and the simulator call the
same functions with the snapshot of their transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsl.plan import Effect, Plan, SendEmail
from runtime.evaluate import RunView, fold, truth
from runtime.facts import Facts

MARKETING = "Marketing"
"""The consent that marketing mail needs."""

_BACKOFF_MINUTES = (15, 30, 60, 120, 240)
_GIVE_UP_AFTER = 24  # holds: with the backoff above about four days


@dataclass(frozen=True, slots=True)
class Go:
    """It may go now."""


@dataclass(frozen=True, slots=True)
class Skip:
    """It is not done, for this reason; the flow goes on."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """It is looked at again at this instant."""

    reason: str
    until: int


@dataclass(frozen=True, slots=True)
class Fail:
    """It cannot be done; the flow goes on."""

    reason: str


GO = Go()


def decide(
    plan: Plan, effect: Effect, facts: Facts, run: RunView, at: int, fallback: str
) -> Go | Skip | Hold:
    """Decide about an outer effect at logical time `at`. `fallback`: the workspace's time zone."""
    if not isinstance(effect, SendEmail):
        return GO
    reason = _refusal(effect, facts)
    if reason is None and not _guarded(plan, effect, facts, run, at, fallback):
        reason = "no longer true"
    if reason is not None:
        return Skip(reason)
    until = _open_at(plan, effect, facts, at, fallback)
    return Hold("sending hours", until) if until > at else GO


def after_trouble(
    plan: Plan, effect: Effect, facts: Facts, at: int, attempt: int, reason: str, fallback: str
) -> Hold | Fail:
    """Decide what follows when a provider did not take it: look again later, inside the hours (row 31)."""
    if attempt >= _GIVE_UP_AFTER:
        return Fail(f"{reason}, given up")
    minutes = _BACKOFF_MINUTES[min(attempt, len(_BACKOFF_MINUTES)) - 1]
    again = at + 60 * minutes
    if isinstance(effect, SendEmail):
        again = _open_at(plan, effect, facts, again, fallback)
    return Hold(reason, again)


def _refusal(effect: SendEmail, facts: Facts) -> str | None:
    if not facts.contact.get("email"):
        return "no address"
    if facts.suppressed in ("bounced", "complained"):
        return facts.suppressed
    if effect.service:
        return None
    if facts.suppressed is not None:
        return facts.suppressed
    return None if MARKETING in facts.consents else "no consent"


def _guarded(plan: Plan, effect: SendEmail, facts: Facts, run: RunView, at: int, fallback: str) -> bool:
    return all(
        truth(plan.predicates[number], facts, run, at, fallback) == wanted for number, wanted in effect.guards
    )


def _open_at(plan: Plan, effect: SendEmail, facts: Facts, at: int, fallback: str) -> int:
    if effect.ignore_hours:
        return at
    return fold(at, plan.sending_hours, facts, fallback)
