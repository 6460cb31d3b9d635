"""What looks like a line of the language and means something else: said, and never written for anybody."""

from __future__ import annotations

import re

from dsl.near_misses.entry import NearMiss, likely, miss, never

_NAMED = r'"[^"]*"'


def _each_part(match: re.Match[str]) -> str:
    """Write `contains ("a", "b")` as one condition for each."""
    parts = " or ".join(f"{match['field']} contains {name}" for name in re.findall(_NAMED, match["list"]))
    alone = not re.search(r"\b(?:and|or)\b", re.sub(_NAMED, "", match.string[: match.start()]))
    alone = alone and match.end() == len(match.string)
    return parts if alone else f"({parts})"


MEANINGS: tuple[NearMiss, ...] = (
    never(
        r"^runs\s+again\s+(\d+)\s+(\w+)\s+after\s+(?:it|the\s+\w+)\s+(?:began|begins|started|starts|entered|entry)\b",
        "It is counted from the end of a run, not from its beginning, which is later: "
        "runs again \\1 \\2 after it ended",
    ),
    never(
        r"^start\s+(?:with|for)\s+(?:everyone|everybody|all)\s+(?:in|on|from)\s+(?:the\s+)?list\s+(\"[^\"]*\")",
        "Only a segment is gone through. Declare one with the line “contact is in list \\1”, and write "
        'here: start with everyone in segment "…"',
    ),
    never(
        r"^allow\s+(?:at\s+most\s+)?\d+\s+e?mails?\s+(?:a|per|each|every|in\s+(?:a|one|each|every))\s+(day|week)\b",
        "Say which \\1 is meant: “in a calendar \\1”, or “in any 1 \\1”, which looks back from each moment",
    ),
    never(
        r"\bescalate\s+to\s+((?:contact|account)\.\w+)",
        'Only a team can be told, not the person in \\1: escalate to team "…" when overdue',
    ),
    never(
        r"\bcontact\s+engages\b",
        "No event is called so. Wait for one, such as: contact clicks any email; or for the fact, with how "
        "far back it looks: contact has engaged in the last 30 days",
    ),
    never(
        r"^wait\s+(?!until|up)(\d+)\s+years?$",
        "A wait is told in days or weeks (a year is 365 days), and is two years long at most; or wait until "
        "a date: wait until contact.renewal",
    ),
    never(
        r"\b\d+\s+years?\b",
        "Years differ in length: write days, such as 365 days.",
    ),
    never(
        r"^(?:wait\s+up\s+to)\s+(\d+\s+\w+)\s+or\s+(?:until\s+)?(.+)$",
        "It ends with what comes first; write: wait up to \\1 until \\2",
    ),
    never(
        r"^end\s+if\s+(?=\S)|^end\s+(?=(?:contact|account|score)\b)",
        'To end the run if that is so, write “if …” and under it: exit "why"',
    ),
    likely(r"^fi(?=\s+\S)", "if"),
    miss(
        rf"(?P<field>\b\w+\.\w+)\s+contains\s+(?:one\s+of|any\s+of|any|either)?\s*"
        rf"(?P<list>\(\s*{_NAMED}(?:\s*(?:,|or)\s*{_NAMED})+\s*\)|{_NAMED}(?:\s*(?:,|or)\s*{_NAMED})+)",
        _each_part,
    ),
)
