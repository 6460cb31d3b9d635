"""Merge fields: which values a template uses, and whether they exist.

python-liquid parses and analyses every template that does more than show values and ask simple questions; it
is imported only then, because most emails do not and the import takes a tenth of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dsl.catalog import Catalog
from dsl.checking import as_field
from dsl.diagnostics import Edit
from dsl.span import Span
from dsl.spelling import nearest, one_of
from dsl.template_slips import hint

SENDER_FIELDS = ("name", "email", "reply_to", "postal_address")
ROOTS = ("contact", "account", "trigger", "sender")

# An email is one file, and the same for everybody with the same values.
_UNSUPPORTED = ("include", "render", "tablerow", "cycle", "increment", "decrement")
# What most emails need: showing a value, with a default, and `if` with simple comparisons. No parser is
# needed for that; whatever goes beyond is left to Liquid.
_PATH = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_STRING = r"""(?:"[^"{}]*"|'[^'{}]*')"""
_TERM = rf"(?:{_STRING}|-?\d+(?:\.\d+)?|{_PATH})"
_TEST = rf"{_TERM}(?:\s*(?:==|!=|<=|>=|<|>|\bcontains\b|\band\b|\bor\b)\s*{_TERM})*"
_MARKUP = re.compile(r"\{\{-?(?P<shown>.*?)-?\}\}|\{%-?(?P<tag>.*?)-?%\}", re.DOTALL)
_SHOWN = re.compile(rf"\s*({_PATH})\s*(?:\|\s*default:\s*{_STRING}\s*)?")
_ASKED = re.compile(rf"\s*(?P<word>if|elsif|unless)\s+(?P<test>{_TEST})\s*")
_CLOSED = re.compile(r"\s*(else|endif|endunless)\s*")
_PATHS = re.compile(rf"{_STRING}|(?P<path>{_PATH})")
_NO_PATHS = frozenset({"and", "or", "contains", "true", "false", "nil", "null", "blank", "empty"})


@dataclass(frozen=True, slots=True)
class _Use:
    """A value that a template shows or asks for; `index` counts characters from its start."""

    path: tuple[str, ...]
    index: int


def check_template(path: str, text: str, above: int, catalog: Catalog, inside: int = 0) -> set[str]:
    """Report syntax errors and unknown merge fields; return the trigger's fields that are used.

    `above`: lines of the file above the text. `inside`: the text is the value on this line of front matter.
    """
    if "{{" not in text and "{%" not in text:
        return set()
    uses = _simple(text)
    if uses is None:
        uses = _analyse(path, text, above, catalog, inside)
    if uses is None:
        return set()
    fields: set[str] = set()
    for use in uses:
        _check_use(use, _place(path, text, above, use, catalog, inside), catalog)
        if use.path[0] == "trigger" and len(use.path) > 1:
            fields.add(use.path[1])
    return fields


def _simple(text: str) -> list[_Use] | None:
    """Find the values of a template without a parser; None if it takes one."""
    uses: list[_Use] = []
    open_tags: list[str] = []
    markup = list(_MARKUP.finditer(text))
    if len(markup) != text.count("{{") + text.count("{%"):
        return None
    for match in markup:
        kind = match.lastgroup or ""
        inner, start = match[kind], match.start(kind)
        if kind == "shown":
            shown = _SHOWN.fullmatch(inner)
            if shown is None or shown[1] in _NO_PATHS:
                return None
            uses.append(_Use(tuple(shown[1].split(".")), start + shown.start(1)))
        elif asked := _ASKED.fullmatch(inner):
            if not _nest(asked["word"], open_tags):
                return None
            for found in _PATHS.finditer(inner, asked.start("test")):
                if found["path"] and found["path"] not in _NO_PATHS:
                    uses.append(_Use(tuple(found["path"].split(".")), start + found.start()))
        elif not (closed := _CLOSED.fullmatch(inner)) or not _nest(closed[1], open_tags):
            return None
    return None if open_tags else uses


def _nest(word: str, open_tags: list[str]) -> bool:
    """Keep account of open tags; False where they do not nest."""
    if word in ("if", "unless"):
        open_tags.append(word)
    elif not open_tags:
        return False
    elif word.startswith("end"):
        return open_tags.pop() == word.removeprefix("end")
    return True


