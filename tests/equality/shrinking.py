"""Shrinking: from a pair that differs to a minimal one that still does, many tries at once on one server."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dsl
from tests.equality import judging
from tests.equality.case import Case, case_of, workspace
from tests.equality.made.pairs import without
from tests.postgres import Server

Data = dict[str, Any]
Differs = Callable[[Sequence[Case]], list[bool]]

_AT_ONCE = 16
_TEXTS = ("journey", "definitions")


def shrink(data: Data, differs: Differs) -> Data:
    """Return a smaller pair that still differs; each step of the way does.

    `differs`: which of these cases differ, as `really` says of both drivers.
    """
    while True:
        for tries in _in_groups(_smaller(data)):
            found = differs([case for _, case in tries])
            if any(found):
                data = next(tried for (tried, _), it_does in zip(tries, found, strict=True) if it_does)
                break
        else:
            return data


def really(cases: Sequence[Case], postgres: Server | None = None) -> list[bool]:
    """Judge all at once, then the smallest that seems to differ by itself. `postgres`: see `judging`."""
    verdicts = judging.once(cases, postgres)
    found = [False] * len(cases)
    for number, verdict in enumerate(verdicts):
        if verdict.kind == "different" and judging.once([cases[number]], postgres)[0].kind == "different":
            found[number] = True
            break
    return found


def _in_groups(tries: Iterator[Data]) -> Iterator[list[tuple[Data, Case]]]:
    group: list[tuple[Data, Case]] = []
    for tried in tries:
        case = compiled(tried)
        if case is not None:
            group.append((tried, case))
        if len(group) == _AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def compiled(data: Data) -> Case | None:
    """Return the case, or None if the checker refuses its workspace or nothing happens."""
    if not data["happens"] or not data["contacts"]:
        return None
    made = dsl.compile_workspace(workspace(data))
    if not made.ok or not made.plans:
        return None
    try:
        return case_of("shrunk", data, made)
    except (KeyError, StopIteration):
        return None


def _smaller(data: Data) -> Iterator[Data]:
    """Yield what is smaller by one cut, the largest cuts first."""
    cuts = [*_texts(data), *_lists(data), *_scalars(data)]
    for _size, make in sorted(cuts, key=lambda cut: -cut[0]):
        tried = copy.deepcopy(data)
        make(tried)
        yield tried


Cut = tuple[int, Callable[[Data], None]]


def _texts(data: Data) -> Iterator[Cut]:
    for name in _TEXTS:
        lines = data[name].rstrip("\n").split("\n")
        for number, line in enumerate(lines):
            if not line.strip():
                continue
            kept = without(lines, {number})
            yield len(lines) - len(kept), _putting(name, kept)
            if len(lines) - len(kept) > 1 and line.startswith(" "):
                yield 1, _putting(name, _unwrapped(lines, number, len(lines) - len(kept)))
        tops = [number for number, line in enumerate(lines) if line.strip() and not line.startswith(" ")]
        for half in (tops[: len(tops) // 2], tops[len(tops) // 2 :]):
            kept = without(lines, set(half))
            if len(half) > 1:
                yield len(lines) - len(kept), _putting(name, kept)


def _putting(name: str, lines: Sequence[str]) -> Callable[[Data], None]:
    def put(data: Data) -> None:
        data[name] = "\n".join(lines) + "\n"
        spoken = set(re.findall(r'email "([^"]+)"', data["journey"] + data["definitions"]))
        emails = data.get("emails", {})
        data["emails"] = {stem: t for stem, t in emails.items() if stem.partition("-")[0].title() in spoken}

    return put


def _unwrapped(lines: Sequence[str], number: int, size: int) -> list[str]:
    """Take a line away, and what stands under it one level to the left."""
    under = [line[2:] for line in lines[number + 1 : number + size]]
    return [*lines[:number], *under, *lines[number + size :]]


def _lists(data: Data) -> Iterator[Cut]:
    happens = data["happens"]
    for half in (slice(0, len(happens) // 2), slice(len(happens) // 2, None)):
        if len(happens) > 3:
            yield len(happens) // 2, _dropping("happens", half)
    for name in ("happens", "outages"):
        for number in range(len(data.get(name, ()))):
            yield 1, _dropping(name, slice(number, number + 1))
    for contact in data["contacts"]:
        yield 3, _forgetting(contact["id"])


def _dropping(name: str, which: slice) -> Callable[[Data], None]:
    def drop(data: Data) -> None:
        del data[name][which]

    return drop


def _forgetting(contact: str) -> Callable[[Data], None]:
    def forget(data: Data) -> None:
        data["contacts"] = [c for c in data["contacts"] if c["id"] != contact]
        data["happens"] = [happening for happening in data["happens"] if happening.get("contact") != contact]
        accounts = {c.get("account") for c in data["contacts"]}
        data["happens"] = [h for h in data["happens"] if h.get("account") in {None, *accounts}]
        data.get("refused", {}).pop(contact, None)
        data["accounts"] = {id_: f for id_, f in data.get("accounts", {}).items() if id_ in accounts}

    return forget


def _scalars(data: Data) -> Iterator[Cut]:
    for name in ("outages", "refused", "limit"):
        if name in data:
            yield 1, _without((name,))
    for number, contact in enumerate(data["contacts"]):
        for name in contact.get("fields", {}):
            yield 0, _without(("contacts", number, "fields", name))
        for name in ("time_zone", "account", "consent"):
            if name in contact:
                yield 0, _without(("contacts", number, name))
    for account, fields in data.get("accounts", {}).items():
        for name in fields:
            yield 0, _without(("accounts", account, name))
    for number, happening in enumerate(data["happens"]):
        for name in ("occurred", "machine", "delivered"):
            if name in happening:
                yield 0, _without(("happens", number, name))


def _without(path: Sequence[Any]) -> Callable[[Data], None]:
    def drop(data: Data) -> None:
        for name in path[:-1]:
            data = data[name]
        del data[path[-1]]

    return drop
