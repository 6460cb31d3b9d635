"""The nearest line that parses: a bounded search that changes, adds, drops or moves words where a line fails.

Each change has a price: a filler costs little, a word that carries meaning much, and what could turn a line
round (a “not”, a number, a name) is never dropped or made up. The cheapest lines that parse win. A repair is
sure if all of its changes are, and if no other line is nearly as cheap: only then may a program write it.
"""

from __future__ import annotations

import functools
import heapq
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dsl.near_misses.tenses import EVENTS, FACTS
from dsl.parser import Tree, parse
from dsl.span import Span
from dsl.spelling import distance
from dsl.synonyms import (
    COMMON,
    FILLERS,
    KINDS,
    NEVER_NAMES,
    NUMBER_WORDS,
    POLITE,
    PREPOSITIONS,
    TEXTS,
    phrases,
)
from dsl.tables import tables
from dsl.tokens import Token
from dsl.tokens import tokens as cut

Stack = tuple[int, ...]

_DEAREST = 5.5
_TRIES = 250
_LONGEST = 40
_BACK = 6
_AHEAD = 5
_CLOSE = 0.35  # a line this little dearer could have been meant as well
_SIGNS = frozenset(":=;,.!?'’`–—→+*|/[]{}()%")
_TELLING = frozenset("%+*/|~")  # signs that say something of a number, or of what lies around them
_DIRECTIONS = frozenset(
    {"to", "from", "for", "within", "about", "until", "via", "into", "onto", "inside", "per"}
)
_KEPT = frozenset({"ever", "not", "no", "never", "without", "any", "all", "every", "each", "none"})
_UNITS = frozenset({"minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months"})
_LINKS = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "has", "have", "in", "is", "of", "off", "on"}
    | {"one", "than", "the", "to", "up", "with", "soon", "either", "it", "be", "been"}
)
_NOWS = frozenset({"now", "today", "tomorrow"})
_OWNERS = frozenset({"contact", "account", "trigger", "event", "reply"})
_OF_ACCOUNT = frozenset({"owner", "employees", "domain", "region"})
_COUNTED = re.compile(r"\b(at (?:least|most) )(\d+) (emails?(?= in\b)|contacts? of account ha(?:s|ve)\b)")
_UNWRITTEN = frozenset({"not", "no", "or"})
_HOURS = 24
_ASKING = frozenset({"is", "contains", "starts", "ends", "=", "==", "!=", "<", ">", ",", "equals", "not"})
_DASHES = frozenset("-–—")
_DAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})


@dataclass(frozen=True, slots=True)
class Repair:
    """A line that parses. `others`: what could have been meant as well. `quotes`: it only lacked quotes."""

    text: str
    sure: bool
    others: tuple[str, ...] = ()
    quotes: bool = False
    price: float = 0.0


@dataclass(frozen=True, slots=True)
class _Way:
    """How far a line was read: up to which token, what was written, at which price."""

    at: int
    stack: Stack
    written: tuple[str, ...] = ()
    moved: frozenset[int] = frozenset()
    sure: bool = True
    quotes: bool = False


@dataclass(frozen=True, slots=True)
class _Change:
    """Write `new` in place of the tokens up to `to`."""

    price: float
    to: int
    new: str
    sure: bool = True
    moved: frozenset[int] = frozenset()
    quotes: bool = False


def repair(text: str, span: Span, suits: Callable[[str], float | None]) -> Repair | None:
    """Return the line that was most likely meant.

    `suits` tells what it costs more that a line of a rule stands here, or None if it may not.
    """
    found = cut(text, span)
    if len(found) > _LONGEST or (found[0].kind == "STRING" and len(found) == len(("name", "end"))):
        return None
    # What little is there decides little: a line of two words is not changed beyond recognition.
    limit = min(_DEAREST, 1.6 + 0.75 * (len(found) - 1))
    made = _search(found, span, suits, limit)
    if not made:
        return None
    price, best = min(made.items(), key=lambda m: m[1][0])[1]
    line = next(t for t, m in made.items() if m[1] is best)
    others = tuple(
        t for t, (p, way) in sorted(made.items(), key=lambda m: m[1][0]) if t != line and p <= price + _CLOSE
    )
    return Repair(line, best.sure and not others, others[:2], best.quotes, price)


