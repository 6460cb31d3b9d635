"""Lengths of time that may mean another moment, or another kind of step."""

from __future__ import annotations

from dsl.near_misses.doubt import Doubt, Seen, Told

_NUMBERS = "a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_AMOUNTS = {word: number for number, word in enumerate(_NUMBERS.split("|")[1:], 0)} | {"a": 1, "an": 1}
_MONTH, _YEAR, _LONGEST = 30, 365, 730
_ALONE = "wait", "delay"


def _at_least(seen: Seen) -> Told:
    long, until = seen["long"], seen["until"]
    message = f"“{seen['how']}” would be the shortest time to wait."
    if not until:
        return message, f"Write “wait {long}”: everybody waits exactly as long."
    fix = f"Write “wait up to {long} {until}” if that is the longest time"
    return message, f"{fix}; else “wait {long}”, and ask below with “if”."


def _at_most(seen: Seen) -> Told | None:
    if seen.under:
        return None
    message = f"“{seen['how']}” needs what ends the wait earlier."
    fix = f"Write “wait up to {seen['long']} until …”; or “wait {seen['long']}” if it is exactly as long."
    return message, fix


def _block(seen: Seen) -> Told:
    message = "A day of the journey is not waited for: it is a block."
    return message, f"Write “{seen['block']}”, and indent under it what happens then."


def _from_entry(seen: Seen) -> Told:
    message = "A wait counts from where it stands, a block from when the contact came in."
    unit = "hour" if seen["unit"].lower() == "hour" else "day"
    count = int(seen["n"]) * (7 if seen["unit"].lower() == "week" else 1)
    long = f"{seen['n']} {seen['unit'].lower()}{'' if seen['n'] == '1' else 's'}"
    return message, f"Write “{unit} {count}”, and indent under it what happens then; or “wait {long}”."


def _business_day(seen: Seen) -> Told:
    """`business day 1 08:30`: no block counts business days."""
    days = f"{seen['n']} business day{'' if int(seen['n']) == 1 else 's'}"
    clock = f"{int(seen['hour'] or 9):02}:{seen['minute'] or '00'}"
    message = f"“{seen['wrong']}” is not how it is said here: “day {seen['n']}” counts every day."
    return message, f"For {days} after the line above, at that time: wait {days} until {clock}"


def _every_month(seen: Seen) -> Told:
    """`at most once every month`: a month has no length of its own."""
    year = "year" in seen["wrong"].lower()
    days = int(seen["n"] or 1) * (_YEAR if year else _MONTH)
    before, after = seen.text[: seen.match.start("wrong")], seen.text[seen.match.end("wrong") :]
    message = f"“{seen['wrong'].strip(', ')}” is not how it is said here: months and years differ in length."
    how = " in any" if before.lower().startswith("allow") else ", at most once every"
    return message, f"Write “{before.rstrip()}{how} {days} days{after}”."


def _months(seen: Seen) -> Told:
    count = _AMOUNTS.get(seen["n"].lower()) or int(seen["n"])
    days = count * (_YEAR if seen["unit"].lower().startswith("y") else _MONTH)
    before, after = seen.text[: seen.match.start("wrong")], seen.text[seen.match.end("wrong") :]
    if before.lower().split()[:1] and before.lower().split()[0] in _ALONE and days > _LONGEST:
        fix = f"A wait is two years long at most: “wait {_LONGEST} days”."
        return "Nobody can wait that long.", fix
    message = f"“{seen['wrong']}” is not how it is said here: months and years differ in length."
    return message, f"Write “{before}{days} days{after}”."


_UNIT = r"\d+\s+(?:business\s+)?(?:minute|hour|day|week)s?"

LENGTHS: tuple[Doubt, ...] = (
    Doubt(
        r"^wait\s+(?:for\s+)?(?P<how>at\s+least|min(?:imum|imal)?\.?|(?:no|not)\s+(?:less|shorter)\s+than|more\s+than|over)\s+"
        rf"(?P<long>{_UNIT})\s*(?P<until>(?:until\b.*)?)$",
        _at_least,
    ),
    Doubt(
        r"^wait\s+(?:for\s+)?(?P<how>at\s+most|max(?:imum|imal)?\.?|(?:no|not)\s+(?:more|longer)\s+than|less\s+than|under)\s+"
        rf"(?P<long>{_UNIT})$",
        _at_most,
    ),
    Doubt(r"^wait\s+(?:until|till?|for)\s+(?P<block>(?:day|hour)\s+\d+(?:\s+\d\d:\d\d)?)$", _block),
    Doubt(
        r"^wait\s+until\s+(?P<n>\d+)\s+(?P<unit>hour|day|week)s?\s+(?:after|from|since)\s+(?:the\s+)?"
        r"(?:entry|start|beginning|they\s+(?:came|come)\s+in)$",
        _from_entry,
    ),
    Doubt(
        r"^(?P<wrong>(?:on\s+)?(?:business|working|work)\s+day\s+(?P<n>\d+))\b"
        r"(?:,?\s*(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d))?",
        _business_day,
    ),
    Doubt(
        r"^(?:whenever|as\s+soon\s+as)\b.*?(?P<wrong>,?\s+(?:(?:at\s+most|only|max(?:imum)?|no\s+more\s+than)\s+)?"
        r"(?:(?:once|1\s+time|one\s+time)\s+)?(?:(?:every|each|per|an?|in\s+a)\s+(?:(?P<n>\d+)\s+)?(?:month|year)s?"
        r"|monthly|yearly))$",
        _every_month,
    ),
    Doubt(
        r"^allow\s+at\s+most\s+\d+\s+emails?(?P<wrong>\s+(?:(?:in\s+)?(?:an?|any|every|each|per)|in)\s+"
        r"(?:(?:calendar|single)\s+)?(?:(?P<n>\d+)\s+)?(?:month|year)s?)\b",
        _every_month,
    ),
    Doubt(
        rf"^(?:wait|delay|runs|repeat|if|whenever|hold|skip|day|after)\b.*?(?P<wrong>\b(?P<n>\d+|{_NUMBERS})\s+"
        r"(?P<unit>months?|years?))\b",
        _months,
    ),
)
