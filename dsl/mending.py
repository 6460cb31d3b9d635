"""Mend a line that does not parse: rewrite what is written otherwise, search for the nearest line, say it.

A line that surely means the same is given as edits. What is only likely is said in words: which of two lines
was meant, or what stands in a name, only the author knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from dsl.corrections import TWO_LINES, second_line
from dsl.diagnostics import Edit, Fix, Report
from dsl.near_misses import EVENT_WANTED, FACT_WANTED, NEAR_MISSES, NearMiss
from dsl.nodes import LINES, Context
from dsl.outline import Line
from dsl.parser import Failure, Tree, parse
from dsl.reaching import sent_around, unlimited
from dsl.repairs import Repair, join, repair
from dsl.span import Span
from dsl.spelling import distance, one_of
from dsl.tokens import Token, tokens

_QUOTED = re.compile(r'"[^"]*"')
_EVENT_LINES = re.compile(
    r"^(?:when|whenever|start when|stop when|goal)\b"
    r"|\buntil\b|^(?:add|subtract|hold)\b"
)
_SHORT_NOT = re.compile(r"\b(is|has|have|do|does|did|was|are|were|had)n['’]?t\b")
_SHORT_HOUR = re.compile(r"(?<![\d:.])(\d):(\d\d)(?![\d:])")
_SPAN = re.compile(r"(\d:\d\d)\s*[-–—]\s*(\d{1,2}:\d\d)")
_LENGTH = re.compile(
    r"(?:after|in|at|on)?\s*(\d{1,4})\s+(day|hour|week)s?"
    r"(?:\s+(?:later|in|after\s+(?:the\s+)?(?:entry|start)))?\s*[:,]?$",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\s*)day (\d{1,4})\b")
_WEEK = re.compile(r"(?:in\s+|on\s+)?week\s+(\d{1,3})\s*:?$", re.IGNORECASE)
_CONDITIONS = frozenset({"segment_line"})
_ROUNDS = 6
_A_REWRITING = 0.3
_DEAR = 3.4  # so much is changed that it is no longer sure what was meant


@dataclass(frozen=True, slots=True)
class _Rewritten:
    """A line after near misses were rewritten; those, where, and one that only says what to do."""

    text: str
    misses: tuple[tuple[NearMiss, re.Match[str]], ...]
    advice: tuple[NearMiss, re.Match[str]] | None
    parses: bool

    @property
    def sure(self) -> bool:
        """Whether a program may write it."""
        return not any(miss.likely for miss, _ in self.misses)


def mend(failure: Failure, line: Line, context: Context, report: Report) -> bool:
    """Report what a line that does not parse was meant to be, if that can be told."""
    block = _block(line, context, report)
    if block:
        _report(line, block, report)
        return True
    rewritten = _rewrite(failure, line, context)
    if rewritten.parses and _unlimited(rewritten.text, line, context, report):
        return True
    if rewritten.parses and len(rewritten.misses) == 1:
        miss, match = rewritten.misses[0]
        report_near_miss(miss, match, line, report)
        return True
    if rewritten.parses:
        _report(line, Repair(rewritten.text, rewritten.sure), report)
        return True
    if rewritten.advice and rewritten.advice[0].last:
        report_near_miss(*rewritten.advice, line, report)
        return True
    if _two_lines(failure, line, rewritten, context, report):
        return True
    if mixed(failure):
        return False
    found = _search(line, rewritten, context)
    if rewritten.advice and not (found and found.sure):
        report_near_miss(*rewritten.advice, line, report)
        return True
    if found and not (found.sure and _unlimited(found.text, line, context, report)):
        _report(line, found, report)
    return found is not None


def _unlimited(text: str, line: Line, context: Context, report: Report) -> bool:
    """Report a line that is written otherwise and lacks, too, how far back its fact looks."""
    rows = report.sources.get(line.file, [])
    at = unlimited(text, sent_around(rows, line.number))
    if at is None or not text.strip():
        return False
    never = re.search(r"\bnever\b", mask(line.text), re.IGNORECASE)
    usual = "ever" if never or context & Context.SEGMENT or text.startswith("start") else "since the start"
    other = "since the start" if usual == "ever" and not text.startswith("start") else "ever"
    others = f"“{other}” or “in the last 30 days”" if other != usual else "“in the last 30 days”"
    if context & Context.SEGMENT:
        others = "“in the last 30 days”"
    old = tokens(line.text, line.span)[:-1]
    new = [t.text for t in tokens(text, line.span)[:-1]]
    parts = [
        o for o in SequenceMatcher(None, [t.text for t in old], new, False).get_opcodes() if o[0] != "equal"
    ]
    wrong = _text(line, old, parts[0][1], parts[-1][2]) or line.text
    message = f"“{wrong}” is written otherwise here, and how far back it looks is not said."
    fix = f"Write “{text[:at]} {usual}{text[at:]}”, or {others} in place of “{usual}”."
    report.add("N104", _span(line, old, parts), message, fix)
    return True


def _two_lines(failure: Failure, line: Line, rewritten: _Rewritten, context: Context, report: Report) -> bool:
    second, first = second_line(failure, line), ""
    again = parse(rewritten.text, line.span)
    if not second and rewritten.misses and isinstance(again, Failure):
        changed = Line(line.file, line.number, line.column, rewritten.text)
        second = second_line(again, changed)
        first = rewritten.text[: again.token.span.start - line.column].strip()
    tree = parse(second, line.span) if second else None
    if not isinstance(tree, Tree) or (tree.rule in _CONDITIONS and not context & Context.SEGMENT):
        return False
    fix = f"Write “{second}” on a line of its own."
    if first:
        fix = f"Write “{first}”, and “{second}” on a line of its own."
    report.add("N101", failure.token.span, TWO_LINES, fix)
    return True


def mixed(failure: Failure) -> bool:
    """Tell whether “and” and “or” stand in one condition without parentheses."""
    conditions = {"and", "or", "$END", ")"} & failure.expected
    return failure.token.text in ("and", "or") and len(conditions) > 1 and failure.before[0].text != "field"


def _block(line: Line, context: Context, report: Report) -> Repair | None:
    """Read a length of time with lines under it as the block it was meant to begin."""
    if not line.children or not context & Context.BLOCK:
        return None
    if weeks := _WEEK.match(line.text):
        return Repair(f"day {7 * int(weeks[1])}", False)
    found = _LENGTH.match(line.text)
    if not found:
        return None
    number, unit = int(found[1]), found[2].lower()
    days = f"day {number * (7 if unit == 'week' else 1)}"
    waits = f"wait {number} {unit}{'' if number == 1 else 's'}"
    # Counted from the start of the run, or from the line above: only the author knows.
    above = _day_above(line, report)
    if above and unit != "hour":
        late = number * (7 if unit == "week" else 1)
        options = (f"day {late}",) if late > above else ()
        return Repair(f"day {above + late}", False, options)
    return Repair(f"hour {number}" if unit == "hour" else days, False, (waits,))


def _day_above(line: Line, report: Report) -> int:
    """Return the day of the last block above a line, or 0."""
    rows = report.sources.get(line.file, [])[: line.number - 1]
    for row in reversed(rows):
        found = _DAY.match(row)
        if found and len(found[1]) == line.column - 1:
            return int(found[2])
        if row[:1].strip() and not row.startswith("#"):
            break
    return 0


def mask(text: str) -> str:
    """Hide what stands in quotes."""
    return _QUOTED.sub(lambda m: f'"{"_" * (len(m[0]) - 2)}"', text)


def _suits(line: Line, context: Context, rule: str) -> float | None:
    """Say what it costs more to read the line as this rule, or that it may not stand here."""
    shape = LINES[rule]
    if not context & (shape.within | Context.UNKNOWN):
        return None
    return (0.9 if line.children and shape.body is None else 0.0) + (
        0.6 if shape.needs and not line.children else 0.0
    )


def _search(line: Line, rewritten: _Rewritten, context: Context) -> Repair | None:
    made: list[Repair] = []
    texts = dict.fromkeys((rewritten.text, line.text))
    for text in texts:
        plain = _plain(text)
        found = repair(plain, line.span, lambda rule: _suits(line, context, rule))
        if found:
            again = text is not line.text
            more = _A_REWRITING * len(rewritten.misses) if again else 0.0
            sure = rewritten.sure or not again
            made.append(
                Repair(found.text, found.sure and sure, found.others, found.quotes, found.price + more)
            )
    best = min(made, key=lambda r: (r.price, not r.sure), default=None)
    if best and best.sure and best.price > _DEAR:
        return Repair(best.text, False, best.others, best.quotes, best.price)
    return best


def _plain(text: str) -> str:
    """Write clocks and what is drawn together in full, outside quotes."""
    parts = _QUOTED.split(text)
    names = [*_QUOTED.findall(text), ""]
    for n, part in enumerate(parts):
        full = _SHORT_NOT.sub(r"\1 not", part)
        full = _SPAN.sub(r"\1 to \2", full)
        parts[n] = _SHORT_HOUR.sub(r"0\1:\2", full)
    return "".join(part + name for part, name in zip(parts, names, strict=True))


def _rewrite(failure: Failure, line: Line, context: Context) -> _Rewritten:
    text, at = line.text, failure.token.span.start - line.column
    misses: list[tuple[NearMiss, re.Match[str]]] = []
    advice = None
    for _ in range(_ROUNDS):
        found = _near_miss(text, at)
        if found is None:
            break
        miss, match, new = found
        if new is None or "” and “" in new:
            advice = advice or ((miss, match) if not misses else None)
            break
        misses.append((miss, match))
        text = text[: match.start()] + _apart(text, match.start(), match.end(), new) + text[match.end() :]
        if not text.strip() or _comment(text):
            return _Rewritten(text, tuple(misses), advice, True)
        tree = parse(text, line.span)
        if isinstance(tree, Tree):
            dearer = _suits(line, context, tree.rule)
            return _Rewritten(text, tuple(misses), advice, dearer is not None and dearer <= _A_REWRITING)
        at = tree.token.span.start - line.column
    return _Rewritten(text, tuple(misses), advice, False)


def _comment(text: str) -> bool:
    return "#" in mask(text)


def _near_miss(text: str, at: int) -> tuple[NearMiss, re.Match[str], str | None] | None:
    masked = mask(text)
    tense = EVENT_WANTED if _EVENT_LINES.search(masked) else FACT_WANTED
    for miss in (*NEAR_MISSES, tense):
        for match in miss.pattern.finditer(masked):
            # The failing word lies in the phrase, or is the one that the phrase lacks a word before.
            end = match.end() + (match.group().endswith(" ") or match.end() == len(text))
            if match.start() <= at < end and miss.replacement(match) != match.group():
                # The pattern saw masked quotes; look again at the real text for what is carried over.
                real = miss.pattern.search(text, match.start()) or match
                return miss, match, miss.replacement(real)
    return None


def report_near_miss(miss: NearMiss, match: re.Match[str], line: Line, report: Report) -> None:
    """Report a phrase that is written otherwise here."""
    span = Span(line.file, line.number, line.column + match.start(), line.column + match.end())
    real = miss.pattern.search(line.text, match.start()) or match
    wrong = line.text[match.start() : match.end()].strip()
    new = miss.replacement(real)
    if new is None:
        report.add("N104", span, f"“{wrong}” is not how it is said here.", Fix(miss.advice(real)))
        return
    if miss.likely:
        message = f"“{wrong}” is not how it is said here. {miss.say}".strip()
        whole = line.text[: match.start()] + _apart(line.text, match.start(), match.end(), new)
        report.add("N104", span, message, f"Write “{whole}{line.text[match.end() :]}”.")
        return
    written = new.strip()
    text = f"Write “{written}”." if written else "Leave it out."
    spaced = _apart(line.text, match.start(), match.end(), new)
    message = f"“{wrong}” is written otherwise here. {miss.say}".strip()
    report.add("N104", span, message, text, [Edit(span, spaced)])


def _apart(text: str, start: int, end: int, new: str) -> str:
    """Keep words apart that a sign joined: `score>=65`."""
    before, after = text[:start], text[end:]
    if new.strip() and new[0] not in ",)%" and before and not before[-1].isspace() and before[-1] != "(":
        new = f" {new}"
    if new.endswith(" ") and after[:1].isspace():
        new = new.rstrip()
    if new.strip() and after and (after[0].isalnum() or after[0] in '"(') and not new.endswith((" ", "(")):
        new = f"{new} "
    return new


def _report(line: Line, found: Repair, report: Report) -> None:
    old = tokens(line.text, line.span)[:-1]
    new = [t.text for t in tokens(found.text, line.span)[:-1]]
    parts = [
        o for o in SequenceMatcher(None, [t.text for t in old], new, False).get_opcodes() if o[0] != "equal"
    ]
    edits = _edits(line, old, new, parts)
    span = _span(line, old, parts)
    code, message, fix = _words(line, old, new, parts, found)
    if not found.sure and not (found.quotes and not found.others and "…" not in found.text):
        edits = []
    report.add(code, span, message, fix, edits)


def _words(
    line: Line,
    old: list[Token],
    new: list[str],
    parts: Sequence[tuple[str, int, int, int, int]],
    found: Repair,
) -> tuple[str, str, str]:
    """Say what is wrong, and what to write, as fits what changes."""
    whole = f"Write “{found.text}”."
    kind, a, b, c, d = parts[0]
    wrong = _text(line, old, a, b)
    if not found.sure:
        code = "N103" if a == 0 and kind != "insert" else "N101"
        if found.quotes and not found.others and len(parts) == 1 and a > 0:
            return code, f"The name after “{old[a - 1].text}” is not in quotes.", f"Write {join(new[c:d])}."
        options = " or ".join(f"“{text}”" for text in (found.text, *found.others))
        if a == len(old):
            return code, "The line stops too early.", f"Write {options}."
        shown = wrong or old[a].text
        lead = "Write " if not found.others else "Write what is meant: "
        return code, f"“{shown}” cannot stand here.", f"{lead}{options}."
    if len(parts) > 1:
        return "N104", _several(line, old, new, parts), whole
    if kind == "delete":
        fix = "Leave it out." if b - a == 1 else whole
        return "N101", f"“{wrong}” is too much here.", fix
    if kind == "insert":
        added = join(new[c:d])
        if a == len(old):
            return "N104", f"“{added}” is missing at the end of the line.", whole
        if added == ",":
            return "N101", f"A comma is missing before “{old[a].text}”.", "Write a comma."
        if added == "%" and a:
            return "N104", f"“%” is missing after “{old[a - 1].text}”.", whole
        return "N104", f"“{added}” is missing before “{old[a].value}”.", whole
    right = join(new[c:d])
    if (
        b - a == d - c == 1
        and right.isalpha()
        and distance(wrong.lower(), right.lower()) <= max(1, len(wrong) // 3)
    ):
        if a == 0:
            return "N103", f"No line begins with “{wrong}”. Did you mean “{right}”?", f"Write “{right}”."
        return "N101", f"“{wrong}” cannot stand here. Did you mean “{right}”?", f"Write “{right}”."
    return "N104", f"“{wrong}” is written otherwise here.", whole


def _several(
    line: Line, old: list[Token], new: list[str], parts: Sequence[tuple[str, int, int, int, int]]
) -> str:
    """Say what is written otherwise where that is more than one thing."""
    if all(kind == "delete" for kind, *_ in parts):
        words = [f"“{_text(line, old, a, b)}”" for _, a, b, _, _ in parts]
        return f"{one_of(words, 'and')} are too much here."
    if all(kind == "replace" for kind, *_ in parts):
        pairs = [f"“{_text(line, old, a, b)}” is “{join(new[c:d])}”" for _, a, b, c, d in parts]
        return f"This is written otherwise here: {one_of(pairs, 'and')}."
    wrong = _text(line, old, min(parts[0][1], len(old) - 1), max(parts[-1][2], parts[0][1] + 1))
    right = join(new[parts[0][3] : max(parts[-1][4], parts[0][3] + 1)])
    return f"“{wrong}” is written “{right}” here."


def _text(line: Line, old: list[Token], a: int, b: int) -> str:
    if a == b:
        return ""
    return line.text[old[a].span.start - line.column : old[b - 1].span.end - line.column]


def _span(line: Line, old: list[Token], parts: Sequence[tuple[str, int, int, int, int]]) -> Span:
    first, last = parts[0], parts[-1]
    if first[1] >= len(old):
        return line.span.at_end()
    end = old[min(max(last[2] - 1, first[1]), len(old) - 1)].span
    return old[first[1]].span.to(end)


def _edits(
    line: Line, old: list[Token], new: list[str], parts: Sequence[tuple[str, int, int, int, int]]
) -> list[Edit]:
    edits = []
    for kind, a, b, c, d in parts:
        text = join(new[c:d])
        if kind == "insert":
            start = end = (
                old[a - 1].span.end if a and (text[0] in ",)%" or a == len(old)) else old[a].span.start
            )
        elif kind == "delete":
            start = old[a - 1].span.end if a else old[a].span.start
            end = old[b - 1].span.end if a else old[b].span.start
            if a and b < len(old) and old[b].text in (",", ")"):
                end = old[b].span.start
            elif a and b < len(old) and old[b].span.start == end:
                start = old[a].span.start  # the space before it is all that keeps two words apart
        else:
            tight = a and text[0] in ",)%"
            start, end = old[a - 1].span.end if tight else old[a].span.start, old[b - 1].span.end
        text = _apart(line.text, start - line.column, end - line.column, text)
        edits.append(Edit(Span(line.file, line.number, start, end), text))
    return edits if _made(line, edits) == new else [Edit(line.span, join(new))]


def _made(line: Line, edits: list[Edit]) -> list[str]:
    text = line.text
    for edit in sorted(edits, key=lambda e: e.span, reverse=True):
        text = text[: edit.span.start - line.column] + edit.text + text[edit.span.end - line.column :]
    return [t.text for t in tokens(text, line.span)[:-1]]
