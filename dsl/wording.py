"""Wording: conditions, events and lengths of time of a plan, in the words of a marketer.

What is not known here is told from its own field names, so that a plan with newer parts is still told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from dsl.naming import Names, whose
from dsl.plan import Interest, Scope
from dsl.saying import OWNERS, day, field_name, length, literal, owned, plain, ref
from dsl.spelling import one_of

_COMPARED = {
    "eq": "is {}",
    "ne": "is not {} (or is empty)",
    "lt": "is less than {}",
    "le": "is at most {}",
    "gt": "is more than {}",
    "ge": "is at least {}",
    "contains": "contains {}",
    "starts": "starts with {}",
    "ends": "ends with {}",
}

# An event's name -> the argument that says what, the verb in the present and in the perfect.
_VERBS = {
    "Form Submitted": ("form", "submits", "submitted"),
    "Email Clicked": ("email", "clicks", "clicked"),
    "Email Opened": ("email", "opens", "opened"),
    "Email Replied": ("email", "replies to", "replied to"),
    "Page Viewed": ("page", "visits", "visited"),
    "Asset Downloaded": ("asset", "downloads", "downloaded"),
    "Attended": ("webinar", "attends", "attended"),
    "Meeting Booked": ("meeting", "books", "booked"),
    "Unsubscribed": ("", "unsubscribes", "unsubscribed"),
    "Email Bounced": ("email", "does not get", "not got"),
    "nurture:stage reached": ("stage", "reaches", "reached"),
    "nurture:segment entered": ("segment", "enters", "entered"),
    "nurture:segment left": ("segment", "leaves", "left"),
    "nurture:account segment entered": ("segment", "enters", "entered"),
    "nurture:account segment left": ("segment", "leaves", "left"),
}
_SCORE = "nurture:score changed"


@dataclass(frozen=True, slots=True)
class Words:
    """Tells parts of plans. `subjects`: whom each event is about; `thresholds`: names of points.

    `names`: what people call conditions and values. `anyone`: events count whoever of the account does them.
    """

    subjects: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    anyone: bool = False

    # ------------------------------------------------------------------------------------------- events

    def event(self, name: str, args: Mapping[str, str], where: BaseModel | None) -> str:
        """Tell an event in the present tense: `the contact submits form “Whitepaper”`."""
        if name == _SCORE:
            return self._score_reached(where)
        return f"the {self._subject(name)} {self.does(name, args, where)}"

    def does(self, name: str, args: Mapping[str, str], where: BaseModel | None) -> str:
        """Tell an event without its subject: `submits form “Whitepaper”`."""
        happening = self._happening(name, args, perfect=False)
        segment = args.get("segment", "") if "segment" in name else ""
        return f"{happening}{self.meaning(segment)}{self._where(where)}"

    def _subject(self, name: str) -> str:
        account = name.startswith("nurture:account")
        return self.subjects.get(name, "account" if account else "contact")

    def _score_reached(self, where: BaseModel | None) -> str:
        """Tell a change of the score by the points that it reaches, if the condition is of that shape."""
        for part in getattr(where, "conditions", (where,)):
            left = getattr(part, "left", None)
            if getattr(left, "field", "") == "after" and getattr(part, "kind", "") == "ge":
                return f"the contact's score reaches {self.points(float(getattr(part, 'right', 0)))}"
        return f"the contact's score changes{self._where(where)}"

    def interest(self, interest: Interest) -> str:
        """Tell what a run waits to hear of."""
        anyone = self.anyone and interest.event not in (None, _SCORE)
        if interest.event and anyone and self._subject(interest.event) == "contact":
            return f"anyone of the account {self.does(interest.event, interest.args, interest.where)}"
        if interest.event:
            return self.event(interest.event, interest.args, interest.where)
        return f"there is news of {one_of(map(changed, interest.changes), 'or')}"

    def _happening(self, name: str, args: Mapping[str, str], *, perfect: bool) -> str:
        if name not in _VERBS:
            extra = "".join(f", {plain(key)} “{value}”" for key, value in args.items())
            return f"{'done' if perfect else 'does'} “{name}”{extra}"
        kind, *verbs = _VERBS[name]
        verb = verbs[perfect]
        rest = {key: value for key, value in args.items() if key != kind}
        what = f"{kind} “{args[kind]}”" if kind in args else f"any {kind}" if kind else ""
        if "link" in rest:
            return f"{verb} link “{rest['link']}” in {what}"
        return f"{verb} {what}".strip() + "".join(f", {plain(k)} “{v}”" for k, v in rest.items())

    def _where(self, where: BaseModel | None) -> str:
        """Tell what an event must be like: `with minutes of at least 40`, or as a clause of its own."""
        if where is None:
            return ""
        told = [_with(part) for part in getattr(where, "conditions", (where,))]
        if getattr(where, "op", "") in ("all", "compare") and all(told):
            return f" with {one_of(told, 'and')}"
        return f" where {self.condition(where)}"

    # --------------------------------------------------------------------------------------- conditions

    def condition(self, condition: BaseModel) -> str:
        """Tell a condition as a clause: `the score is at least 65 (“MQL”)`."""
        if called := self.names.segment(condition):
            return f"{whose(condition)} is in segment “{called}”{self.meaning(called)}"
        return self._condition(condition)

    def meaning(self, segment: str) -> str:
        """Tell what a segment means, in brackets, the first time that it is named."""
        found = self.names.segments.get(segment)
        if found is None or segment in self.names.told:
            return ""
        self.names.told.add(segment)
        return f" (that is, {self._condition(found)})"

    def _condition(self, condition: BaseModel) -> str:
        op = str(getattr(condition, "op", ""))
        teller = _TELLERS.get(op)
        return teller(self, condition) if teller else _unknown(condition)

    def not_(self, condition: BaseModel) -> str:
        """Tell that a condition does not hold."""
        if getattr(condition, "op", "") == "account_count":
            return self.count(condition, negated=True)
        if called := self.names.segment(condition):
            return f"{whose(condition)} is not in segment “{called}”{self.meaning(called)}"
        told = self.condition(condition)
        if getattr(condition, "op", "") in _COMPOUND:
            return f"it is not so that {told}"
        for known, negated in _NEGATED:
            if re.search(known, told):
                return re.sub(known, negated, told, count=1)
        return f"it is not so that {told}"

    def joined(self, conditions: tuple[BaseModel, ...], word: str) -> str:
        """Tell several conditions at once; those that are several themselves stand in parentheses."""
        told = []
        for part in conditions:
            several = getattr(part, "op", "") in ("all", "any") and not self.names.segment(part)
            told.append(f"({self.condition(part)})" if several else self.condition(part))
        return f" {word} ".join(told)

    def has_done(self, c: Any) -> str:
        """Tell a fact about the past."""
        times = "" if c.at_least == 1 else f" at least {c.at_least} times"
        where = self._where(c.where)
        ever = "ever " if c.scope.kind == "ever" else ""
        done = f"{self._happening(c.event, c.args, perfect=True)}{times}"
        far = f" {scope(c.scope)}" if not ever else ""
        done = f"{done}{far}{where}" if where.startswith(" where") else f"{done}{where}{far}"
        return f"the {self._subject(c.event)} has {ever}{done}"

    def count(self, c: Any, *, negated: bool = False) -> str:
        """Tell for how many contacts of the account a fact about the past is true."""
        subject, told = "the contact has ", self.condition(c.fact)
        if not told.startswith(subject):
            how = "no contact" if negated and c.at_least == 1 else _contacts(c.at_least, negated)
            return f"for {how} of the account it is so that {told}"
        fact = told.removeprefix(subject)
        if negated and c.at_least == 1:
            return f"no contact of the account has {fact}"
        verb = "has" if c.at_least == 1 else "have"
        return f"{_contacts(c.at_least, negated)} of the account {verb} {fact}"

    def points(self, points: float) -> str:
        """Tell points, with the name of the threshold that they are."""
        name = next((name for name, at in self.thresholds.items() if at == points), None)
        return f"{points:g} (“{name}”)" if name else f"{points:g}"


_NEGATED = (
    (r"\bhas an open\b", "has no open"),
    (r"\bhas ever\b", "has never"),
    (r"\bhas (tag|consent)\b", r"has no \1"),
    (r"\bhas (?!not|no)\b", "has not "),
    (r"\b(is|are) (?!not )", r"\1 not "),
)
_COMPOUND = frozenset({"all", "any", "not"})


def _contacts(least: int, negated: bool) -> str:
    if negated:
        return f"fewer than {length(least, 'contact')}"
    return f"at least {length(least, 'contact')}"


def scope(scope: Scope) -> str:
    """Tell how far back a fact looks."""
    if scope.kind == "last":
        return f"in the last {length(scope.amount, scope.unit)}"
    return {"ever": "at any time", "run": "since the start of this run"}.get(scope.kind, scope.kind)


def _with(part: BaseModel) -> str:
    """Tell a condition on an event's field behind `with`; nothing if it is of another shape."""
    left, kind, right = (getattr(part, name, None) for name in ("left", "kind", "right"))
    if getattr(part, "op", "") != "compare" or getattr(left, "of", "") != "event":
        return ""
    name = field_name(getattr(left, "field", ""))
    if isinstance(right, BaseModel):
        same = getattr(right, "of", "") == "trigger" and getattr(right, "field", "") == getattr(
            left, "field", ""
        )
        return f"the same {name} as the starting event" if kind == "eq" and same else ""
    return _WITH[kind].format(name, literal(right)) if kind in _WITH else ""