def _search(
    found: list[Token], span: Span, suits: Callable[[str], float | None], limit: float
) -> dict[str, tuple[float, _Way]]:
    count = 0
    queue: list[tuple[float, int, _Way]] = [(0.0, 0, _Way(0, (tables().start,)))]
    seen: set[tuple[int, Stack, frozenset[int], str]] = set()
    made: dict[str, tuple[float, _Way]] = {}
    for _ in range(_TRIES):
        if not queue:
            break
        price, _, way = heapq.heappop(queue)
        best = min((p for p, _ in made.values()), default=limit)
        if price > best + _CLOSE:
            break
        key = (way.at, way.stack, way.moved, " ".join(way.written))
        if key in seen:
            continue
        seen.add(key)
        run, done = _read(way, found)
        if done:
            line = agreeing(join(run[-1].written))
            tree = parse(line, span)
            more = suits(tree.rule) if isinstance(tree, Tree) else None
            if more is not None and price + more <= limit and line not in made:
                made[line] = (price + more, way)
            continue
        for place in run[-_BACK:]:
            for change in _changes(place, found):
                stack = _through(place.stack, change.new)
                if stack is None or price + change.price > limit:
                    continue
                count += 1
                heapq.heappush(
                    queue,
                    (
                        price + change.price,
                        count,
                        _Way(
                            change.to,
                            stack,
                            (*place.written, change.new) if change.new else place.written,
                            place.moved | change.moved,
                            place.sure and change.sure,
                            place.quotes or change.quotes,
                        ),
                    ),
                )
    return made


def _read(way: _Way, found: list[Token]) -> tuple[list[_Way], bool]:
    """Read on as far as the line can stand as it is; tell whether that is its end."""
    run = [way]
    while True:
        here = run[-1]
        token = found[here.at]
        if here.at in here.moved:
            run.append(_on(here, here.stack, ()))
            continue
        stack = advance(here.stack, _terminal(token))
        if stack is None:
            return run, False
        if token.kind == "END":
            return run, True
        run.append(_on(here, stack, (token.text,)))


def _on(way: _Way, stack: Stack, written: tuple[str, ...]) -> _Way:
    return _Way(way.at + 1, stack, way.written + written, way.moved, way.sure, way.quotes)


def _changes(way: _Way, found: list[Token]) -> Iterator[_Change]:
    token = found[way.at]
    expected = expects(way.stack)
    yield from _added(way, token, expected, found)
    if token.kind == "END":
        if {"contains", "starts", "ends"} <= expected:
            yield _Change(1.2, way.at, "is set", False)
            yield _Change(1.2, way.at, "is yes", False)
        return
    if way.at not in way.moved:
        if not (token.text == "," and found[way.at + 1].text.lower()[:3] in _DAYS):  # one of several
            yield from _dropped(way, found)
        yield from _other_words(way, found, expected)
        yield from _other_kinds(way, found, expected)
        yield from _moves(way, found)


def _added(way: _Way, token: Token, expected: frozenset[str], found: list[Token]) -> Iterator[_Change]:
    kinds = [e for e in expected if e in KINDS]
    for word in sorted(expected):
        price, sure = 9.0, False
        if way.written[-1:] == (word,):
            continue
        if word == ",":
            price, sure = 0.6, True
        elif word in (")", "(", "%"):
            price, sure = 1.3 if word == "(" else 1.0, True
        elif word == "STRING":
            yield _Change(1.3 if token.kind == "END" else 2.4, way.at, '"…"', False)
        elif word == "CLOCK" and token.kind == "END" and "$END" not in expected:
            yield _Change(1.3, way.at, "09:00", False)
        elif word == "contacts" and "days" in expected:
            many = way.written[-1:] != () and len(way.written[-1]) > 1
            yield _Change(1.3, way.at, word, many)
        elif word == "NUMERAL" and token.text in _UNITS:
            yield _Change(2.2, way.at, "1", False)
        elif word in _UNITS:
            price = {"days": 2.0, "hours": 2.3}.get(word, 9.0)
        elif way.at == 0 and not way.written:
            price, sure = 1.8 - (word in COMMON) * 0.5, word in COMMON
        elif word in _UNWRITTEN or not word[0].isalpha() or word.isupper():
            continue
        elif len(expected) == 1:
            price, sure = 0.6, True
        elif word in _LINKS:
            price, sure = 0.9, not _decides(word, token, expected)
        elif word in KINDS and token.kind == "STRING":
            price, sure = (1.1, True) if len(kinds) == 1 else (1.5 - (word in COMMON) * 0.4, False)
        elif word in ("contact", "score", "when", "if"):
            again = bool(way.written) and way.written[-1] in ("and", "or")
            price, sure = (
                1.2,
                word != "score" and not again and token.kind != "END" and "STRING" not in expected,
            )
        else:
            price = 2.2
        if price < _DEAREST:
            yield _Change(price, way.at, word, sure)


