"""Signs: comments, marks of a list, comparisons, braces."""

from __future__ import annotations

from dsl.near_misses.entry import NearMiss, likely, miss

SIGNS: tuple[NearMiss, ...] = (
    # comments, and marks of a list
    miss(r"^(?://+|--+|/\*+|;+)\s*|(?<!:)//+\s*", "# ", "A comment begins with #."),
    miss(r"^(?:[-*•→]|\d+[.)])\s+", "", "No mark stands before a line."),
    # signs
    likely(
        r"\bscore\s+(?:is\s*)?(?:={1,3}\s*|exactly\s+)?(\d+)(?!\s+or\b|\s*\+|[\d.,])",
        r"score is at least \1",
        "A score moves in steps and may never be just that.",
    ),
    miss(r"\bsubject\s*[=:]+\s*", "subject "),
    miss(r"^(set\s+\S+?)\s*(?:=+|is\b)", r"\1 to"),
    miss(r"(?:\bis\s+)?(?:>=|=>|≥)", "is at least"),
    miss(r"(?:\bis\s+)?(?:<=|=<|≤)", "is at most"),
    miss(r"(?:\bis\s+)?(?:!==?|<>|≠)", "is not"),
    miss(r"(?:\bis\s+)?>", "is more than"),
    miss(r"(?:\bis\s+)?<", "is less than"),
    miss(r"(?:\bis\s+)?={1,3}", "is"),
    miss(r"&&?", "and"),
    miss(r"\|\|?", "or"),
    miss(r"(?<!\w)(['`´‘])([^'`´’]*)['`´’]", lambda m: f'"{m[2]}"', "Names stand in double quotes."),
    miss(r"\s*[{}]", "", "There are no braces: indentation shows what belongs to what."),
    miss(r"\s*[:;.]\s*$", "", "No sign ends a line."),
    miss(r"\b(\d{1,3}(?:,\d{3})+)\b", lambda m: m[1].replace(",", ""), "Numbers have no commas."),
)
