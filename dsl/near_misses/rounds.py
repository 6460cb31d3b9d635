"""Again and again, at a time of day, one way or the other: what others hang on one line."""

from __future__ import annotations

from dsl.near_misses.doubt import Doubt, Seen, Told, sayable
from dsl.negating import opposite

_DAY = r"(?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_CLOCK = r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?P<half>am|pm|a\.m\.?|p\.m\.?|o['’]?clock)?"
_EVERY = r"(?:every|each|once\s+(?:a|per|every))\s+(?:(?P<n>\d+)\s+)?(?P<unit>day|week|month)s?"


def _clock(seen: Seen) -> str:
    if not seen["hour"]:
        return "09:00"
    hour, half = int(seen["hour"]), seen["half"].lower()
    if half[:1] in ("a", "p"):
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    return f"{hour:02}:{seen['minute'] or '00'}"


def _apart(seen: Seen) -> str:
    count, unit = int(seen["n"] or 1), seen["unit"].lower()
    if unit == "month":
        count, unit = 30 * count, "day"
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _wait_above(seen: Seen) -> Told | None:
    line = seen["line"].rstrip(" ,") if seen["line"] else ""
    if line and not sayable(line):
        return None
    day = seen["day"].lower()
    wait = (
        f"wait 1 day until {_clock(seen)}"
        if day == "tomorrow"
        else f"wait until {day} {_clock(seen)}".replace("  ", " ")
    )
    message = "The time is a line of its own, above what happens then."
    if line:
        return message, f"Write “{wait}” above it, and below it “{line}”."
    return message, f"Write “{wait}”, and below it, at the same indentation, what happens then."


def _again(seen: Seen) -> Told | None:
    line = seen["line"].rstrip(" ,") if seen["line"] else ""
    if line and not sayable(line):
        return None
    what = f"“{line}”" if line else "what is done"
    message = "What is done again and again stands under “repeat”, and ends after so many times."
    fix = f"Write “repeat up to 10 times”, and under it {what} and “wait {_apart(seen)}”"
    return (
        message,
        f'{fix}; to take everyone in each week: start with everyone in segment "…" every monday 09:00',
    )


def _until(seen: Seen) -> Told:
    what = seen["what"].strip(" :")
    message = "A repeat says how many times at most; what ends it earlier stands in it."
    if sayable(f"when {what}"):
        fix = f"Write “repeat up to 5 times”, and in it “wait up to 5 days” with “when {what}” under it"
        return message, f"{fix}, and under that “stop repeating”."
    asked = what if sayable(f"if {what}") else "…"
    return message, f"Write “repeat up to 5 times”, and in it “if {asked}” with “stop repeating” under it."


def _while(seen: Seen) -> Told:
    """What goes on while something is so stops as soon as its opposite is."""
    what = seen["what"].strip(" :")
    ends = what if seen["no"] else opposite(what)
    ends = ends if ends and sayable(f"if {ends}") else "…"
    message = "A repeat says how many times at most; what ends it earlier stands in it."
    return message, f"Write “repeat up to 5 times”, and in it “if {ends}” with “stop repeating” under it."


def _one_line(seen: Seen) -> Told | None:
    asked, first, second = seen["asked"].strip(" ,:"), seen["a"].strip(" ,;"), seen["b"].strip(" ,;.")
    if not (sayable(f"if {asked}") and sayable(first) and sayable(second)):
        return None
    message = "Several lines stand in one."
    return message, f"Write “if {asked}”, under it “{first}”; then “otherwise”, and under it “{second}”."


def _otherwise(seen: Seen) -> Told | None:
    if not seen.arm:
        return None
    message = "What happens when nothing came is said by “otherwise”, as the last one."
    return message, "Write “otherwise”: it is for when the time of “wait up to …” is over."


def _not_yet(seen: Seen) -> Told | None:
    fact = f"if {seen['fact']}"
    if seen.arm or not sayable(fact):
        return None
    return "What has not happened is no event.", f"Write “{fact}”."


def _yes(seen: Seen) -> Told | None:
    if not seen.flow or seen.arm:
        return None
    message = "The two ways of a branch need no words of their own."
    if seen["no"]:
        return message, "Write “otherwise”, level with its “if”, and indent under it what is for all others."
    return message, "Leave it out, and indent what is done then directly under “if …”."


