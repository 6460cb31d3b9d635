"""What a line that does not parse was meant to be: one message, at the word where it stops making sense."""

from __future__ import annotations

import re

from dsl.clauses import clause, quoted
from dsl.corrections import TWO_LINES as TWO_LINES
from dsl.diagnostics import Edit, Report
from dsl.mending import mask, mend, mixed
from dsl.near_misses import NOT_YET, OF_SCENARIOS
from dsl.near_misses.doubts import doubt
from dsl.nodes import LINES, Context
from dsl.outline import Line
from dsl.parser import Failure
from dsl.readings import parentheses, readings
from dsl.span import Span
from dsl.spelling import nearest, one_of
from dsl.synonyms import NEVER_NAMES, TEXTS
from dsl.tables import tables
from dsl.tokens import Token

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
# The words that a line begins with most often, and those that most often follow.
_USUAL = (
    "send",
    "wait",
    "if",
    "day",
    "add",
    "set",
    "notify",
    "exit",
    "journey",
    "segment",
    "event",
    "fields",
)
_FIRST = ("contact", "email", "account", "score", "any", "is", "has", "to", "when", "day", "days", "hours")
_NOT_QUOTED = frozenset({"when", "for", "as", "if", "until", "with", "because", "to", "today"})
_NO_NAMES = NEVER_NAMES | {"for", "as", "because"}
_DOES = re.compile(
    r"(?:send|wait|if|otherwise|add|subtract|set|remove|notify|sync|hand\s+off|create|call|exit|reach|repeat|split|run"
    r"|suppress|lift|grant|withdraw|start\s+journey|todo|day|hour|at|\d+\s)\b"
)
_BOTH = re.compile(r"\band\b.*\bor\b|\bor\b.*\band\b")
_ON_A_DATE = re.compile(r"^(?:at|\d+\s+\w+\s+(?:before|after))\s+[^\W\d]\w*\.\w+(?:\s+\d\d:\d\d)?\s*,?$")


def explain(failure: Failure, line: Line, context: Context, report: Report, *, thorough: bool = True) -> None:
    """Report a line that does not parse, once. `thorough`: search for the line that was meant, too."""
    masked = mask(line.text)
    if not failure.expected:
        message = "The parentheses of this line lie too deep."
        report.add("N102", failure.token.span, message, "Split the condition.")
        return
    if OF_SCENARIOS.search(masked):
        message = "This is a line of a scenario, and those stand in files of their own."
        report.add("N203", line.span, message, "Put it into a file whose name ends in .scenario.")
        return
    for pattern, what, meanwhile in NOT_YET:
        if pattern.search(masked):
            report.add("N901", line.span, f"{what}: not yet part of the language.", meanwhile)
            return
    if _late(failure, line, report) or _doubtful(line, masked, context, report) or _misquoted(line, report):
        return
    if _clause(line, masked, context, report) or _unbalanced(failure, line, masked, report):
        return
    if (thorough and mend(failure, line, context, report)) or _mixed(failure, line, report):
        return
    if failure.before and not context & (Context.SEGMENT | Context.UNKNOWN):
        first = failure.before[0]
        if first.text in ("contact", "account", "score", "(") or first.kind == "REF":
            # Only in a segment is a condition a line.
            message = f"No line begins with “{first.text}” here: a fact or an event is no line of its own."
            fix = "Write “if” before a fact; an event follows “whenever”, “goal … when” or “wait up to …”."
            report.add("N103", first.span, message, fix)
            return
    if not failure.before:
        _first_word(failure.token, context, report)
        return
    inside(failure, line, report)


def _late(failure: Failure, line: Line, report: Report) -> bool:
    """Report a block on a date that ends before it says what to do when it is late."""
    if failure.token.kind != "END" or not _ON_A_DATE.search(line.text):
        return False
    message = "This block does not say what happens to contacts who come in after its moment."
    fix = "Add “, skip if late”, “, at once if late” or “, exit if late”."
    report.add("N416", line.span, message, fix)
    return True


def _place(line: Line, start: int, end: int) -> Span:
    return Span(line.file, line.number, line.column + start, line.column + end)


