"""The one evaluator: truths and instants, from a snapshot of facts.

The machine asks by number; the activity and the simulator answer with these functions, so they cannot
differ. Pure: the clock is an argument, the time zone database is the pinned `tzdata` package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from dsl import civil, openings
from dsl.plan import (
    AccountCount,
    After,
    AfterBusiness,
    AllOf,
    Always,
    AnyOf,
    CalendarDate,
    ClockTime,
    Compare,
    Condition,
    DateField,
    DateIs,
    DateWithin,
    DayOfRun,
    HasConsent,
    HasDone,
    HasEngaged,
    HasTag,
    HourOfRun,
    InList,
    Instant,
    IsSet,
    Not,
    OneOf,
    OpenOpportunity,
    Ref,
    Scalar,
    Scope,
    Score,
    SendingHours,
    Split,
    Stage,
    Suppressed,
    WasSent,
)
from runtime import days, points
from runtime.facts import Facts, Happened, Sent
from runtime.suppression import suppressed

_ELAPSED = {"minute": 60, "hour": 3600}


@dataclass(frozen=True, slots=True)
class RunView:
    """The run for which something is evaluated.

    `trigger`: the properties of its first event, or of the one that took its place. `replies`: those of the
    events that its waits met and named as replies, by the step of the wait. `stood`: seconds that it has
    stood still in pauses.
    """

    id: str
    journey: str
    plan: str
    entered: int
    trigger: Mapping[str, Any]
    replies: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    stood: int = 0


@dataclass(slots=True)
class _Asked:
    """What a condition is evaluated against."""

    facts: Facts
    run: RunView | None
    at: int
    fallback: str
    event: Mapping[str, Any] | None

    def tz(self) -> ZoneInfo:
        return civil.zone(self.facts.time_zone, self.fallback)


def truth(
    condition: Condition,
    facts: Facts,
    run: RunView | None,
    at: int,
    fallback: str,
    event: Mapping[str, Any] | None = None,
) -> bool:
    """Return whether the condition holds at this instant.

    `run` is None while an entry is being decided; then `trigger` fields are those of `event`. `fallback`
    is the workspace's time zone. A field that is missing counts as empty.
    """
    return _TRUTH[condition.op](condition, _Asked(facts, run, at, fallback, event))


def instant(
    question: Instant, facts: Facts, run: RunView, at: int, fallback: str, hours: SendingHours | None
) -> int | None:
    """Return when the instant is, asked at `at`; None when a date field is empty or damaged."""
    tz = civil.zone(facts.time_zone, fallback)
    found = _INSTANT[question.kind](question, facts, run, at, tz)
    if found is None or not question.fold:
        return found
    return fold(found, hours, facts, fallback)


def score(facts: Facts, at: int) -> float:
    """Return the whole score at an instant: what lasts, what is left of what fades, and what fits now."""
    model = facts.model
    if model.half_life is None and not model.fit:
        return facts.score
    found = points.thousandths(facts.score) + points.thousandths(fit(facts, at))
    if model.half_life is not None:
        found += points.left(facts.awards, at, model.half_life)
    return found / points.UNIT


def fit(facts: Facts, at: int) -> float:
    """Return the points for who the contact is: of each rule whose condition holds."""
    zone = facts.model.time_zone
    return sum(rule.points for rule in facts.model.fit if truth(rule.condition, facts, None, at, zone))


def fold(at: int, hours: SendingHours | None, facts: Facts, fallback: str) -> int:
    """Return the first instant at or after `at` that lies in the sending hours."""
    if hours is None:
        return at
    tz = civil.zone(facts.time_zone if hours.zone == "contact" else hours.zone, fallback)
    return openings.next_open(at, hours, tz)


def choose(split: Split, contact_id: str) -> int:
    """Return the variant of a split for a contact: sticky, by a hash of (contact, split name) (row 19)."""
    digest = hashlib.sha256(f"{split.name}\x00{contact_id}".encode()).digest()
    point = int.from_bytes(digest[:8], "big") / 2**64 * 100
    total = 0.0
    for number, variant in enumerate(split.variants):
        total += variant.weight
        if point < total:
            return number
    return len(split.variants) - 1


def value_of(ref: Ref, facts: Facts, run: RunView | None, event: Mapping[str, Any] | None = None) -> Any:
    """Return the value of a field, None when empty."""
    if ref.of == "contact":
        found = facts.contact.get(ref.field)
        return _domain(facts) if found is None and ref.field == "email_domain" else found
    if ref.of == "account":
        return facts.account.get(ref.field)
    source = event
    if run is not None and ref.of == "trigger":
        source = run.trigger
    elif run is not None and ref.of == "reply" and ref.wait is not None:
        source = run.replies.get(ref.wait)
    return source.get(ref.field) if source else None


def _domain(facts: Facts) -> str | None:
    """The part of the email address after the last @, in lower case."""
    _, at, domain = str(facts.contact.get("email") or "").rpartition("@")
    return domain.casefold() if at else None


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _all(c: AllOf, q: _Asked) -> bool:
    return all(_TRUTH[part.op](part, q) for part in c.conditions)


def _any(c: AnyOf, q: _Asked) -> bool:
    return any(_TRUTH[part.op](part, q) for part in c.conditions)


def _not(c: Not, q: _Asked) -> bool:
    return not _TRUTH[c.condition.op](c.condition, q)


def _always(c: Always, _q: _Asked) -> bool:
    return c.value


def _compare(c: Compare, q: _Asked) -> bool:
    left = value_of(c.left, q.facts, q.run, q.event)
    right = value_of(c.right, q.facts, q.run, q.event) if isinstance(c.right, Ref) else c.right
    return _holds(c.kind, left, right)


def _holds(kind: str, left: Any, right: Any) -> bool:
    if kind == "eq":
        return not _empty(left) and bool(left == right)
    if kind == "ne":
        return _empty(left) or bool(left != right)
    if _empty(left) or _empty(right):
        return False
    if kind in _TEXT:
        if isinstance(left, list):
            return kind == "contains" and right in left
        return _TEXT[kind](str(left).casefold(), str(right).casefold())
    try:
        return _ORDER[kind](left, right)
    except TypeError:
        return False  # a damaged value (text in a number field) compares as empty


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "lt": lambda a, b: bool(a < b),
    "le": lambda a, b: bool(a <= b),
    "gt": lambda a, b: bool(a > b),
    "ge": lambda a, b: bool(a >= b),
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a,
    "starts": lambda a, b: a.startswith(b),
    "ends": lambda a, b: a.endswith(b),
}


def _date_is(c: DateIs, q: _Asked) -> bool:
    left = value_of(c.left, q.facts, q.run, q.event)
    right = value_of(c.right, q.facts, q.run, q.event) if isinstance(c.right, Ref) else c.right
    return days.compared(c.side, left, right, q.at, q.tz())


def _date_within(c: DateWithin, q: _Asked) -> bool:
    left = value_of(c.left, q.facts, q.run, q.event)
    return days.within(c.side, left, c.amount, c.unit, q.at, q.tz())


def _one_of(c: OneOf, q: _Asked) -> bool:
    return (value_of(c.left, q.facts, q.run, q.event) in c.values) != c.negated


def _is_set(c: IsSet, q: _Asked) -> bool:
    return _empty(value_of(c.left, q.facts, q.run, q.event)) != c.value


def _score(c: Score, q: _Asked) -> bool:
    return _ORDER[c.kind](score(q.facts, q.at), c.points)


def _stage(c: Stage, q: _Asked) -> bool:
    return (q.facts.stage == c.stage) == (c.kind == "eq")


def _has_tag(c: HasTag, q: _Asked) -> bool:
    return c.tag in q.facts.tags


def _has_consent(c: HasConsent, q: _Asked) -> bool:
    return c.consent in q.facts.consents


def _suppressed(_c: Suppressed, q: _Asked) -> bool:
    return suppressed(q.facts, q.at) is not None


def _has_done(c: HasDone, q: _Asked) -> bool:
    since = _since(c.scope, q)
    run = q.run.id or None if c.scope.kind == "run" and q.run is not None else None
    count = 0
    for event in reversed(q.facts.events.get(c.event, ())):
        if _counts(event, since, q.at, run) and _matches(c, event, q):
            count += 1
            if count >= c.at_least:
                return True
    return False


def _matches(c: HasDone, event: Happened, q: _Asked) -> bool:
    if not has_args(event.properties, c.args):
        return False
    if c.where is None:
        return True
    return _TRUTH[c.where.op](c.where, _Asked(q.facts, q.run, q.at, q.fallback, event.properties))


def has_args(properties: Mapping[str, Any], args: Mapping[str, str]) -> bool:
    """Return whether the event carries these literal arguments, compared as text, exactly."""
    return all(str(properties.get(name, "")) == value for name, value in args.items())


def _counts(event: Happened, since: int, at: int, run: str | None) -> bool:
    if event.machine or event.at < since or event.at > at:
        return False
    # A click that names its run belongs to that run, however late it comes.
    named = event.properties.get("run")
    return run is None or named is None or named == run


def _has_engaged(c: HasEngaged, q: _Asked) -> bool:
    since = _since(c.scope, q)
    engaged = any(_any_since(q.facts.events.get(name, ()), since, q.at) for name in c.events)
    if not c.negated:
        return engaged
    # Who came yesterday has not been silent for sixty days (row 41).
    return not engaged and (c.scope.kind != "last" or q.facts.known_since <= since)


def _any_since(events: Iterable[Happened], since: int, at: int) -> bool:
    return any(_counts(event, since, at, None) for event in events)


def _was_sent(c: WasSent, q: _Asked) -> bool:
    since = _since(c.scope, q)
    run = q.run.id or None if c.scope.kind == "run" and q.run is not None else None
    return any(_is_send(sent, c.email, since, run) for sent in q.facts.sent)


def _is_send(sent: Sent, email: str, since: int, run: str | None) -> bool:
    return sent.email == email and sent.at >= since and (run is None or sent.run == run)


def _account_count(c: AccountCount, q: _Asked) -> bool:
    people = {peer.contact_id: peer for peer in (*q.facts.peers, q.facts)}
    # An email's own run is nothing to go by: every contact has runs of its own.
    run = q.run and replace(q.run, id="")
    true = (_TRUTH[c.fact.op](c.fact, replace(q, facts=one, run=run)) for one in people.values())
    return sum(true) >= c.at_least


def _in_list(c: InList, q: _Asked) -> bool:
    return c.list in q.facts.lists


def _open_opportunity(_c: OpenOpportunity, q: _Asked) -> bool:
    return bool(q.facts.open_opportunities)


def _since(scope: Scope, q: _Asked) -> int:
    if scope.kind == "ever":
        return -(2**62)
    if scope.kind == "run":
        return q.run.entered if q.run is not None else q.at
    if scope.unit in _ELAPSED:
        return q.at - scope.amount * _ELAPSED[scope.unit]
    return civil.add(q.at, -scope.amount, scope.unit, q.tz())


_TRUTH: dict[str, Callable[[Any, _Asked], bool]] = {
    "always": _always,
    "account_count": _account_count,
    "all": _all,
    "any": _any,
    "not": _not,
    "compare": _compare,
    "one_of": _one_of,
    "date_is": _date_is,
    "date_within": _date_within,
    "is_set": _is_set,
    "score": _score,
    "stage": _stage,
    "has_tag": _has_tag,
    "has_consent": _has_consent,
    "suppressed": _suppressed,
    "has_done": _has_done,
    "has_engaged": _has_engaged,
    "was_sent": _was_sent,
    "open_opportunity": _open_opportunity,
    "in_list": _in_list,
}


def _after(i: After, _facts: Facts, _run: RunView, at: int, tz: ZoneInfo) -> int:
    return _at(i.clock, civil.add(at, i.amount, i.unit, tz), tz)


def _business(i: AfterBusiness, _facts: Facts, _run: RunView, at: int, tz: ZoneInfo) -> int:
    end = openings.add_business(at, i.amount, i.unit, i.hours, civil.zone(i.hours.zone, "UTC"))
    return _at(i.clock, end, tz)


def _at(clock: str | None, end: int, tz: ZoneInfo) -> int:
    """Return that clock time of the day on which a time ends, by the contact's clock."""
    return end if clock is None else civil.day_of_run(end, 0, clock, tz)


