"""Days in figures: which is the month is not to be seen."""

from __future__ import annotations

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


AMBIGUOUS_DATES: tuple[Doubt, ...] = (
    Doubt(
        r"(?<![\d.:/])(?P<a>\d{1,2})(?P<sign>[./-])(?P<b>\d{1,2})(?P=sign)(?P<year>\d{4}|\d\d)(?![\d.:/-])",
        _figures,
    ),
    Doubt(r"(?<=^closed on )(?P<a>\d{1,2})(?P<sign>[./])(?P<b>\d{1,2})\.?(?P<year>)$", _figures),
)