def _analyse(path: str, text: str, above: int, catalog: Catalog, inside: int) -> list[_Use] | None:
    from liquid import Environment
    from liquid.exceptions import LiquidError

    environment = Environment()
    for tag in _UNSUPPORTED:
        environment.tags.pop(tag, None)
    try:
        analysis = environment.from_string(text).analyze(include_partials=False)
    except LiquidError as error:
        slip = hint(text, catalog.contact_fields)
        token: Any = error.token
        index = token.start_index if token is not None and token.start_index >= 0 else 0
        index = slip[0] if slip else min(index, len(text))
        span = _place(path, text, above, _Use((" ",), index), catalog, inside)
        rows = catalog.report.sources[path]
        span = Span(span.file, span.line, span.start, max(span.start + 1, len(rows[span.line - 1]) + 1))
        message = f"The template is wrong here: {slip[1] if slip else _first_line(error)}."
        fix = slip[2] if slip else "Correct the template; see the Liquid language."
        catalog.report.add("N603", span, message, fix)
        return None
    for name, places in analysis.filters.items():
        if name not in environment.filters:
            use = _Use((name,), places[0].index)
            guess = nearest(name, environment.filters)
            message = f"There is no filter “{name}” in templates."
            span = _place(path, text, above, use, catalog, inside)
            catalog.report.add("N603", span, message, f"Write {guess}." if guess else "Leave it out.")
    return [
        _Use(tuple(str(s) for s in use.segments), use.span.index)
        for uses in analysis.globals.values()
        for use in uses
    ]


def _first_line(error: Exception) -> str:
    words = str(error.args[0] if error.args else error).split("\n")[0]
    return re.sub(r"\s+", " ", words).rstrip(".")


def _place(path: str, text: str, above: int, use: _Use, catalog: Catalog, inside: int) -> Span:
    """Find the line and columns of a use in the file."""
    dotted = ".".join(use.path)
    if inside:
        row = catalog.report.sources[path][inside - 1]
        column = max(row.find(dotted), 0) + 1
        return Span(path, inside, column, column + len(dotted))
    before = text[: use.index]
    column = use.index - (before.rfind("\n") + 1) + 1
    return Span(path, above + before.count("\n") + 1, column, column + len(dotted))


def _check_use(use: _Use, span: Span, catalog: Catalog) -> None:
    root, *rest = use.path
    known = _known(root, catalog)
    if known is None:
        _report(use, span, 0, ROOTS, "There is no merge field", catalog)
    elif not rest:
        fix = f"Write one of its fields, such as {root}.{next(iter(known), 'name')}."
        catalog.report.add("N604", span, f"“{root}” is not a value that can be shown.", fix)
    elif root != "trigger" and rest[0] not in known and not catalog.doubts(rest[0]):
        _report(use, span, 1, known, f"The {root} has no field", catalog)


def _known(root: str, catalog: Catalog) -> list[str] | None:
    """The fields below a root; the trigger's are checked where the email is sent."""
    if root in ("contact", "account"):
        return list(catalog.fields_of(root))
    return {"trigger": [], "sender": list(SENDER_FIELDS)}.get(root)


def _report(use: _Use, span: Span, at: int, known: Iterable[str], message: str, catalog: Catalog) -> None:
    wrong = use.path[at]
    guess = nearest(wrong, known)
    start = span.start + (len(use.path[0]) + 1 if at else 0)
    place = Span(span.file, span.line, start, start + len(wrong))
    if guess:
        new = ".".join((*use.path[:at], guess, *use.path[at + 1 :]))
        catalog.report.add(
            "N604", place, f"{message} “{wrong}”. Did you mean {new}?", f"Write {new}.", [Edit(place, guess)]
        )
    elif at == 0 and len(use.path) == 1:
        catalog.report.add("N604", place, f"{message} “{wrong}”.", f"Write contact.{wrong} if it is a field.")
    else:
        fix = f"Declare it: {as_field(wrong)}" if at else f"Merge fields begin with {one_of(known)}."
        catalog.report.add("N604", place, f"{message} “{wrong}”.", fix)
