"""Waits, dates, durations and times of day."""

from __future__ import annotations

import re

from dsl.near_misses.entry import NearMiss, likely, miss

_NUMBERS = {"a": "1", "an": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
_NUMBERS |= {"seven": "7", "eight": "8", "nine": "9", "ten": "10"}
_UNITS = {"mi": "minute", "m": "minute", "h": "hour", "d": "day", "w": "week"}


_TIME = r"minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w"
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = "|".join(f"{name}|{name[:3]}" for name in _MONTH_NAMES)


def _unit(match: re.Match[str]) -> str:
    amount, word = match[1], match[2].lower()
    amount = _NUMBERS.get(amount.lower(), amount)
    unit = _UNITS[word[0]]
    return f"{amount} {unit}{'' if amount == '1' else 's'}"


def _clock(match: re.Match[str]) -> str:
    hour, half = int(match[1]), match[3].lower()
    hour = hour % 12 + (12 if half.startswith("p") else 0)
    return f"{hour:02}:{match[2] or '00'}"


def _month(word: str) -> str:
    return next(name for name in _MONTH_NAMES if name.startswith(word[:3].lower()))


def _day(match: re.Match[str]) -> str | None:
    month = int(match[2])
    known = 1 <= month <= len(_MONTH_NAMES)
    return f"{int(match[3])} {_MONTH_NAMES[month - 1]} {match[1]}" if known else None


def _day_named(match: re.Match[str]) -> str:
    return f"{int(match[2])} {_month(match[1])} {match[3]}"


def _day_in_words(match: re.Match[str]) -> str:
    return f"{int(match[1])} {_month(match[2])} {match[3]}"


_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = "|".join(f"{name}|{name[:3]}" for name in _DAY_NAMES)


def _weekday(word: str) -> str:
    return next(name for name in _DAY_NAMES if name.startswith(word[:3].lower()))


def _full_hour(match: re.Match[str]) -> str:
    return f"{int(match[1]):02}:00"


def _hours(match: re.Match[str]) -> str:
    return f"{match[1]}{int(match[2]):02}:00 to {int(match[3]):02}:00"


def _several_days(match: re.Match[str]) -> str:
    days = re.findall(_WEEKDAYS, match[1], re.IGNORECASE)
    return " and ".join(f"{_weekday(day)} {match[2]}" for day in days)


TIMES: tuple[NearMiss, ...] = (
    # hours of a day
    miss(r"\b(\d{1,2})\s*o['’]?\s?clock\b", _full_hour),
    miss(r"\b([01]?\d|2[0-3])[.h]([0-5]\d)\b(?!\s*%)", lambda m: f"{int(m[1]):02}:{m[2]}"),
    miss(
        r"^((?:sending|business)\s+hours\b.*?\s)(?:from\s+|between\s+)?(\d{1,2})\s*(?:-|–|to|until|and)\s*(\d{1,2})(?=\s|,|$)",
        _hours,
    ),
    miss(r"\bbetween\s+(\d\d:\d\d)\s+and\s+(\d\d:\d\d)", r"\1 to \2"),
    miss(rf"\b({_WEEKDAYS})\s*[-–]\s*({_WEEKDAYS})\b", lambda m: f"{_weekday(m[1])} to {_weekday(m[2])}"),
    miss(
        rf"\b((?:{_WEEKDAYS})(?:\s*(?:,|and|&|/|or)\s*(?:and\s+|on\s+)?(?:{_WEEKDAYS}))+)\s+(?:from\s+)?"
        r"(\d\d:\d\d\s+to\s+\d\d:\d\d)",
        _several_days,
    ),
    miss(r"\b([01]\d|2[0-3])([0-5]\d)(?=\s+(?:to|until|-)\s+\d{4}\b)", r"\1:\2"),
    miss(r"(?<=\d\d:\d\d\sto\s)([01]\d|2[0-3])([0-5]\d)\b", r"\1:\2"),
    # amounts in words
    miss(r"\b(\d+)\s?x\b", r"\1 times"),
    miss(r"\b(\d+)\+\s*times\b", r"at least \1 times"),
    miss(r"\b(\d+)\s?(?:pct|perc)\b\.?", r"\1%"),
    miss(r"\bhalf\s+an\s+hour\b", "30 minutes"),
    miss(r"\bhalf\s+a\s+day\b", "12 hours"),
    miss(r"\ba\s+fortnight\b", "2 weeks"),
    likely(r"\ba\s+(?:couple\s+of|few)\s+(?=(?:hours|days|weeks)\b)", "2 "),
    miss(r"\b(\d+)\s?-\s?(minute|hour|day|week)s?\b", lambda m: f"{m[1]} {m[2]}{'' if m[1] == '1' else 's'}"),
    miss(r"^(?:repeat|loop|do)\s+(?:up\s+to\s+)?(\d+)\s?x$", r"repeat up to \1 times"),
    miss(r"^(?:repeat|loop|do)\s+(?:up\s+to\s+|at\s+most\s+)?twice$", "repeat up to 2 times"),
    # waits
    miss(rf"(^wait\s+until\s+(?:next\s+)?(?:{_WEEKDAYS}))\s*,?\s+at\s+(?=\d)", r"\1 "),
    miss(r"^wait\s+(?:until|till?|for|to)\s+tomorrow\b\s*(?:at\s+)?(?=\d)", "wait 1 day until "),
    likely(
        r"^wait\s+(?:until|till?|for|to)\s+(?:tomorrow|the\s+next\s+day)(?:\s+morning)?$",
        "wait 1 day until 09:00",
    ),
    miss(r"^wait\s+(?:for\s+)?up\s+to\s+(?=until)", None, "Say how long at most: wait up to 5 days until …"),
    miss(r"^wait\s+for\b", "wait"),
    miss(r"^wait\s+at\s+most\b", "wait up to"),
    miss(r"^wait\s+(?:'?till?)\b", "wait until"),
    miss(r"^(?:delay|sleep|pause)\s+(?:for\s+)?(?=\d)", "wait "),
    miss(r"^after\s+(?=\d)", "wait "),
    # dates
    miss(r"\b(\d{4})-(\d\d)-(\d\d)\b", _day),
    miss(rf"\b({_MONTHS})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", _day_named),
    miss(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?({_MONTHS})\.?,?\s+(\d{{4}})\b", _day_in_words),
    miss(r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b", None, "Write the month as a word: 24 november 2026"),
    miss(r"\b(\d+)\s+(?:working|work|office|week)[ -]?days\b", r"\1 business days"),
    miss(r"\b(\d+)\s+(?:working|work|office)[ -]?hours\b", r"\1 business hours"),
    miss(r"\b(?:mon|monday)\s*(?:-|to)\s*fri\b", "weekdays"),
    miss(
        rf"^(closed\s+(?:on|from)\s+)(\d{{1,2}})\.?\s*(?:-|–|to|until)\s*(\d{{1,2}})\.?\s+({_MONTHS})$",
        lambda m: f"closed on {m[2]} {_month(m[4])} to {m[3]} {_month(m[4])}",
    ),
    miss(
        rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?({_MONTHS})\b\.?",
        lambda m: f"{int(m[1])} {_month(m[2])}",
    ),
    miss(
        rf"\b({_MONTHS})\.?\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)",
        lambda m: f"{int(m[2])} {_month(m[1])}",
    ),
    # amounts, units, times
    miss(r",\s*once\s+(?=every\b)", ", at most once "),
    miss(r"\bonce\s+(?:an?|per|each|every)\s+(hour|day|week)\b", r"once every 1 \1"),
    miss(r"\b(last|next)\s+(hour|day|week)\b", r"\1 1 \2"),
    miss(r"\b(last|next)\s+month\b", r"\1 30 days"),
    miss(r"(?<!at least )(?<!than )\b(\d+)\s+times?\b(?=\s+(?:ever|in|since)\b)", r"at least \1 times"),
    miss(r"\s*\bpercent\b", "%"),
    miss(rf"\b(\d+)\s*({_TIME})\b", _unit),
    miss(rf"\b({'|'.join(_NUMBERS)})\s+({_TIME})\b", _unit),
    miss(r"\b\d+\s*(?:seconds?|secs?|s)\b", None, "The smallest unit is a minute: write “1 minute”."),
    miss(r"\b\d+\s*(?:months?|mos?|years?)\b", None, "Months differ in length: write days or weeks."),
    miss(r"\b(\d{1,2})(?::(\d\d))?\s*(am|pm|a\.m\.?|p\.m\.?)(?!\w)", _clock),
    miss(r"\b(\d):(\d\d)\b", r"0\1:\2"),
    miss(r"\b(\d\d):(\d\d):\d\d\b", r"\1:\2"),
    miss(r"\bonce\b(?=\s*(?:ever\b|in|since|$))", "1 time"),
)
