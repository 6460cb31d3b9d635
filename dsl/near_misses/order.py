"""What stands in another order: the passive, a name alone, how long behind what is waited for."""

from __future__ import annotations

import re

from dsl.near_misses.entry import NearMiss, likely, miss
from dsl.near_misses.tenses import EVENTS

_THINGS = "email|form|page|asset|webinar|meeting"
_DONE = {"viewed": "visited", "filled in": "submitted", "completed": "submitted", "attended": "attended"}
_DONE |= {"received": "sent", "sent": "sent", "read": "opened"}
_BEEN = r"(?:is|was|gets|has\s+been|has\s+(?P<no>not)\s+been|is\s+(?P<no2>not)|was\s+(?P<no3>not))"
_PARTICIPLES = (
    "clicked|opened|submitted|visited|viewed|downloaded|completed|filled in|attended|booked|replied to|read"
)
_PRESENT = {"attended": "attends", "booked": "books"}
_EVENT_LINE = r"(?:start\s+when|when|whenever|stop\s+when|goal\s+\"[^\"]*\"\s+when|until|after)\s+"
_HAPPENS = (
    r"contact\s+(?:clicks|opens|replies|submits|visits|downloads|does|attends|books|enters|leaves|reaches)\b"
)
_LASTING = r"(\d+\s+(?:business\s+)?(?:minute|hour|day|week)s?)"


def _active(match: re.Match[str], past: bool) -> str:
    done = _DONE.get(match["done"].lower(), match["done"].lower())
    thing = match["thing"]
    if past:
        no = "not " if match["no"] or match["no2"] or match["no3"] else ""
        if done == "sent":
            return f"contact has {no}been sent {thing}"
        return f"contact has {no}{done} {thing}"
    if done == "replied to":
        return f"contact replies to {thing}"
    return f"contact {_PRESENT.get(done) or EVENTS.get(done, done)} {thing}"


def _until(match: re.Match[str]) -> str:
    return f"wait up to {match['long']} until {match['what']}"


def _each(match: re.Match[str]) -> str:
    return f"{match['line']}{match['kind']} {match['a']}” and “{match['line']}{match['kind']} {match['b']}"


def _unless(match: re.Match[str]) -> str:
    turned = match["subject"] + " " + ("has not " if match["verb"] == "has" else "is not ")
    return f"if {turned}"


def _done_more(match: re.Match[str]) -> str:
    return f"at least {int(match[1]) + 1} "


def _bracketed(text: str) -> str:
    names = re.findall(r'"[^"]*"', text)
    return f"({', '.join(names)})"


_PASSIVE = (
    rf"(?P<thing>(?:any\s+)?(?:{_THINGS})(?:\s+\"[^\"]*\")?)\s+{_BEEN}\s+"
    rf"(?P<done>{_PARTICIPLES}|received|sent)\b"
)