def _day(i: DayOfRun, _facts: Facts, run: RunView, _at: int, tz: ZoneInfo) -> int:
    # Whole days, so that a block keeps its time of day; the nearest, so that a pause of a minute moves none.
    return civil.day_of_run(run.entered, i.day + (run.stood + 43_200) // 86_400, i.clock, tz)


def _hour(i: HourOfRun, _facts: Facts, run: RunView, _at: int, _tz: ZoneInfo) -> int:
    return run.entered + run.stood + 3600 * i.hour


def _clock(i: ClockTime, _facts: Facts, _run: RunView, at: int, tz: ZoneInfo) -> int:
    return civil.at_clock(at, i.clock, tz, i.weekday)


def _date(i: DateField, facts: Facts, run: RunView, _at: int, tz: ZoneInfo) -> int | None:
    value = value_of(i.ref, facts, run)
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        return None
    return civil.date_field(value, i.clock, i.amount, i.unit, tz)


def _on(i: CalendarDate, _facts: Facts, _run: RunView, at: int, tz: ZoneInfo) -> int | None:
    if len(i.date) == len("09-01"):
        return civil.next_yearly(at, i.date, i.clock, tz)
    return civil.date_field(i.date, i.clock, 0, "day", tz)


_INSTANT: dict[str, Callable[[Any, Facts, RunView, int, ZoneInfo], int | None]] = {
    "after": _after,
    "business": _business,
    "day": _day,
    "hour": _hour,
    "clock": _clock,
    "date": _date,
    "on": _on,
}

__all__ = [
    "RunView",
    "Scalar",
    "choose",
    "fit",
    "fold",
    "has_args",
    "instant",
    "score",
    "truth",
    "value_of",
]
