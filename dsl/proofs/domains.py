"""Domains: which values a fact may still have, after some conditions were found true and others false."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from dsl.plan import Scalar

_BELOW, _ABOVE = -math.inf, math.inf


def _key(value: Scalar) -> tuple[str, Scalar]:
    """Tell yes from 1, which Python takes for equal."""
    return ("truth" if isinstance(value, bool) else "value", value)


def _fits(text: str, kind: str, part: str, truth: bool) -> bool:
    # The runtime takes no notice of capitals.
    text, part = text.casefold(), part.casefold()
    found = {"starts": text.startswith, "ends": text.endswith}.get(kind, text.__contains__)(part)
    return found == truth


_Keys = frozenset[tuple[str, Scalar]]


@dataclass(frozen=True, slots=True)
class Domain:
    """The values left: none at all (`empty`), or one within all the limits.

    `among`: one of these (None: any). `never`: none of these. `low`, `high`: the range of a number, each end
    included unless it is open. `texts`: (starts, ends or contains, a part, whether it does).
    """

    empty: bool = True
    among: _Keys | None = None
    never: _Keys = frozenset()
    low: float = _BELOW
    high: float = _ABOVE
    low_open: bool = False
    high_open: bool = False
    texts: frozenset[tuple[str, str, bool]] = frozenset()

    def possible(self, every: Iterable[Scalar] | None = None) -> bool:
        """Whether anything is left. `every`: all values that the fact can have, if that is known."""
        return self.empty or self.filled(every)

    def filled(self, every: Iterable[Scalar] | None = None) -> bool:
        """Whether a value is left, besides none."""
        if self.low > self.high or (self.low == self.high and (self.low_open or self.high_open)):
            return False
        left = self.among
        if left is None and every is not None:
            left = frozenset(map(_key, every))
        if self.texts and not self._written(left):
            return False
        if left is None:
            return not (self.low == self.high and _key(self.low) in self.never)
        return any(value not in self.never and self._within(value[1]) for value in left)

    def _written(self, left: _Keys | None) -> bool:
        """Whether a text is left that begins, ends and goes on as it must."""
        if left is None:
            begins = sorted(part.casefold() for kind, part, truth in self.texts if kind == "starts" and truth)
            return all(other.startswith(one) for one, other in pairwise(begins))
        texts = [v for key in left - self.never if isinstance(v := key[1], str)]
        return not texts or any(all(_fits(v, *one) for one in self.texts) for v in texts)

    def _within(self, value: Scalar) -> bool:
        if isinstance(value, bool | str):
            return True
        above = value > self.low or (value == self.low and not self.low_open)
        return above and (value < self.high or (value == self.high and not self.high_open))

    def set(self) -> Domain:
        """Leave no room for an empty value."""
        return replace(self, empty=False)

    def cleared(self) -> Domain:
        """Leave nothing but an empty value."""
        return Domain(empty=True, among=frozenset())

    def only(self, values: Iterable[Scalar]) -> Domain:
        """Keep these values, and not an empty one."""
        keys = frozenset(map(_key, values))
        among = keys if self.among is None else self.among & keys
        return Domain(
            False, among, self.never, self.low, self.high, self.low_open, self.high_open, self.texts
        )

    def without(self, values: Iterable[Scalar]) -> Domain:
        """Drop these values."""
        return replace(self, never=self.never | frozenset(map(_key, values)))

    def ordered(self, kind: str, limit: float) -> Domain:
        """Keep what stands in this order to the limit: lt, le, gt, ge. An empty value stays."""
        if kind in ("lt", "le"):
            tighter = limit < self.high or (limit == self.high and kind == "lt")
            return replace(self, high=limit, high_open=kind == "lt") if tighter else self
        tighter = limit > self.low or (limit == self.low and kind == "gt")
        return replace(self, low=limit, low_open=kind == "gt") if tighter else self

    def or_(self, other: Domain) -> Domain | None:
        """Return what holds of both: the values of either. None if that is any value."""
        among = None if self.among is None or other.among is None else self.among | other.among
        low, low_open = min((self.low, self.low_open), (other.low, other.low_open))
        high, closed = max((self.high, not self.high_open), (other.high, not other.high_open))
        never = self.never & other.never
        texts = self.texts & other.texts
        joined = Domain(self.empty or other.empty, among, never, low, high, low_open, not closed, texts)
        return None if joined == Domain() else joined


ANY = Domain()
