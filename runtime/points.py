"""Points: what is left of those that fade, in whole numbers alone.

A score is counted in thousandths of a point. What fades is a sum: each award counts
`points · 2^(-age / half-life)`, in units of 2^-64 thousandths, and only the sum is rounded. So the order in
which awards arrive makes no difference, and every machine, driver and database comes to the same number. No
logarithm and no power of a processor is asked: these may differ in their last digit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isqrt

UNIT = 1_000
_BITS = 64
_ONE = 1 << _BITS
_STEPS = 32


def _roots() -> tuple[int, ...]:
    """Give 2^(-1/2), 2^(-1/4) … in units of 2^-64, each rounded down."""
    found = [isqrt(_ONE * _ONE // 2)]
    while len(found) < _STEPS:
        found.append(isqrt(found[-1] * _ONE))
    return tuple(found)


_ROOTS = _roots()


@lru_cache(maxsize=65_536)
def share(age: int, half_life: int) -> int:
    """Return what is left after so many seconds, in units of 2^-64; all of it of what is yet to come."""
    whole, rest = divmod(max(0, age), half_life)
    fraction = (rest << _STEPS) // half_life
    found = _ONE
    for place, root in enumerate(_ROOTS, start=1):
        if fraction >> (_STEPS - place) & 1:
            found = found * root >> _BITS
    return found >> whole


def thousandths(points: float) -> int:
    """Count points in thousandths."""
    return round(points * UNIT)


def left(awards: Iterable[tuple[float, int]], at: int, half_life: int) -> int:
    """Return the thousandths that are left at `at` of awards: (points, when they were earned)."""
    total = sum(thousandths(points) * share(at - earned, half_life) for points, earned in awards)
    return (total + _ONE // 2) >> _BITS


def capped(moments: Sequence[int], points: float, most: float) -> Counter[int]:
    """Return the thousandths that a rule gives at each of these moments of one day, the earliest first."""
    once, room = thousandths(abs(points)), thousandths(most)
    given: Counter[int] = Counter()
    for moment in sorted(moments):
        now = min(once, room)
        room -= now
        given[moment] += now if points > 0 else -now
    return given
