"""Dispatch: whether an outer effect may go now, decided inside the transaction that claims it.

The order is fixed (semantics row 16): suppression and consent, the guards of the send, the hours,
the policies' holds and caps. The outcome is typed: go, skip with a reason, or hold until an instant. The
activity and the simulator call the same functions with the snapshot of their transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsl.plan import ChangeAudience, CreateTask, Effect, Plan, Policy, SendEmail, SendMessage
from runtime import policies
from runtime.appointments import appointment
from runtime.evaluate import RunView, fold, truth, value_of
from runtime.facts import Facts
from runtime.suppression import ERASED, suppressed

MARKETING = "Marketing"
"""The consent that marketing mail needs."""

_BACKOFF_MINUTES = (15, 30, 60, 120, 240)
_GIVE_UP_AFTER = 24  # holds: with the backoff above about four days
_LONGEST_WAIT = 86_400  # seconds that a provider may ask us to wait


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


Verdict = Go | Skip | Hold


@dataclass(frozen=True, slots=True)
class Fail:
    """It cannot be done; the flow goes on."""

    reason: str


GO = Go()


def decide(
    plan: Plan,
    effect: Effect,
    facts: Facts,
    run: RunView,
    at: int,
    fallback: str,
    rules: Sequence[Policy] = (),
    wanted: int | None = None,
    address: str | None = None,
) -> Go | Skip | Hold:
    """Decide about an outer effect at logical time `at`.

    Args:
        fallback: the workspace's time zone.
        rules: the policies of the workspace; they hold for marketing only.
        wanted: when the flow came to the effect first, if that was before `at`.
        address: the contact's field without which a message on a channel has nowhere to go.
    """
    if facts.suppressed == ERASED:
        return Skip(ERASED)
    if not isinstance(effect, (SendEmail, SendMessage)):  # a union is built anew at each look
        refused = _pointless(effect, facts, run, at)
        return GO if refused is None else Skip(refused)
    rank = policies.rank(plan, effect)
    asked = policies.Asked(plan, facts, run, at, at if wanted is None else wanted, fallback, rank)
    rules = () if effect.service else rules
    reason = _refusal(effect, facts, at, address) or _undated(effect, facts, run, fallback)
    reason = reason or policies.refusal(rules, asked)
    if reason is None and not _guarded(plan, effect, facts, run, at, fallback):
        reason = "no longer true"
    if reason is not None:
        return Skip(reason)
    until = _open_at(plan, effect, facts, at, fallback)
    if until > at:
        return Hold("sending hours", until)
    if effect.service or not (rules or plan.limits):
        return GO
    held = policies.held(rules, asked)
    if held is not None:
        return Hold(held[0], _open_at(plan, effect, facts, held[1], fallback))
    # What limits count is mail.
    capped = policies.capped(rules, asked) if isinstance(effect, SendEmail) else None
    if capped is None:
        return GO
    reason, room = capped
    return Skip(reason) if room is None else Hold(reason, _open_at(plan, effect, facts, room, fallback))


def after_trouble(
    plan: Plan,
    effect: Effect,
    facts: Facts,
    at: int,
    attempt: int,
    reason: str,
    fallback: str,
    retry_after: int | None = None,
) -> Hold | Fail:
    """Decide what follows when a provider did not take it: look again later, inside the hours (row 31).

    `retry_after`: seconds that the provider asked us to wait; heeded up to a day (RFC 9110, 10.2.3).
    """
    if attempt >= _GIVE_UP_AFTER:
        return Fail(f"{reason}, given up")
    seconds = 60 * _BACKOFF_MINUTES[min(attempt, len(_BACKOFF_MINUTES)) - 1]
    again = at + max(seconds, min(retry_after or 0, _LONGEST_WAIT))
    if isinstance(effect, SendEmail | SendMessage):
        again = _open_at(plan, effect, facts, again, fallback)
    return Hold(reason, again)


def is_mail(effect: Effect) -> bool:
    """Whether the effect is a message that a person sees: an email, or one on a channel."""
    return effect.kind in ("send", "message")


def _pointless(effect: Effect, facts: Facts, run: RunView, at: int) -> str | None:
    """Return why an effect that is no message would reach nobody, or must not."""
    if isinstance(effect, CreateTask) and effect.person is not None:
        person = value_of(effect.person, facts, run)
        return None if isinstance(person, str) and person.strip() else "nobody named"
    if isinstance(effect, ChangeAudience) and effect.add:
        # An audience is there to be advertised to; leaving it is always right. Whom a person lets be mailed
        # is not advertised to for that.
        return facts.suppressed or _unwanted(facts, at)
    return None


def _refusal(effect: SendEmail | SendMessage, facts: Facts, at: int, address: str | None) -> str | None:
    if isinstance(effect, SendMessage):
        if address is not None and not facts.contact.get(address):
            return "no address"
        # A bounce or a complaint is about mail: a service message on another channel still goes.
        return None if effect.service else _unwanted(facts, at)
    if not facts.contact.get("email"):
        return "no address"
    if facts.suppressed in ("bounced", "complained"):
        return facts.suppressed
    return None if effect.service else _unwanted(facts, at)


def _undated(effect: SendEmail | SendMessage, facts: Facts, run: RunView, fallback: str) -> str | None:
    """Return why an email with an entry for the calendar would bring none."""
    if not isinstance(effect, SendEmail) or effect.calendar is None:
        return None
    return None if appointment(effect.calendar, facts, run, fallback) else "no date"


def _unwanted(facts: Facts, at: int) -> str | None:
    """Return why nothing of marketing may reach the contact."""
    reason = suppressed(facts, at)
    if reason is not None:
        return reason
    return None if MARKETING in facts.consents else "no consent"


def _guarded(
    plan: Plan, effect: SendEmail | SendMessage, facts: Facts, run: RunView, at: int, fallback: str
) -> bool:
    for number, wanted in effect.guards:
        if truth(plan.predicates[number], facts, run, at, fallback) != wanted:
            return False
    return True


def _open_at(plan: Plan, effect: SendEmail | SendMessage, facts: Facts, at: int, fallback: str) -> int:
    if effect.ignore_hours:
        return at
    return fold(at, plan.sending_hours, facts, fallback)
