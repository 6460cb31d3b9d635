"""What can happen to a run, and what a run can want: both are data.

A *happening* is fed to the machine; a list of them (a *transcript*) is what activities return to the
workflow and what a history holds. A happening carries ids, numbers, truth values, instants and
enumerations, never a fact about a person.
"""

from __future__ import annotations

from typing import Any, NamedTuple

PAUSED, RESUMED, STOPPED, LOOK, ERASED, MERGED = -1, -2, -3, -4, -5, -6
"""What a person tells a run, in place of an interest: stand still, go on, leave, look at what is held.

Whose contact is erased, or merged into one that is in the journey already, leaves before all else.
"""

GONE = {ERASED: "erased", MERGED: "merged"}
"""Why a run leaves whose contact is no more. `STOPPED` stands beside each, for older workers."""


class Started(NamedTuple):
    """The run begins, at its entry."""

    at: int


class Told(NamedTuple):
    """Inbox rows of one second, each (n, interests matched), in order of n."""

    at: int
    rows: tuple[tuple[int, tuple[int, ...]], ...]


class Due(NamedTuple):
    """The clock has reached a wait's or hold's end. `at` is that end, or the clock's time if it is late.

    `upto`: what ends later than this has not come yet, for the run is still to be told of something before.
    """

    at: int
    upto: int | None = None


class Answered(NamedTuple):
    """Answers to an `Ask`, in its order. `choice`: the variant of a split."""

    truths: tuple[bool, ...] = ()
    instants: tuple[int | None, ...] = ()
    choice: int = 0


class Applied(NamedTuple):
    """An inner effect is in the database.

    `reason`: why a start was refused, else empty. `heard`: interests of this run in facts it has changed.
    """

    reason: str = ""
    heard: tuple[int, ...] = ()


class Done(NamedTuple):
    """An outer effect came out: sent, skipped, failed, in doubt, or held until an instant.

    `at`: the clock's time, where it was looked at too late for the run's own time to hold. `told`: what ends
    the run, for which it was skipped; nothing of the run goes on between the two (row 2).
    """

    kind: str
    reason: str = ""
    until: int | None = None
    at: int | None = None
    told: Told | None = None


class Moved(NamedTuple):
    """The run has been moved to another plan, and goes on from this state: see `runtime.machine.migration`.

    The machine is not fed it: its driver takes the plan and the state over.
    """

    plan: str
    state: dict[str, Any]


Happening = Started | Told | Due | Answered | Applied | Done | Moved

_CODES: dict[type, str] = {
    Started: "start",
    Told: "told",
    Due: "due",
    Answered: "answer",
    Applied: "applied",
    Done: "done",
    Moved: "moved",
}
_BY_CODE: dict[str, Any] = {code: type_ for type_, code in _CODES.items()}


def write(happening: Happening) -> list[Any]:
    """Return JSON data for a transcript: the code, then the fields, without trailing defaults."""
    if isinstance(happening, Answered):
        return [
            "answer",
            "".join("1" if t else "0" for t in happening.truths),
            list(happening.instants),
            happening.choice,
        ]
    if isinstance(happening, Due) and happening.upto is None:
        return ["due", happening.at]
    if isinstance(happening, Done):
        return ["done", *happening[:4], *([list(happening.told)] if happening.told else [])]
    return [_CODES[type(happening)], *happening]


def read(data: list[Any]) -> Happening:
    """Read what `write` wrote. Raises `ValueError` for an unknown code."""
    code, *values = data
    if code == "answer":
        return Answered(tuple(c == "1" for c in values[0]), tuple(values[1]), values[2])
    if code == "told":
        return _told(values)
    if code == "done":
        return Done(*values[:4], *map(_told, values[4:]))
    if code == "applied":
        return Applied(values[0], tuple(values[1]))
    if code not in _BY_CODE:
        raise ValueError(f"A transcript holds {code!r}, which this version does not know; use a newer one.")
    happening: Happening = _BY_CODE[code](*values)
    return happening


def _told(values: list[Any]) -> Told:
    return Told(values[0], tuple((n, tuple(interests)) for n, interests in values[1]))


class Ask(NamedTuple):
    """Wanted: the truth of predicates and the instants with these numbers, asked at logical time `base`.

    The instant `FOLD` is `base` itself moved into the sending hours. `split`: the step whose variant is
    wanted.
    """

    predicates: tuple[int, ...] = ()
    instants: tuple[int, ...] = ()
    base: int = 0
    split: int | None = None


FOLD = -1


class Apply(NamedTuple):
    """Wanted: carry out an inner effect (a `do`, hand-off, spawn or record) in the database."""

    step: int
    visit: int


class Perform(NamedTuple):
    """Wanted: carry out an outer effect through the ledger. `attempt`: one more after each trouble."""

    step: int
    visit: int
    attempt: int


Command = Ask | Apply | Perform