_WITH = {
    "eq": "{} {}",
    "lt": "{} of less than {}",
    "le": "{} of at most {}",
    "gt": "{} of more than {}",
    "ge": "{} of at least {}",
}


def _one_of(words: Words, c: Any) -> str:
    if name := words.names.list(c.values):
        return owned(c.left, f"is {'not ' if c.negated else ''}in list “{name}”") + (
            " (or empty)" if c.negated else ""
        )
    return _listed(c)


def _listed(c: Any) -> str:
    listed = one_of(map(literal, c.values), "nor" if c.negated else "or")
    return owned(c.left, f"is {'neither ' if c.negated else ''}{listed}") + (
        " (or empty)" if c.negated else ""
    )


def _has_engaged(_words: Words, c: Any) -> str:
    if c.scope.kind == "ever":
        return f"the contact has {'never' if c.negated else 'ever'} engaged"
    if not c.negated:
        return f"the contact has engaged {scope(c.scope)}"
    known = " and was known then already" if c.scope.kind == "last" else ""
    return f"the contact has not engaged {scope(c.scope)}{known}"


_DATES = {"next": "lies in the next {}", "last": "lies in the last {}", "ago": "is more than {} ago"}


def _sent(c: Any) -> str:
    told = f"been sent email “{c.email}”"
    return f"ever {told}" if c.scope.kind == "ever" else f"{told} {scope(c.scope)}"


