"""Lines: the head of a journey, its shape, and the lines that do something."""

from __future__ import annotations

import re

from dsl.near_misses.entry import NearMiss, miss

_FACT = r"(?:contact|account|score|(?:contact|account)\.\w+)\s+(?:has|is)\b"


def _lowered(match: re.Match[str]) -> str:
    return f"subtract {match[1] or match[2]} from score"


STATEMENTS: tuple[NearMiss, ...] = (
    # other words for the shape of a journey
    miss(r"^(?:else\s*if|elif|elsif)\b", "otherwise if"),
    miss(r"^otherwise\s+when\b", "otherwise if"),
    miss(r"^(?:else|default)\b", "otherwise"),
    miss(r"\s+then\s*$", "", "No word ends a condition."),
    miss(r"^(?:end\s*if|fi|done)$", "", "Nothing ends a block: indentation does."),
    miss(r"^go\s*to\b.*", None, 'Branches rejoin by themselves; to go elsewhere, write: start journey "…"'),
    miss(
        r"\bnot\s+(?=(?:contact|account|score)\b)", None, "Negate inside: “contact has not …”, “… is not …”."
    ),
    miss(r"^while\b", None, "Write “repeat up to 3 times”; “stop repeating” under an “if” leaves it."),
    miss(r"^hold\s+out\b", "holdout"),
    miss(r"^run\s+journey\b", "start journey"),
    miss(r"^unless\b", None, "Write “if”, with the condition negated: if contact has not …"),
    miss(r"^on\s+day\b", "day"),
    miss(r"^day\s*-\s*(?=\d)|^day(?=\d)", "day "),
    miss(r"^(?:repeat|loop|do)\s+(?:for\s+)?(?:at\s+most\s+)?(\d+)\s+times\b", r"repeat up to \1 times"),
    miss(r"^(?:break|stop\s+loop(?:ing)?|leave\s+loop)$", "stop repeating"),
    miss(r"^(?:call|do|use|include)\s+section\b", "run section"),
    miss(r"^(?:a/b|ab)\s*[- ]?(?:test|split)\b|^test\s+(?=\")", "split "),
    # the head
    miss(rf"^stop\s+when\s+({_FACT})", r"stop as soon as \1"),
    miss(rf"^(goal\s+\"[^\"]*\")\s+when\s+({_FACT})", r"\1 as soon as \2"),
    miss(r"\bmax(?:imum|imal)?\.?\s+(?=\d+\s+e?mails\b)", "at most "),
    miss(
        r"^runs\s+(?:only\s+)?(?:once\s+)?(?:for|per)\s+(?:each|every)?\s*(contact|account)\b",
        r"runs once for each \1",
    ),
    miss(r"^pause\s+(?:when|if|as\s+long\s+as)\b", "pause while"),
    miss(r"\battends\s+(?=\")", "attends webinar "),
    miss(r"\bbooks\s+(?=\")", "books meeting "),
    miss(r"\b(enters|leaves)\s+(?=\")", r"\1 segment "),
    miss(r"\breaches\s+(?=\")", "reaches stage "),
    miss(r"\bin\s+(?=\d+\s+(?:days|weeks)\b)(?=.*\botherwise\b)", "in any "),
    miss(r"^runs\s+once$", "runs once for each contact"),
    miss(r"^start\s+manually\b|^start\s+(?:by\s+a\s+person|from\s+hand)\b", "start by hand"),
    miss(r"^start\s+(?:when|with)\s+(?:all|everybody|every\s+contact)\s+in\b", "start with everyone in"),
    miss(r"^when\s+(?=contact\b.*\bfirst\b)", "start when "),
    miss(r"\bjoins\s+segment\b", "enters segment"),
    miss(r"\bexits\s+segment\b", "leaves segment"),
    miss(r"\bcontact\s+(?:becomes|is\s+moved\s+to|enters)\s+stage\b", "contact reaches stage"),
    miss(r"\bscore\s+(?:hits|exceeds|passes|becomes|rises\s+to)\b", "score reaches"),
    miss(r"\bcontact\s+(?:schedules|makes)\s+meeting\b", "contact books meeting"),
    # statements
    miss(r"^(?:increase|raise)\s+score\s+by\s+(\S+)", r"add \1 to score"),
    miss(r"^(?:decrease|lower|reduce)\s+score\s+by\s+(\S+)|^remove\s+(\d\S*)\s+from\s+score\b", _lowered),
    miss(r"^(add\s+\d+)\s+(?:from\s+)?score\b", r"\1 to score"),
    miss(r"^(subtract\s+\d+)\s+(?:to\s+)?score\b", r"\1 from score"),
    miss(r"^task\s+(?=\")", "create task "),
    miss(r"^unsubscribe\s+contact\b", None, 'Write: withdraw consent "Marketing"'),
    miss(r"^(?:e?mail)\s+(?=\")", "send email "),
    miss(r"^send\s+(?:an?|the)\s+", "send "),
    miss(r"^send\s+e-mail\b", "send email"),
    miss(r"^send\s+(service\s+)?mail\b", r"send \1email"),
    miss(r"^send\s+(?=\")", "send email "),
    miss(r"^send\s+service\s+(?=\")", "send service email "),
    miss(r"^send\s+in\s*app\b", "send in-app"),
    miss(r"^send\s+(?:an?\s+)?text(?:\s+message)?\b", "send sms"),
    miss(r"^(?:webhook|call)\s+(?=\")", "call webhook "),
    miss(r"^(add|remove)\s+contact\s+(to|from)\b", r"\1 \2"),
    miss(r"^create\s+an?\s+task\b", "create task"),
    miss(r"^(?:revoke|remove|cancel)\s+consent\b", "withdraw consent"),
    miss(r"^(?:give|add|set)\s+consent\b", "grant consent"),
    miss(r"^unsuppress(?:\s+contact)?\b", "lift suppression"),
    miss(
        r"^quiet\s+hours(?:\s+from)?\s+(\d\d:\d\d)\s+(?:to|until|-)\s+(\d\d:\d\d)", r"hold between \1 and \2"
    ),
    miss(r"^hold\s+from\s+(\d\d:\d\d)\s+(?:to|until)\s+(\d\d:\d\d)", r"hold between \1 and \2"),
    miss(r"^(?:cap|limit)\s+(?:at\s+)?(?=\d)", "allow at most "),
    miss(r"^skip\s+(?:if|when)\b", "skip while"),
    miss(
        r"^engagement\s*,?\s*(?:decays?|half-life|decaying)\b.*",
        None,
        "Write: engagement, halved every 30 days",
    ),
    miss(r"\b(?:per|each|every)\s+day\s*$", "a day"),
    miss(r"^remind\b.*", "remind at half time"),
    miss(r"^tag\s+(?:contact\s+)?(?:as\s+)?(?=\")", "add tag "),
    miss(r"^(?:untag|delete\s+tag)\s+(?=\")", "remove tag "),
    miss(r"\s+points?\b", "", "Points need no word."),
    miss(r"\b(?:the|lead)\s+score\b", "score"),
    miss(r"^(?:alert|tell|inform|slack)\s+(?:team\s+)?(?=\")", "notify team "),
    miss(r"^hand\s*-?\s*over\s+to\b|^handoff\s+to\b|^hand-off\s+to\b", "hand off to"),
    miss(r"^(?:leave|quit|finish)\b", "exit"),
    miss(r"^stop\s+(?:if|once)\b", "stop as soon as"),
    miss(r"^stop\s+(?=\")|^stop$", None, 'To end the run here, write: exit "why"'),
    miss(r"^(?:trigger|begin|enter|start)\s+(?:on|if|whenever|once)\b", "start when"),
    miss(r"^every\s+time\b|^each\s+time\b", "whenever"),
)
