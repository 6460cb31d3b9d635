"""What a line that does not parse was meant to be: one message, at the word where it stops making sense."""

from __future__ import annotations

import re

from dsl.corrections import in_place, needless, second_line
from dsl.diagnostics import Edit, Fix, Report
from dsl.near_misses import EVENT_WANTED, FACT_WANTED, NEAR_MISSES, NOT_YET, NUMBER_WORDS, NearMiss
from dsl.nodes import LINES, Context
from dsl.outline import Line
from dsl.parser import Failure
from dsl.span import Span
from dsl.spelling import nearest, one_of
from dsl.tables import tables
from dsl.tokens import Token

_QUOTED = re.compile(r'"[^"]*"')
_KINDS = {
    "STRING": "a name in quotes",
    "NUMERAL": "a number",
    "REF": "a field such as contact.industry",
    "CLOCK": "a time such as 09:00",
    "NAME": "a name",
    "$END": "the end of the line",
    ",": "a comma",
    "(": "a list or condition in parentheses",
    ")": "a closing parenthesis",
}
_MOST = 8
TWO_LINES = "Two lines stand in one."
_NO_NAMES = frozenset({"when", "for", "as", "if", "until", "with", "because", "to", "today"})
_ON_A_DATE = re.compile(r"^(?:at|\d+\s+\w+\s+(?:before|after))\s+[^\W\d]\w*\.\w+(?:\s+\d\d:\d\d)?\s*,?$")
_ADDITIONS = ("subject", "version", "even", "high", "at", "otherwise", "and", "key", "skip", "exit", "for")
_EVENT_LINES = re.compile(
    r"^(?:when|whenever|start when|stop when|goal)\b"
    r"|\buntil\b|^(?:add|subtract|hold)\b"
)


def explain(failure: Failure, line: Line, context: Context, report: Report) -> None:
    """Report a line that does not parse, once."""
    masked = _QUOTED.sub(lambda m: f'"{"_" * (len(m[0]) - 2)}"', line.text)
    if not failure.expected:
        message = "The parentheses of this line lie too deep."
        report.add("N102", failure.token.span, message, "Split the condition.")
        return
    for pattern, what, meanwhile in NOT_YET:
        if pattern.search(masked):
            report.add("N901", line.span, f"{what}: not yet part of the language.", meanwhile)
            return
    if failure.before and not context & (Context.SEGMENT | Context.UNKNOWN):
        first = failure.before[0]
        if first.text in ("contact", "account", "score", "(") or first.kind == "REF":
            # Only in a segment is a condition a line.
            message = f"No line begins with “{first.text}” here: a fact or an event is no line of its own."
            fix = "Write “if” before a fact; an event follows “whenever”, “goal … when” or “wait up to …”."
            report.add("N103", first.span, message, fix)
            return
    if _late(failure, line, report) or _near_miss(failure, line, masked, report) or _mixed(failure, report):
        return
    if not failure.before:
        _first_word(failure.token, context, report)
        return
    _inside(failure, line, report)


def _late(failure: Failure, line: Line, report: Report) -> bool:
    """Report a block on a date that ends before it says what to do when it is late."""
    if failure.token.kind != "END" or not _ON_A_DATE.search(line.text):
        return False
    message = "This block does not say what happens to contacts who come in after its moment."
    fix = "Add “, skip if late”, “, at once if late” or “, exit if late”."
    report.add("N416", line.span, message, fix)
    return True


def _near_miss(failure: Failure, line: Line, masked: str, report: Report) -> bool:
    tense = EVENT_WANTED if _EVENT_LINES.search(masked) else FACT_WANTED
    at = failure.token.span.start - line.column
    for miss in (*NEAR_MISSES, tense):
        for match in miss.pattern.finditer(masked):
            # The failing word lies in the phrase, or is the one that the phrase lacks a word before.
            end = match.end() + (match.group().endswith(" "))
            if match.start() <= at < end and miss.replacement(match) != match.group():
                _report_near_miss(miss, match, line, report)
                return True
    return False


def _report_near_miss(miss: NearMiss, match: re.Match[str], line: Line, report: Report) -> None:
    span = Span(line.file, line.number, line.column + match.start(), line.column + match.end())
    # The pattern saw masked quotes; look again at the real text for what is carried over.
    real = miss.pattern.search(line.text, match.start()) or match
    wrong = line.text[match.start() : match.end()].strip()
    new = miss.replacement(real)
    if new is None:
        report.add("N104", span, f"“{wrong}” is not how it is said here.", Fix(miss.say))
        return
    written = new.strip()
    text = f"Write “{written}”." if written else "Leave it out."
    report.add(
        "N104",
        span,
        f"“{wrong}” is written otherwise here. {miss.say}".strip(),
        text,
        _spaced(span, new, line),
    )


def _spaced(span: Span, new: str, line: Line) -> list[Edit]:
    """Keep words apart that a sign joined: `score>=65`."""
    before = line.text[: span.start - line.column]
    after = line.text[span.end - line.column :]
    if new.strip() and before and not before[-1].isspace() and before[-1] != "(":
        new = f" {new}"
    if new.strip() and after and (after[0].isalnum() or after[0] == '"') and not new.endswith(" "):
        new = f"{new} "
    return [Edit(span, new)]


