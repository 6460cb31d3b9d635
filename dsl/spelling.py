"""Did you mean: the nearest of the right words."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 80
_SHORTEST = 4


def distance(a: str, b: str) -> int:
    """Count the letters to insert, drop, change or swap with a neighbour to turn `a` into `b`."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def nearest(word: str, right: Iterable[str]) -> str | None:
    """Return the right word that `word` was most likely meant to be, or None."""
    if not word or len(word) > _LONGEST:
        return None
    wanted = word.casefold()
    limit = max(1, len(word) // 3)
    best: tuple[int, str] | None = None
    for candidate in sorted(right):
        folded = candidate.casefold()
        if abs(len(folded) - len(wanted)) > limit:
            continue
        found = (distance(wanted, folded), candidate)
        if found[0] <= limit and (best is None or found < best):
            best = found
    return best[1] if best else None


def kindred(name: str, right: Iterable[str]) -> str | None:
    """Return the one right name of which `name` is a part, or which begins as it does; or None."""
    wanted = name.casefold()
    if not _SHORTEST <= len(wanted) <= _LONGEST:
        return None
    found = [other for other in right if _akin(wanted, other.casefold())]
    return found[0] if len(found) == 1 else None


def _akin(name: str, other: str) -> bool:
    same = next(
        (n for n, (x, y) in enumerate(zip(name, other, strict=False)) if x != y), min(len(name), len(other))
    )
    if same >= max(_SHORTEST, round(0.7 * len(name))):
        return True
    short, long = sorted((name.split(), other.split()), key=len)
    return any(long[n : n + len(short)] == short for n in range(len(long) - len(short) + 1))


def one_of(words: Iterable[str], last: str = "or") -> str:
    """Join for a sentence: `a, b or c`."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
