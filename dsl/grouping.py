"""One mistake, one error: a name that exists nowhere is reported once, with all the places that use it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dsl.diagnostics import Diagnostic, Fix
from dsl.spelling import one_of

# Names that are not declared, by code; a field may be missing in lines and emails.
_NAMES = {f"N3{n:02}": f"N3{n:02}" for n in (*range(1, 9), 10)}
_NAMES |= {"N604": "N305", "N504": "N305", "N544": "N544"}
_TRIGGER = re.compile(r"trigger\.(\w+)")
_EMAIL = re.compile("“([^”]*)”")
_SHOWN = 4
_QUOTES = str.maketrans("", "", '“”"')


def once_each(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics, which are in order of place, with those of one missing name put together.

    Where a program may write another name instead, each file keeps a diagnostic of its own, since files are
    mended one by one.
    """
    groups: dict[object, list[Diagnostic]] = {}
    for n, one in enumerate(found):
        groups.setdefault(_key(one) or n, []).append(one)
    return [_together(group) for group in groups.values()]


def _key(one: Diagnostic) -> tuple[str, str, str] | None:
    code = _NAMES.get(one.code)
    if code is None:
        return None
    edits = one.fix is not None and bool(one.fix.edits)
    return code, _name(one), one.span.file if edits else ""


def _name(one: Diagnostic) -> str:
    """Return what the finding is about: what was not sent, or else what does not exist."""
    if one.code == "N544" and (email := _EMAIL.search(one.message)):
        return email[1]
    if one.code == "N504" and (field := _TRIGGER.search(one.message)):
        return f"There is no trigger field {field[1]}"
    return one.message.split(". ")[0].rstrip(".").translate(_QUOTES)


def _together(group: Sequence[Diagnostic]) -> Diagnostic:
    first, *others = group
    places = [d for d in others if d.span[:2] != first.span[:2]]
    if not others:
        return first
    fix = first.fix
    if fix is not None:
        fix = Fix(fix.text, tuple(dict.fromkeys(e for d in group if d.fix for e in d.fix.edits)))
    message = f"{first.message} {_also(first, places)}" if places else first.message
    return replace(first, message=message, fix=fix)


def _also(first: Diagnostic, places: Sequence[Diagnostic]) -> str:
    """Say where else the name stands."""
    here = sorted({d.span.line for d in places if d.span.file == first.span.file})
    elsewhere = sorted({d.span[:2] for d in places if d.span.file != first.span.file})
    shown = [f"line {n}" for n in here] + [f"{file}, line {n}" for file, n in elsewhere]
    if len(shown) > _SHOWN:
        more = len(shown) - _SHOWN
        shown = [*shown[:_SHOWN], f"{more} more place{'' if more == 1 else 's'}"]
    return f"It also stands in {one_of(shown, 'and')}."