def _branch(seen: Seen) -> Told | None:
    if not seen.flow:
        return None
    message = "A branch asks something, or divides contacts by chance."
    by_chance = 'or “split "…"” with “variant 50% "A"” and “variant 50% "B"” under it'
    return message, f"Write “if …” and “otherwise” below it; {by_chance}."


def _shares(seen: Seen) -> Told:
    a, b = seen["a"], seen["b"] or str(100 - int(seen["a"]))
    message = "Each way of a split has its share and its name."
    ways = f'“variant {a}% "A"” and “variant {b}% "B"”'
    name = seen["name"] or '"…"'
    return message, f"Write “split {name}”, and under it {ways}, each with its lines under it."


def _both(seen: Seen) -> Told:
    email = seen["email"] or seen["email2"] or 'email "…"'
    first, second = seen["a"].lower(), seen["b"].lower()
    fix = f"Write “contact has {first} {email} and contact has not {second} {email}”."
    return "Each fact says who has done what.", fix


ROUNDS: tuple[Doubt, ...] = (
    Doubt(rf"^(?:on\s+)?(?:next\s+)?{_DAY}(?:\s*,?\s*(?:at\s+)?{_CLOCK})?\s*:?$", _wait_above),
    Doubt(
        rf"^(?P<line>send\b.*?\")\s*,?\s+(?:on\s+)?(?:next\s+)?{_DAY}(?:\s*,?\s*(?:at\s+)?{_CLOCK})?$",
        _wait_above,
    ),
    Doubt(rf"^(?P<line>send\b.*?\")\s*,?\s+(?P<day>tomorrow)(?:\s*,?\s*(?:at\s+)?{_CLOCK})?$", _wait_above),
    Doubt(
        r"^(?P<line>send\b.*?\")\s*,?\s+(?:at\s+)(?P<day>)(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?P<half>am|pm|a\.m\.?|p\.m\.?|o['’]?clock)$",
        _wait_above,
    ),
    Doubt(rf"^{_EVERY}\s*:?$", _again),
    Doubt(rf"^(?P<line>(?:send|notify|add|create)\b.*?)\s*,?\s+{_EVERY}$", _again),
    Doubt(r"^(?:repeat|loop|do)\s+until\s+(?P<what>(?!\d).*)$", _until),
    Doubt(r"^while\s+(?P<no>not\s+)?(?P<what>.*)$", _while),
    Doubt(
        r"^if\s+(?P<asked>.*?)\s*,?\s*(?:\bthen\b|:)?\s+(?P<a>(?:send|wait|add|notify|set\s+(?:stage|contact)|exit|create|start|hand|remove|sync|reach)\b.*?)"
        r"\s*[,;]?\s+(?:otherwise|else)\s*:?\s+(?P<b>.*)$",
        _one_line,
    ),
    Doubt(
        r"^(?:after\s+\d+\s+\w+(?:\s+\w+)?|(?:when|if)\s+(?:contact\s+has\s+not|contact\s+(?:did|does)\s+not|contact\s+never|(?:not|no)\s+\w).*"
        r"|when\s+(?:the\s+)?time\s+is\s+over)\s*:?$",
        _otherwise,
    ),
    Doubt(r"^(?:when|whenever)\s+(?P<fact>contact\s+has\s+not\s.*)$", _not_yet),
    Doubt(r"^(?:if\s+)?(?:(?P<no>no|false)|yes|true|then)\s*:?$", _yes),
    Doubt(r"^(?:branch|condition|decision|if/else|fork)(?:\s+\"[^\"]*\")?\s*:?$", _branch),
    Doubt(
        r"^(?:random(?:ly)?\s+|a\s*/?\s*b\s+|percentage\s+)?(?:split|test|branch)\s*(?P<name>\"[^\"]*\")?\s*:?\s*(?P<a>\d{1,2})\s*%?\s*(?:[/:,-]|and|to)\s*(?P<b>\d{1,2})\s*%?$",
        _shares,
    ),
    Doubt(
        r"\b(?:contact\s+)?(?:has\s+|was\s+|is\s+)?(?:(?P<email>email\s+\"[^\"]*\")\s+)?(?:was\s+|is\s+|has\s+been\s+)?(?P<a>opened|clicked)\s+"
        r"(?:,\s*)?(?:but|and)\s+(?:has\s+)?not\s+(?P<b>opened|clicked)(?:\s+(?P<email2>email\s+\"[^\"]*\"))?",
        _both,
    ),
)
