"""Policies: what every marketing email must pass at dispatch, whichever journey sends it.

Asked after suppression, guards and sending hours (semantics row 16), in the transaction that claims the
effect, so the slot of a cap is taken by whoever asks first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from dsl import civil
from dsl.plan import Effect, HoldAfter, Limit, Plan, Policy, SendEmail
from runtime.evaluate import RunView, has_args, truth
from runtime.facts import Facts, Happened
from runtime.suppression import let_through

_EVERY_DAY = tuple(range(7))
_ABOUT_TO_GO = 15 * 60
"""Seconds for which an email that is due is taken to be about to go. One that is overdue for longer stands
still with its run, and keeps nobody else waiting."""


@dataclass(slots=True)
class Asked:
    """A marketing message that is about to go.

    `at`: the logical time; `wanted`: when the flow came to it first; `fallback`: the workspace's time zone;
    `rank`: who goes first where a limit leaves room for one.
    """

    plan: Plan
    facts: Facts
    run: RunView
    at: int
    wanted: int
    fallback: str
    rank: int = 1

    @property
    def zone(self) -> ZoneInfo:
        """The contact's time zone."""
        return civil.zone(self.facts.time_zone, self.fallback)


def rank(plan: Plan, effect: Effect) -> int:
    """Return who goes first where a limit leaves room for one: the greater number."""
    if isinstance(effect, SendEmail) and effect.priority == "high":
        return 3
    return {"high": 2, "normal": 1, "low": 0}[plan.priority]


def refusal(policies: Sequence[Policy], asked: Asked) -> str | None:
    """Return why the email is not sent at all, or None."""
    for policy in policies:
        if not asked.facts.consents.issuperset(policy.consents):
            return "no consent"
        # A person may let one contact through what a rule by facts or lists forbids, never without consent.
        if let_through(asked.facts, asked.at):
            continue
        for condition in policy.skips:
            if truth(condition, asked.facts, None, asked.at, asked.fallback):
                return "policy"
    return None


def held(policies: Sequence[Policy], asked: Asked) -> tuple[str, int] | None:
    """Return why and until when the email is held by an event or by quiet hours, or None."""
    found = [
        hold
        for policy in policies
        if policy.holds or policy.quiet
        for hold in (*_after_events(policy, asked), *_quiet(policy, asked))
    ]
    if not found:
        return None
    later = [(reason, until) for reason, until in found if until > asked.at]
    return max(later, key=lambda hold: hold[1], default=None)


def capped(policies: Sequence[Policy], asked: Asked) -> tuple[str, int | None] | None:
    """Return until when the caps leave no room (None: there is none in time, it is skipped), or None."""
    mine = asked.run.journey
    limits = [limit for policy in policies for limit in policy.limits]
    if not limits and not asked.plan.limits:
        return None
    sent = [*asked.facts.sent, *asked.facts.sending]
    if not asked.facts.waiting and len(sent) < min(limit.count for limit in (*limits, *asked.plan.limits)):
        return None
    marketing = [(s.at, s.journey) for s in sent if not s.service]
    # Whoever is asked about first: what goes first and is due by now has taken its slot already. Of equal
    # rank the run that began first goes first, so that it makes no difference which of them wakes first.
    if asked.facts.waiting:
        entered = {run.id: run.entered for run in asked.facts.runs}
        own_place = (-asked.rank, asked.run.entered, asked.run.id)
        due = (w for w in asked.facts.waiting if asked.at - _ABOUT_TO_GO <= w.until <= asked.at)
        first = (w for w in due if (-w.rank, entered.get(w.run, asked.at), w.run) < own_place)
        marketing += [(asked.at, w.journey) for w in first]
    everything = sorted([at for at, _ in marketing])
    rooms = [_room(limit, everything, asked) for limit in limits]
    if asked.plan.limits:
        own = sorted([at for at, journey in marketing if journey == mine])
        rooms += [_room(limit, own, asked) for limit in asked.plan.limits]
    full = [room for room in rooms if room != (True, None)]
    if not full:
        return None
    if any(not fits for fits, _ in full):
        return "cap", None
    return "cap", max(until for _, until in full if until is not None)


def _after_events(policy: Policy, asked: Asked) -> list[tuple[str, int]]:
    return [
        ("policy", civil.add(event.at, hold.amount, hold.unit, asked.zone))
        for hold in policy.holds
        for event in asked.facts.events.get(hold.event, ())
        if counts(hold, event, asked)
    ]


def counts(hold: HoldAfter, event: Happened, asked: Asked) -> bool:
    """Tell whether marketing is held for a time after this event."""
    if event.machine or not has_args(event.properties, hold.args):
        return False
    where = hold.where
    return where is None or truth(where, asked.facts, None, event.at, asked.fallback, event.properties)


def _quiet(policy: Policy, asked: Asked) -> list[tuple[str, int]]:
    found = []
    for quiet in policy.quiet:
        zone = asked.zone if quiet.zone == "contact" else civil.zone(quiet.zone, asked.fallback)
        # What is not quiet is a window from the end to the beginning.
        until = civil.next_within(asked.at, _EVERY_DAY, quiet.to, quiet.from_, zone)
        found.append(("quiet hours", until))
    return found


def _room(limit: Limit, sent: list[int], asked: Asked) -> tuple[bool, int | None]:
    """Return whether there is room in time, and the moment of it; (True, None): there is room now."""
    if len(sent) < limit.count:
        return True, None
    since, zone = begins(limit, asked), asked.zone
    inside = [at for at in sent if at > since] if limit.amount else [at for at in sent if at >= since]
    if len(inside) < limit.count:
        return True, None
    if limit.hold == 0:
        return False, None
    if limit.amount:
        until = civil.add(inside[len(inside) - limit.count], limit.amount, limit.unit, zone)
    else:
        until = civil.add(since, 1, limit.unit, zone)
    return until <= civil.add(asked.wanted, limit.hold, limit.hold_unit, zone), max(until, asked.at + 1)


def begins(limit: Limit, asked: Asked) -> int:
    """When the window of a limit began: so long ago, at midnight, or on monday."""
    if limit.amount:
        return civil.add(asked.at, -limit.amount, limit.unit, asked.zone)
    monday = 0 if limit.unit == "week" else None
    return civil.at_clock(civil.add(asked.at, -1, limit.unit, asked.zone) + 1, "00:00", asked.zone, monday)