ORDER: tuple[NearMiss, ...] = (
    # to whom
    miss(
        r"(?<=\")\s*,?\s+to\s+(?:the\s+|this\s+)?(?:contact(?:\.email)?|lead|them|recipient|customer)$",
        "",
        "Emails go to the contact.",
    ),
    # the passive
    miss(rf"(?<=until )(?<!has ){_PASSIVE}", lambda m: _active(m, past=False)),
    miss(rf"(?:(?<=when )|(?<=whenever )){_PASSIVE}", lambda m: _active(m, past=False)),
    miss(
        rf"(?:(?<=if )|(?<=while )|(?<=soon as )|(?<=and )|(?<=or )){_PASSIVE}",
        lambda m: _active(m, past=True),
    ),
    miss(
        rf"(?<=if )(?P<thing>(?:any\s+)?(?:{_THINGS})\s+\"[^\"]*\")\s+"
        rf"(?P<no>not\s+)?(?P<done>{_PARTICIPLES})\b",
        lambda m: f"contact has {'not ' if m['no'] else ''}{_DONE.get(m['done'], m['done'])} {m['thing']}",
    ),
    likely(
        r"\bno\s+(click|open|repl)\w*\s+(?:on|of|to|in)\s+(?=email\b)",
        lambda m: {
            "click": "contact has not clicked ",
            "open": "contact has not opened ",
            "repl": "contact has not replied to ",
        }[m[1].lower()],
    ),
    # a name alone
    miss(r"\bpage\s+(/[\w/.-]*)", r'page "\1"'),
    miss(
        r"^start\s+(?:on|when|with|by|from|at|after|upon)?\s*form\s+(?=\")",
        "start when contact submits form ",
    ),
    miss(rf"({_EVENT_LINE})event\s+(?=\")", r"\1contact does "),
    likely(rf"^({_EVENT_LINE})(?=\")", r"\1contact does "),
    # how long is waited at most
    miss(
        rf"^wait\s+until\s+(?:the\s+)?(?P<what>(?:contact|account|score|email)\b.*?)\s*,?\s+(?:or\s+)?(?:(?:but\s+)?(?:for\s+)?"
        rf"(?:up\s+to|at\s+most|max(?:imum)?|within|no\s+longer\s+than|not\s+longer\s+than|for|or|in)\s+)"
        rf"(?:after\s+)?(?P<long>{_LASTING[1:-1]})(?:\s+(?:at\s+most|max|maximum|pass(?:ed)?))?$",
        _until,
    ),
    likely(r"^wait\s+(?:until|for|till)\s+(?:the\s+)?(?=(?:contact|account)\s)", "wait up to 30 days until "),
    miss(rf"^wait\s+until\s+(\w+\.\w+)\s*(?:-|minus)\s*{_LASTING}$", r"wait until \2 before \1"),
    miss(rf"^wait\s+until\s+(\w+\.\w+)\s*(?:\+|plus)\s*{_LASTING}$", r"wait until \2 after \1"),
    miss(r"^(\w+\.\w+)\s*(?:-|minus)\s*(\d+\s+\w+)(?=\s*,)", r"\2 before \1"),
    miss(r"^(\w+\.\w+)\s*(?:\+|plus)\s*(\d+\s+\w+)(?=\s*,)", r"\2 after \1"),
    # two events in one
    likely(
        r"(?P<line>^.*\b(?:clicks|opens|to|submits|visits|downloads|attends|books)\s+)"
        rf"(?P<kind>{_THINGS})\s+(?P<a>\"[^\"]*\")\s*(?:,|or|and|/)\s*(?:(?:or\s+)?(?:{_THINGS})\s+)?(?P<b>\"[^\"]*\")",
        _each,
        "One event a line.",
    ),
    # how often, and ever
    miss(r"\bhas\s+ever\s+(?P<what>(?:(?!\b(?:and|or|ever)\b).)*)$", r"has \g<what> ever"),
    miss(
        r"(?P<past>\b(?:in\s+the\s+last\s+\d+\s+\w+|ever|since\s+the\s+start))\s+(?P<often>at\s+least\s+\d+\s+times?)\b",
        r"\g<often> \g<past>",
    ),
    miss(
        r"\b(?:at\s+least\s+)?(\d+)\s+(?:times?\s+)?(?:or\s+more|or\s+more\s+often)(?:\s+times?)?\b(?=\s+(?:ever|in|since|times))",
        r"at least \1 times",
    ),
    miss(r"\b(\d+)\s+or\s+more\s+times\b", r"at least \1 times"),
    miss(r"(?<!is )\bmore\s+(?:often\s+)?than\s+(\d+)\s+(?=times?\b)", _done_more),
    miss(r"(?<!is )\bmore\s+than\s+(\d+)\s+(?=(?:contacts|people)\s+(?:of|in|at|from)\b)", _done_more),
    miss(
        r"\baccount\s+has\s+at\s+least\s+(\d+)\s+(?:contacts|people)\s+(?:who|that|which)\s+have\b",
        r"at least \1 contacts of account have",
    ),
    miss(r"(^goal\s+\"[^\"]*\")\s+is\s+(?:reached|met|achieved)\s+(?=when\b|as\s+soon)", r"\1 "),
    # comparisons
    miss(r"\b(contact|account)\s+(?:property|field|attribute)\s+\"?(\w+)\"?(?=\s)", r"\1.\2"),
    miss(r"\bis\s+before\s+(\d+\s+(?:minute|hour|day|week)s?\s+ago)\b", r"is more than \1"),
    miss(
        r"(?P<field>\b(?:contact|account|event)\.\w+|\bscore)(?P<first>\s+(?:is\b|[<>])[^\"(]*?)"
        r"\s+(?P<and>and|or|but)\s+"
        r"(?=(?:is|at\s+(?:least|most)|(?:less|more|greater|lower)\s+than)\b"
        r"|(?:below|above|under|over)\s+\d|[<>])",
        lambda m: f"{m['field']}{m['first']} {'and' if m['and'] == 'but' else m['and']} {m['field']} ",
    ),
    miss(
        r"\bis\s+\"[^\"]*\"(?:\s*(?:,|\bor)\s*(?:is\s+)?\"[^\"]*\")+",
        lambda m: f"is one of {_bracketed(m[0])}",
    ),
    likely(
        r"\bis\s+not\s+\"[^\"]*\"(?:\s*(?:,|\bor|\bnor)\s*(?:is\s+)?\"[^\"]*\")+",
        lambda m: f"is not one of {_bracketed(m[0])}",
    ),
    miss(
        r"(?<=choice of )\"[^\"]*\"(?:\s*(?:,|\bor\b|\band\b|/)\s*\"[^\"]*\")*$", lambda m: _bracketed(m[0])
    ),
    miss(
        r"(?:\bis\s+)?(?:at\s+least\s+)?\b(\d+(?:\.\d+)?)\s?\+(?=\s|,|\)|$)(?!\s*\d|\s*times?\b)",
        r"is at least \1",
    ),
    miss(
        r"\bis\s+(-?\d+(?:\.\d+)?)\s+(?:or|and)\s+(?:more|higher|above|greater|over|up|better|larger)\b",
        r"is at least \1",
    ),
    miss(r"\bis\s+(-?\d+(?:\.\d+)?)\s+or\s+(?:less|lower|below|fewer|under|smaller)\b", r"is at most \1"),
    miss(
        r"\bis\s+(?:either\s+)(?P<list>\"[^\"]*\"(?:\s*(?:,|\bor)\s*\"[^\"]*\")+)",
        lambda m: f"is one of {_bracketed(m[0])}",
    ),
    miss(
        r"\(\s*\"[^\"]*\"(?:\s*(?:,|\bor\b|\band\b|;|/)\s*\"[^\"]*\")*\s*\)|\[\s*\"[^\"]*\"(?:\s*(?:,|;)\s*\"[^\"]*\")*\s*\]",
        lambda m: _bracketed(m[0]),
    ),
    miss(r"\bbetween\s+(\d+)\s*(?:-|–|\.\.)\s*(\d+)\b", r"between \1 and \2"),
    miss(
        r"\b(?!score\b)(\w+)\s+of\s+(?:the\s+)?(contact|account)\b(?=\s+(?:is|contains|starts|ends)\b)",
        r"\2.\1",
    ),
    likely(r"\bcontact\s+has\s+(?:an?\s+)?(?!not\b|no\b|an?\b|\w+ed\b)(\w+)$", r"contact.\1 is set"),
    miss(
        r"\bis\s+(?:not\s+)?neither\s+(?P<list>\"[^\"]*\"(?:\s*(?:,|\bnor|\bor|\band)+\s*(?:is\s+)?\"[^\"]*\")+)",
        lambda m: f"is not one of {_bracketed(m[0])}",
    ),
    miss(
        r"\bis\s+(?:any|one|either)\s+of\s+(?:the\s+)?(?P<list>\"[^\"]*\"(?:\s*(?:,|\bor|\band)+\s*\"[^\"]*\")+)",
        lambda m: f"is one of {_bracketed(m[0])}",
    ),
    miss(
        r"\bis\s+(?:not\s+any|none)\s+of\s+(?:the\s+)?(?P<list>\"[^\"]*\"(?:\s*(?:,|\bor|\band|\bnor)+\s*\"[^\"]*\")+)",
        lambda m: f"is not one of {_bracketed(m[0])}",
    ),
    miss(
        r"\bis\s+(\d+(?:\.\d+)?)\s*(?:-|–|—|to|\.\.+|until)\s*(\d+(?:\.\d+)?)(?=\s*(?:$|,|\)|and\b|or\b))",
        r"is between \1 and \2",
    ),
    likely(
        r"(?<=when )(?:the\s+|contact(?:['’]s)?\s+)?(?:lead\s+)?score\s+"
        r"(?:is\s+|goes\s+|gets\s+|rises\s+|climbs\s+|grows\s+|has\s+)*"
        r"(?:(?:more|greater|higher|larger)\s+than|above|over|beyond|exceeds|>(?!=))\s*(\d+|\"[^\"]*\")",
        r"score reaches \1",
    ),
    # turned round
    likely(
        r"^unless\s+(?P<subject>contact|contact\.\w+|account\.\w+)\s+(?P<verb>has|is)\s+(?!not\b|no\b|at\b|more\b|less\b|empty\b|set\b|before\b|after\b|between\b)",
        _unless,
    ),
    likely(r"^unless\s+(.*)\bis\s+at\s+least\b", r"if \1is less than"),
    likely(r"^unless\s+(.*)\bis\s+more\s+than\b", r"if \1is at most"),
    likely(r"^unless\s+(.*)\bis\s+less\s+than\b", r"if \1is at least"),
    likely(r"^unless\s+(.*)\bis\s+at\s+most\b", r"if \1is more than"),
    likely(r"^unless\s+(.*)\bis\s+empty\b", r"if \1is set"),
    likely(r"^unless\s+(.*)\bis\s+set\b", r"if \1is empty"),
    likely(r"^unless\s+account\s+has\s+an\s+open\b", r"if account has no open"),
    # an event where a fact would be, and the other way round
    miss(
        r"^(?:stop|exit|end)\s+(?:as\s+soon\s+as|if|when|once)\s+contact\s+(?:has\s+)?(?:unsubscribe[sd]|opts\s+out)\b",
        "stop when contact unsubscribes",
    ),
    miss(
        rf"^stop\s+(?:as\s+soon\s+as|if|once)\s+({_HAPPENS})",
        r"stop when \1",
    ),
    miss(
        rf"^(goal\s+\"[^\"]*\")\s+as\s+soon\s+as\s+({_HAPPENS})",
        r"\1 when \2",
    ),
    likely(r"\b(clicks|opens)$", r"\1 any email"),
    likely(r"\breplies$", "replies to any email"),
    likely(r"\bsubmits$", "submits any form"),
    # points
    miss(
        r"^(add|subtract)\s+(\d+)\s+(?:points?\s+)?(?:to|from)\s+(?:the\s+)?(?:lead\s+)?score\s*,?\s+(?=when|if)",
        r"\1 \2 ",
    ),
    miss(r"^(?:score\s*(?:\+=|\+|plus)|\+)\s*(\d+)(?:\s+points?)?(?:\s+to\s+score)?$", r"add \1 to score"),
    miss(r"^(?:score\s*(?:-=|-|−|minus)|[-−])\s*(\d+)(?:\s+points?)?$", r"subtract \1 from score"),
    miss(r"^[-−](\d+)(?:\s+points?)?\s+(?=when|if)", r"subtract \1 "),
    miss(
        r"^(?:increase|raise|change|increment|update)\s+(?:the\s+|contact\s+)?(?:lead\s+)?score\s+by\s+\+?(\d+)(?:\s+points?)?",
        r"add \1 to score",
    ),
    miss(
        r"^(?:decrease|lower|reduce|decrement|change)\s+(?:the\s+|contact\s+)?(?:lead\s+)?score\s+by\s+-?(\d+)(?:\s+points?)?",
        r"subtract \1 from score",
    ),
    # who hears
    likely(
        r"^(?:notify|alert|tell|inform|message)\s+(?:the\s+)?(?:account\s+)?owner\s+(?:that\s+|with\s+)?(\"[^\"]*\").*$",
        r"create task \1 for account.owner",
    ),
    likely(
        r"^(?:notify|alert|tell|inform|message)\s+(\w+\.\w+)\s*:?\s*(\"[^\"]*\").*$", r"create task \2 for \1"
    ),
    likely(
        r"^(?:notify|alert|tell|inform|message)\s+(?:the\s+)?(?:account\s+)?owner$",
        'create task "…" for account.owner',
    ),
    likely(r"^(?:notify|alert|tell|inform|message)\s+(\w+\.\w+)$", r'create task "…" for \1'),
    likely(r"^create\s+(?:an?\s+)?task\s+(\"[^\"]*\")$", r"create task \1 for account.owner"),
    miss(
        r"^(?:clear|empty|reset|unset|delete)\s+(?:field\s+)?((?:contact|account)\.\w+)$", r"set \1 to empty"
    ),
    # ends
    likely(
        r"^(?:end|stop|leave|quit|finish|exit)(?:\s+(?:the\s+)?(?:journey|campaign|workflow|flow|run))?$",
        'exit "…"',
        "Indentation ends a block; to end the run, say why.",
    ),
    miss(
        r"^(?:end|stop|leave|quit|finish|exit)\s+(?:the\s+)?(?:(?:journey|campaign|workflow|flow|run)\s+)?(?:with\s+|because\s+)?(?=\"[^\"]*\"$)",
        "exit ",
    ),
    miss(
        r"^(?:end|exit|leave|quit|break)\s+(?:the\s+|out\s+of\s+)?(?:repeat|loop)(?:ing)?$", "stop repeating"
    ),
    miss(r"^go\s*to\s+section\b", "run section"),
    miss(r"^go\s*to\s+journey\b", "start journey"),
)
