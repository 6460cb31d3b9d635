"""The register of diagnostics: code, title, severity, and what it would mean for a contact.

Codes are stable. N0: the text of a file. N1: a line that does not parse. N2: how lines fit together. N3:
names. N4: values. N5: meaning. N6: emails. N7: settings. N8: hints. N9: what the language does not have yet.
S: scenarios; what they share with journeys (text, lines, names, values) has the codes of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the register. `consequence`: why it matters to a contact."""

    title: str
    consequence: str
    severity: Literal["error", "warning", "info"] = "error"


_UNREAD = "The line is not understood, so nobody would get what it describes."
_UNCLEAR = "The journey could be read in two ways, and contacts would get the other one."
_NEVER = "It would never match, and contacts would silently go the other way."

_UNPLAYED = "The scenario cannot be played, so nobody sees what contacts get."

CODES: dict[str, Code] = {
    "N001": Code(
        "byte order mark", "Nothing changes for contacts; other tools may show it as a stray sign.", "warning"
    ),
    "N002": Code(
        "Windows line ends", "Nothing changes for contacts; every line shows up in a comparison.", "warning"
    ),
    "N003": Code(
        "tabs", "A tab is as wide as each editor likes, so people see different outlines of one journey."
    ),
    "N004": Code("odd spaces", "Two names that look the same would be different names."),
    "N005": Code("not UTF-8", "Contacts would read broken letters."),
    "N006": Code("control character", "It is invisible, and no name with it matches the one people see."),
    "N007": Code("line too long", _UNREAD),
    "N008": Code("curly quotes", "Names stand in straight quotes; without them the line has no name."),
    "N009": Code("unclosed quote", _UNREAD),
    "N010": Code(
        "odd indentation",
        "It is unclear which line this one belongs to, so it could run for the wrong contacts.",
    ),
    "N011": Code("too deep", "Nobody can read aloud what happens to a contact this deep."),
    "N012": Code("file too large", "Nothing of what it describes would happen."),
    "N013": Code("merge conflict", "Two versions stand in the file, and contacts would get one of them."),
    "N014": Code("UTF-16", "Other tools show the file as something unreadable."),
    "N015": Code("no text", "Nothing of what it describes would happen."),
    "N101": Code("line not understood", _UNREAD),
    "N102": Code("and, or, where without parentheses", _UNCLEAR),
    "N103": Code("unknown first word", _UNREAD),
    "N104": Code("written otherwise", _UNREAD),
    "N201": Code("declared twice", "One of the two would win, and contacts would get the other one."),
    "N202": Code("empty quotes", "Nobody could tell what is meant, neither in a report nor in a mail."),
    "N203": Code("misplaced line", "It would run at another moment than it seems, or never."),
    "N204": Code("nothing to do", "Contacts would come here and nothing would happen."),
    "N205": Code(
        "something is missing", "Without it nobody knows which contacts come in, how often, or who answers."
    ),
    "N206": Code("stands more than once", "Only one can hold, and contacts would get the other one."),
    "N207": Code("line after the timed blocks", "It is unclear when it would run."),
    "N208": Code("blocks out of order", "Contacts would get the later block of the file first."),
    "N209": Code("bad field name", "The field could not be used in a condition or an email."),
    "N210": Code("nothing may be indented here", "The line would never run."),
    "N211": Code("otherwise without if", "It is unclear which contacts it is for."),
    "N301": Code("unknown event", "It would never happen, so contacts would wait in vain."),
    "N302": Code("unknown name", "It would never match, so contacts would wait in vain."),
    "N303": Code("unknown journey", "Contacts would end here instead of going on in the other journey."),
    "N304": Code("unknown email", "Contacts would get nothing."),
    "N305": Code("unknown field", "It has no value for anybody, so every contact would take one way."),
    "N306": Code("unknown team or connection", "Nobody would be told."),
    "N307": Code("unknown link", "Nobody can click it, so contacts would wait in vain."),
    "N308": Code("engagement is not declared", "Nobody would ever count as engaged."),
    "N309": Code("unknown time zone", "Contacts would get mail at the wrong hour."),
    "N310": Code("no business hours", "Nobody could count the time, and contacts would wait for ever."),
    "N401": Code("types do not fit", _NEVER),
    "N402": Code("not one of the choices", _NEVER),
    "N403": Code("not a usable number", "The journey would do nothing here, or never go on."),
    "N404": Code(
        "number and unit do not agree", "Nothing changes for contacts; there is one spelling for each idea."
    ),
    "N405": Code("not a page", _NEVER),
    "N406": Code("wrong subject", _NEVER),
    "N407": Code("no scope", "Two-year-old clicks would count, or yesterday's would not."),
    "N408": Code("does not fit here", _NEVER),
    "N409": Code("empty range", _NEVER),
    "N410": Code("cannot be set", "The contact's record would be damaged, or nothing would change."),
    "N412": Code(
        "cannot be watched",
        "The moment would pass unnoticed, and contacts would go on, or stand still, as if nothing were.",
    ),
    "N413": Code("not a time of day", "Nothing could ever be sent."),
    "N414": Code("not an entry key", "Contacts would be kept out, or come in twice."),
    "N415": Code("not a day", "Contacts would wait for a day that never comes."),
    "N416": Code(
        "late is not said",
        "Contacts who come in after the moment would get mail too late, or miss what they need.",
    ),
    "N417": Code("too long", "Contacts would wait longer than anybody remembers what for."),
    "N418": Code(
        "territories that do not meet the field",
        "Contacts would be handed to nobody, or to anybody.",
        "warning",
    ),
    "N420": Code(
        "percentages do not total 100", "Some contacts would get no variant, or one would never be sent."
    ),
    "N501": Code("marketing sent as service", "Contacts who gave no consent would get marketing."),
    "N502": Code(
        "service sent as marketing", "Contacts without marketing consent would miss what they asked for."
    ),
    "N503": Code("unreachable", "No contact ever gets what stands here."),
    "N504": Code(
        "trigger lacks a field of the email", "Contacts would read a gap where the value should stand."
    ),
    "N505": Code(
        "lines that never run", "Nobody hears of it, and contacts do not get what stands here.", "warning"
    ),
    "N506": Code("pause that nothing ends", "Contacts would stand still in the journey for ever."),
    "N507": Code("start that asks for its own absence", "No contact ever comes in this way.", "warning"),
    "N520": Code("a section that runs itself", "A contact would go round in it for ever."),
    "N521": Code("a segment made of itself", "Nobody could tell which contacts are in it."),
    "N541": Code("rounds without a pause", "Contacts would get the emails of all rounds at once.", "warning"),
    "N542": Code("way that nobody takes", "No contact ever gets what stands under it."),
    "N543": Code("no path leads here", "No contact ever gets what stands here."),
    "N544": Code(
        "email not sent before",
        "Nobody can have reacted to it yet, so contacts wait in vain, or all of them go one way.",
    ),
    "N545": Code(
        "email not sent to everyone before",
        "Contacts who never got the email are treated as if they had ignored it.",
        "warning",
    ),
    "N546": Code(
        "stage that nothing sets", "Unless an import brings it, every contact goes the other way.", "info"
    ),
    "N547": Code("start that is always refused", "Contacts would end here instead of beginning anew."),
    "N548": Code("journeys start each other for ever", "Contacts would be mailed in a circle, without end."),
    "N549": Code(
        "journeys start each other again and again",
        "Contacts come through the same emails again, and nothing but time lies between.",
        "warning",
    ),
    "N550": Code(
        "more emails than allowed", "Contacts miss emails, or get them when they no longer fit.", "warning"
    ),
    "N551": Code(
        "field of an email or message may be empty",
        "Contacts would read a gap where the value should stand.",
        "warning",
    ),
    "N552": Code("choice without a version", "These contacts get the default version.", "info"),
    "N553": Code(
        "version that nobody gets", "Contacts it was written for get the default version.", "warning"
    ),
    "N554": Code("journeys for the same contacts", "Contacts would get the emails of both at once.", "info"),
    "N555": Code("too many ways to look at", "What would hurt a contact may have been overlooked.", "info"),
    "N556": Code(
        "email that nobody sends", "Contacts would wait in vain, or nothing would ever happen.", "warning"
    ),
    "N557": Code(
        "start without a key", "Contacts who come this way a second time would end here instead.", "warning"
    ),
    "N558": Code("new trigger that nothing uses", "Contacts would go on by the old date."),
    "N559": Code("start without the date", "Contacts who come this way would get nothing by that date."),
    "N560": Code("nobody is meant", "It would reach any one contact of the account, and nobody knows whom."),
    "N561": Code(
        "change that would start the journey itself",
        "Contacts would end here instead of beginning anew.",
        "info",
    ),
    "N562": Code("marketing that never goes out", "No contact ever gets it.", "warning"),
    "N563": Code("nobody can come in", "No contact ever gets what the journey holds."),
    "N564": Code(
        "run that is over as it begins", "Contacts come in and leave at once, and get nothing.", "warning"
    ),
    "N565": Code("repeat of one round", "Contacts go through it once, however often it says.", "warning"),
    "N566": Code("block that is always late", "Contacts get it later than the journey says.", "warning"),
    "N567": Code("date that is empty", "Contacts go on at once, or miss what hangs on the date.", "warning"),
    "N568": Code("handlers beside nothing", "Contacts have left before it could happen.", "warning"),
    "N569": Code("new trigger of any key", "Contacts would go by the date of something else.", "info"),
    "N570": Code(
        "asked in the moment of the send",
        "Nobody can have reacted yet, so all of them go one way.",
        "warning",
    ),
    "N571": Code("email twice at once", "Contacts would get the same email twice in one moment.", "warning"),
    "N572": Code("run that ends itself", "No contact ever gets what stands below it.", "warning"),
    "N573": Code("condition that is always so", "Every contact goes this way.", "warning"),
    "N574": Code(
        "block that is late for some", "Contacts who wait in vain get it later than the journey says.", "info"
    ),
    "N575": Code("open as a gate", "Contacts who read without being seen would be taken for silent.", "info"),
    "N576": Code("so too without a value", "Contacts of whom nothing is known would go this way.", "info"),
    "N601": Code("email cannot be read", "The email cannot be sent."),
    "N602": Code("front matter is wrong", "The email cannot be sent as it is meant."),
    "N603": Code("template error", "Contacts would get nothing, or template code."),
    "N604": Code("unknown merge field", "Contacts would read a gap where the value should stand."),
    "N605": Code("no default version", "Contacts for whom no version fits would get nothing."),
    "N606": Code("two emails of one name", "Contacts would get one of the two, and nobody knows which."),
    "N607": Code("versions disagree", "Some contacts would get marketing as a service message."),
    "N608": Code("merge tag of another tool", "Contacts would read the tag itself.", "warning"),
    "N609": Code("link that leads nowhere", "Contacts who click would come nowhere.", "warning"),
    "N610": Code("email without a text", "Contacts would get an empty email.", "warning"),
    "N701": Code("no settings", "Without a name, a time zone and a sender nothing can be sent."),
    "N702": Code("settings cannot be read", "Nothing can be sent."),
    "N703": Code("a setting is wrong", "Nothing can be sent, or at the wrong hour."),
    "N801": Code("versions are not used", "Every contact gets the default version.", "warning"),
    "N802": Code("left to do", "Contacts pass here and nothing happens yet.", "info"),
    "N811": Code("section is never run", "No contact ever gets what stands in it.", "warning"),
    "N901": Code("not yet part of the language", "Contacts would not get what the line describes."),
    "S101": Code("moments out of order", _UNPLAYED),
    "S102": Code("weekday of another date", _UNPLAYED),
    "S103": Code("within a stretch of time", _UNPLAYED),
    "S104": Code("no time of day", _UNPLAYED),
    "S105": Code(
        "weekday of the next week",
        "A week goes by unseen, and what is not expected then never comes anyhow.",
        "warning",
    ),
    "S201": Code("contact that is not given", _UNPLAYED),
    "S202": Code("account that is not given", _UNPLAYED),
    "S203": Code("account of nobody", "What the scenario says of the company reaches no contact."),
    "S204": Code("contact that is no more", _UNPLAYED),
    "S205": Code(
        "two contacts of one address",
        "Both get mail at it, though an import asks to make them one.",
        "warning",
    ),
    "S301": Code("nothing does this", "It could never come, so the scenario would fail, or prove nothing."),
    "S302": Code(
        "no such place in the journey", "No contact can stand there, so the scenario would prove nothing."
    ),
    "S303": Code(
        "unknown reason", "Nothing ever happens for it, so the scenario would fail, or prove nothing."
    ),
    "S304": Code("not an answer to an email", "What the line says of the journey would change nothing."),
    "S401": Code("nothing is expected", "The scenario would pass whatever contacts get."),
    "S402": Code("unknown column", _UNPLAYED),
    "S403": Code("row that does not fit its table", _UNPLAYED),
    "S404": Code("column that nothing asks for", "The cases would differ in nothing that contacts notice."),
    "S405": Code(
        "row that stands twice",
        "The case is played once, and one that was meant may be missing.",
        "warning",
    ),
}
