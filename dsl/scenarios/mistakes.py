"""What a line of a scenario that does not parse was meant to be: one message, at the word where it fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsl.diagnostics import Edit, Report
from dsl.mistakes import inside
from dsl.outline import Line
from dsl.parser import Failure, Tree, parse
from dsl.scenarios.near_misses import Rewriting, rewritings
from dsl.span import Span
from dsl.spelling import distance, nearest, one_of
from dsl.tables import tables
from dsl.tokens import tokens

BEGINNINGS = {
    "file": ("scenario", "given", "starting"),
    "scenario": ("given", "starting", "for", "at", "on", "by", "between", "never"),
    "moment": (
        "contact",
        "account",
        "email",
        "start",
        "sales",
        "provider",
        "pause",
        "resume",
        "stop",
        "suppress",
        "lift",
        "erase",
        "merge",
        "expect",
    ),
}
_ALL = tuple(dict.fromkeys(word for words in BEGINNINGS.values() for word in words))
_SLIPS = 2
_PLACES = {"file": "at the left margin", "scenario": "directly under “scenario”", "moment": "under a moment"}


def explain(failure: Failure, line: Line, place: str, report: Report) -> None:
    """Report a line that does not parse, once. `place`: file, scenario or moment."""
    text = _lowered(line.text)
    if text != line.text and _parses(text, line):
        _rewritten(Rewriting(text, ""), failure, line, report)
        return
    for said in rewritings(text):
        if said.text is None:
            report.add("N104", line.span, "This is written otherwise here.", said.advice)
            return
        if _parses(said.text, line):
            _rewritten(said, failure, line, report)
            return
    mended = None if _lacks_quotes(failure) else _mended(failure, line)
    if mended is not None:
        text, wrong, right = mended
        edits = list(_edits(line, text))
        if not failure.before:
            message = f"No line begins with “{wrong}”. Did you mean “{right}”?"
            report.add("N103", failure.token.span, message, f"Write “{right}”.", edits)
        else:
            report.add("N104", failure.token.span, _said(wrong, right), f"Write “{text}”.", edits)
        return
    if not failure.before:
        _first_word(failure, place, report)
        return
    words = [word for word in failure.expected if word.islower() and len(word) > _SLIPS]
    guess = nearest(failure.token.text, words) if failure.token.kind == "WORD" else None
    if guess is not None and not _lacks_quotes(failure):
        message = f"“{failure.token.text}” cannot stand here. Did you mean “{guess}”?"
        report.add("N101", failure.token.span, message, f"Write “{guess}”.")
        return
    inside(failure, line, report)


def _rewritten(said: Rewriting, failure: Failure, line: Line, report: Report) -> None:
    """Report a line that is written otherwise, at what is to be changed."""
    assert said.text is not None
    edits = list(_edits(line, said.text))
    place = edits[0].span
    if place.start == place.end:
        place = line.span
    wrong = line.text[place.start - line.column : place.end - line.column].lstrip()
    place = place._replace(start=place.end - len(wrong))
    if not failure.before and wrong == failure.token.text and not said.wrong:
        message = f"No line begins with “{wrong}”. Did you mean “{edits[0].text}”?"
        report.add("N103", place, message, f"Write “{edits[0].text}”.", edits)
        return
    at = line.text.find(said.wrong) + line.column
    # What was changed first may be of no weight beside what keeps the line from being understood.
    if said.wrong and at >= line.column and at < place.end and place.start < at + len(said.wrong):
        wrong = said.wrong
    elif place == line.span:
        wrong = said.wrong or wrong
    message = f"“{wrong}” is written otherwise here."
    report.add("N104", place, message, f"Write “{said.text}”.", edits)


def _lowered(text: str) -> str:
    """Write words of the language small, outside quotes."""
    words = tables("scenario").words

    def small(match: re.Match[str]) -> str:
        word = match[0]
        return word.lower() if word.lower() in words else word

    return re.sub(r'"[^"]*"|(?<![\w.])[^\W\d]\w*(?![\w.])', small, text)


def _lacks_quotes(failure: Failure) -> bool:
    """Whether a word stands where a name in quotes can, and is no slip of a word that can stand there."""
    if "STRING" not in failure.expected or failure.token.kind != "WORD":
        return False
    return nearest(failure.token.text, [word for word in failure.expected if word.islower()]) is None


def _said(wrong: str, right: str) -> str:
    if not wrong:
        return f"“{right}” is missing here."
    return f"“{wrong}” is written otherwise here." if right else f"“{wrong}” is too much here."


def _mended(failure: Failure, line: Line) -> tuple[str, str, str] | None:
    """Return the line with one word changed, added or left out where it fails; what it was, what it is.

    A word is added only where no other one would do as well: which is meant, only the author knows.
    """
    token = failure.token
    at = token.span.start - line.column
    before, after = line.text[:at].rstrip(), line.text[at + len(token.text) :].lstrip()
    words = sorted(word for word in failure.expected if word[0].isalpha() and word.islower())

    def made(*middle: str) -> str:
        return " ".join(part for part in (before, *middle, after) if part)

    guess = nearest(token.text, words) if token.kind == "WORD" else None
    if guess is not None:
        for text in (made(guess), *(said.text for said in rewritings(made(guess)) if said.text)):
            if _parses(text, line):
                return text, token.text, guess
    added = [word for word in words if _parses(made(word, token.text), line)]
    if len(added) == 1:
        return made(added[0], token.text), "", added[0]
    if token.kind in ("WORD", "OTHER", "MARK") and _parses(text := made(), line):
        return text, token.text, ""
    return None


def _first_word(failure: Failure, place: str, report: Report) -> None:
    token = failure.token
    near = min((distance(token.text.lower(), word), word) for word in _ALL)
    guess = near[1] if near[0] <= _SLIPS < len(token.text) or token.text.lower() == near[1] else None
    if guess:
        message = f"No line begins with “{token.text}”. Did you mean “{guess}”?"
        report.add("N103", token.span, message, f"Write “{guess}”.", [Edit(token.span, guess)])
        return
    shown = "a name in quotes" if token.kind == "STRING" else f"“{token.text}”"
    message = f"No line of a scenario begins with {shown}."
    may = one_of(f"“{word}”" for word in BEGINNINGS[place])
    report.add("N103", token.span, message, f"A line {_PLACES[place]} begins with {may}.")


def _parses(text: str, line: Line) -> bool:
    return isinstance(parse(text, line.span, "scenario"), Tree)


def _edits(line: Line, text: str) -> Iterator[Edit]:
    """Yield the one edit that turns the line into `text`: from the first to the last token that differs."""
    old, new = (tokens(one, line.span)[:-1] for one in (line.text, text))
    same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a.text != b.text), None)
    first = min(len(old), len(new)) if same is None else same
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last].text == new[-1 - last].text:
        last += 1
    right = [token.text for token in new[first : len(new) - last]]
    wrong = old[first : len(old) - last]
    if right[:1] == [","] and first:
        # A comma stands right behind what is before it.
        end = wrong[-1].span.end if wrong else old[first - 1].span.end
        text = " ".join(right).replace(" ,", ",")
        yield Edit(Span(line.file, line.number, old[first - 1].span.end, end), text)
        return
    if wrong and not right:
        # With the space behind what is left out, or before it at the end of the line.
        after = old[first + len(wrong)] if first + len(wrong) < len(old) else None
        start = wrong[0].span.start if after or not first else old[first - 1].span.end
        end = after.span.start if after else wrong[-1].span.end
        yield Edit(Span(line.file, line.number, start, end), "")
    elif wrong:
        yield Edit(wrong[0].span.to(wrong[-1].span), " ".join(right))
    else:
        place = old[first].span.start if first < len(old) else line.span.end
        glue = f"{' '.join(right)} " if first < len(old) else f" {' '.join(right)}"
        yield Edit(Span(line.file, line.number, place, place), glue)
