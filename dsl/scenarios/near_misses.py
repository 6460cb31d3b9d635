"""What people write in scenarios who know other tools, and how it is written here.

Each entry is looked for where a line fails to parse. The replacement is what a program may write in its
place, if the line then parses; without one, the message says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dsl.near_misses.times import TIMES

_NAME = r'"[^"]*"'
_QUOTED = re.compile(_NAME)
_DAYS = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_MONTHS = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_DOES = r"(?:contact|account|email|sales)\s"
_LENGTH = r"(?:\d+|an?|one|two|three)\s+(?:minute|hour|day|week)s?"
_WORD = re.compile(r"\w+")
_ROUNDS = 5

Write = str | Callable[[re.Match[str]], str] | None


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A line as it may have been meant. `text` None: only the advice is given.

    `wrong`: what stood there, if it was one thing.
    """

    text: str | None
    wrong: str
    advice: str = ""


def _entry(pattern: str, write: Write, say: str = "") -> tuple[re.Pattern[str], Write, str]:
    return re.compile(pattern, re.IGNORECASE), write, say


_MISSES = (
    # Steps follow each other as they stand.
    _entry(r"^(?:and|then|but|also|when|next)\s+(?=\w)", ""),
    _entry(r"^(?:assert|verify|ensure|check|assume)\s+(?:that\s+)?", "expect "),
    _entry(r"^expect\s+that\s+", "expect "),
    # who gets what
    _entry(
        rf"^(?:expect\s+)?(?:contact\s+)?({_NAME})\s+(?:should\s+|must\s+|to\s+|will\s+)?(?:receives?|gets?|be\s+sent|is\s+sent)\s+"
        rf"(?:an?\s+|the\s+)?e?-?mail\s+({_NAME})(.*)$",
        r"expect email \2 to \1\3",
    ),
    _entry(
        rf"^(?:expect\s+)?(?:contact\s+)?({_NAME})\s+(?:should|must|does|will|to)?\s*(?:not|never)\s+(?:receives?|gets?|be\s+sent)\s+"
        rf"(?:an?y?\s+|the\s+)?e?-?mails?\s*({_NAME})?(.*)$",
        lambda m: f"expect no email {m[2] + ' ' if m[2] else ''}to {m[1]}{m[3]}",
    ),
    _entry(
        rf"^e?-?mail\s+({_NAME})\s+(?:is|should\s+be|must\s+be|was)\s+sent\s+to\s+({_NAME})(.*)$",
        r"expect email \1 to \2\3",
    ),
    _entry(r"^expect\s+(?:an?|the)\s+(?=\w)", "expect "),
    _entry(r"^expect\s+(?:nothing|no\s+mails?|no\s+messages?)\b", "expect no email"),
    _entry(r"^expect\s+(?:not|never)\s+(?:an?\s+)?e?-?mail\b", "expect no email"),
    _entry(r"^expect\s+(\d+\s+)?e?-?mails?\b", lambda m: f"expect {m[1] or ''}email{'s' if m[1] else ''}"),
    _entry(r"^expect\s+(?:exactly|only)\s+(?=\d)", "expect "),
    _entry(r"^expect\s+one\s+(?=email)", "expect 1 "),
    _entry(r"^(?:no|not)\s+e?-?mail\b", "expect no email"),
    _entry(rf"\b(email\s+{_NAME})\s+(?:for|at)\s+(?={_NAME})", r"\1 to "),
    _entry(rf"^(expect\s+email\s+{_NAME}\s+to\s+{_NAME})\s+with\s+subject\b", r"\1, subject"),
    _entry(
        rf"^(expect\s+.*{_NAME})\s*,?\s+(?:says|containing|contains|that\s+says|with\s+text)\s+(?={_NAME})",
        r"\1, saying ",
    ),
    _entry(r"^(expect\s.*?)\s+(?:in|after)\s+(?=\d+\s+\w+$)", r"\1 within "),
    _entry(rf"^expect\s+({_NAME})\s+", r"expect contact \1 "),
    _entry(
        rf"^expect\s+(contact\s+)?({_NAME})(?:'s)?\s+(?:has\s+)?(?:a\s+)?score\s+(?:is|of|to\s+be)?\s*",
        r"expect score of \2 is ",
    ),
    _entry(rf"^expect\s+(?:the\s+)?score\s+(?:for|to\s+be\s+of)\s+(?={_NAME})", "expect score of "),
    _entry(rf"^(expect\s+score\s+of\s+{_NAME})\s+(?:to\s+be|equals|=+|of)\s+", r"\1 is "),
    _entry(rf"^(expect\s+score\s+of\s+{_NAME}\s+is)\s+(?:exactly|equal\s+to)\s+", r"\1 "),
    _entry(r"^expect\s+score\s+is\b.*", None, 'Say whose: expect score of "Ana" is 25'),
    _entry(rf"^(expect\s+contact\s+{_NAME})\s+(?:to\s+be|should\s+be|becomes)\s+", r"\1 is "),
    _entry(
        rf"^(expect\s+contact\s+{_NAME}\s+is)\s+(?:tagged\s+(?:with\s+|as\s+)?)(?={_NAME})",
        lambda m: f"{m[1][:-2]}has tag ",
    ),
    _entry(
        rf"^(expect\s+contact\s+{_NAME})\s+(?:exits?|ends|finishes|completes|stops)\s+(?=journey\b)",
        r"\1 leaves ",
    ),
    _entry(rf"^(expect\s+contact\s+{_NAME})\s+starts\s+(?=journey\b)", r"\1 enters "),
    _entry(rf"^(expect\s+(?:no\s+)?handoff\s+(?:{_NAME}\s+)?)(?:for|with)\s+(?={_NAME})", r"\1of "),
    _entry(
        rf"^expect\s+(?:a\s+)?(?:team\s+)?({_NAME})\s+(?:to\s+be\s+)?notified\b.*",
        None,
        'Write: expect notice "…" to team "SDR"',
    ),
    _entry(
        rf"^expect\s+team\s+({_NAME})\s+(?:is|to\s+be)\s+(?:notified|told|alerted)\s+({_NAME})?(.*)$",
        lambda m: f"expect notice {m[2] + ' ' if m[2] else ''}to team {m[1]}{m[3]}",
    ),
    _entry(rf"(\bto|\babout|\bfor|^expect\s+score\s+of)\s+contact\s+(?={_NAME})", r"\1 "),
    _entry(rf"\b(clicks\s+link\s+{_NAME})\s+(?:of|from|on)\s+(?=email\b)", r"\1 in "),
    _entry(
        rf"^(expect\s+contact\s+{_NAME})\s+has\s+(no\s+)?(?=(?:stage|segment|list)\b)",
        lambda m: f"{m[1]} is {'not ' if m[2] else ''}in ",
    ),
    _entry(
        rf"^(expect\s+(?:no\s+)?email\s+{_NAME})\s+(?:was|is|has\s+been|to\s+be)\s+sent\s+(?=to\b)", r"\1 "
    ),
    # tables
    _entry(r"^foreach\b", "for each"),
    _entry(r"^for\s+each\s+\w+(?:[\s,;|]+\w+)+$", lambda m: f"for each {', '.join(_WORD.findall(m[0])[2:])}"),
    # when
    _entry(r"^wait\s+(?:until|till|for)\s+(?=day\b|" + _DAYS + r"\b)", "on "),
    _entry(
        rf"^(?:(?:on|by)\s+)?(?:tomorrow|today|yesterday|next\s+(?:day|week|{_DAYS}))\b.*",
        None,
        "Count the days from the start, which is day 0: on day 1 10:00",
    ),
    _entry(
        rf"^(?:on|by)\s+(?:{_DAYS}|day\s+\d+)\s+(?:in\s+the\s+|at\s+)?(?:morning|noon|midday|afternoon|evening|night|midnight)$",
        None,
        "Say the time in figures: on day 2 09:00",
    ),
    _entry(rf"^(?:at|on\s+the|from)\s+(?=day\b|{_DAYS}\b)", "on "),
    _entry(rf"^(?=(?:day\s+\d|{_DAYS}\b))", "on "),
    _entry(rf"^(on|by)\s+({_DAYS})\s*,?\s+at\s+(?=\d)", r"\1 \2 "),
    _entry(r"^(on|by)\s+day\s+(\d+)\s*,?\s+at\s+(?=\d)", r"\1 day \2 "),
    _entry(rf"^(?:after|wait|in|advance|skip|forward)\s+({_LENGTH})$", r"\1 later"),
    _entry(rf"^({_LENGTH})\s+(?:after|pass|go\s+by|afterwards)$", r"\1 later"),
    _entry(r"^(?:before|until|till|no\s+later\s+than)\s+(?=day\b|" + _DAYS + r"\b)", "by "),
    _entry(r"^(?:at\s+)?(?:the\s+)?start$|^immediately$|^now$", "at the start"),
    _entry(r"^at\s+\d\d:\d\d$|^\d\d:\d\d$", None, "Say on which day: on day 0 10:00, or on monday 10:00"),
    _entry(r"^(?:start|starts|begin|beginning|from)\s+(?:on\s+)?(?=\w+\s+\d|\d)", "starting "),
    _entry(r"^starting\s+(?:on|at|from)\s+", "starting "),
    _entry(
        rf"^((?:on|by|between|provider|suppress|lift)\b.*?\b(?:{_DAYS}|day\s+\d+))\s+(?:at\s+)?([01]?\d|2[0-3])([0-5]\d)?(?=,|$|\s+and\b)",
        lambda m: f"{m[1]} {int(m[2]):02}:{m[3] or '00'}",
    ),
    _entry(
        rf"^(?:on|by|between|starting|provider|suppress)\b.*?(?:\b\d\d?\s+{_MONTHS}|\b{_MONTHS}\s+\d\d?)"
        r"(?=\s+\d?\d:\d\d|\s+and\b|$)",
        None,
        "Write the year too, behind the month: on 24 march 2026 09:00",
    ),
    # who there is
    _entry(r"^given\s+(?:an?\s+|the\s+)(?=contact|account)", "given "),
    _entry(rf"^given\s+(?={_NAME})", "given contact "),
    _entry(r"^given\s+(?:lead|person|user|customer)\s+", "given contact "),
    _entry(r"^given\s+(?:company|organi[sz]ation)\s+", "given account "),
    _entry(
        rf"^(given\s+contact\s+{_NAME})\s+(?:was\s+sent|(?:has\s+)?(?:received|got|gotten|had))\s+"
        rf"(?:the\s+)?(?:e?mail\s+)?(?={_NAME})",
        r"\1 has been sent email ",
    ),
    _entry(
        rf"^(given\s+(?:contact|account)\s+{_NAME}(?:\s+of\s+account\s+{_NAME})?)\s*,?\s+(?:has|having|where|who\s+has|whose)\s+",
        r"\1 with ",
    ),
    _entry(
        rf"^(given\s+contact\s+{_NAME})\s+(?:at|from|in|with|works\s+at)\s+(?:account\s+)?(?={_NAME})",
        r"\1 of account ",
    ),
    _entry(rf"^(given\s+.*\b\w+)\s*(?:=+|:)\s*(?={_NAME}|\d)", r"\1 "),
    _entry(rf"^(given\s+.*{_NAME}|given\s+.*\d)\s+and\s+(?=\w)", r"\1, "),
    _entry(r"^given\s+timezone\b", "given time zone"),
    _entry(r"\btimezone\b", "time zone"),
    _entry(
        r"^(?:background|feature|rule|examples?|outline)\b.*",
        None,
        "What is “given” at the left margin holds for the whole file; a table begins with “for each”.",
    ),
    # what happens
    _entry(
        rf"^(?:the\s+)?contact\s+({_NAME})\s+(?:fills\s+in|completes|sends)\s+(?:the\s+)?form\b",
        r"contact \1 submits form",
    ),
    _entry(
        rf"^(?={_NAME}\s+(?:submits|clicks|opens|replies|visits|downloads|attends|books|unsubscribes|does)\b)",
        "contact ",
    ),
    _entry(r"\bclicks\s+on\b", "clicks"),
    _entry(rf"\bsubmits\s+(?={_NAME})", "submits form "),
    _entry(rf"\bvisits\s+(?={_NAME})", "visits page "),
    _entry(rf"\bdownloads\s+(?={_NAME})", "downloads asset "),
    _entry(rf"\bopens\s+(?={_NAME})", "opens email "),
    _entry(rf"\bclicks\s+(?={_NAME})", "clicks email "),
    _entry(rf"\breplies\s+to\s+(?={_NAME})", "replies to email "),
    _entry(rf"\battends\s+(?={_NAME})", "attends webinar "),
    _entry(rf"\bbooks\s+(?={_NAME})", "books meeting "),
    _entry(
        rf"^contact\s+({_NAME})\s+(?:receives|gets)\s+.*",
        None,
        'What contacts get is expected: expect email "…" to "…"',
    ),
    _entry(
        rf"^(?:sales|sdr|team\s+{_NAME})\s+(accepts|rejects)\s+(?:contact\s+|handoff\s+of\s+|handoff\s+)",
        r"sales \1 ",
    ),
    _entry(r"^(?:the\s+)?provider\s+of\s+(?:e?-?mail|mails)\b", "provider of emails"),
    _entry(
        r"^provider\s+of\s+\w+\s+is\s+down\s+(?:for|during)\b.*",
        None,
        "Say until when: provider of emails is down until day 3 09:00",
    ),
    _entry(rf"^set\s+((?:contact|account)\.\w+)\s+of\s+({_NAME})\s+to\b", r"\1 of \2 becomes"),
    _entry(
        rf"^((?:contact|account)\.\w+\s+of\s+{_NAME})\s+(?:is\s+set\s+to|changes\s+to|is\s+now|=+)\s+",
        r"\1 becomes ",
    ),
    _entry(
        rf"^enter\s+(?:contact\s+)?({_NAME})\s+(?:into|in)\s+journey\s+({_NAME})$", r"start journey \2 for \1"
    ),
    _entry(
        rf"^(contact\s+.*\bemail\s+{_NAME})\s+(?:of|in|by)\s+(?=(?:run\s+\d+\s+of\s+)?journey\b)", r"\1 from "
    ),
    _entry(
        rf"^(contact\s+{_NAME}\s+does\s+{_NAME})\s+(?:for|of|on\s+behalf\s+of)\s+(?:its|his|her|their)\s+"
        r"(?:account|company)\b",
        r"\1 for the account",
    ),
    _entry(
        r"^(provider\s.*?),?\s+(?:and\s+)?(?:retry|retries|retrying|again)\s+(?:after|in)\s+(?=\d)",
        r"\1, try again after ",
    ),
    # what a person does by hand
    _entry(
        r"^(?:pause|stop|resume)$",
        None,
        'Say whose runs: pause everything, pause journey "…", or pause contact "…"; also stop, resume',
    ),
    _entry(
        rf"^lift\s+contact\s+{_NAME}\s+until\b.*",
        None,
        "What is taken back is so for good. To let marketing go until then: lift contact … anyway until …",
    ),
    _entry(r"^(pause|resume|stop)\s+(?:all|all\s+journeys|all\s+runs|every\s+journey)$", r"\1 everything"),
    _entry(
        r"^(stop|resume|pause)\s+(?:all\s+)?(?:sending|sends?|e?-?mails?)(?:\s+of\s+everything)?\b",
        lambda m: f"{'resume' if m[1].lower() == 'resume' else 'stop'} sends",
    ),
    _entry(r"^(?:unsuppress|release|allow)\s+(?=contact\b)", "lift "),
    _entry(r"^(?:delete|forget|remove)\s+(?=contact\b)", "erase "),
    _entry(
        rf"^merge\s+(?:contacts?\s+)?({_NAME})\s+(?:into|with|and|in)\s+(?:contact\s+)?({_NAME})$",
        r"merge contact \1 into \2",
    ),
    # received late
    _entry(rf"^({_DOES}.*[^,\s])\s+(\d+\s+\w+\s+ago)$", r"\1, \2"),
    _entry(
        rf"^({_DOES}.*?[^,\s]),?\s+(?:(?:received|told|known|heard|arriving|recorded)\s+)?(\d+\s+\w+)"
        r"\s+(?:late|later|earlier|before|afterwards?)$",
        r"\1, \2 ago",
    ),
    _entry(rf"^({_DOES}.*?[^,\s]),?\s+yesterday$", r"\1, 1 day ago"),
    # never
    _entry(r"^never\s+(?:an?\s+|any\s+)?(?:mails?|e-mails?)\b", "never email"),
    _entry(
        r"^never\s+(?:an?\s+|any\s+)?(?:notice|notif\w+|task|sync|webhook|handoff|addition|removal|sms|in-app|chat"
        r"|direct\s+mail|survey)\b.*",
        None,
        'Only of emails can be said “never”. Write under “by day 90”: expect no notice to team "SDR"',
    ),
    _entry(
        r"^never\s+(?:more\s+than|over|above)\s+(\d+)\s+(?:mails?|messages?)\b", r"never more than \1 emails"
    ),
    _entry(r"^(never\s+more\s+than\s+.*)\s+(?:per|a|each|every|in\s+a)\s+week$", r"\1 in any 7 days"),
    _entry(r"^(never\s+more\s+than\s+.*)\s+(?:per|each|every|in\s+a)\s+day$", r"\1 in a calendar day"),
)


