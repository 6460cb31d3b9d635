"""Fitting: facts made so that a condition holds, for invented contacts must fit the start of a journey.

A condition is gone through from the outside in, with what its truth is to be; each leaf sets what it asks
about. Where parts contradict each other the last one wins: whoever fits asks for the truth afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dsl.plan import (
    AccountCount,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    DateIs,
    DateWithin,
    Definitions,
    EventDefinition,
    FieldDefinition,
    HasConsent,
    HasDone,
    HasEngaged,
    HasTag,
    InList,
    IsSet,
    Not,
    OneOf,
    OpenOpportunity,
    Ref,
    Scope,
    Score,
    Stage,
    WasSent,
)
from runtime.facts import Happened, Sent
from runtime.populations.luck import pick
from runtime.populations.vocabulary import DAY, Vocabulary, moment

_SECONDS = {"minute": 60, "hour": 3_600, "day": DAY, "week": 7 * DAY}
_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "le": "gt", "gt": "le", "ge": "lt"}
_LONG_AGO = 400 * DAY


@dataclass(slots=True)
class Draft:
    """A contact in the making, as it stands at the instant `at`.

    `properties`: of the event that starts, or of another one that is made; then `trigger` is that of the run.
    """

    at: int
    luck: float
    definitions: Definitions
    vocabulary: Vocabulary
    event: str = ""
    contact: dict[str, Any] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    trigger: Mapping[str, Any] | None = None
    tags: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    consents: set[str] = field(default_factory=set)
    stage: str | None = None
    score: float = 0.0
    events: list[Happened] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    open_opportunity: bool = False
    known_since: int | None = None

    def values(self, ref: Ref) -> dict[str, Any]:
        """Return where the values of a field are kept."""
        if ref.of == "trigger" and self.trigger is not None:
            return dict(self.trigger)  # what started a run is not made over
        return {"contact": self.contact, "account": self.account}.get(ref.of, self.properties)

    def declared(self, ref: Ref) -> FieldDefinition:
        """Return how a field is declared; as text, where it is not."""
        of = {
            "contact": self.definitions.contact_fields,
            "account": self.definitions.account_fields,
        }.get(ref.of, self.definitions.events.get(self.event, EventDefinition()).fields)
        return of.get(ref.field, FieldDefinition(type="text"))

    def fit(self, condition: Condition | None, want: bool = True) -> None:
        """Change what is there so that the condition is true, or with `want` false, false."""
        if condition is not None and (how := _FIT.get(condition.op)) is not None:
            how(self, condition, want)


def _all(draft: Draft, c: AllOf, want: bool) -> None:
    parts = c.conditions if want else c.conditions[:1]
    for part in parts:
        draft.fit(part, want)


def _any(draft: Draft, c: AnyOf, want: bool) -> None:
    parts = (pick(c.conditions, draft.luck),) if want else c.conditions
    for part in parts:
        draft.fit(part, want)


def _not(draft: Draft, c: Not, want: bool) -> None:
    draft.fit(c.condition, not want)


def _compare(draft: Draft, c: Compare, want: bool) -> None:
    right = draft.values(c.right).get(c.right.field) if isinstance(c.right, Ref) else c.right
    if right is None:
        return
    if c.kind in _OPPOSITE:
        kind = c.kind if want else _OPPOSITE[c.kind]
        steps = {"lt": -1, "gt": 1}
        if kind == "ne":
            _set(draft, c.left, _other(draft, c.left, [right]))
        elif isinstance(right, int | float) and not isinstance(right, bool):
            _set(draft, c.left, right + steps.get(kind, 0))
        else:
            _set(draft, c.left, right)
    elif want:
        is_list = draft.declared(c.left).type == "list"
        _set(draft, c.left, [right] if is_list else right)
    else:
        _set(draft, c.left, _other(draft, c.left, [right]))


def _set(draft: Draft, ref: Ref, value: Any) -> None:
    if ref.of == "contact" and ref.field == "email_domain":
        draft.contact["email"] = f"{str(draft.contact.get('email', 'ana@')).partition('@')[0]}@{value}"
    else:
        draft.values(ref)[ref.field] = value


def _other(draft: Draft, ref: Ref, not_these: list[Any]) -> Any:
    """Return a value of a field that is none of these."""
    declared = draft.declared(ref)
    first = not_these[0] if not_these else None
    if isinstance(first, bool):
        return not first
    if isinstance(first, int | float):
        return max(value for value in not_these if isinstance(value, int | float)) + 7
    known = draft.vocabulary.values.get((ref.of, ref.field), ())
    left = [value for value in (*declared.choices, *known, "Other", "Another") if value not in not_these]
    if declared.choices:
        left = [value for value in left if value in declared.choices] or left
    return pick(left, draft.luck)


def _one_of(draft: Draft, c: OneOf, want: bool) -> None:
    values = list(c.values)
    inside = want != c.negated
    _set(draft, c.left, pick(values, draft.luck) if inside else _other(draft, c.left, values))


def _is_set(draft: Draft, c: IsSet, want: bool) -> None:
    values, name = draft.values(c.left), c.left.field
    if want != c.value:
        values.pop(name, None)
    elif values.get(name) in (None, "", []):
        found = draft.vocabulary.invent("event", name, draft.declared(c.left), draft.luck, 0.5, draft.at)
        values[name] = found if found not in (None, [], "") else "Something"


def _date_is(draft: Draft, c: DateIs, want: bool) -> None:
    base = draft.at
    other = draft.values(c.right).get(c.right.field) if isinstance(c.right, Ref) else c.right
    if other not in (None, "today"):
        try:
            base = int(datetime.fromisoformat(str(other)).timestamp())
        except ValueError:
            return
    move = {("before", True): -3, ("before", False): 3, ("after", True): 3, ("after", False): -3}
    days = move.get((c.side, want), 0 if want else 5)
    _set(draft, c.left, moment(base + days * DAY, draft.declared(c.left)))


def _date_within(draft: Draft, c: DateWithin, want: bool) -> None:
    span = c.amount * _SECONDS[c.unit]
    inside = {"next": span // 2, "last": -span // 2, "ago": -2 * span - DAY}
    outside = {"next": 2 * span + DAY, "last": -2 * span - DAY, "ago": 0}
    _set(draft, c.left, moment(draft.at + (inside if want else outside)[c.side], draft.declared(c.left)))


def _score(draft: Draft, c: Score, want: bool) -> None:
    kind = c.kind if want else _OPPOSITE[c.kind]
    draft.score = c.points + {"lt": -1, "gt": 1, "ne": 1}.get(kind, 0)


def _stage(draft: Draft, c: Stage, want: bool) -> None:
    if (c.kind == "eq") == want:
        draft.stage = c.stage
    elif draft.stage == c.stage:
        draft.stage = next((stage for stage in draft.definitions.stages if stage != c.stage), None)


def _member(draft: Draft, some: set[str], name: str, want: bool) -> None:
    (some.add if want else some.discard)(name)


def _tag(draft: Draft, c: HasTag, want: bool) -> None:
    _member(draft, draft.tags, c.tag, want)


def _list(draft: Draft, c: InList, want: bool) -> None:
    _member(draft, draft.lists, c.list, want)


def _consent(draft: Draft, c: HasConsent, want: bool) -> None:
    _member(draft, draft.consents, c.consent, want)


def _ago(draft: Draft, scope: Scope) -> int:
    """Return a moment inside a scope that looks back."""
    if scope.kind != "last":
        return draft.at - 2 * DAY
    return draft.at - max(60, scope.amount * _SECONDS[scope.unit] // 2)


def _done(draft: Draft, c: HasDone, want: bool) -> None:
    if not want:
        draft.events = [event for event in draft.events if event.name != c.event]
        return
    of_event = Draft(draft.at, draft.luck, draft.definitions, draft.vocabulary, c.event)
    of_event.properties.update(c.args)
    of_event.fit(c.where)
    at = _ago(draft, c.scope)
    for number in range(c.at_least):
        draft.events.append(Happened(c.event, at + number, at + number, dict(of_event.properties)))


def _engaged(draft: Draft, c: HasEngaged, want: bool) -> None:
    if want != c.negated and c.events:
        at = _ago(draft, c.scope)
        draft.events.append(Happened(pick(c.events, draft.luck), at, at, {}))
    else:
        draft.events = [event for event in draft.events if event.name not in c.events]
        draft.known_since = draft.at - _LONG_AGO


def _sent(draft: Draft, c: WasSent, want: bool) -> None:
    if want:
        draft.sent.append(Sent("", "", c.email, _ago(draft, c.scope), service=False))


def _count(draft: Draft, c: AccountCount, want: bool) -> None:
    draft.fit(c.fact, want)


def _opportunity(draft: Draft, _c: OpenOpportunity, want: bool) -> None:
    draft.open_opportunity = want


_FIT: dict[str, Callable[[Draft, Any, bool], None]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "compare": _compare,
    "one_of": _one_of,
    "is_set": _is_set,
    "date_is": _date_is,
    "date_within": _date_within,
    "score": _score,
    "stage": _stage,
    "has_tag": _tag,
    "in_list": _list,
    "has_consent": _consent,
    "has_done": _done,
    "has_engaged": _engaged,
    "was_sent": _sent,
    "account_count": _count,
    "open_opportunity": _opportunity,
}
