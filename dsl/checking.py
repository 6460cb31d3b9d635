"""The checker: looks names up in the catalog and reports what does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from dsl.catalog import BUILT_IN_EVENTS, DERIVED_FIELDS, KINDS, Catalog
from dsl.diagnostics import Edit, Fix, Report
from dsl.nodes import Given, Name
from dsl.plan import FieldDefinition
from dsl.span import Span
from dsl.spelling import kindred, nearest, one_of

_FEW = 5  # names that are all shown where none is near
_SHORT = 4
_NUMBER = re.compile(r"\d{1,6}(?:\.\d+)?")


@dataclass(slots=True)
class Checker:
    """What a check can ask.

    `trigger`: the fields that every start event of the journey has (None: not in a journey, or unknown).
    `event`: the fields of the event being matched, inside `where`. `replies`: the fields of the reply, for
    each line (file, number) on which one is named.
    `sends`: emails of this journey; `all_goals`: its goals. `started`: whether there is a run yet.
    """

    catalog: Catalog
    trigger: Mapping[str, FieldDefinition] | None = None
    event: Mapping[str, FieldDefinition] | None = None
    sends: frozenset[str] = frozenset()
    in_journey: bool = False
    started: bool = True
    goals: set[str] = field(default_factory=set)
    replies: dict[tuple[str, int], Mapping[str, FieldDefinition]] = field(default_factory=dict)
    all_goals: frozenset[str] = frozenset()

    @property
    def report(self) -> Report:
        """Where findings go."""
        return self.catalog.report

    @property
    def given(self) -> Given:
        """What conditions take their meaning from."""
        return self.catalog.given(self.sends)

    def known(self, kind: str, name: Name) -> bool:
        """Report a name that is not declared, with did-you-mean."""
        names = self.catalog.names[kind]
        if name.text in names:
            return True
        if self.catalog.doubts(name.text, kind):
            return False
        if kind in ("team", "sync", "webhook") and self.catalog.settings is None:
            return False
        self._unknown(name.span, kind, name.text, names, quoted=True)
        return False

    def _unknown(
        self, span: Span, kind: str, text: str, names: Iterable[str], *, quoted: bool, likely: str = "text"
    ) -> None:
        names = list(names)
        guess = nearest(text, names) or kindred(text, names)
        if guess is not None and _another_short(text, guess):
            guess = None
        shown = f'"{text}"' if quoted else text
        if guess is not None:
            new = f'"{guess}"' if quoted else guess
            message = f"There is no {kind} {shown}. Did you mean {new}?"
            self.report.add(_CODES[kind], span, message, f"Write {new}.", [Edit(span, new)], _WHY.get(kind))
            return
        message = f"There is no {kind} {shown}."
        if kind == "threshold" and _NUMBER.fullmatch(text):
            fix = f"Points stand without quotes: write {text}."
            self.report.add(_CODES[kind], span, message, fix, [Edit(span, text)])
            return
        how = KINDS[kind].format(shown) if kind in KINDS else as_field(text, likely)
        other = self._other_kind(span, kind, text) if quoted else None
        if other:
            self.report.add(_CODES[kind], span, message, other, consequence=_WHY.get(kind))
            return
        known = sorted(names)
        fix = f"Declare it: {how}"
        if quoted and 0 < len(known) <= _FEW:
            options = one_of(f'"{name}"' for name in known)
            fix = f"Write {options}; or declare it: {how}"
        if kind == "trigger field" and known:
            brought = one_of((f"trigger.{name}" for name in known), "and")
            fix = f"What starts this journey brings {brought}; only an event of your own can bring more."
        if kind == "event field" and any(self.event is built_in.fields for built_in in _OURS):
            brought = one_of((f"event.{name}" for name in known), "and") if known else "no fields"
            own = f'event "…" with {as_field(text, likely)}'
            fix = f"This event brings {brought}; let an event of your own bring more: {own}"
        self.report.add(_CODES[kind], span, message, fix, consequence=_WHY.get(kind))

    def _other_kind(self, span: Span, kind: str, text: str) -> Fix | None:
        """Say how it is said of a name that is one of another kind."""
        other = next((k for k in _ASKED if k != kind and text in self.catalog.names[k]), None)
        if other is None or kind not in _ASKED:
            return None
        rows = self.report.sources.get(span.file, [])
        before = rows[span.line - 1][: span.start - 1] if span.line <= len(rows) else ""
        asked = _ASKING.search(before)
        if asked is None:
            fix = _MADE.get(other, "").format(f'"{text}"')
            return Fix(f'"{text}" is a {other}{fix}.')
        right = _ASKED[other].format("not " if asked["is_not"] else "", "no " if asked["no"] else "")
        if other == "tag" and asked["is_not"]:
            right = "has no tag"
        if other != "tag" and asked["no"]:
            right = right.replace("is in", "is not in")
        start = asked.start("what") + 1
        edit = Edit(Span(span.file, span.line, start, span.start - 1), right)
        return Fix(f'"{text}" is a {other}: write “contact {right} "{text}"”.', (edit,))

    def field_of(self, owner: str, name: str, span: Span, likely: str = "text") -> FieldDefinition | None:
        """Find a field, or report that it does not exist. `span`: the name alone; `likely`: its type."""
        fields = self._fields(owner, span)
        if fields is None:
            return None
        found = fields.get(name)
        if found is None and not self.catalog.doubts(name):
            self._unknown(span, f"{owner} field", name, fields, quoted=False, likely=likely)
        return found

    def fields(self, owner: str) -> Mapping[str, FieldDefinition]:
        """The fields of a contact or an account that can be asked for."""
        if owner == "contact":
            return {**DERIVED_FIELDS, **self.catalog.contact_fields}
        return self.catalog.account_fields

    def _fields(self, owner: str, span: Span) -> Mapping[str, FieldDefinition] | None:
        if owner in ("contact", "account"):
            return self.fields(owner)
        if owner == "trigger":
            if self.trigger is None and not self.in_journey:
                message = "A trigger exists only in a journey."
                self.report.add("N305", span, message, "Use a field of contact or account.")
            return self.trigger
        if owner == "reply":
            found = self.replies.get((span.file, span.line))
            if found is None:
                message = "No event is named as a reply around this line."
                fix = "Write “as reply” at the end of the “when” line, and ask in the lines under it."
                self.report.add("N305", span, message, fix)
            return found
        if self.event is None:
            message = "“event” is the event matched in the same line; here none is."
            fix = "Use it after “where”; several conditions after “where” stand in parentheses."
            self.report.add("N305", span, message, fix)
        return self.event

    @contextmanager
    def matching(self, fields: Mapping[str, FieldDefinition] | None) -> Iterator[None]:
        """Let `event.x` mean these fields for a while."""
        before, self.event = self.event, fields if fields is not None else {}
        try:
            yield
        finally:
            self.event = before


_OURS = tuple(BUILT_IN_EVENTS.values())


def _another_short(text: str, guess: str) -> bool:
    """Tell whether two short names differ in a letter, as SQL and MQL do: then each is one of its own."""
    a, b = text.casefold(), guess.casefold()
    return len(a) == len(b) <= _SHORT and sorted(a) != sorted(b)


def as_field(name: str, likely: str = "text") -> str:
    """Say how a field is declared; of which type it is, only its author knows. `likely`: a guess."""
    others = "text, date" if likely == "number" else "text, number" if likely != "text" else "number, date"
    return f"field {name} is {likely} (or another type: {others}, …)"


# The kinds that a contact can be in or have, and how it is asked.
_ASKED = {
    "segment": "is {}in segment",
    "list": "is {}in list",
    "stage": "is {}in stage",
    "tag": "has {1}tag",
}
_MADE = {
    "segment": ", and nobody is put into it: who fits its lines is in it. Ask: contact is in segment {}",
    "list": ": write “add to list {0}” or “remove from list {0}”",
    "stage": ": write “set stage to {}”",
    "tag": ": write “add tag {0}” or “remove tag {0}”",
}
_ASKING = re.compile(
    r"\bcontact (?P<what>is (?P<is_not>not )?in (?:segment|list|stage)|has (?P<no>no )?tag) $"
)
# Why it matters that a name of this kind does not exist, where a code has names of several kinds.
_WHY = {
    "tag": "No condition would ask for this tag, so nobody would find who has it.",
    "handoff": "No rule would say who takes the contact over, so nobody would.",
    "consent": "Nobody can have agreed to it, so no condition and no policy would find it.",
    "list": "Nobody would find who is on it.",
    "audience": "No advertising system would hear of it.",
    "holiday calendar": "No day would be free.",
    "sms message": "Contacts would get nothing.",
    "in-app message": "Contacts would get nothing.",
    "chat message": "Contacts would get nothing.",
    "direct mail message": "Contacts would get nothing.",
    "survey message": "Contacts would get nothing.",
}
_CODES = {
    "event": "N301",
    "form": "N302",
    "asset": "N302",
    "webinar": "N302",
    "meeting": "N302",
    "tag": "N302",
    "stage": "N302",
    "threshold": "N302",
    "segment": "N302",
    "list": "N302",
    "holiday calendar": "N302",
    "consent": "N302",
    "audience": "N302",
    "handoff": "N302",
    "journey": "N303",
    "email": "N304",
    "team": "N306",
    "sync": "N306",
    "webhook": "N306",
    "sms message": "N302",
    "in-app message": "N302",
    "chat message": "N302",
    "direct mail message": "N302",
    "survey message": "N302",
    "contact field": "N305",
    "account field": "N305",
    "trigger field": "N305",
    "event field": "N305",
    "reply field": "N305",
    "link": "N307",
}