def _doubtful(line: Line, masked: str, context: Context, report: Report) -> bool:
    """Report what may be read in two ways: only its author knows, so it is said in words."""
    flow = bool(context & (Context.BODY | Context.UNKNOWN))
    if context & (Context.HEAD | Context.UNKNOWN):
        flow = _in_flow(line, report)
    found = doubt(line.text, masked, bool(line.children), flow, context is Context.ARMS)
    if found:
        report.add(found.code, _place(line, found.start, found.end), found.message, found.fix)
    return found is not None


def _in_flow(line: Line, report: Report) -> bool:
    """Tell whether a line of a journey that does something stands above, at the same indentation."""
    for row in reversed(report.sources.get(line.file, [])[: line.number - 1]):
        text = row.lstrip()
        if len(row) - len(text) == line.column - 1 and _DOES.match(text):
            return True
        if text and row[0] == text[0] and not text.startswith("#"):
            return False
    return False


def _misquoted(line: Line, report: Report) -> bool:
    found = quoted(line.text, line.span)
    if found:
        place = _place(line, found.start, found.end)
        report.add("N101", place, found.message, f"Write {found.text}.", [Edit(place, found.text)])
    return found is not None


def _clause(line: Line, masked: str, context: Context, report: Report) -> bool:
    """Report a condition or a pause behind a line that does something."""
    found = clause(line.text, masked, line.span) if context & (Context.BODY | Context.UNKNOWN) else None
    if found is None:
        return False
    what = "A condition" if found.condition else "A pause"
    where = "above it, and indent" if found.condition else "above it, and below it"
    message = f"{what} is a line of its own."
    fix = f"Write “{found.alone}” {where} “{found.rest}”."
    report.add("N101", _place(line, found.start, len(line.text)), message, fix)
    return True


def _unbalanced(failure: Failure, line: Line, masked: str, report: Report) -> bool:
    """Report a parenthesis that lacks its other half where it decides what belongs together."""
    wrong = parentheses(line) if _BOTH.search(masked) else ""
    if wrong:
        report.add("N102", failure.token.span, wrong, "Set the one that is missing, or leave both out.")
    return bool(wrong)


def _mixed(failure: Failure, line: Line, report: Report) -> bool:
    if not mixed(failure):
        return False
    message = "“and” and “or” are mixed: it is unclear which comes first."
    fix = "Put what belongs together in parentheses."
    both = readings(line)
    if both:
        fix = f"Write what is meant: {one_of(f'“{text}”' for text in both)}."
    report.add("N102", failure.token.span, message, fix)
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
    usual = [word for word in _USUAL if word in here]
    shorter = [*usual, *(word for word in here if word not in usual)][:_MOST]
    others = " and others" if len(here) > _MOST else ""
    report.add("N103", token.span, message, f"Here a line may begin with {_listed(shorter, others)}.")


def _listed(words: list[str], others: str) -> str:
    shown = [f"“{word}”" for word in words]
    return ", ".join(shown) + others if others else one_of(shown)


def _first_words(context: Context) -> list[str]:
    words = {
        word
        for shape in LINES.values()
        if context & (shape.within | Context.UNKNOWN)
        for word in shape.first_words(tables().words)
    }
    return sorted(words)


def inside(failure: Failure, line: Line, report: Report) -> None:
    """Report a word that cannot stand where it does, with what may follow there."""
    token = failure.token
    if "STRING" in failure.expected and token.kind == "WORD" and not _no_name(failure):
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


def _no_name(failure: Failure) -> bool:
    """Tell whether what lacks quotes is words of English, and no name."""
    before = failure.before[-1].text if failure.before else ""
    return failure.token.text.lower() in (_NOT_QUOTED if before in TEXTS else _NO_NAMES)


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
    kinds = [text for kind, text in _KINDS.items() if kind in expected]
    words = sorted((e for e in expected if e not in _KINDS), key=lambda e: (_rank(e), e))
    items = [*(f"“{word}”" for word in words[: _MOST - len(kinds)]), *kinds]
    return one_of(items) if len(items) == len(words) + len(kinds) else f"{', '.join(items)} and others"


def _rank(word: str) -> int:
    return _FIRST.index(word) if word in _FIRST else len(_FIRST)