def _decides(word: str, token: Token, expected: frozenset[str]) -> bool:
    """Tell whether a small word that is missing would say more than the line does."""
    between_days = word == "to" and token.text.lower()[:3] in _DAYS
    asked = word == "is" and token.kind == "STRING" and "contains" in expected
    return asked or between_days or "skip" in expected or (word == "and" and "or" in expected)


def _dropped(way: _Way, found: list[Token]) -> Iterator[_Change]:
    token = found[way.at]
    word = token.text.lower()
    before = way.written[-1].lower() if way.written else ""
    to = way.at + 1
    if word == before and found[way.at - 1].text.lower() == word:
        yield _Change(0.4, to, "")
    elif (
        token.kind in ("STRING", "NUMERAL", "REF", "CLOCK")
        or word in _KEPT
        or word in NUMBER_WORDS
        or _joined_to_a_number(way.at, found)
    ):
        return
    elif word == "," and (before == "(" or found[to].text == ")" or _ends_a_list(way.at, found)):
        yield _Change(0.7, to, "", False)
    elif set(word) <= _SIGNS:
        yield _Change(0.7 if word in (":", "=", ",", "(", ")") else 1.0, to, "", not _tells(way.at, found))
    elif word in FILLERS and not _letter(token):
        yield _Change(0.8, to, "", not _directs(way.at, found))
    elif word in POLITE:
        yield _Change(1.0, to, "", not (word == "now" and before in _DIRECTIONS))
    elif word in KINDS or word == "contact":
        yield _Change(1.3, to, "", word == "contact" or not _names(way.at, found))
    elif token.kind == "WORD":
        yield _Change(2.6, to, "", False)


def _letter(token: Token) -> bool:
    """Tell whether a word is a capital letter, as choices and variants are called: A, B."""
    return len(token.text) == 1 and token.text.isupper()


def _tells(at: int, found: list[Token]) -> bool:
    """Tell whether a sign says something of a number; the plus of `+20` does not."""
    plus = found[at].text == "+" and found[at + 1].kind == "NUMERAL" and found[at - 1].kind != "NUMERAL"
    return at > 0 and found[at].text in _TELLING and not plus


def _directs(at: int, found: list[Token]) -> bool:
    """Tell whether a small word says where to, from where, or how nearly: without it, that would be lost."""
    word, after = found[at].text.lower(), found[at + 1]
    if word == "about":
        return after.kind == "NUMERAL"
    named = after.kind == "REF" or (after.kind == "STRING" and word != "for")
    return word in _DIRECTIONS and (named or after.text.lower() in _NOWS)


def _names(at: int, found: list[Token]) -> bool:
    """Tell whether a word says of which kind the name behind it is, and the line says another."""
    others = any(t.text.lower() in KINDS for t in found[:at])
    return found[at].text.lower() != "message" and found[at + 1].kind == "STRING" and others


def _ends_a_list(at: int, found: list[Token]) -> bool:
    return found[at + 1].kind == "END" and found[at - 1].kind == "STRING"


def _joined_to_a_number(at: int, found: list[Token]) -> bool:
    """Tell whether a sign belongs to a number, as in `.5` and `50/50`."""
    token, after = found[at], found[at + 1]
    before = found[at - 1] if at else None
    number = (
        after.kind == "NUMERAL"
        and after.span.start == token.span.end
        and token.text not in (":", "+", "=", "(")
    )
    return number or bool(before and before.kind == "NUMERAL" and token.text == "/")


