"""Comparisons, facts and events."""

from __future__ import annotations

import re

from dsl.near_misses.entry import NearMiss, miss
from dsl.near_misses.tenses import DID, DO, DOES, not_perfect, perfect, present

_NAMED = r'"[^"]*"'


def _one_of(match: re.Match[str]) -> str:
    return f"one of ({', '.join(re.findall(_NAMED, match[0]))})"


FACTS: tuple[NearMiss, ...] = (
    # comparisons
    miss(r"\b(?:is\s+)?(?:greater|higher|more)\s+than\s+or\s+equal(?:\s+to)?\b", "is at least"),
    miss(r"\b(?:is\s+)?(?:less|lower|fewer)\s+than\s+or\s+equal(?:\s+to)?\b", "is at most"),
    miss(r"\bis\s+not\s+more\s+than\b", "is at most"),
    miss(r"\bis\s+(?:greater|higher|over|above|bigger)(?:\s+than)?\b", "is more than"),
    miss(r"\bis\s+(?:below|under|lower|smaller|fewer)(?:\s+than)?\b", "is less than"),
    miss(r"\bis\s+equal\s+to\b|\bequals?(?:\s+to)?\b", "is"),
    miss(r"\bis\s+not\s+empty\b|\bis\s+(?:known|present|filled)\b|\bexists\b", "is set"),
    miss(r"\bis\s+not\s+set\b|\bis\s+(?:null|none|blank|missing|unknown)\b", "is empty"),
    miss(r"\b(?:is\s+)?in\s+(?=\()", "is one of "),
    miss(r"\b(?:is\s+)?(?:doesn't|does\s+not)\s+contain\b", None, "Ask “contains” and use “otherwise”."),
    miss(r'\bis\s+"[^"]*"(?:\s*(?:,|\bor)\s+"[^"]*")+', lambda m: f"is {_one_of(m)}"),
    miss(r'\bone\s+of\s+"[^"]*"(?:\s*(?:,|\bor)\s+"[^"]*")*', _one_of),
    miss(r"\b(contact|account)['’]s\s+(\w+)", r"\1.\2"),
    miss(r"\btrue\b", "yes"),
    miss(r"\bfalse\b", "no"),
    miss(r"\bis\s+(?:later|newer|younger)\s+than\b", "is after"),
    miss(r"\bis\s+(?:earlier|older)\s+than\b", "is before"),
    miss(r"\bis\s+(?:within|in)\s+(?:the\s+)?(next|last)\s+(?=\d)", r"is in the \1 "),
    miss(r"\b(?:includes|has|is\s+like|like)\s+(?=\")", "contains "),
    miss(r"\b(\d+(?:\.\d+)?)\s?k\b", lambda m: f"{float(m[1]) * 1000:g}", "Numbers stand in full."),
    miss(
        r"[€$£]\s?(\d+(?:\.\d+)?)\b|\b(\d+)\s?(?:€|eur|usd|euros?|dollars?)(?!\w)",
        lambda m: m[1] or m[2],
        "Numbers stand without a unit.",
    ),
    # facts and events
    miss(
        rf"\bcontact\s+(?:did\s+not|didn['’]t|does\s+not|doesn['’]t|has\s+not|never)\s+({DO})\b",
        not_perfect,
    ),
    miss(rf"\bcontact\s+has\s+({DO})\b", perfect),
    miss(r"\bcontact\s+is\s+tagged(?:\s+as)?\b", "contact has tag"),
    miss(
        r"\baccount\s+has\s+(?:an?\s+)?(?:open\s+opportunities|(?:open\s+)?opportunity)\b",
        "account has an open opportunity",
    ),
    miss(r"\bhasn't\b|\bhas\s+never\b", "has not"),
    miss(r"\bisn't\b", "is not"),
    miss(r"\bcontact\s+(?:has\s+not|does\s+not\s+have|has\s+no\s+a)\s+tag\b", "contact has no tag"),
    miss(r"\bcontact\s+has\s+the\s+tag\b", "contact has tag"),
    miss(r"\baccount\s+has\s+(?:not\s+an|not|an?\s+no)\s+open\b", "account has no open"),
    miss(r"\b(?:contact\.)?stage\s+is\s+(?=\")", "contact is in stage "),
    miss(r"\bcontact\s+is\s+(?:a\s+)?(?:member\s+of|part\s+of)\s+(segment|list)\b", r"contact is in \1"),
    miss(r"\b(?:begins|start)\s+with\b", "starts with"),
    miss(r"^lists\s+(\"[^\"]*\")$", r"list \1 of contacts"),
    miss(
        r"(?<!at least )\b(\d+)\s+(?:or\s+more\s+)?contacts\s+of\s+(?:the\s+)?account\b",
        r"at least \1 contacts of account",
    ),
    miss(
        r"\b(?:anyone|anybody|someone|somebody|any\s+contact|a\s+contact)\s+(?:of|at|in|from)\s+"
        r"(?:the\s+|this\s+|their\s+)?(?:account|company)\s+has\b",
        "at least 1 contact of account has",
    ),
    miss(
        r"\b(?:no\s?one|nobody)\s+(?:of|at|in|from)\s+(?:the\s+|this\s+|their\s+)?(?:account|company)\s+has\b",
        "no contact of account has",
    ),
    miss(r"\bcontacts\s+of\s+account\s+has\b", "contacts of account have"),
    miss(r"\bsince\s+start\b", "since the start"),
    miss(r"\bin\s+last\b|\bwithin\s+(?:the\s+)?last\b|\bin\s+the\s+past\b", "in the last"),
    miss(r"\bnot\s+has\b", "has not"),
)

# A fact where an event is wanted, and the other way round: the tense tells them apart.
EVENT_WANTED = miss(
    rf"\bcontact\s+(?:has\s+)?({DID}|done|did|click|open|reply|submit|visit|download)\b", present
)
FACT_WANTED = miss(rf"\bcontact\s+({DOES}|{DID})\b", perfect)
