"""Operands: which parts of a condition decided it, and what they found.

The truth of every part is that of `runtime.evaluate`; here is only said what it looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from dsl.plan import (
    AccountCount,
    AllOf,
    AnyOf,
    Condition,
    HasDone,
    HasEngaged,
    Not,
    OpenOpportunity,
    Ref,
    Suppressed,
    WasSent,
)
from dsl.plan import Score as ScoreIs
from dsl.plan import Stage as StageIs
from dsl.saying import day, literal
from dsl.wording import Words
from runtime import evaluate
from runtime.evaluate import RunView
from runtime.facts import Facts, Happened
from runtime.reporting.words import number, reason_of, shown
from runtime.suppression import suppressed


@dataclass(frozen=True, slots=True)
class Look:
    """What a condition is asked against: as `evaluate.truth` has it. `clock` writes instants.

    `fields_kept`: what fields held then is on record.
    """

    facts: Facts
    run: RunView | None
    at: int
    fallback: str
    words: Words
    clock: Callable[[int], str]
    event: dict[str, Any] | None = None
    fields_kept: bool = False

    def truth(self, condition: Condition) -> bool:
        """Return whether it holds."""
        return evaluate.truth(condition, self.facts, self.run, self.at, self.fallback, self.event)

    def value(self, ref: Ref) -> Any:
        """Return what a field holds."""
        return evaluate.value_of(ref, self.facts, self.run, self.event)


@dataclass(frozen=True, slots=True)
class Found:
    """One part of a condition: the clause, its truth, and what it found. `sure`: see `answer.Reason`."""

    clause: str
    truth: bool
    value: str
    sure: bool = True

    def told(self) -> str:
        """Say it as a clause."""
        value = f": {self.value}" if self.value else ""
        return f"{self.clause}: {'yes' if self.truth else 'no'}{value.replace(': ', ', ', 1)}"


def deciding(condition: Condition, look: Look) -> list[Found]:
    """Return the parts that made the condition true, or false."""
    return list(_deciding(condition, look))


def _deciding(condition: Condition, look: Look) -> Iterator[Found]:
    if isinstance(condition, Not):
        yield from _deciding(condition.condition, look)
    elif isinstance(condition, AllOf | AnyOf):
        truth = look.truth(condition)
        alone = isinstance(condition, AnyOf) if truth else isinstance(condition, AllOf)
        for part in condition.conditions:
            if not alone or look.truth(part) == truth:
                yield from _deciding(part, look)
    else:
        value, sure = _value(condition, look)
        yield Found(look.words.condition(condition), look.truth(condition), value, sure)


def _value(condition: Any, look: Look) -> tuple[str, bool]:
    """Say what a part found, and whether the records tell it."""
    teller = _TOLD.get(condition.op)
    if teller is not None:
        return teller(condition, look), True
    if condition.op in ("has_tag", "has_consent", "in_list"):
        return "", True
    refs = [
        ref for ref in (getattr(condition, name, None) for name in ("left", "right")) if isinstance(ref, Ref)
    ]
    told = [f"it is {said(look.value(ref))}" for ref in refs[:1]]
    told += [f"the other one is {said(look.value(ref))}" for ref in refs[1:]]
    return " and ".join(told), look.fields_kept or all(ref.of not in ("contact", "account") for ref in refs)


def said(value: Any) -> str:
    """Say what a field holds."""
    if value is None or value in ("", []):
        return "empty"
    if isinstance(value, list):
        return " and ".join(said(one) for one in value)
    if isinstance(value, str):
        told = day(value)
        return f"“{shown(value)}”" if told == value else told
    return literal(value) if isinstance(value, bool | int | float) else f"“{shown(str(value))}”"


def _score(_condition: ScoreIs, look: Look) -> str:
    return f"it was {number(round(evaluate.score(look.facts, look.at), 3))}"


def _stage(_condition: StageIs, look: Look) -> str:
    return f"the stage was “{look.facts.stage}”" if look.facts.stage else "there was no stage"


def _is_suppressed(_condition: Suppressed, look: Look) -> str:
    return reason_of(suppressed(look.facts, look.at) or "")


def _has_done(condition: HasDone, look: Look) -> str:
    one = condition.model_copy(update={"at_least": 1})
    happened = look.facts.events.get(condition.event, [])
    counted = [event for event in happened if _only(one, event, look)]
    if condition.at_least > 1:
        return f"{len(counted)} of {condition.at_least} times"
    if counted:
        return look.clock(counted[-1].at)
    machine = [event for event in happened if event.machine]
    if machine:
        return f"only a machine did, {look.clock(machine[-1].at)}"
    others = [e for e in happened if e.at <= look.at and evaluate.has_args(e.properties, condition.args)]
    if others and condition.scope.kind != "ever":
        what = "event of this kind" if condition.where else "one"
        return f"the last {what} that is on record came {look.clock(others[-1].at)}"
    return "never" if not others else ""


def _only(condition: HasDone, event: Happened, look: Look) -> bool:
    facts = replace(look.facts, events={condition.event: [event]})
    return replace(look, facts=facts).truth(condition)


def _has_engaged(condition: HasEngaged, look: Look) -> str:
    happened = [
        event.at
        for name in condition.events
        for event in look.facts.events.get(name, ())
        if not event.machine and event.at <= look.at
    ]
    return f"the last time was {look.clock(max(happened))}" if happened else "never yet"


def _was_sent(condition: WasSent, look: Look) -> str:
    sent = [mail.at for mail in look.facts.sent if mail.email == condition.email]
    return look.clock(max(sent)) if sent else "it never went out"


def _account_count(condition: AccountCount, look: Look) -> str:
    people = {one.contact_id: one for one in (*look.facts.peers, look.facts)}
    run = look.run and replace(look.run, id="")
    true = [replace(look, facts=one, run=run).truth(condition.fact) for one in people.values()]
    return f"{sum(true)} of {len(people)} contacts of the account"


def _opportunity(_condition: OpenOpportunity, look: Look) -> str:
    opened = [e.at for e in look.facts.events.get("Opportunity Opened", ()) if e.at <= look.at]
    return f"since {look.clock(opened[-1])}" if look.facts.open_opportunities and opened else ""


_TOLD: dict[str, Callable[[Any, Look], str]] = {
    "always": lambda _c, _l: "",
    "score": _score,
    "stage": _stage,
    "suppressed": _is_suppressed,
    "has_done": _has_done,
    "has_engaged": _has_engaged,
    "was_sent": _was_sent,
    "account_count": _account_count,
    "open_opportunity": _opportunity,
}
