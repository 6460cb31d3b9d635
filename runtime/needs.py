"""Needs: how far back decisions look at what a contact has done and got, so that no more is loaded.

Read off the plans and the shared definitions: which events conditions, holds and daily caps name, which
emails, and within which time. What is loaded besides does no harm; what is missing would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from dsl.plan import (
    AccountCount,
    Compare,
    Definitions,
    HasDone,
    HasEngaged,
    HoldAfter,
    Limit,
    OneOf,
    Scope,
    SendEmail,
    WasSent,
)

FOR_EVER = 2**62
ANY_EVENT = ""

_LONGEST = {
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 31 * 86_400,
}
_SLACK = 2 * 86_400  # days are counted on the contact's clock, and some have 25 hours


@dataclass(frozen=True, slots=True)
class Reach:
    """Seconds to look back from the moment of a decision, and whether to the start of open runs."""

    seconds: int = 0
    run: bool = False

    def __or__(self, other: Reach) -> Reach:
        return Reach(max(self.seconds, other.seconds), self.run or other.run)


@dataclass(frozen=True, slots=True)
class Needs:
    """What to load of events and emails, each by name.

    `counted`, `counted_emails`: of these also what the other contacts of the account have. `named`: texts
    that properties of events are compared with, as (event or `ANY_EVENT`, property, text), and emails that
    are sent; nothing is loaded by them. `daily`: events whose points are capped by the day. `mail`: seconds
    for which all marketing counts, whatever its name.
    """

    events: Mapping[str, Reach] = field(default_factory=dict)
    emails: Mapping[str, Reach] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()
    counted_emails: frozenset[str] = frozenset()
    named: frozenset[tuple[str, str, str]] = frozenset()
    daily: frozenset[str] = frozenset()
    mail: int = 0

    @classmethod
    def of(cls, models: Iterable[BaseModel]) -> Needs:
        """Collect them from plans and shared definitions."""
        events: dict[str, Reach] = {}
        emails: dict[str, Reach] = {}
        counted: set[str] = set()
        counted_emails: set[str] = set()
        named: set[tuple[str, str, str]] = set()
        daily: set[str] = set()
        mail = 0
        for part in parts(models):
            if isinstance(part, Compare | OneOf):
                named |= {(ANY_EVENT, part.left.field, value) for value in _literals(part)}
            if args := getattr(part, "args", None):
                named |= {(getattr(part, "event", ""), name, value) for name, value in args.items()}
            match part:
                case HasDone():
                    _reach(events, [part.event], _scope(part.scope))
                case HasEngaged():
                    _reach(events, part.events, _scope(part.scope))
                case SendEmail():
                    named.add((ANY_EVENT, "email", part.email))
                case WasSent():
                    _reach(emails, [part.email], _scope(part.scope))
                case HoldAfter():
                    _reach(events, [part.event], Reach(_length(part.amount, part.unit)))
                case Limit():
                    mail = max(mail, _length(max(part.amount, 1), part.unit))
                case AccountCount():
                    inside = cls.of([part.fact])
                    counted |= inside.events.keys()
                    counted_emails |= inside.emails.keys()
                case Definitions():
                    daily |= {rule.event for rule in part.scoring if rule.daily is not None}
        counts = frozenset(counted), frozenset(counted_emails)
        return cls(events, emails, *counts, frozenset(named), frozenset(daily), mail)

    def __or__(self, other: Needs) -> Needs:
        events, emails = dict(self.events), dict(self.emails)
        for name, reach in other.events.items():
            _reach(events, [name], reach)
        for name, reach in other.emails.items():
            _reach(emails, [name], reach)
        return Needs(
            events,
            emails,
            self.counted | other.counted,
            self.counted_emails | other.counted_emails,
            self.named | other.named,
            self.daily | other.daily,
            max(self.mail, other.mail),
        )


def _literals(part: Compare | OneOf) -> Iterator[str]:
    """Yield the texts that a field of an event is compared with."""
    if part.left.of in ("event", "trigger", "reply"):
        values = part.values if isinstance(part, OneOf) else (part.right,)
        yield from (value for value in values if isinstance(value, str))


def _reach(found: dict[str, Reach], names: Iterable[str], reach: Reach) -> None:
    for name in names:
        found[name] = found.get(name, Reach()) | reach


def _scope(scope: Scope) -> Reach:
    match scope.kind:
        case "ever":
            return Reach(FOR_EVER)
        case "run":
            return Reach(run=True)
        case _:
            return Reach(_length(scope.amount, scope.unit))


def _length(amount: int, unit: str) -> int:
    return amount * _LONGEST[unit] + _SLACK


def parts(model: object) -> Iterator[BaseModel]:
    """Yield a model and all models in it."""
    if isinstance(model, BaseModel):
        yield model
        for name in type(model).model_fields:
            yield from parts(getattr(model, name))
    elif isinstance(model, dict):
        for part in model.values():
            yield from parts(part)
    elif isinstance(model, Iterable) and not isinstance(model, str | bytes):
        for part in model:
            yield from parts(part)


__all__ = ["ANY_EVENT", "FOR_EVER", "Needs", "Reach", "parts"]
