"""Luck: numbers that follow from a seed and what they are about, so that one story never changes another."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


def rolls(*about: object) -> tuple[float, ...]:
    """Return eight numbers from 0 up to 1 that depend on their arguments alone."""
    digest = hashlib.blake2b("\x00".join(map(str, about)).encode()).digest()
    return tuple([int.from_bytes(digest[n : n + 8], "big") / 2**64 for n in range(0, 64, 8)])


def roll(*about: object) -> float:
    """Return one such number."""
    return rolls(*about)[0]


def pick(some: Sequence[_T], luck: float) -> _T:
    """Return one of them, each as likely. INVARIANT: `some` is not empty."""
    return some[int(luck * len(some))]


def delay(luck: float, length: int | tuple[int, ...]) -> int:
    """Return seconds: one of a record's, each as likely; of an average, often short and seldom long."""
    if isinstance(length, tuple):
        return pick(length, luck)
    return 30 + int(-math.log(1 - luck) * length)
