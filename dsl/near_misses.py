"""What people write who know other tools, and how it is written here.

Each entry is looked for where a line fails to parse, with the contents of quotes masked. The replacement is
what a program may write in its place; without one, the message says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_EVENTS = {
    "click": "clicks",
    "clicked": "clicks",
    "open": "opens",
    "opened": "opens",
    "reply": "replies",
    "replied": "replies",
    "submit": "submits",
    "submitted": "submits",
    "visit": "visits",
    "visited": "visits",
    "download": "downloads",
    "downloaded": "downloads",
    "done": "does",
    "did": "does",
}
_FACTS = {
    "clicks": "clicked",
    "opens": "opened",
    "replies": "replied",
    "submits": "submitted",
    "visits": "visited",
    "downloads": "downloaded",
    "does": "done",
    "did": "done",
    "attends": "attended",
    "books": "booked",
    "unsubscribes": "unsubscribed",
    "click": "clicked",
    "open": "opened",
    "reply": "replied",
    "submit": "submitted",
    "visit": "visited",
    "download": "downloaded",
    "do": "done",
    "attend": "attended",
    "book": "booked",
    "unsubscribe": "unsubscribed",
}
_NUMBERS = {"a": "1", "an": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
_NUMBERS |= {"seven": "7", "eight": "8", "nine": "9", "ten": "10"}
NUMBER_WORDS = {word: digits for word, digits in _NUMBERS.items() if word not in ("a", "an")}
_NAMED = r'"[^"]*"'
_UNITS = {"mi": "minute", "m": "minute", "h": "hour", "d": "day", "w": "week"}


def _unit(match: re.Match[str]) -> str:
    amount, word = match[1], match[2].lower()
    amount = _NUMBERS.get(amount.lower(), amount)
    unit = _UNITS[word[0]]
    return f"{amount} {unit}{'' if amount == '1' else 's'}"


def _clock(match: re.Match[str]) -> str:
    hour, half = int(match[1]), match[3].lower()
    hour = hour % 12 + (12 if half.startswith("p") else 0)
    return f"{hour:02}:{match[2] or '00'}"


_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = "|".join(f"{name}|{name[:3]}" for name in _MONTH_NAMES)


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


def _not_perfect(match: re.Match[str]) -> str:
    return f"contact has not {_FACTS[match[1].lower()]}"


def _lowered(match: re.Match[str]) -> str:
    return f"subtract {match[1] or match[2]} from score"


def _one_of(match: re.Match[str]) -> str:
    return f"one of ({', '.join(re.findall(_NAMED, match[0]))})"


def _perfect(match: re.Match[str]) -> str:
    return f"contact has {_FACTS.get(match[1], match[1])}"


def _present(match: re.Match[str]) -> str:
    return f"contact {_EVENTS.get(match[1], match[1])}"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """`pattern` is written `write` here (None: nothing can replace it; `say` tells what to do)."""

    pattern: re.Pattern[str]
    write: str | Callable[[re.Match[str]], str | None] | None
    say: str = ""

    def replacement(self, match: re.Match[str]) -> str | None:
        """Return what to write in place of the match."""
        if self.write is None or isinstance(self.write, str):
            return match.expand(self.write) if self.write else self.write
        return self.write(match)


def _miss(pattern: str, write: str | Callable[[re.Match[str]], str | None] | None, say: str = "") -> NearMiss:
    return NearMiss(re.compile(pattern, re.IGNORECASE), write, say)


_DID = "clicked|opened|replied|submitted|visited|downloaded"
_DOES = "clicks|opens|replies|submits|visits|downloads|does|did|attends|books|unsubscribes"
_DO = "click|open|reply|submit|visit|download|do|attend|book|unsubscribe"
_FACT = r"(?:contact|account|score|(?:contact|account)\.\w+)\s+(?:has|is)\b"
_TIME = r"minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w"

NEAR_MISSES: tuple[NearMiss, ...] = (
    # comments, and marks of a list
    _miss(r"^(?://+|--+|/\*+|;+)\s*|(?<!:)//+\s*", "# ", "A comment begins with #."),
    _miss(r"^(?:[-*•→]|\d+[.)])\s+", "", "No mark stands before a line."),
    # signs
    _miss(r"\bsubject\s*[=:]+\s*", "subject "),
    _miss(r"^(set\s+\S+?)\s*(?:=+|is\b)", r"\1 to"),
    _miss(r"(?:\bis\s+)?(?:>=|=>|≥)", "is at least"),
    _miss(r"(?:\bis\s+)?(?:<=|=<|≤)", "is at most"),
    _miss(r"(?:\bis\s+)?(?:!==?|<>|≠)", "is not"),
    _miss(r"(?:\bis\s+)?>", "is more than"),
    _miss(r"(?:\bis\s+)?<", "is less than"),
    _miss(r"(?:\bis\s+)?={1,3}", "is"),
    _miss(r"&&?", "and"),
    _miss(r"\|\|?", "or"),
    _miss(r"(?<!\w)(['`´‘])([^'`´’]*)['`´’]", lambda m: f'"{m[2]}"', "Names stand in double quotes."),
    _miss(r"\s*[{}]", "", "There are no braces: indentation shows what belongs to what."),
    _miss(r"\s*[:;.]\s*$", "", "No sign ends a line."),
    _miss(r"\b(\d{1,3}(?:,\d{3})+)\b", lambda m: m[1].replace(",", ""), "Numbers have no commas."),
    # other words for the shape of a journey
    _miss(r"^(?:else\s*if|elif|elsif)\b", "otherwise if"),
    _miss(r"^otherwise\s+when\b", "otherwise if"),
    _miss(r"^(?:else|default)\b", "otherwise"),
    _miss(r"\s+then\s*$", "", "No word ends a condition."),
    _miss(r"^(?:end|endif|fi|done)\b.*", "", "Nothing ends a block: indentation does."),
    _miss(r"^go\s*to\b.*", None, 'Branches rejoin by themselves; to go elsewhere, write: start journey "…"'),
    _miss(
        r"\bnot\s+(?=(?:contact|account|score)\b)", None, "Negate inside: “contact has not …”, “… is not …”."
    ),
    _miss(r"^while\b", None, "Write “repeat up to 3 times”; “stop repeating” under an “if” leaves it."),
    _miss(r"^hold\s+out\b", "holdout"),
    _miss(r"^run\s+journey\b", "start journey"),
    _miss(r"^unless\b", None, "Write “if”, with the condition negated: if contact has not …"),
    _miss(r"^on\s+day\b", "day"),
    _miss(r"^day\s*-\s*(?=\d)|^day(?=\d)", "day "),
    _miss(r"^(?:repeat|loop|do)\s+(?:for\s+)?(?:at\s+most\s+)?(\d+)\s+times\b", r"repeat up to \1 times"),
    _miss(r"^(?:break|stop\s+loop(?:ing)?|leave\s+loop)$", "stop repeating"),
    _miss(r"^(?:call|do|use|include)\s+section\b", "run section"),
    _miss(r"^(?:a/b|ab)\s*[- ]?(?:test|split)\b|^test\s+(?=\")", "split "),
    # waits
    _miss(r"^wait\s+(?:for\s+)?up\s+to\s+(?=until)", None, "Say how long at most: wait up to 5 days until …"),
    _miss(r"^wait\s+for\b", "wait"),
    _miss(r"^wait\s+at\s+most\b", "wait up to"),
    _miss(r"^wait\s+(?:'?till?)\b", "wait until"),
    _miss(
        r"^wait\s+until\s+(?:contact|account)\b.*", None, "Say how long at most: wait up to 30 days until …"
    ),
    _miss(r"^(?:delay|sleep|pause)\s+(?:for\s+)?(?=\d)", "wait "),
    _miss(r"^after\s+(?=\d)", "wait "),
    # dates
    _miss(r"\b(\d{4})-(\d\d)-(\d\d)\b", _day),
    _miss(rf"\b({_MONTHS})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", _day_named),
    _miss(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?({_MONTHS})\.?,?\s+(\d{{4}})\b", _day_in_words),
    _miss(r"\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b", None, "Write the month as a word: 24 november 2026"),
    _miss(r"\b(\d+)\s+(?:working|work|office|week)[ -]?days\b", r"\1 business days"),
    _miss(r"\b(\d+)\s+(?:working|work|office)[ -]?hours\b", r"\1 business hours"),
    _miss(r"\b(?:mon|monday)\s*(?:-|to)\s*fri\b", "weekdays"),
    # amounts, units, times
    _miss(r",\s*once\s+(?=every\b)", ", at most once "),
    _miss(r"\bonce\s+(?:an?|per|each|every)\s+(hour|day|week)\b", r"once every 1 \1"),
    _miss(r"\b(last|next)\s+(hour|day|week)\b", r"\1 1 \2"),
    _miss(r"\b(last|next)\s+month\b", r"\1 30 days"),
    _miss(r"(?<!at least )(?<!than )\b(\d+)\s+times?\b(?=\s+(?:ever|in|since)\b)", r"at least \1 times"),
    _miss(r"\s*\bpercent\b", "%"),
    _miss(rf"\b(\d+)\s*({_TIME})\b", _unit),
    _miss(rf"\b({'|'.join(_NUMBERS)})\s+({_TIME})\b", _unit),
    _miss(r"\b\d+\s*(?:seconds?|secs?|s)\b", None, "The smallest unit is a minute: write “1 minute”."),
    _miss(r"\b\d+\s*(?:months?|mos?|years?)\b", None, "Months differ in length: write days or weeks."),
    _miss(r"\b(\d{1,2})(?::(\d\d))?\s*(am|pm|a\.m\.?|p\.m\.?)(?!\w)", _clock),
    _miss(r"\b(\d):(\d\d)\b", r"0\1:\2"),
    _miss(r"\b(\d\d):(\d\d):\d\d\b", r"\1:\2"),
    _miss(r"\bonce\b(?=\s*(?:ever\b|in|since|$))", "1 time"),
    # the head
    _miss(rf"^stop\s+when\s+({_FACT})", r"stop as soon as \1"),
    _miss(rf"^(goal\s+\"[^\"]*\")\s+when\s+({_FACT})", r"\1 as soon as \2"),
    _miss(r"\bmax(?:imum|imal)?\.?\s+(?=\d+\s+e?mails\b)", "at most "),
    _miss(
        r"^runs\s+(?:only\s+)?(?:once\s+)?(?:for|per)\s+(?:each|every)?\s*(contact|account)\b",
        r"runs once for each \1",
    ),
    _miss(r"^pause\s+(?:when|if|as\s+long\s+as)\b", "pause while"),
    _miss(r"\battends\s+(?=\")", "attends webinar "),
    _miss(r"\bbooks\s+(?=\")", "books meeting "),
    _miss(r"\b(enters|leaves)\s+(?=\")", r"\1 segment "),
    _miss(r"\breaches\s+(?=\")", "reaches stage "),
    _miss(r"\bin\s+(?=\d+\s+(?:days|weeks)\b)(?=.*\botherwise\b)", "in any "),
    _miss(r"^runs\s+once$", "runs once for each contact"),
    _miss(r"^start\s+manually\b|^start\s+(?:by\s+a\s+person|from\s+hand)\b", "start by hand"),
    _miss(r"^start\s+(?:when|with)\s+(?:all|everybody|every\s+contact)\s+in\b", "start with everyone in"),
    _miss(r"^when\s+(?=contact\b.*\bfirst\b)", "start when "),
    _miss(r"\bjoins\s+segment\b", "enters segment"),
    _miss(r"\bexits\s+segment\b", "leaves segment"),
    _miss(r"\bcontact\s+(?:becomes|is\s+moved\s+to|enters)\s+stage\b", "contact reaches stage"),
    _miss(r"\bscore\s+(?:hits|exceeds|passes|becomes|rises\s+to)\b", "score reaches"),
    _miss(r"\bcontact\s+(?:schedules|makes)\s+meeting\b", "contact books meeting"),
    # statements
    _miss(r"^(?:increase|raise)\s+score\s+by\s+(\S+)", r"add \1 to score"),
    _miss(r"^(?:decrease|lower|reduce)\s+score\s+by\s+(\S+)|^remove\s+(\d\S*)\s+from\s+score\b", _lowered),
    _miss(r"^(add\s+\d+)\s+(?:from\s+)?score\b", r"\1 to score"),
    _miss(r"^(subtract\s+\d+)\s+(?:to\s+)?score\b", r"\1 from score"),
    _miss(r"^task\s+(?=\")", "create task "),
    _miss(r"^unsubscribe\s+contact\b", None, 'Write: withdraw consent "Marketing"'),
    _miss(r"^(?:e?mail)\s+(?=\")", "send email "),
    _miss(r"^send\s+(?:an?|the)\s+", "send "),
    _miss(r"^send\s+e-mail\b", "send email"),
    _miss(r"^send\s+(?=\")", "send email "),
    _miss(r"^send\s+service\s+(?=\")", "send service email "),
    _miss(r"^send\s+in\s*app\b", "send in-app"),
    _miss(r"^send\s+(?:an?\s+)?text(?:\s+message)?\b", "send sms"),
    _miss(r"^(?:webhook|call)\s+(?=\")", "call webhook "),
    _miss(r"^(add|remove)\s+contact\s+(to|from)\b", r"\1 \2"),
    _miss(r"^create\s+an?\s+task\b", "create task"),
    _miss(r"^(?:revoke|remove|cancel)\s+consent\b", "withdraw consent"),
    _miss(r"^(?:give|add|set)\s+consent\b", "grant consent"),
    _miss(r"^unsuppress(?:\s+contact)?\b", "lift suppression"),
    _miss(
        r"^quiet\s+hours(?:\s+from)?\s+(\d\d:\d\d)\s+(?:to|until|-)\s+(\d\d:\d\d)", r"hold between \1 and \2"
    ),
    _miss(r"^hold\s+from\s+(\d\d:\d\d)\s+(?:to|until)\s+(\d\d:\d\d)", r"hold between \1 and \2"),
    _miss(r"^(?:cap|limit)\s+(?:at\s+)?(?=\d)", "allow at most "),
    _miss(r"^skip\s+(?:if|when)\b", "skip while"),
    _miss(
        r"^engagement\s*,?\s*(?:decays?|half-life|decaying)\b.*",
        None,
        "Write: engagement, halved every 30 days",
    ),
    _miss(r"\b(?:per|each|every)\s+day\s*$", "a day"),
    _miss(r"^remind\b.*", "remind at half time"),
    _miss(r"^tag\s+(?:contact\s+)?(?:as\s+)?(?=\")", "add tag "),
    _miss(r"^(?:untag|delete\s+tag)\s+(?=\")", "remove tag "),
    _miss(r"\s+points?\b", "", "Points need no word."),
    _miss(r"\b(?:the|lead)\s+score\b", "score"),
    _miss(r"^(?:alert|tell|inform|slack)\s+(?:team\s+)?(?=\")", "notify team "),
    _miss(r"^hand\s*-?\s*over\s+to\b|^handoff\s+to\b|^hand-off\s+to\b", "hand off to"),
    _miss(r"^(?:leave|quit|finish)\b", "exit"),
    _miss(r"^stop\s+(?:if|once)\b", "stop as soon as"),
    _miss(r"^stop\s+(?=\")|^stop$", None, 'To end the run here, write: exit "why"'),
    _miss(r"^(?:trigger|begin|enter|start)\s+(?:on|if|whenever|once)\b", "start when"),
    _miss(r"^every\s+time\b|^each\s+time\b", "whenever"),
    # comparisons
    _miss(r"\b(?:is\s+)?(?:greater|higher|more)\s+than\s+or\s+equal(?:\s+to)?\b", "is at least"),
    _miss(r"\b(?:is\s+)?(?:less|lower|fewer)\s+than\s+or\s+equal(?:\s+to)?\b", "is at most"),
    _miss(r"\bis\s+(?:greater|higher|over|above|bigger)(?:\s+than)?\b", "is more than"),
    _miss(r"\bis\s+(?:below|under|lower|smaller|fewer)(?:\s+than)?\b", "is less than"),
    _miss(r"\bis\s+equal\s+to\b|\bequals?(?:\s+to)?\b", "is"),
    _miss(r"\bis\s+not\s+empty\b|\bis\s+(?:known|present|filled)\b|\bexists\b", "is set"),
    _miss(r"\bis\s+not\s+set\b|\bis\s+(?:null|none|blank|missing|unknown)\b", "is empty"),
    _miss(r"\b(?:is\s+)?in\s+(?=\()", "is one of "),
    _miss(r"\b(?:is\s+)?(?:doesn't|does\s+not)\s+contain\b", None, "Ask “contains” and use “otherwise”."),
    _miss(r'\bis\s+"[^"]*"(?:\s*(?:,|\bor)\s+"[^"]*")+', lambda m: f"is {_one_of(m)}"),
    _miss(r'\bone\s+of\s+"[^"]*"(?:\s*(?:,|\bor)\s+"[^"]*")*', _one_of),
    _miss(r"\b(contact|account)['’]s\s+(\w+)", r"\1.\2"),
    _miss(r"\btrue\b", "yes"),
    _miss(r"\bfalse\b", "no"),
    _miss(r"\bis\s+(?:later|newer|younger)\s+than\b", "is after"),
    _miss(r"\bis\s+(?:earlier|older)\s+than\b", "is before"),
    _miss(r"\bis\s+(?:within|in)\s+(?:the\s+)?(next|last)\s+(?=\d)", r"is in the \1 "),
    _miss(r"\b(?:includes|has|is\s+like|like)\s+(?=\")", "contains "),
    _miss(r"\b(\d+(?:\.\d+)?)\s?k\b", lambda m: f"{float(m[1]) * 1000:g}", "Numbers stand in full."),
    _miss(
        r"[€$£]\s?(\d+(?:\.\d+)?)\b|\b(\d+)\s?(?:€|eur|usd|euros?|dollars?)(?!\w)",
        lambda m: m[1] or m[2],
        "Numbers stand without a unit.",
    ),
    # facts and events
    _miss(
        rf"\bcontact\s+(?:did\s+not|didn['’]t|does\s+not|doesn['’]t|has\s+not|never)\s+({_DO})\b",
        _not_perfect,
    ),
    _miss(rf"\bcontact\s+has\s+({_DO})\b", _perfect),
    _miss(r"\bcontact\s+is\s+tagged(?:\s+as)?\b", "contact has tag"),
    _miss(
        r"\baccount\s+has\s+(?:an?\s+)?(?:open\s+opportunities|(?:open\s+)?opportunity)\b",
        "account has an open opportunity",
    ),
    _miss(r"\bhasn't\b|\bhas\s+never\b", "has not"),
    _miss(r"\bisn't\b", "is not"),
    _miss(r"\bcontact\s+(?:has\s+not|does\s+not\s+have|has\s+no\s+a)\s+tag\b", "contact has no tag"),
    _miss(r"\bcontact\s+has\s+the\s+tag\b", "contact has tag"),
    _miss(r"\baccount\s+has\s+(?:not\s+an|not|an?\s+no)\s+open\b", "account has no open"),
    _miss(r"\b(?:contact\.)?stage\s+is\s+(?=\")", "contact is in stage "),
    _miss(r"\bcontact\s+is\s+(?:a\s+)?(?:member\s+of|part\s+of)\s+(segment|list)\b", r"contact is in \1"),
    _miss(r"\b(?:begins|start)\s+with\b", "starts with"),
    _miss(r"^lists\s+(\"[^\"]*\")$", r"list \1 of contacts"),
    _miss(
        r"(?<!at least )\b(\d+)\s+(?:or\s+more\s+)?contacts\s+of\s+(?:the\s+)?account\b",
        r"at least \1 contacts of account",
    ),
    _miss(r"\bcontacts\s+of\s+account\s+has\b", "contacts of account have"),
    _miss(r"\bsince\s+start\b", "since the start"),
    _miss(r"\bin\s+last\b|\bwithin\s+(?:the\s+)?last\b|\bin\s+the\s+past\b", "in the last"),
    _miss(r"\bnot\s+has\b", "has not"),
)

# A fact where an event is wanted, and the other way round: the tense tells them apart.
EVENT_WANTED = _miss(
    rf"\bcontact\s+(?:has\s+)?({_DID}|done|did|click|open|reply|submit|visit|download)\b", _present
)
FACT_WANTED = _miss(rf"\bcontact\s+({_DOES}|{_DID})\b", _perfect)

# (what the line begins with or holds, what it is, what to do meanwhile)
NOT_YET: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), what, meanwhile)
    for pattern, what, meanwhile in (
        (r"^(?:scenario|given|expect|by|never)\b", "Scenarios", "Try the journey with “nurture simulate”."),
        (r"^channel\b|^connect\b|^calendar\b", "This definition", "Leave it out."),
    )
)