def _other_words(way: _Way, found: list[Token], expected: frozenset[str]) -> Iterator[_Change]:
    token = found[way.at]
    word = token.text.lower()
    to = way.at + 1
    for phrase, right, sure in phrases().get(word, ()):
        if right.startswith("in the last") and way.written and way.written[-1] == "is" and len(phrase) == 1:
            continue  # of a date, it may as well be the next
        if phrase[0] in _DASHES and not (way.at and _spans(found[way.at - 1])):
            continue
        if (
            phrase[-1] == "not"
            and "not" not in right
            and found[way.at + len(phrase) - 1 :][1:2] != found[-1:]
        ):
            continue  # what follows is negated, and would no longer be
        if phrase == tuple(t.text.lower() for t in found[way.at : way.at + len(phrase)]):
            yield _Change(0.7, way.at + len(phrase), right, sure)
    if token.kind == "STRING" and token.value.lower() in expected:
        yield _Change(0.9, to, token.value.lower())
    if token.kind != "WORD" and not (token.kind == "OTHER" and word.isalpha()):
        return
    linked = [e for e in expected if e in PREPOSITIONS]
    for right in sorted(expected):
        if not right[0].isalpha() or right.isupper():
            continue
        if word == right:
            if token.text != right:
                yield _Change(0.3, to, right)
        elif word in expected or _wrong_number(right, way):
            continue
        elif len(word) > 1 and abs(len(word) - len(right)) <= 2 and len(right) > 1:
            far = distance(word, right)
            if far <= max(1, len(word) // 3) and (far == 1 or len(word) > 3):
                yield _Change(0.1 + 0.5 * far, to, right, len(word) > 2 and not _says_else(word, right))
            elif word in PREPOSITIONS and right in PREPOSITIONS:
                yield _Change(1.1, to, right, len(linked) == 1)
        elif word in PREPOSITIONS and right in PREPOSITIONS:
            yield _Change(1.1, to, right, len(linked) == 1)
        elif _same_stem(word, right):
            yield _Change(0.6, to, right)
    if 1 < len(expected) <= 3 or len(expected) == 1:
        for right in sorted(expected):
            if right.isalpha() and right.islower() and right not in _UNWRITTEN and word not in _KEPT:
                yield _Change(3.2 if word in tables().words else 2.4, to, right, False)


def _wrong_number(unit: str, way: _Way) -> bool:
    """Tell whether a unit does not agree with the number before it: `60 day`, `1 days`."""
    before = way.written[-1] if way.written else ""
    return unit in _UNITS and before.isdigit() and (before == "1") == unit.endswith("s")


def _spans(token: Token) -> bool:
    """Tell whether a dash behind this would mean “to”."""
    return token.kind in ("CLOCK", "NUMERAL") or token.text.lower()[:3] in _DAYS


def _says_else(word: str, right: str) -> bool:
    """Tell whether a word is one of the language that means something else, not a slip for the right one."""
    plural = word.rstrip("s") == right.rstrip("s") or _same_stem(word, right)
    return word in tables().words and not plural and right not in _LINKS


def _same_stem(word: str, right: str) -> bool:
    """Tell whether two words differ only in their ending: click, clicks, clicked, clicking."""
    return min(len(word), len(right)) >= 4 and _stem(word) == _stem(right)


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ied", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending).rstrip("i")
    return word


def _other_kinds(way: _Way, found: list[Token], expected: frozenset[str]) -> Iterator[_Change]:
    token = found[way.at]
    to = way.at + 1
    if "NUMERAL" in expected and token.text.lower() in NUMBER_WORDS:
        yield _Change(0.5, to, NUMBER_WORDS[token.text.lower()])
    if "NUMERAL" in expected and token.kind == "STRING" and token.value[:1].isdigit():
        yield _Change(0.9, to, token.value)
    if "CLOCK" in expected and token.kind == "NUMERAL" and token.text.isdigit() and int(token.text) < _HOURS:
        yield _Change(1.2, to, f"{int(token.text):02}:00", False)
    if "NAME" in expected and token.kind == "STRING" and token.value.isidentifier():
        yield _Change(0.9, to, token.value)
    if "REF" in expected and token.kind == "WORD":
        yield from _fields(way, found)
    quotable = token.kind in ("WORD", "OTHER", "REF") and token.text not in _SIGNS
    quotable = quotable and token.text.partition(".")[0] not in _OWNERS
    kept = way.at > 0 and way.written[-1:] == (found[way.at - 1].text,)
    quotable = quotable and way.at > 0 and (kept or token.text not in tables().words)
    if "STRING" in expected and quotable and _names_something(way, found):
        end = way.at
        while found[end].kind in ("WORD", "OTHER", "NUMERAL", "REF") and end < way.at + _AHEAD:
            end += 1
            first, last = found[way.at].span, found[end - 1].span
            words = _between(found, way.at, end)
            if last.end - first.start < 80:
                reserved = sum(t.text in tables().words for t in found[way.at : end])
                if way.written[-1:] in (("is",), ("not",)) and (reserved or found[end - 1].kind == "NUMERAL"):
                    break
                yield _Change(1.4 + 0.25 * reserved, end, f'"{words}"', False, quotes=True)


def _names_something(way: _Way, found: list[Token]) -> bool:
    """Tell whether what stands here can be a name that lacks its quotes, and no words of the language."""
    word = found[way.at].text
    said = way.written[-1:] and way.written[-1] in TEXTS
    named = said or word.lower() not in NEVER_NAMES or _letter(found[way.at])
    return named and not (word[0] in "<>~=≥≤≠!" or word[:1].isdigit())


def _between(found: list[Token], start: int, end: int) -> str:
    words = ""
    for n, token in enumerate(found[start:end], start):
        gap = token.span.start - found[n - 1].span.end if n > start else 0
        words += " " * min(gap, 1) + token.text
    return words


def _fields(way: _Way, found: list[Token]) -> Iterator[_Change]:
    """A field without what it belongs to, or with a space where a dot belongs."""
    token, after = found[way.at], found[way.at + 1]
    if token.text in _OWNERS and after.kind == "WORD":
        if after.text not in tables().words and after.text not in EVENTS and after.text not in FACTS:
            asked = found[way.at + 2].text in _ASKING or way.written[:1] == ("set",)
            yield _Change(0.9 if asked else 1.8, way.at + 2, f"{token.text}.{after.text}", asked)
    elif token.text.islower() and len(token.text) > 2:
        word = token.text
        if "where" in way.written:
            yield _Change(1.3, way.at + 1, f"event.{word}", False)
        elif word in _OF_ACCOUNT:
            yield _Change(1.3, way.at + 1, f"account.{word}", False)
        elif word not in tables().words:
            yield _Change(1.5, way.at + 1, f"contact.{word}", False)


def _moves(way: _Way, found: list[Token]) -> Iterator[_Change]:
    """What stands further on is written here."""
    last = len(found) - 1
    for start in range(way.at + 1, min(way.at + _AHEAD, last)):
        for end in range(start + 1, min(start + 4, last) + 1):
            group = range(start, end)
            if not way.moved.isdisjoint(group):
                continue
            if all(found[n].text in (",", "(", ")") for n in group):
                continue
            new = join(found[n].text for n in group)
            yield _Change(1.0 + 0.15 * (len(group) - 1), way.at, new, True, frozenset(group))


def join(written: Iterable[str]) -> str:
    """Write tokens as a line, with the spaces that belong between them."""
    line = ""
    for piece in written:
        tight = not line or line.endswith("(") or piece[0] in ",)%"
        line += piece if tight else f" {piece}"
    return line


def agreeing(line: str) -> str:
    """Write what is counted in the number that it has: `at least 1 contact of account has`, `2 emails`."""
    return _COUNTED.sub(_agreeing, line)


def _agreeing(match: re.Match[str]) -> str:
    one = match[2] == "1"
    if match[3].startswith("email"):
        return f"{match[1]}{match[2]} {'email' if one else 'emails'}"
    return f"{match[1]}{match[2]} {'contact' if one else 'contacts'} of account {'has' if one else 'have'}"


def _terminal(token: Token) -> str:
    if token.kind in ("WORD", "MARK"):
        return token.text
    return {"END": "$END", "OTHER": "?"}.get(token.kind, token.kind)


@functools.lru_cache(maxsize=4096)
def _terminals(new: str) -> tuple[str, ...]:
    return tuple(_terminal(t) for t in cut(new, Span("", 1, 1, len(new) + 1))[:-1])


def _through(stack: Stack, new: str) -> Stack | None:
    for terminal in _terminals(new):
        found = advance(stack, terminal)
        if found is None:
            return None
        stack = found
    return stack


@functools.lru_cache(maxsize=16384)
def advance(stack: Stack, terminal: str) -> Stack | None:
    """Return the states after a terminal, or None if it cannot stand there."""
    table = tables()
    states = list(stack)
    while True:
        row = table.states[states[-1]]
        action = row.get(terminal)
        if action is None and terminal[0].isalpha() and not terminal.isupper():
            action = row.get("NAME")
        if action is None:
            return None
        if action >= 0:
            return (*states, action)
        rule = table.rules[-action - 1]
        del states[len(states) - rule.size :]
        states.append(table.states[states[-1]][f":{rule.name}"])
        if states[-1] == table.end:
            return tuple(states)


@functools.lru_cache(maxsize=4096)
def expects(stack: Stack) -> frozenset[str]:
    """Name the terminals that can really stand here."""
    row = tables().states[stack[-1]]
    return frozenset(t for t in row if t[0] != ":" and advance(stack, t) is not None)
