"""Vetting: names and values that a test in Python gives are held to what a scenario is held to.

The compiler's own checker looks them up in the catalog of the workspace; what it says is told with what to
write in Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from operator import methodcaller
from typing import Any, NoReturn

from dsl import civil
from dsl.catalog import DERIVED_FIELDS, Catalog
from dsl.checking import Checker
from dsl.constructs.events import Happening
from dsl.constructs.values import Literal_, a_type, check_value
from dsl.diagnostics import Diagnostic, Report
from dsl.nodes import Name
from dsl.plan import FieldDefinition
from dsl.span import Span
from dsl.spelling import kindred, nearest, one_of

_HERE = Span("test", 1, 1, 1)
_WRITE = {
    "text": 'Write a text: "…".',
    "choice": 'Write a text: "…".',
    "number": "Write a number, such as 5.",
    "yes or no": "Write True or False.",
    "list": 'Write a list of texts: ["…"].',
    "date": "Write a day, such as date(2026, 11, 2).",
    "date and time": "Write a moment, such as datetime(2026, 11, 2, 9, 30, tzinfo=timezone.utc).",
}


class ActingError(Exception):
    """A test asks for what cannot be. The message says what to write."""


hidden = methodcaller("errisinstance", ActingError)
"""What pytest asks whether a frame is left out: it shows the line of the test, and none of ours."""
__tracebackhide__ = hidden


@dataclass(frozen=True, slots=True)
class Vetting:
    """What can be named in a test. `catalog`: what the files of the workspace declare."""

    catalog: Catalog

    def known(self, kind: str, name: object) -> str:
        """Return a name that is declared. `kind`: as the catalog has it, such as stage."""
        text = _text(kind, name)
        self._held(lambda check: check.known(kind, Name(_HERE, text)))
        return text

    def all_known(self, kind: str, names: object) -> tuple[str, ...]:
        """Return names of a kind, each of which is declared."""
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise ActingError(
                f'Several of the kind {kind} are given as a list, not as {names!r}. Write ["…"].'
            )
        return tuple(self.known(kind, name) for name in names)

    def happening(self, verb: str, *names: object) -> Happening:
        """Return what a contact or an account does. `verb`: a rule of the grammar, such as submits."""
        texts = tuple(Name(_HERE, _text(verb, name)) for name in names)
        found = Happening(_HERE, verb, texts, None)
        self._held(found.check)
        return found

    def values(self, owner: str, told: Mapping[str, Any], event: str = "") -> dict[str, Any]:
        """Return what fields are to hold, as records hold it. `owner`: contact, account or event."""
        return {name: self._value(owner, name, value, event) for name, value in told.items()}

    def zone(self, name: object) -> str:
        """Return a time zone that there is."""
        text = _text("time zone", name)
        if not civil.is_zone(text):
            self._unknown("time zone", text, civil.zones(), 'Write a name such as "Europe/Berlin".')
        return text

    def account(self, name: object, made: Iterable[str]) -> str:
        """Return the name of an account that a test has made."""
        text, names = _text("account", name), list(made)
        if text not in names:
            self._unknown("account", text, names, f'Make it before: contact.account("{text}")')
        return text

    def one_of(self, kind: str, name: object, known: Iterable[str]) -> str:
        """Return a word that is one of those that there are."""
        text, words = _text(kind, name), list(known)
        if text not in words:
            self._unknown(kind, text, words, f"There are: {', '.join(words)}.")
        return text

    # --------------------------------------------------------------------------------------------- one value

    def _value(self, owner: str, name: str, value: object, event: str) -> Any:
        definition = self._definition(owner, name, event)
        if value is None:
            return None
        called = f"{owner}.{name}"
        if not _fits(value, definition):
            what = "a list of texts" if definition.type == "list" else a_type(definition.type)
            how = _WRITE.get(definition.type, "Write a value of that type.")
            if definition.choices and definition.type != "list":
                shown = one_of(f'"{choice}"' for choice in definition.choices)
                how = f"Write {shown}."
            raise ActingError(f"{called} is {what}, and {value!r} is none. {how}")
        plain = _plain(value)
        if definition.choices:
            each = FieldDefinition(type="choice", choices=definition.choices)
            for one in plain if isinstance(plain, list) else [plain]:
                self._held(partial(check_value, field=each, value=Literal_(_HERE, one), called=called))
        return plain

    def _definition(self, owner: str, name: str, event: str) -> FieldDefinition:
        check = self._check()
        if owner == "contact" and name in DERIVED_FIELDS:
            raise ActingError(f'{name} follows from the address. Write email="ana@acme.example".')
        other = {"contact": "account", "account": "contact"}.get(owner)
        if other and name not in check.fields(owner) and name in check.fields(other):
            made = 'contact.account("…", {}=…)' if other == "account" else 'contact("…", {}=…)'
            message = f"The field {name} is one of the {other}, not of the {owner}."
            raise ActingError(f"{message} Write {made.format(name)}.")
        found: list[FieldDefinition | None] = []
        if owner == "event":
            fields = self.catalog.events[event].fields

            def ask(check: Checker) -> None:
                with check.matching(fields):
                    found.append(check.field_of(owner, name, _HERE))

            self._held(ask)
        else:
            self._held(lambda check: found.append(check.field_of(owner, name, _HERE)))
        assert found[0] is not None  # it would have been refused
        return found[0]

    # ------------------------------------------------------------------------------------------------ telling

    def _check(self) -> Checker:
        return Checker(replace(self.catalog, report=Report()))

    def _held(self, ask: Callable[[Checker], object]) -> None:
        """Ask the checker, and refuse what it reports."""
        check = self._check()
        ask(check)
        if check.report.found:
            raise ActingError(_told(check.report.found[0]))

    def _unknown(self, kind: str, name: str, known: Iterable[str], otherwise: str) -> NoReturn:
        names = sorted(known)
        guess = nearest(name, names) or kindred(name, names)
        advice = f'Did you mean "{guess}"?' if guess else otherwise
        raise ActingError(f'There is no {kind} "{name}". {advice}')


def _told(one: Diagnostic) -> str:
    if one.fix is None or "Did you mean" in one.message:
        return one.message
    if one.fix.edits and one.fix.edits[0].text:
        return f"{one.message} Did you mean {one.fix.edits[0].text}?"
    return f"{one.message} {one.fix.text}"


def _text(kind: str, name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ActingError(f'{name!r} is no name ({kind}). Write a text: "…".')
    return name


def _fits(value: object, field: FieldDefinition) -> bool:
    """Whether a value is one of the field's type, as Python has it."""
    match field.type:
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        case "yes or no":
            return isinstance(value, bool)
        case "list":
            several = isinstance(value, list | tuple | set | frozenset)
            return several and all(isinstance(one, str) for one in value)  # type: ignore[attr-defined]
        case "date":
            day = isinstance(value, date) and not isinstance(value, datetime)
            return day or (isinstance(value, str) and _reads(date.fromisoformat, value))
        case "date and time":
            moment = isinstance(value, datetime)
            return moment or (isinstance(value, str) and _reads(datetime.fromisoformat, value))
        case _:
            return isinstance(value, str)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _plain(value: object) -> Any:
    """Write a value as records hold it: dates as text, and a list as a list."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value
