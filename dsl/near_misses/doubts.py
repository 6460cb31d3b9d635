"""What may be read in two ways, or would say something else than it seems: told in words, never rewritten.

A line that fails is looked at here before anything is mended. Each entry has a pattern for the line, in which
what stands in quotes is hidden, and says what is doubtful and what to write for each reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dsl.near_misses.ahead import AHEAD
from dsl.near_misses.dates import AMBIGUOUS_DATES
from dsl.near_misses.doubt import Doubt, Seen, Told
from dsl.near_misses.elsewhere import ELSEWHERE
from dsl.near_misses.ends import ENDS
from dsl.near_misses.lengths import LENGTHS
from dsl.near_misses.recipients import RECIPIENTS
from dsl.near_misses.rounds import ROUNDS
from dsl.near_misses.tools import TOOLS
from dsl.near_misses.turned import TURNED

_NOON = 12
_ZONES = "CET|CEST|MEZ|MESZ|EET|EEST|WET|WEST|BST|IST|JST|EST|EDT|CST|CDT|MST|MDT|PST|PDT|GMT|UTC"
_CITIES = {"CET": "Europe/Berlin", "CEST": "Europe/Berlin", "MEZ": "Europe/Berlin", "MESZ": "Europe/Berlin"}
_CITIES |= {"EST": "America/New_York", "EDT": "America/New_York", "CST": "America/Chicago"}
_CITIES |= {"PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "BST": "Europe/London"}
_CITIES |= {"GMT": "Europe/London", "CDT": "America/Chicago", "EET": "Europe/Helsinki"}
_PAST = "engaged|clicked|opened|visited|submitted|downloaded|unsubscribed|replied"
_COUNT = re.compile(r"(?:at\s+least\s+\d+|no)\s+contacts?\s+of\s+(?:the\s+)?account\s+(?:have|has)\b")
_ASKED = re.compile(r"\bcontact\s+(?:has|is|does)\b")
_CHANNELS = (
    r"direct[ -]?mails?|letters?|postcards?|sms|text\s+messages?|in-app(?:\s+messages?)?"
    r"|chats?(?:\s+messages?)?|surveys?|messages?"
)
_OPPOSITE = {"least": "is less than", "most": "is more than"}


def _nights(seen: Seen) -> Told | None:
    """`9 to 5`: five in the morning, or in the afternoon?"""
    start, end = int(seen["a"]), int(seen["b"])
    if not end <= start <= _NOON:
        return None
    joint = "and" if seen.text.startswith("hold") else "to"
    begins = f"{start:02}:{seen['am'] or '00'}"
    ends = seen["bm"] or "00"
    wrong = seen.text[seen.match.start("a") : seen.match.end("b")]
    day, night = f"{begins} {joint} {end + _NOON:02}:{ends}", f"{begins} {joint} {end:02}:{ends}"
    return f"“{wrong}” may end by day or by night.", f"Write “{day}”, or “{night}” if nights are meant."


def _going(seen: Seen) -> Told:
    message = f"“{seen['go']}” leaves this journey, but “start journey” lets it go on."
    fix = f"Write “start journey {seen['name']}”, and “exit "
    return message, f'{fix}"…"” below it if this journey is to end.'


def _thousands(seen: Seen) -> Told:
    wrong = seen["n"]
    whole = wrong.replace(".", "")
    other = f", or “{float(wrong):g}”" if wrong.count(".") == 1 else ""
    return f"“{wrong}” may be read in two ways.", f"Write “{whole}”{other}. Numbers have no thousands signs."


def _share(seen: Seen) -> Told:
    share = float(seen["n"]) * 100
    rest = seen["rest"].strip()
    right = f"{seen['kind']} {share:g}% {rest}".strip()
    less = f"{seen['kind']} {float(seen['n']):g}% {rest}".strip()
    return f"“{seen['n']}” has no unit.", f"Write “{right}”, or “{less}” if so few are meant."


def _often(seen: Seen) -> Told:
    count = int(seen["n"]) + (seen["how"].lower().split()[0] not in ("less", "fewer"))
    message = f"“{seen['how']} {seen['n']} times” cannot be asked, only “at least”."
    fix = f"Ask for “at least {count} times”, and write under “otherwise” what is for all others."
    return message, fix


def _turned(seen: Seen) -> Told:
    right = f"{seen['field']} {_OPPOSITE[seen['how'].lower()]} {seen['n']}"
    return f"“{seen['wrong']}” is not how it is said here.", f"Write “{right}”."


def _zone(seen: Seen) -> Told:
    city = _CITIES.get(seen["zone"].upper(), "UTC")
    message = f"“{seen['zone']}” is no place: which hour it is there depends on the season."
    return message, f'Write a place, as in “"{city}" time”, or “contact time” for each contact\'s own.'


def _both(seen: Seen) -> Told:
    names = re.findall(r'"[^"]*"', seen["list"])
    message = f"{seen['field']} cannot be both {' and '.join(names)}."
    return (
        message,
        f"Write “{seen['field']} is one of ({', '.join(names)})” for contacts with either of them.",
    )


def _has(seen: Seen) -> Told:
    rest = seen["rest"].strip()
    rest = re.sub(r"^(?:is\s+)?(?:in|within)\s+(?:the\s+)?(?:last|past)\b", "in the last", rest)
    return (
        f"“{seen['wrong']}” asks for a field; what a contact has done is said otherwise.",
        f"Write “contact has {seen['done'].lower()}{' ' + rest if rest else ''}”.",
    )


def _once_every(seen: Seen) -> Told:
    long = seen["long"]
    if seen["unit"]:
        long = f"{int(seen['n'] or 1) * (30 if seen['unit'].lower() == 'month' else 365)} days"
    return (
        "Whether the time counts from the beginning of a run or from its end is not said.",
        f"Write “runs again {long} after it ended”.",
    )


def _said(message: str, fix: str) -> Callable[[Seen], Told]:
    return lambda _: (message, fix)


def _two(seen: Seen) -> Told:
    names = re.findall(r'"[^"]*"', seen["list"])
    lines = " and ".join(f"“{seen['what'].rstrip('s')} {name}”" for name in names)
    return "A line sends one email.", f"Write each on a line of its own: {lines}."


def _goal(seen: Seen) -> Told:
    right = f'goal "…" {seen["how"]} {seen["what"]}'
    return "This goal has no name.", f"Write “{right}”."


def _team(seen: Seen) -> Told:
    fix = f'Leave “to team {seen["team"]}” out; to tell a team, write: notify team {seen["team"]} "…"'
    return "Emails go to the contact, never to a team.", fix


def _not_done(seen: Seen) -> Told:
    return (
        "Nothing is done that no line says.",
        f"Leave the line out; or write “{seen['what']}” under an “if” for those who are to get it.",
    )


def _counted(seen: Seen) -> Told | None:
    """`at least 2 contacts of account have visited any page … where`: a count asks for no field."""
    before = seen.text[: seen.match.start()]
    counts = list(_COUNT.finditer(before))
    if not counts or _ASKED.search(before, counts[-1].end()):
        return None
    message = "A count of contacts takes no “where”: it asks for no field of the event."
    if "page" in before[counts[-1].end() :]:
        count = f"{counts[-1][0]} visited page"
        joint = "and" if count.startswith("no") else "or"
        fix = f'Write one count for each page, joined with “{joint}” (each page counts alone): {count} "/…" …'
        return message, f"{fix}. Or let an event of its own be sent for what is meant, and count that."
    return (
        message,
        "Let an event of its own be sent for what is meant, and count the contacts who have done that.",
    )


def _sent_otherwise(seen: Seen) -> Told:
    message = "Only for emails can be asked whether they were sent."
    negated = "has no tag" if seen["not"] else "has tag"
    fix = f'Write “add tag "…"” below the line that sends it, and ask: contact {negated} "…"'
    if seen["what"].lower() == "message":
        fix += f". If it is an email: contact has {'not ' if seen['not'] else ''}been sent email …"
    return message, fix


_NAMES = r'"[^"]*"(?:\s*(?:,|and|&|\+|;|,\s*and)\s*(?:(?:service\s+)?emails?\s+)?"[^"]*")+'

DOUBTS: tuple[Doubt, ...] = (
    *AHEAD,
    *ENDS,
    *TURNED,
    *RECIPIENTS,
    *ELSEWHERE,
    *TOOLS,
    *ROUNDS,
    Doubt(
        r"^(?:(?:sending|business|quiet|office|working)\s+hours\b|hold\b|quiet\b).*?\s(?P<a>\d{1,2})(?::(?P<am>\d\d))?"
        r"\s*(?:-|–|—|to|until|till|and)\s*(?P<b>\d{1,2})(?::(?P<bm>\d\d))?(?=\s*(?:,|$)|\s+(?!am\b|pm\b|a\.m|p\.m))",
        _nights,
    ),
    Doubt(
        r"^(?P<go>go\s*to|(?:move|switch|jump|redirect|transfer|send)(?:\s+(?:the\s+)?contact)?\s+to|continue\s+(?:in|with))"
        r"\s+(?:the\s+|another\s+)?(?:journey|campaign|workflow|flow)\s+(?P<name>\"[^\"]*\")$",
        _going,
    ),
    Doubt(r"(?<![\w.:])(?P<n>\d{1,3}(?:\.\d{3})+)(?![\w.]|\s*%)", _thousands),
    Doubt(r"^(?P<kind>variant|holdout)\s+(?P<n>0?\.\d+)(?!\d|\s*(?:%|percent\b|pct\b))(?P<rest>.*)$", _share),
    Doubt(
        r"^(?:if|otherwise if|elif|else if|when|while)\b.*\s"
        r"(?P<how>at\s+most|max(?:imum)?|no\s+more\s+than|not\s+more\s+than"
        r"|up\s+to|(?:less|fewer)\s+(?:often\s+)?than)\s+(?P<n>\d+)\s+times?\b",
        _often,
    ),
    Doubt(
        r"(?P<wrong>(?P<field>\bscore|\b(?:contact|account|event|trigger)\.\w+)\s+is\s+not\s+at\s+(?P<how>least|most)\s+"
        r"(?P<n>-?\d+(?:\.\d+)?|\"[^\"]*\"))",
        _turned,
    ),
    Doubt(rf"^(?:sending|business)\s+hours\b.*\s(?P<zone>{_ZONES})(?:\s+time)?(?=\s*(?:,|$))", _zone),
    Doubt(
        r"(?P<field>\b(?:contact|account)\.\w+)\s+(?:is|=+|equals)\s+(?P<list>\"[^\"]*\"(?:\s+and\s+\"[^\"]*\")+)(?!\s*(?:is|=))",
        _both,
    ),
    Doubt(rf"(?P<wrong>\bcontact\.(?P<done>{_PAST}))\b(?P<rest>(?:\s+(?:is\s+)?(?:in|within)\s.*)?)$", _has),
    Doubt(
        r"^runs\s+(?=(?:at\s+most\s+)?once\b|.*(?:month|year)s?$)(?:again\s+)?(?:at\s+most\s+)?(?:once\s+)?(?:every|per|each|in|an?|in\s+a)\s+"
        r"(?P<long>\d+\s+(?:days|weeks|hours)|(?:(?P<n>\d+)\s+)?(?P<unit>month|year)s?)$",
        _once_every,
    ),
    Doubt(rf"^(?P<what>send\s+(?:service\s+)?emails?)\s+(?P<list>{_NAMES})$", _two),
    Doubt(r"^goal\s+(?P<how>when|as\s+soon\s+as)\s+(?P<what>\S.*)$", _goal, "N101"),
    Doubt(r"^send\s+(?:(?:service\s+)?e?mail\s+)?\".*\sto\s+(?:the\s+)?team\s+(?P<team>\"[^\"]*\")", _team),
    Doubt(
        r"^(?:do\s+not|don['’]t|never|no)\s+(?P<what>(?:send|notify|add|start|hand|create|sync|suppress|set)\b.*)$",
        _not_done,
    ),
    Doubt(
        r"^(?:otherwise|else)\s+if$|^(?:elif|elsif|elseif)$",
        _said(
            "“otherwise if” lacks its condition.",
            "Write “otherwise if” and what is asked, or “otherwise” for all who are left.",
        ),
        "N101",
    ),
    Doubt(r"\bwhere\b.*$", _counted, "N101"),
    Doubt(
        rf"\b(?:has|have|was|were)\s+(?P<not>not\s+|never\s+|n['’]t\s+)?(?:already\s+)?"
        rf"(?:been\s+sent|sent|received|got(?:ten)?)\s+(?:an?\s+|the\s+|any\s+)?(?P<what>{_CHANNELS})\b(?=\s*(?:\"|$|ever|in|since|and|or))",
        _sent_otherwise,
    ),
    *LENGTHS,
    *AMBIGUOUS_DATES,
)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """What is doubtful in a line: from where to where, and what to say of it."""

    start: int
    end: int
    message: str
    fix: str
    code: str


def doubt(text: str, masked: str, under: bool, flow: bool, arm: bool) -> Doubtful | None:
    """Return what may be read in two ways. `under`, `flow` and `arm` as in `Seen`."""
    for entry in DOUBTS:
        for match in entry.pattern.finditer(masked):
            told = entry.tell(Seen(text, match, under, flow, arm))
            if told:
                return Doubtful(match.start(), match.end(), *told, entry.code)
    return None
