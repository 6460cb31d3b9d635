"""Words of English and of other tools, and the words of the language that say the same.

The phrases stand in `synonyms.txt`: before the colon as it is written here, behind it as others put it. They
are tried where a line fails, and count only if the whole line then parses. A line with a question mark is
only likely to mean that: it is proposed, never written by a program.
"""

from __future__ import annotations

import functools
from pathlib import Path

from dsl.span import Span
from dsl.tokens import tokens

TABLE = Path(__file__).with_name("synonyms.txt")

_FILLERS = """a an the about exactly at for from of to with on by because as named called then is that be it
in there do does so into onto please will shall should must titled which who are type value values item new
both either word words phrase string"""
_POLITE = """now please then just also already exactly immediately next later finally simply always currently
very another directly via following continuing"""
_KINDS = """email form page asset webinar meeting segment list stage tag team goal link consent audience
webhook journey section task holidays message"""
_PREPOSITIONS = "to with for from of in on at by as into onto via per within inside about because"
_COMMON = "email when if wait send add start contact score day variant account at runs"

# What begins no name: who leaves the quotes out before one of these does not write a name at all.
_NEVER_NAMES = """a an the any all every each some none neither nor either not no now today tomorrow yesterday
above below over under between within before after until since ago next last about exactly more less fewer
greater higher lower than at goes exceeds containing contains like to from with when if and or unless"""

FILLERS = frozenset(_FILLERS.split())
POLITE = frozenset(_POLITE.split())
KINDS = frozenset(_KINDS.split())
PREPOSITIONS = frozenset(_PREPOSITIONS.split())
COMMON = frozenset(_COMMON.split())
NEVER_NAMES = frozenset(_NEVER_NAMES.split())
TEXTS = frozenset({"description", "owner", "subject", "text", "because", "exit", "todo"})  # before sentences

_COUNTED = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
NUMBER_WORDS = {word: str(number) for number, word in enumerate(_COUNTED.split(), 1)}
NUMBER_WORDS |= {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "ninety": "90",
    "hundred": "100",
}

Phrase = tuple[tuple[str, ...], str, bool]


@functools.cache
def phrases() -> dict[str, list[Phrase]]:
    """Return the phrases by their first word, the longest first."""
    made: dict[str, list[Phrase]] = {}
    for row in TABLE.read_text(encoding="utf-8").splitlines():
        if row.startswith("#") or not row.strip():
            continue
        right, _, rest = row.removeprefix("?").partition(": ")
        for wrong in rest.split(" | "):
            words = tuple(t.text.lower() for t in tokens(wrong, Span("", 1, 1, len(wrong) + 1))[:-1])
            made.setdefault(words[0], []).append((words, right, not row.startswith("?")))
    for found in made.values():
        found.sort(key=lambda phrase: -len(phrase[0]))
    return made