def _mixed(failure: Failure, report: Report) -> bool:
    if failure.token.text not in ("and", "or") or not {"and", "or"} & failure.expected:
        return False
    message = "“and” and “or” are mixed: it is unclear which comes first."
    report.add("N102", failure.token.span, message, "Put what belongs together in parentheses.")
    return True


def _first_word(token: Token, context: Context, report: Report) -> None:
    here = _first_words(context)
    guess = nearest(token.text, here) or nearest(token.text, _first_words(~Context.UNKNOWN))
    if guess:
        message = f"No line begins with “{token.text}”. Did you mean “{guess}”?"
        report.add("N103", token.span, message, f"Write “{guess}”.", [Edit(token.span, guess)])
        return
    shown = "a name in quotes" if token.kind == "STRING" else f"“{token.text}”"
    message = f"No line begins with {shown}; every line begins with a word of the language."
    report.add("N103", token.span, message, f"Here a line may begin with {one_of(here)}.")


def _first_words(context: Context) -> list[str]:
    words = {
        word
        for shape in LINES.values()
        if context & (shape.within | Context.UNKNOWN)
        for word in shape.first_words(tables().words)
    }
    return sorted(words)


def _inside(failure: Failure, line: Line, report: Report) -> None:
    token = failure.token
    if _misspelt(token, failure.expected, report):
        return
    if needless(failure, line):
        report.add(
            "N101", token.span, f"“{token.text}” is too much here.", "Leave it out.", [Edit(token.span, "")]
        )
        return
    if _joined(failure, line, report) or _left_out(failure, line, report):
        return
    if "STRING" in failure.expected and token.kind == "WORD" and token.text not in _NO_NAMES:
        name = _unquoted(token, line)
        message = f"The name after “{failure.before[-1].text}” is not in quotes."
        text = line.text[name.start - line.column : name.end - line.column]
        report.add("N101", name, message, f'Write "{text}".', [Edit(name, f'"{text}"')])
        return
    after = f"After “{_before(failure, line)}” {_follows(failure.expected)} may follow."
    if token.kind == "END":
        report.add("N101", token.span, "The line stops too early.", after)
        return
    shown = f"The name {token.text}" if token.kind == "STRING" else f"“{token.text}”"
    report.add("N101", token.span, f"{shown} cannot stand here.", after)


def _misspelt(token: Token, expected: frozenset[str], report: Report) -> bool:
    if token.kind not in ("WORD", "REF", "OTHER"):
        return False
    guess = nearest(token.text, [e for e in expected if e.isalpha() and e.islower()])
    if guess is None and "NUMERAL" in expected:
        guess = NUMBER_WORDS.get(token.text.lower())
    if guess is None:
        return False
    message = f"“{token.text}” cannot stand here. Did you mean “{guess}”?"
    report.add("N101", token.span, message, f"Write “{guess}”.", [Edit(token.span, guess)])
    return True


def _joined(failure: Failure, line: Line, report: Report) -> bool:
    second = second_line(failure, line)
    if second:
        report.add("N101", failure.token.span, TWO_LINES, f"Write “{second}” on a line of its own.")
    return bool(second)


def _left_out(failure: Failure, line: Line, report: Report) -> bool:
    """Report a comma, or the only word that could stand here, that was left out."""
    token, words = failure.token, sorted(failure.expected)
    place = Span(token.span.file, token.span.line, token.span.start, token.span.start)
    if "," in words and token.text in _ADDITIONS:
        comma = failure.before[-1].span.at_end()
        message = f"A comma is missing before “{token.text}”."
        report.add("N101", token.span, message, "Write a comma.", [Edit(comma, ",")])
        return True
    if token.kind != "END" and len(words) == 1 and words[0] not in _KINDS:
        if in_place(failure, line, words[0]):
            message = f"“{token.text}” cannot stand here."
            edits = [
                Edit(place, words[0]),
                Edit(token.span, ""),
            ]  # two: a word more is not for a program to say
            report.add("N101", token.span, message, f"Write “{words[0]}”.", edits)
            return True
        message = f"“{words[0]}” is missing before “{token.value}”."
        report.add("N101", token.span, message, f"Write “{words[0]}”.", [Edit(place, f"{words[0]} ")])
        return True
    return False


def _unquoted(token: Token, line: Line) -> Span:
    """The words from here to the next comma, reserved-looking word or end: the name that was meant."""
    rest = line.text[token.span.start - line.column :]
    match = re.match(r"[^,\"]*?(?=\s+(?:in|by|for|when|where|if|since|ever)\b|\s*,|\s*$)", rest)
    length = len(match[0]) if match and match[0] else len(token.text)
    return Span(line.file, line.number, token.span.start, token.span.start + length)


def _before(failure: Failure, line: Line) -> str:
    start = failure.before[max(0, len(failure.before) - 4)].span.start
    return line.text[start - line.column : failure.before[-1].span.end - line.column]


def _follows(expected: frozenset[str]) -> str:
    words = sorted(f"“{e}”" for e in expected if e not in _KINDS)
    kinds = [text for kind, text in _KINDS.items() if kind in expected]
    items = [*words, *kinds]
    return one_of(items) if len(items) <= _MOST else f"{', '.join(items[:_MOST])} and others"