def _date_is(_words: Words, c: Any) -> str:
    right = ref(c.right) if isinstance(c.right, BaseModel) else day(c.right)
    return owned(c.left, f"is {c.side} {right}")


_TELLERS: dict[str, Callable[[Words, Any], str]] = {
    "always": lambda _, c: "always" if c.value else "never",
    "all": lambda w, c: w.joined(c.conditions, "and"),
    "any": lambda w, c: w.joined(c.conditions, "or"),
    "not": lambda w, c: w.not_(c.condition),
    "compare": lambda _, c: owned(c.left, _COMPARED[c.kind].format(literal(c.right))),
    "one_of": _one_of,
    "is_set": lambda _, c: owned(c.left, f"is {'set' if c.value else 'empty'}"),
    "score": lambda w, c: f"the score {_COMPARED[c.kind].format(w.points(c.points))}",
    "stage": lambda _, c: f"the contact is {'not ' if c.kind == 'ne' else ''}in stage “{c.stage}”",
    "has_tag": lambda _, c: f"the contact has tag “{c.tag}”",
    "has_consent": lambda _, c: f"the contact has consent “{c.consent}”",
    "suppressed": lambda _, _c: "the contact is suppressed",
    "has_done": lambda w, c: w.has_done(c),
    "has_engaged": _has_engaged,
    "was_sent": lambda _, c: f"the contact has {_sent(c)}",
    "in_list": lambda _, c: f"the contact is in list “{c.list}”",
    "date_is": _date_is,
    "date_within": lambda _, c: owned(c.left, _DATES[c.side].format(length(c.amount, c.unit))),
    "account_count": lambda w, c: w.count(c),
    "open_opportunity": lambda _, _c: "the account has an open opportunity",
}


def told_by_fields(model: BaseModel, without: frozenset[str] = frozenset()) -> str:
    """Tell a part of a plan that no words are known for by its own fields."""
    told = []
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if name in without or value == info.get_default(call_default_factory=True):
            continue
        told.append(f"{plain(name)} {_value(value)}")
    return ", ".join(told)


def _unknown(condition: BaseModel) -> str:
    told = told_by_fields(condition, frozenset({"op"}))
    return plain(str(getattr(condition, "op", ""))) + (f" ({told})" if told else "")


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return one_of(map(_value, value), "and")
    if isinstance(value, dict):
        return one_of((f"{plain(str(k))} {_value(v)}" for k, v in value.items()), "and")
    if isinstance(value, BaseModel):
        return ref(value) if {"of", "field"} <= set(type(value).model_fields) else told_by_fields(value)
    return literal(value) if isinstance(value, str | bool | int | float) else str(value)


def changed(change: str) -> str:
    """Tell what a change is of: `field:contact.renewal` is `the contact's renewal`."""
    kind, _, name = change.partition(":")
    if kind == "field":
        owner, _, field = name.partition(".")
        return OWNERS.get(owner, "{}").format(field_name(field))
    words = {"opportunity": "the account's opportunities", "stage": "the stage", "tag": "the tags"}
    return words.get(kind, f"the {plain(kind)}") + (f" {plain(name)}" if name else "")