def rewritings(text: str) -> Iterator[Rewriting]:
    """Yield the ways in which a line may have been meant, the nearest first."""
    made, first, advice = text, "", None
    for _ in range(_ROUNDS):
        before = made
        for pattern, write, say in _MISSES:
            match = pattern.search(made)
            if match is None:
                continue
            if write is None:
                advice = advice or Rewriting(None, match[0], say)
                continue
            new = made[: match.start()] + (match.expand(write) if isinstance(write, str) else write(match))
            new = re.sub(r"  +", " ", new + made[match.end() :]).strip()
            if new != made:
                first = first or match[0].strip() or text.split(" ")[0]
                made = new
                yield Rewriting(made, first)
        made = _times(made)
        if made == before:
            break
        yield Rewriting(made, first)
    if advice is not None:
        yield advice


def _times(text: str) -> str:
    """Rewrite times of day and lengths of time, outside quotes."""
    pieces = _QUOTED.split(text)
    names = _QUOTED.findall(text)
    for n, piece in enumerate(pieces):
        for miss in TIMES:
            match = miss.pattern.search(piece)
            while match is not None and not miss.likely:
                right = miss.replacement(match)
                if right is None or right == match[0]:
                    break
                piece = piece[: match.start()] + right + piece[match.end() :]
                match = miss.pattern.search(piece, match.start() + len(right))
        pieces[n] = piece
    return "".join(a + b for a, b in zip(pieces, [*names, ""], strict=True))
