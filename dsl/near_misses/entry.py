"""One way of saying something otherwise, and what is written here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Write = str | Callable[[re.Match[str]], str | None] | None


@dataclass(frozen=True, slots=True)
class NearMiss:
    """`pattern` is written `write` here (None: nothing can replace it; `say` tells what to do).

    `likely`: it probably means that. It is proposed in words, as no program may write it unasked.
    `last`: nothing nearer is looked for, since what looks alike means something else.
    """

    pattern: re.Pattern[str]
    write: Write
    say: str = ""
    likely: bool = False
    last: bool = False

    def advice(self, match: re.Match[str]) -> str:
        """Return what to do, with what the match names."""
        return match.expand(self.say) if "\\" in self.say else self.say

    def replacement(self, match: re.Match[str]) -> str | None:
        """Return what to write in place of the match."""
        if self.write is None or isinstance(self.write, str):
            return match.expand(self.write) if self.write else self.write
        return self.write(match)


def miss(pattern: str, write: Write, say: str = "") -> NearMiss:
    """Make an entry; case does not matter."""
    return NearMiss(re.compile(pattern, re.IGNORECASE), write, say)


def never(pattern: str, say: str) -> NearMiss:
    """Make an entry for what has no equal here; `say` may name groups of the match."""
    return NearMiss(re.compile(pattern, re.IGNORECASE), None, say, last=True)


def likely(pattern: str, write: Write, say: str = "") -> NearMiss:
    """Make an entry that is only proposed."""
    return NearMiss(re.compile(pattern, re.IGNORECASE), write, say, likely=True)
