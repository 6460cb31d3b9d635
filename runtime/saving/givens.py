"""Givens: who a contact must be, and what must happen, so that conditions come out as on a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsl.plan import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Definitions,
    FieldDefinition,
    HasConsent,
    HasDone,
    HasEngaged,
    HasTag,
    InList,
    IsSet,
    Not,
    OneOf,
    Ref,
    Score,
    Stage,
    WasSent,
)
from runtime.evidence import Evidence


class Unwritable(Exception):
    """A path asks for what a scenario cannot bring about by itself. The message says what, in a clause.

    `far`: how many of its turns the contact has come along.
    """

    def __init__(self, what: str, far: int = 0) -> None:
        super().__init__(what)
        self.far = far


@dataclass(frozen=True, slots=True)
class Happening:
    """What the contact does at an instant."""

    at: int
    event: str
    args: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Givens:
    """What a scenario says of its contact before it begins, and what happens.

    `fields`: by owner (contact, account, trigger) and name. `evidence`: what the run has told so far, so
    that nothing happens where it would have been heard.
    """

    definitions: Definitions
    fields: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"contact": {}, "account": {}, "trigger": {}}
    )
    score: float = 0.0
    stage: str | None = None
    tags: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    evidence: Evidence | None = None

    def want(self, condition: Condition, truth: bool, at: int, since: int) -> None:
        """See to it that a condition comes out so at an instant.

        Args:
            since: the last moment before it at which something can happen.

        Raises:
            Unwritable: this is not known for such a condition.
        """
        if isinstance(condition, Not):
            self.want(condition.condition, not truth, at, since)
        elif isinstance(condition, AllOf | AnyOf):
            self.several(condition, truth, at, since)
        elif teller := _WANTED.get(condition.op):
            teller(self, condition, truth, at, since)
        else:
            raise Unwritable(f"a condition of the kind “{condition.op.replace('_', ' ')}”")

    def several(self, condition: AllOf | AnyOf, truth: bool, at: int, since: int) -> None:
        if isinstance(condition, AllOf) == truth:
            for part in condition.conditions:
                self.want(part, truth, at, since)
            return
        problem = Unwritable("a condition without parts")
        for part in condition.conditions:
            try:
                self.want(part, truth, at, since)
            except Unwritable as unwritable:
                problem = unwritable
            else:
                return
        raise problem

    def put(self, ref: Ref, value: Any) -> None:
        """Let a field hold a value."""
        if ref.of not in self.fields:
            raise Unwritable(f"a value of the {ref.of}")
        held = self.fields[ref.of]
        if held.setdefault(ref.field, value) != value:
            raise Unwritable(f"two values of the field “{ref.field}”")

    def leave(self, ref: Ref) -> None:
        """Let a field hold nothing that was not asked for."""
        if ref.of not in self.fields:
            raise Unwritable(f"a value of the {ref.of}")

    def declared(self, ref: Ref) -> FieldDefinition | None:
        """Return what is declared of a field."""
        known = self.definitions.account_fields if ref.of == "account" else self.definitions.contact_fields
        return known.get(ref.field)


def _compare(givens: Givens, c: Compare, truth: bool, _at: int, _since: int) -> None:
    if isinstance(c.right, Ref):
        raise Unwritable("two fields that are compared")
    if c.kind == "ne":
        truth = not truth
    if not truth:
        held = givens.fields.get(c.left.of, {}).get(c.left.field)
        if held is not None:
            return  # the simulation shows whether that does
        givens.leave(c.left)
        return
    step = {"gt": 1, "lt": -1}.get(c.kind, 0)
    right = c.right + step if isinstance(c.right, int | float) and not isinstance(c.right, bool) else c.right
    givens.put(c.left, right)


def _one_of(givens: Givens, c: OneOf, truth: bool, _at: int, _since: int) -> None:
    if truth != c.negated:
        givens.put(c.left, c.values[0])
        return
    givens.leave(c.left)


_ANY: dict[str, Any] = {"number": 1, "yes or no": True, "list": ("one",), "date": None, "date and time": None}


def _is_set(givens: Givens, c: IsSet, truth: bool, _at: int, _since: int) -> None:
    if truth != c.value:
        givens.leave(c.left)
        return
    declared = givens.declared(c.left)
    value = "something" if declared is None else _ANY.get(declared.type, "something")
    if declared is not None and declared.choices:
        value = declared.choices[0]
    if value is None:
        raise Unwritable("a date")
    if givens.fields.get(c.left.of, {}).get(c.left.field) is None:
        givens.put(c.left, value)


def _score(givens: Givens, c: Score, truth: bool, _at: int, _since: int) -> None:
    wanted = {"ge": truth, "gt": truth, "le": not truth, "lt": not truth, "eq": truth, "ne": not truth}[
        c.kind
    ]
    if wanted:
        givens.score = max(givens.score, c.points + (c.kind in ("gt", "le")))


def _stage(givens: Givens, c: Stage, truth: bool, _at: int, _since: int) -> None:
    if (c.kind == "eq") == truth:
        givens.stage = c.stage


def _has_tag(givens: Givens, c: HasTag, truth: bool, _at: int, _since: int) -> None:
    if truth and c.tag not in givens.tags:
        givens.tags.append(c.tag)


def _in_list(givens: Givens, c: InList, truth: bool, _at: int, _since: int) -> None:
    if truth and c.list not in givens.lists:
        givens.lists.append(c.list)


def _has_consent(givens: Givens, c: HasConsent, truth: bool, _at: int, _since: int) -> None:
    if not truth and c.consent not in givens.refused:
        givens.refused.append(c.consent)


def _has_done(givens: Givens, c: HasDone, truth: bool, at: int, since: int) -> None:
    if not truth:
        return
    if c.where is not None:
        raise Unwritable("an event with a condition of its own")
    done = [one for one in givens.happenings if one.event == c.event and c.args.items() <= one.args.items()]
    for number in range(1, c.at_least - len(done) + 1):
        givens.happenings.append(Happening(_moment(givens, c, at, since, number), c.event, c.args))


def _moment(givens: Givens, c: HasDone, at: int, since: int, number: int) -> int:
    """Return when such an event can have come, so that no wait has heard it: some minutes into that time."""
    if givens.evidence is None:
        return min(at, since + 60 * number)
    unheard = givens.evidence.moment(c)
    if unheard is None:
        raise Unwritable("what was waited for in vain")
    first, last = unheard
    if last >= at:
        return min(at, max(first, since) + 60 * number)
    return max(first, last - 60 * number)


def _has_engaged(givens: Givens, c: HasEngaged, truth: bool, at: int, since: int) -> None:
    done = any(one.event in c.events for one in givens.happenings)
    if truth == c.negated or not c.events or (done and givens.evidence is None):
        return
    name = "Page Viewed" if "Page Viewed" in c.events else c.events[0]
    args = {"page": "/"} if name == "Page Viewed" else {}
    givens.happenings.append(Happening(min(at, since + 60), name, args))


def _sent(_givens: Givens, _c: WasSent, _truth: bool, _at: int, _since: int) -> None:
    """The path itself decides it."""


_WANTED: dict[str, Callable[[Givens, Any, bool, int, int], None]] = {
    "always": lambda *_: None,
    "compare": _compare,
    "one_of": _one_of,
    "is_set": _is_set,
    "score": _score,
    "stage": _stage,
    "has_tag": _has_tag,
    "in_list": _in_list,
    "has_consent": _has_consent,
    "has_done": _has_done,
    "has_engaged": _has_engaged,
    "was_sent": _sent,
    "suppressed": lambda *_: None,
    "open_opportunity": lambda *_: None,
}
