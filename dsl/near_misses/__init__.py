"""What people write who know other tools, and how it is written here.

Each entry is looked for where a line fails to parse, with the contents of quotes masked. The replacement is
what a program may write in its place; without one, the message says what to do.
"""

from __future__ import annotations

import re

from dsl.near_misses.entry import NearMiss
from dsl.near_misses.facts import EVENT_WANTED, FACT_WANTED, FACTS
from dsl.near_misses.lines import STATEMENTS
from dsl.near_misses.meanings import MEANINGS
from dsl.near_misses.order import ORDER
from dsl.near_misses.signs import SIGNS
from dsl.near_misses.times import TIMES

NEAR_MISSES: tuple[NearMiss, ...] = (*MEANINGS, *ORDER, *SIGNS, *TIMES, *STATEMENTS, *FACTS)

# How lines of scenarios begin, which stand in files of their own.
OF_SCENARIOS = re.compile(
    r"^(?:scenario|given|expect|by)\b"
    r"|^never\b(?!\s+(?:send|e-?mail|mail)\w*\b(?:\s+\w+){0,2}\s+(?:on|at|before|after|between|during|in)\b)"
)

# (what the line begins with or holds, what it is, what to do meanwhile)
NOT_YET: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), what, meanwhile)
    for pattern, what, meanwhile in (
        (r"^channel\b|^connect\b|^calendar\b", "This definition", "Leave it out."),
    )
)

__all__ = ["EVENT_WANTED", "FACT_WANTED", "NEAR_MISSES", "NOT_YET", "OF_SCENARIOS", "NearMiss"]
