"""Days in figures: which is the month is not to be seen."""

from __future__ import annotations

import re

from dsl.near_misses.doubt import Doubt, Seen, Told

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_CENTURY = 100
_LONGEST = 31  # days of a month


def _figures(seen: Seen) -> Told | None:
    a, b, year = int(seen["a"]), int(seen["b"]), seen["year"]
    if year and int(year) < _CENTURY:
        year = f"20{int(year):02}"
    # With a slash, the month may stand first or second; with a dot it stands second.
    pairs = [(a, b), (b, a)] if seen["sign"] in "/-" and a != b else [(a, b)]
    days = [f"{day} {_MONTHS[month - 1]} {year}".strip() for day, month in pairs if _real(day, month)]
    if not days:
        return None
    options = ", or ".join(f"“{day}”" for day in days)
    return "The month of a day is a word.", f"Write {options}."


def _real(day: int, month: int) -> bool:
    return 1 <= month <= len(_MONTHS) and 1 <= day <= _LONGEST


def _quoted(seen: Seen) -> Told | None:
    match = re.fullmatch(r'"(\d{4})-(\d\d)-(\d\d)"', seen["day"])
    if match is None or not _real(int(match[3]), int(match[2])):
        return None
    day = f"{int(match[3])} {_MONTHS[int(match[2]) - 1]} {match[1]}"
    return "A day stands without quotes, and its month is a word.", f"Write “{day}”."


AMBIGUOUS_DATES: tuple[Doubt, ...] = (
    Doubt(
        r"(?<![\d.:/])(?P<a>\d{1,2})(?P<sign>[./-])(?P<b>\d{1,2})(?P=sign)(?P<year>\d{4}|\d\d)(?![\d.:/-])",
        _figures,
    ),
    Doubt(r"\bis\s+(?:before|after)\s+(?P<day>\"[^\"]*\")", _quoted),
    Doubt(r"(?<=^closed on )(?P<a>\d{1,2})(?P<sign>[./])(?P<b>\d{1,2})\.?(?P<year>)$", _figures),
)
